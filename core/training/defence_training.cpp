// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/defence_training.h"

#include <torch/torch.h>

#include <chrono>
#include <cmath>

#include "core/attacks/ascent.h"
#include "core/attacks/defences/learned_networks.h"
#include "core/attacks/noise.h"
#include "core/common/random.h"
#include "core/models/model_file.h"
#include "core/training/batch_loader.h"
#include "core/training/checkpoint.h"
#include "core/training/optimiser.h"

namespace medlocker::training {
namespace {

using attacks::LearnedDefenceKind;

constexpr double kCodeWeight = 1e-4;  // ComDefend: weight of the mean squared code
constexpr int kMaxNonFiniteSteps = 10;

/// Batch-norm buffers and parameters, copied.
models::TensorMap copyOfState(const models::Network& network) {
  models::TensorMap tensors;
  for (const auto& [name, value] : models::stateDict(network)) tensors[name] = value.detach().clone();
  return tensors;
}

class Run {
 public:
  Run(const DefenceTrainingOptions& options, std::shared_ptr<const SampleCache> cache,
      const std::vector<std::int64_t>& items, models::ClassifierPtr classifier, const Json& identity,
      const std::filesystem::path& folder, const RunContext& context)
      : options_(options),
        cache_(std::move(cache)),
        items_(items),
        classifier_(std::move(classifier)),
        identity_(Json{{"options", options.toJson()}, {"data", identity}}),
        context_(context),
        store_(folder / "checkpoint") {
    torch::manual_seed(RandomStream::fromSeed(options.seed, "defence/initial").nextU64());
    network_ = attacks::makeDefenceNetwork(options.kind, cache_->side());
    network_->train();
    std::vector<NamedParameter> parameters;
    for (const auto& item : network_->named_parameters()) parameters.push_back({item.key(), item.value()});
    OptimiserOptions adam;
    adam.learningRate = options.learningRate;
    adam.weightDecay = 0;  // AdamW without decay is Adam
    optimiser_ = std::make_unique<Optimiser>(std::move(parameters), adam);
  }

  DefenceTrainingResult run(bool resume) {
    if (resume) restore();
    while (static_cast<int>(result_.history.size()) < options_.epochs) {
      if (!trainEpoch(static_cast<int>(result_.history.size()) + 1)) {
        result_.outcome = Outcome::Cancelled;
        break;
      }
      save();
    }
    network_->eval();
    result_.network = network_;
    return std::move(result_);
  }

 private:
  /// False when a stop was requested: the epoch is then done again from its beginning.
  bool trainEpoch(int epoch) {
    const auto begin = std::chrono::steady_clock::now();
    std::vector<std::int64_t> order = items_;
    RandomStream shuffle = RandomStream::fromSeed(options_.seed, "defence/order")
                               .child("epoch", static_cast<std::uint64_t>(epoch));
    shuffle.shuffle(order);
    std::vector<LoadItem> items;
    for (const std::int64_t item : order) items.push_back({item, 0, item, 0});
    LoaderOptions loading;
    loading.batchSize = options_.batchSize;
    loading.inputSize = cache_->side();
    loading.seed = options_.seed;
    loading.epoch = epoch;
    loading.smallestBatch = 2;
    BatchLoader loader(cache_, std::move(items), loading);
    if (loader.batches() == 0)
      throw Error(ErrorCode::InputRejected, "there are too few training images for one step");
    double loss = 0;
    std::int64_t steps = 0;
    Batch batch;
    while (loader.next(batch)) {
      if (context_.stopRequested()) return false;
      loss += step(batch, epoch);
      ++steps;
      context_.report({"train-defence", (epoch - 1) * loader.batches() + steps,
                       options_.epochs * loader.batches(), "epoch " + std::to_string(epoch)});
    }
    result_.history.push_back(
        {epoch, loss / static_cast<double>(steps),
         std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count()});
    return true;
  }

  double step(const Batch& batch, int epoch) {
    const at::Tensor images = batch.images.contiguous();
    attacks::Streams streams = attacks::sampleStreams(options_.seed, "defence/step", epoch, batch.cacheItems);
    optimiser_->zeroGradients();
    const at::Tensor loss = lossOf(images, streams);
    const double value = loss.item<double>();
    bool taken = std::isfinite(value);
    if (taken) {
      loss.backward();
      const double norm = optimiser_->gradientNorm();
      taken = std::isfinite(norm);
      if (taken)
        optimiser_->step(options_.learningRate, norm > options_.clipNorm ? options_.clipNorm / norm : 1.0);
    }
    nonFinite_ = taken ? 0 : nonFinite_ + 1;
    if (nonFinite_ >= kMaxNonFiniteSteps)
      throw Error(ErrorCode::InputRejected, "training diverged: try a lower learning rate");
    return taken ? value : 0;
  }

  at::Tensor lossOf(const at::Tensor& images, attacks::Streams& streams) {
    switch (options_.kind) {
      case LearnedDefenceKind::Hgd: {
        const at::Tensor wanted = answers(images);
        const at::Tensor attacked = adversarial(images, streams, wanted);
        return (classifier_->logits(network_->forward(attacked)) - wanted).abs().mean();
      }
      case LearnedDefenceKind::ComDefend: {
        auto& network = dynamic_cast<attacks::CompressionNetworkImpl&>(*network_);
        const at::Tensor encoded = network.encode(images);
        // Noise this strong lets only codes far from 0 through, which makes them binary.
        const at::Tensor noise =
            attacks::normalNoise(streams, encoded) * attacks::CompressionNetworkImpl::kNoise;
        const at::Tensor rebuilt = network.decode((encoded - noise).sigmoid());
        return torch::mse_loss(rebuilt, images) + kCodeWeight * encoded.square().mean();
      }
      case LearnedDefenceKind::Nrp: {
        const at::Tensor wanted = answers(images);
        const at::Tensor purified = network_->forward(adversarial(images, streams, wanted));
        return (purified - images).abs().mean() + torch::mse_loss(classifier_->logits(purified), wanted);
      }
    }
    return {};
  }

  at::Tensor answers(const at::Tensor& images) const {
    const torch::NoGradGuard noGradients;
    return classifier_->logits(images);
  }

  /// Images that move the classifier's answer as far from `wanted` as the budget allows.
  at::Tensor adversarial(const at::Tensor& images, attacks::Streams& streams, const at::Tensor& wanted) {
    attacks::AscentOptions ascent;
    ascent.epsilon = options_.epsilon;
    ascent.steps = options_.attackSteps;
    ascent.step = 2.5 * options_.epsilon / options_.attackSteps;
    const attacks::Objective objective = [&](const at::Tensor& x, const at::Tensor& rows, std::uint64_t) {
      const at::Tensor difference = classifier_->logits(x) - wanted.index_select(0, rows);
      return attacks::ObjectiveValue{difference.square().sum(1), {}};
    };
    const at::Tensor start =
        attacks::startPoint(attacks::Start::Uniform, ascent.norm, images, ascent.epsilon, streams);
    attacks::PassCounts counts;
    return attacks::ascend(images, start, {}, objective, ascent, counts).images;
  }

  void save() {
    Checkpoint checkpoint;
    for (auto& [name, value] : copyOfState(*network_)) checkpoint.tensors["network." + name] = value;
    optimiser_->saveState(checkpoint.tensors, "optimiser.");
    Json history = Json::array();
    for (const DefenceEpoch& epoch : result_.history)
      history.push_back({{"epoch", epoch.epoch}, {"loss", epoch.loss}, {"seconds", epoch.seconds}});
    checkpoint.state = {{"identity", identity_}, {"history", history}};
    store_.save(std::to_string(result_.history.size()), checkpoint, nullptr);
  }

  void restore() {
    const auto checkpoint = store_.load();
    if (!checkpoint) return;
    if (checkpoint->state.at("identity") != identity_)
      throw Error(ErrorCode::InvalidArgument,
                  "the run in this folder was started with other options or data; it cannot be resumed");
    models::TensorMap tensors;
    for (const auto& [name, value] : checkpoint->tensors)
      if (name.starts_with("network.")) tensors[name.substr(8)] = value;
    models::loadStateDict(*network_, tensors);
    optimiser_->loadState(checkpoint->tensors, "optimiser.");
    for (const Json& epoch : checkpoint->state.at("history"))
      result_.history.push_back(
          {epoch.at("epoch").get<int>(), epoch.at("loss").get<double>(), epoch.at("seconds").get<double>()});
  }

  const DefenceTrainingOptions& options_;
  std::shared_ptr<const SampleCache> cache_;
  const std::vector<std::int64_t>& items_;
  models::ClassifierPtr classifier_;
  Json identity_;
  const RunContext& context_;
  CheckpointStore store_;
  std::shared_ptr<models::Network> network_;
  std::unique_ptr<Optimiser> optimiser_;
  int nonFinite_ = 0;
  DefenceTrainingResult result_;
};

}  // namespace

std::vector<OptionIssue> DefenceTrainingOptions::validate() const {
  std::vector<OptionIssue> issues;
  if (epochs < 1 || epochs > 100'000) issues.push_back({"epochs", "must lie in 1..100000"});
  if (batchSize < 2 || batchSize > 65'536) issues.push_back({"batch", "must lie in 2..65536"});
  if (!(learningRate > 0 && learningRate <= 10)) issues.push_back({"lr", "must lie in (0, 10]"});
  if (!(clipNorm > 0)) issues.push_back({"clip_norm", "must be above 0"});
  if (!(epsilon >= 0 && epsilon <= 1)) issues.push_back({"eps", "must lie in 0..1"});
  if (attackSteps < 1 || attackSteps > 1000) issues.push_back({"attack_steps", "must lie in 1..1000"});
  return issues;
}

Json DefenceTrainingOptions::toJson() const {
  return {{"kind", attacks::toString(kind)}, {"epochs", epochs},      {"batch_size", batchSize},
          {"learning_rate", learningRate},   {"clip_norm", clipNorm}, {"epsilon", epsilon},
          {"attack_steps", attackSteps},     {"seed", seed}};
}

DefenceTrainingResult trainDefence(const DefenceTrainingOptions& options,
                                   const std::shared_ptr<const SampleCache>& cache,
                                   const std::vector<std::int64_t>& items,
                                   const models::ClassifierPtr& classifier, const Json& identity,
                                   const std::filesystem::path& folder, bool resume,
                                   const RunContext& context) {
  throwIfInvalid(options.validate());
  if (options.kind != LearnedDefenceKind::ComDefend) {
    if (!classifier)
      throw Error(ErrorCode::InvalidArgument,
                  std::string(attacks::toString(options.kind)) + " learns from a classifier; name one");
    if (classifier->info().inputSize != cache->side())
      throw Error(ErrorCode::InvalidArgument,
                  "the classifier takes images of " + std::to_string(classifier->info().inputSize) +
                      " pixels, the defence would see " + std::to_string(cache->side()));
  }
  return Run(options, cache, items, classifier, identity, folder, context).run(resume);
}

}  // namespace medlocker::training
