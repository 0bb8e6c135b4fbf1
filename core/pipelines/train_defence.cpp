// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/train_defence.h"

#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "core/attacks/defences/learned_defence.h"
#include "core/attacks/defences/learned_networks.h"
#include "core/common/files.h"
#include "core/common/outcome_name.h"
#include "core/common/run_record.h"
#include "core/data/manifest.h"
#include "core/training/defence_training.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;

constexpr int kDefaultSide = 64;

void prepareFolder(const TrainDefenceOptions& options) {
  if (fs::exists(options.out) && !fs::is_directory(options.out))
    throw Error(ErrorCode::InputRejected, "is not a folder", options.out.string());
  if (isInside(options.out, options.dataset) && fs::is_directory(options.dataset))
    throw Error(ErrorCode::InvalidArgument, "the run folder must not lie inside the dataset",
                options.out.string());
  if (fs::exists(options.out) && !fs::is_empty(options.out) && !options.resume)
    throw Error(ErrorCode::InputRejected, "the folder is not empty (use resume to continue the run in it)",
                options.out.string());
  fs::create_directories(options.out);
}

/// The training part; all images where the dataset has no parts.
std::vector<data::Sample> trainingSamples(const data::Manifest& manifest, int limit, std::uint64_t seed) {
  std::vector<data::Sample> samples;
  for (const data::Sample& sample : manifest.samples)
    if (sample.split == data::Split::Train || sample.split == data::Split::Unspecified)
      samples.push_back(sample);
  if (limit > 0 && static_cast<std::size_t>(limit) < samples.size()) {
    RandomStream stream = RandomStream::fromSeed(seed, "train-defence/limit");
    stream.shuffle(samples);
    samples.resize(static_cast<std::size_t>(limit));
    std::sort(samples.begin(), samples.end(),
              [](const data::Sample& a, const data::Sample& b) { return a.id < b.id; });
  }
  return samples;
}

}  // namespace

std::vector<OptionIssue> TrainDefenceOptions::validate() const {
  std::vector<OptionIssue> issues;
  if (dataset.empty()) issues.push_back({"dataset", "is required"});
  if (out.empty()) issues.push_back({"out", "is required"});
  if (inputSize != 0 && (inputSize < 8 || inputSize > 1024))
    issues.push_back({"input-size", "must lie in 8..1024"});
  if (model.empty() && kind != "comdefend")
    issues.push_back({"model", "is required: " + kind + " learns from a classifier"});
  if (!model.empty() && inputSize != 0) issues.push_back({"input-size", "is that of the model"});
  if (limit < 0) issues.push_back({"limit", "must be 0 or more"});
  if (threads < 0) issues.push_back({"threads", "must be 0 or more"});
  return issues;
}

std::string TrainDefenceSummary::briefReport() const {
  char line[160];
  std::snprintf(line, sizeof line, "%s %s for %d pixels on %lld images in %.1f s",
                outcome == Outcome::Completed ? "Trained" : "Cancelled:", kind.c_str(), inputSize,
                static_cast<long long>(images), seconds);
  std::string text = line;
  for (const DefenceEpochLoss& epoch : history) {
    std::snprintf(line, sizeof line, "\n  epoch %d: loss %.5f", epoch.epoch, epoch.loss);
    text += line;
  }
  if (outcome == Outcome::Completed)
    text += "\nDefence: " + out.string();
  else
    text += "\nThe run can be resumed.";
  return text;
}

Json TrainDefenceSummary::toJson() const {
  Json epochs = Json::array();
  for (const DefenceEpochLoss& epoch : history)
    epochs.push_back({{"epoch", epoch.epoch}, {"loss", epoch.loss}, {"seconds", epoch.seconds}});
  Json issueList = Json::array();
  for (const ItemIssue& issue : issues) issueList.push_back({{"item", issue.item}, {"reason", issue.reason}});
  return {{"schema", "medlocker/train-defence/1"},
          {"outcome", outcomeName(outcome)},
          {"kind", kind},
          {"model", model.empty() ? Json(nullptr) : Json(model)},
          {"input_size", inputSize},
          {"images", images},
          {"sha256", sha256},
          {"history", epochs},
          {"issues", issueList},
          {"seconds", seconds}};
}

TrainDefenceSummary trainDefence(const TrainDefenceOptions& options, const RunContext& context) {
  throwIfInvalid(options.validate());
  const auto begin = std::chrono::steady_clock::now();
  training::DefenceTrainingOptions learning;
  learning.kind = attacks::parseLearnedDefence(options.kind);
  learning.epochs = options.epochs;
  learning.batchSize = options.batchSize;
  learning.learningRate = options.learningRate;
  learning.epsilon = options.epsilon;
  learning.attackSteps = options.attackSteps;
  learning.seed = options.seed;
  throwIfInvalid(learning.validate());
  prepareFolder(options);
  setComputeThreads(options.threads);

  TrainDefenceSummary summary;
  summary.kind = options.kind;
  summary.out = options.out;
  models::ClassifierPtr classifier;
  training::CacheOptions caching;
  caching.side = options.inputSize > 0 ? options.inputSize : kDefaultSide;
  if (!options.model.empty()) {
    classifier = models::loadClassifier(options.model, {.trustForeignModel = options.trustForeignModel});
    summary.model = classifier->info().name;
    caching.side = classifier->info().inputSize;
    caching.profile = classifier->info().profile;
  }
  summary.inputSize = caching.side;
  data::OpenOptions opening;
  opening.layout = options.layout;
  const data::Manifest manifest = data::openDataset(options.dataset, opening);
  const auto samples = trainingSamples(manifest, options.limit, options.seed);
  if (samples.empty())
    throw Error(ErrorCode::InputRejected, "there is no training image", options.dataset.string());
  caching.datasetFingerprint = data::datasetFingerprint(manifest);
  caching.threads = options.threads;
  caching.spillFile = options.out / "cache" / "train.bin";
  const auto cache = training::SampleCache::build(samples, caching, context, "decode training images");
  if (!cache) {
    summary.outcome = Outcome::Cancelled;
    return summary;
  }
  summary.issues = cache->issues();
  std::vector<std::int64_t> items;
  for (std::int64_t i = 0; i < cache->size(); ++i)
    if (cache->usable(i)) items.push_back(i);
  summary.images = static_cast<std::int64_t>(items.size());
  const Json identity = {{"dataset", caching.datasetFingerprint},
                         {"cache", cache->fingerprint()},
                         {"model", classifier ? Json(classifier->info().sha256) : Json(nullptr)}};
  const training::DefenceTrainingResult result = training::trainDefence(
      learning, cache, items, classifier, identity, options.out, options.resume, context);
  summary.outcome = result.outcome;
  Json losses = Json::array();
  for (const training::DefenceEpoch& epoch : result.history) {
    summary.history.push_back({epoch.epoch, epoch.loss, epoch.seconds});
    losses.push_back(epoch.loss);
  }
  if (summary.outcome == Outcome::Completed) {
    attacks::LearnedDefenceInfo info;
    info.kind = learning.kind;
    info.inputSize = caching.side;
    info.training = {
        {"options", learning.toJson()}, {"data", identity}, {"images", summary.images}, {"losses", losses}};
    summary.sha256 = attacks::saveDefence(options.out, *result.network, info).sha256;
    std::error_code ignored;
    fs::remove_all(options.out / "cache", ignored);
  }
  summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  Json record = summary.toJson();
  record.erase("schema");
  record["command"] = "train-defence";
  record["seed"] = options.seed;
  record["written"] = utcNow();
  writeRunJson(options.out, std::move(record));
  return summary;
}

}  // namespace medlocker::pipelines
