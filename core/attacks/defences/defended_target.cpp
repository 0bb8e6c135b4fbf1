// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/defences/defended_target.h"

#include <torch/torch.h>

#include "core/attacks/defences/random_defences.h"
#include "core/attacks/defences/smoothing.h"
#include "core/attacks/loss.h"
#include "core/attacks/noise.h"
#include "core/attacks/transfer/gradient_views.h"
#include "core/attacks/transfer/source_ensemble.h"
#include "core/common/error.h"

namespace medlocker::attacks {
namespace {

/// One stream per image. Without dataset indices the pixels themselves are the key, so that the answer still
/// does not depend on the batch.
std::vector<RandomStream> defenceStreams(const at::Tensor& images, const std::vector<std::int64_t>& samples,
                                         std::uint64_t seed, const std::string& purpose) {
  std::vector<RandomStream> streams;
  if (samples.size() == static_cast<std::size_t>(images.size(0))) {
    for (const std::int64_t sample : samples) streams.push_back(sampleStream(seed, purpose, 0, sample));
    return streams;
  }
  const at::Tensor pixels = images.detach().to(torch::kCPU).contiguous();
  const RandomStream root = RandomStream::fromSeed(seed, purpose);
  for (std::int64_t i = 0; i < pixels.size(0); ++i) {
    const at::Tensor image = pixels[i];
    streams.push_back(RandomStream::derive(
        {root.key(), ByteView(static_cast<const std::uint8_t*>(image.data_ptr()), image.nbytes())}));
  }
  return streams;
}

/// What one pass adds to the aggregate, before weighting.
at::Tensor contribution(const at::Tensor& scores, Aggregation aggregation) {
  switch (aggregation) {
    case Aggregation::Logits:
      return scores;
    case Aggregation::Probabilities:
      return scores.softmax(1);
    case Aggregation::Vote:
      return torch::one_hot(topClass(scores), scores.size(1)).to(torch::kFloat);
  }
  return scores;
}

/// Images reach the defence at the classifier's own side.
at::Tensor onCpu(const models::Classifier& classifier, const at::Tensor& images) {
  return resizeTo(images, classifier.info().inputSize).to(torch::kCPU);
}

at::Tensor aggregate(const models::Classifier& classifier, const Defence& defence, const at::Tensor& images,
                     const std::vector<RandomStream>& streams) {
  const torch::NoGradGuard noGradients;
  const at::Tensor resized = onCpu(classifier, images.detach());
  at::Tensor sum;
  for (int pass = 0; pass < defence.passes(); ++pass) {
    const at::Tensor scores =
        scoresAtAnySide(classifier, defence.transform(resized, streams, pass).to(images.device()));
    const at::Tensor part = defence.weight(pass) * contribution(scores, defence.aggregation());
    sum = sum.defined() ? sum + part : part;
  }
  return defence.aggregation() == Aggregation::Probabilities ? torch::log(sum.clamp_min(1e-30)) : sum;
}

/// The attacker's view of the defended classifier.
class AttackedFunction {
 public:
  AttackedFunction(models::ClassifierPtr classifier, DefencePtr defence, const DefendedOptions& options)
      : classifier_(std::move(classifier)), defence_(std::move(defence)), options_(options) {
    const bool averaged =
        options.setting == DefenceSetting::Eot || options.setting == DefenceSetting::BpdaEot;
    bpda_ = options.setting == DefenceSetting::Bpda || options.setting == DefenceSetting::BpdaEot;
    passes_ = !defence_->properties().stochastic ? defence_->passes() : averaged ? options.draws : 1;
  }

  at::Tensor operator()(const at::Tensor& images, const Pass& pass) const {
    if (options_.setting == DefenceSetting::Oblivious) return scoresAtAnySide(*classifier_, images);
    const at::Tensor resized = onCpu(*classifier_, images);
    auto streams = defenceStreams(images, pass.samples, options_.seed, "attacker/" + defence_->name());
    for (RandomStream& stream : streams) stream = stream.child("draw", pass.draw);
    at::Tensor sum;
    for (int p = 0; p < passes_; ++p) {
      at::Tensor shown = defence_->transform(resized, streams, p);
      if (bpda_) shown = shown.detach() + resized - resized.detach();
      const at::Tensor scores = scoresAtAnySide(*classifier_, shown.to(images.device()));
      // Votes have no gradient; the attacker averages probabilities instead.
      const at::Tensor part = (defence_->aggregation() == Aggregation::Logits ? scores : scores.softmax(1));
      sum = sum.defined() ? sum + part : part;
    }
    const at::Tensor mean = sum / passes_;
    return defence_->aggregation() == Aggregation::Logits ? mean : torch::log(mean.clamp_min(1e-30));
  }

 private:
  models::ClassifierPtr classifier_;
  DefencePtr defence_;
  DefendedOptions options_;
  bool bpda_ = false;
  int passes_ = 1;
};

}  // namespace

std::string_view toString(DefenceSetting setting) {
  switch (setting) {
    case DefenceSetting::Oblivious:
      return "oblivious";
    case DefenceSetting::Bpda:
      return "bpda";
    case DefenceSetting::Eot:
      return "eot";
    case DefenceSetting::BpdaEot:
      return "bpda+eot";
  }
  return "oblivious";
}

DefenceSetting parseDefenceSetting(std::string_view name) {
  for (const DefenceSetting setting :
       {DefenceSetting::Oblivious, DefenceSetting::Bpda, DefenceSetting::Eot, DefenceSetting::BpdaEot})
    if (toString(setting) == name) return setting;
  throw Error(
      ErrorCode::InvalidArgument,
      "what the attacker knows is one of oblivious, bpda, eot, bpda+eot; not '" + std::string(name) + "'");
}

Target defendedTarget(models::ClassifierPtr classifier, DefencePtr defence, const DefendedOptions& options) {
  const DefenceProperties properties = defence->properties();
  if (options.setting == DefenceSetting::Eot && !properties.differentiable)
    throw Error(ErrorCode::InvalidArgument,
                "the defence '" + defence->name() + "' has no gradient: use bpda or bpda+eot");
  if (options.draws < 1) throw Error(ErrorCode::InvalidArgument, "eot takes one draw or more");
  const std::string name = classifier->info().name + " behind " + defence->name();
  const auto classes = static_cast<int>(classifier->info().classes.size());
  Target target(name, classes, AttackedFunction(classifier, defence, options),
                [classifier, defence, seed = options.seed](const at::Tensor& images, const Pass& pass) {
                  return answerDefended(*classifier, *defence, images, pass.samples, seed).scores;
                });
  target.setStochastic(properties.stochastic && options.setting != DefenceSetting::Oblivious);
  return target;
}

DefendedAnswer answerDefended(const models::Classifier& classifier, const Defence& defence,
                              const at::Tensor& images, const std::vector<std::int64_t>& samples,
                              std::uint64_t seed) {
  const torch::NoGradGuard noGradients;
  DefendedAnswer answer;
  answer.scores = aggregate(classifier, defence, images,
                            defenceStreams(images, samples, seed, "judge/" + defence.name()));
  answer.preferred = topClass(answer.scores);
  answer.predicted = answer.preferred;
  if (defence.aggregation() != Aggregation::Vote) return answer;
  const auto* smoothing = dynamic_cast<const SmoothingDefence*>(&defence);
  const double alpha = smoothing ? smoothing->alpha() : 1.0;
  answer.predicted = answer.preferred.to(torch::kCPU).clone();
  const at::Tensor votes = torch::round(answer.scores.to(torch::kCPU, torch::kFloat64) * defence.passes())
                               .to(torch::kInt64)
                               .contiguous();
  const std::int64_t classes = votes.size(1);
  for (std::int64_t i = 0; i < votes.size(0); ++i) {
    const auto* row = votes.data_ptr<std::int64_t>() + i * classes;
    if (predictFromCounts({row, static_cast<std::size_t>(classes)}, alpha).abstain) answer.predicted[i] = -1;
  }
  answer.predicted = answer.predicted.to(images.device());
  return answer;
}

}  // namespace medlocker::attacks
