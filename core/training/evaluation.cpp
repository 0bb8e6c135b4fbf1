// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/evaluation.h"

#include <torch/torch.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "core/attacks/ascent.h"
#include "core/attacks/noise.h"
#include "core/training/batch_loader.h"
#include "core/training/losses.h"

namespace medlocker::training {
namespace {

/// Sums over batches.
class Tally {
 public:
  explicit Tally(const models::ModelInfo& info)
      : info_(info), confusion_(static_cast<int>(info.classes.size())) {}

  void add(const at::Tensor& logits, const at::Tensor& labels) {
    const at::Tensor predicted = models::predictedClasses(logits, info_).contiguous();
    const auto* p = predicted.const_data_ptr<std::int64_t>();
    const auto* y = labels.const_data_ptr<std::int64_t>();
    for (std::int64_t i = 0; i < labels.size(0); ++i)
      confusion_.add(static_cast<int>(y[i]), static_cast<int>(p[i]));
    if (info_.head == models::HeadType::Softmax)
      lossSum_ +=
          crossEntropyPerSample(logits.to(torch::kCPU), labels).to(torch::kDouble).sum().item<double>();
  }

  EvaluationResult result() const {
    EvaluationResult result = figuresOf(confusion_);
    if (info_.head == models::HeadType::Softmax && result.samples > 0)
      result.loss = lossSum_ / static_cast<double>(result.samples);
    return result;
  }

 private:
  const models::ModelInfo& info_;
  models::ConfusionMatrix confusion_;
  double lossSum_ = 0;
};

at::Tensor onDevice(const at::Tensor& tensor, DeviceKind device) {
  return device == DeviceKind::Cuda ? tensor.to(torch::kCUDA) : tensor;
}

}  // namespace

std::optional<EvaluationResult> evaluateCached(const models::Classifier& classifier,
                                               const std::shared_ptr<const SampleCache>& cache,
                                               const std::vector<std::int64_t>& items,
                                               const std::vector<int>& labels,
                                               const EvaluationOptions& options, const RunContext& context) {
  const models::ModelInfo& info = classifier.info();
  if (cache->side() != info.inputSize)
    throw Error(ErrorCode::InvalidArgument, "the cached images do not have the model's input size");
  std::vector<LoadItem> list;
  for (std::size_t i = 0; i < items.size(); ++i) list.push_back({items[i], labels[i], 0, 0});
  LoaderOptions loading;
  loading.batchSize = options.batchSize;
  loading.inputSize = info.inputSize;
  loading.threads = options.loaderThreads;
  BatchLoader loader(cache, std::move(list), loading);
  const torch::NoGradGuard noGrad;
  Tally tally(info);
  Batch batch;
  std::int64_t done = 0;
  while (loader.next(batch)) {
    if (context.stopRequested()) return std::nullopt;
    tally.add(classifier.logits(onDevice(batch.images, classifier.device())), batch.labels);
    done += batch.labels.size(0);
    context.report({options.stage, done, static_cast<std::int64_t>(items.size()), ""});
  }
  return tally.result();
}

std::optional<EvaluationResult> evaluateCachedRobust(
    const models::Classifier& classifier, const std::shared_ptr<const SampleCache>& cache,
    const std::vector<std::int64_t>& items, const std::vector<int>& labels, const EvaluationOptions& options,
    const RobustEvaluationOptions& attack, const RunContext& context) {
  const models::ModelInfo& info = classifier.info();
  std::vector<LoadItem> list;
  for (std::size_t i = 0; i < items.size(); ++i) list.push_back({items[i], labels[i], 0, 0});
  LoaderOptions loading;
  loading.batchSize = options.batchSize;
  loading.inputSize = info.inputSize;
  loading.threads = options.loaderThreads;
  BatchLoader loader(cache, std::move(list), loading);
  const torch::NoGradGuard noGrad;
  Tally tally(info);
  attacks::PassCounts counts;
  Batch batch;
  std::int64_t done = 0;
  while (loader.next(batch)) {
    if (context.stopRequested()) return std::nullopt;
    const at::Tensor images = onDevice(batch.images, classifier.device());
    const at::Tensor truth = onDevice(batch.labels, classifier.device());
    at::Tensor logits = classifier.logits(images);
    const at::Tensor attacked = attacks::topClass(logits).eq(truth).nonzero().squeeze(1);
    if (attacked.size(0) > 0 && attack.epsilon > 0) {
      const at::Tensor clean = images.index_select(0, attacked);
      const at::Tensor wanted = truth.index_select(0, attacked);
      const at::Tensor rows = attacked.cpu();
      std::vector<std::int64_t> samples;
      for (std::int64_t i = 0; i < rows.size(0); ++i)
        samples.push_back(batch.cacheItems[static_cast<std::size_t>(rows[i].item<std::int64_t>())]);
      attacks::Streams streams =
          attacks::sampleStreams(attack.seed, "training/robust-validation", 0, samples);
      const at::Tensor start =
          attacks::startPoint(attacks::Start::Uniform, attacks::Norm::Linf, clean, attack.epsilon, streams);
      attacks::AscentOptions ascent;
      ascent.epsilon = attack.epsilon;
      ascent.step = attack.step;
      ascent.steps = attack.steps;
      ascent.keep = attacks::Keep::Best;
      const attacks::Objective objective = [&](const at::Tensor& x, const at::Tensor& which, std::uint64_t) {
        attacks::ObjectiveValue value;
        value.logits = classifier.logits(x);
        value.loss = attacks::crossEntropyLoss(value.logits, wanted.index_select(0, which));
        return value;
      };
      const attacks::AscentResult result = attacks::ascend(clean, start, wanted, objective, ascent, counts);
      logits = logits.index_copy(0, attacked, classifier.logits(result.images));
    }
    tally.add(logits, batch.labels);
    done += batch.labels.size(0);
    context.report({"validate under attack", done, static_cast<std::int64_t>(items.size()), ""});
  }
  return tally.result();
}

std::optional<SampleEvaluation> evaluateSamples(const models::Classifier& classifier,
                                                const std::vector<data::Sample>& samples,
                                                const std::vector<int>& labels,
                                                const EvaluationOptions& options, const RunContext& context) {
  const models::ModelInfo& info = classifier.info();
  const torch::NoGradGuard noGrad;
  Tally tally(info);
  SampleEvaluation evaluation;
  std::int64_t done = 0;
  for (std::size_t begin = 0; begin < samples.size(); begin += static_cast<std::size_t>(options.batchSize)) {
    const std::size_t count = std::min(samples.size() - begin, static_cast<std::size_t>(options.batchSize));
    std::vector<at::Tensor> images(count);
    std::vector<std::string> failures(count);
    std::exception_ptr failure;
    std::mutex failureMutex;
    std::atomic<std::size_t> next{0};
    {
      std::vector<std::jthread> workers;
      for (int t = 0; t < std::max(1, options.loaderThreads); ++t)
        workers.emplace_back([&] {
          try {
            for (std::size_t i = next++; i < count && !context.stopRequested(); i = next++) {
              try {
                images[i] = models::toTensor(data::preprocess(data::readSample(samples[begin + i]).image,
                                                              info.profile, info.inputSize));
              } catch (const Error& error) {
                if (error.code() == ErrorCode::Internal) throw;
                failures[i] = error.message();
              }
            }
          } catch (...) {
            const std::lock_guard lock(failureMutex);
            if (!failure) failure = std::current_exception();
          }
        });
    }
    if (failure) std::rethrow_exception(failure);
    if (context.stopRequested()) return std::nullopt;
    std::vector<at::Tensor> readable;
    std::vector<std::int64_t> truth;
    for (std::size_t i = 0; i < count; ++i) {
      if (images[i].defined()) {
        readable.push_back(images[i]);
        truth.push_back(labels[begin + i]);
      } else {
        evaluation.issues.push_back({samples[begin + i].id, failures[i], true});
      }
    }
    if (!readable.empty())
      tally.add(classifier.logits(onDevice(torch::cat(readable), classifier.device())),
                torch::tensor(truth, torch::kLong));
    done += static_cast<std::int64_t>(count);
    context.report({options.stage, done, static_cast<std::int64_t>(samples.size()), ""});
  }
  evaluation.result = tally.result();
  return evaluation;
}

}  // namespace medlocker::training
