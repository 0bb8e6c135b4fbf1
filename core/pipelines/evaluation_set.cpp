// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/evaluation_set.h"

#include <algorithm>

#include "core/common/error.h"
#include "core/common/random.h"
#include "core/pipelines/model_set.h"

namespace medlocker::pipelines {
namespace {

bool isIn(const data::Sample& sample, const std::string& part) {
  return part == "all" || data::toString(sample.split) == part;
}

}  // namespace

EvaluationSet openEvaluationSet(const std::filesystem::path& dataset, const std::string& layout,
                                const std::string& part, int limit, std::uint64_t seed,
                                const std::vector<models::ClassifierPtr>& models) {
  EvaluationSet set;
  data::OpenOptions opening;
  opening.layout = layout;
  set.manifest = data::openDataset(dataset, opening);
  const models::ModelInfo& first = models.front()->info();
  set.classes = first.classes;
  std::vector<LabelMap> maps;
  for (const models::ClassifierPtr& model : models) {
    if (model->info().profile != first.profile)
      throw Error(ErrorCode::InputRejected,
                  "the models '" + first.name + "' and '" + model->info().name +
                      "' prepare images differently (" + std::string(data::toString(first.profile)) + ", " +
                      std::string(data::toString(model->info().profile)) + "), so they cannot share images");
    if (model->info().classes.size() != first.classes.size())
      throw Error(ErrorCode::InputRejected, "the models '" + first.name + "' and '" + model->info().name +
                                                "' know " + std::to_string(first.classes.size()) + " and " +
                                                std::to_string(model->info().classes.size()) + " classes");
    maps.emplace_back(set.manifest, model->info());
  }
  const auto labelled = [&](const data::Sample& sample) { return maps.front()(sample).has_value(); };
  set.part = part;
  if (part == "auto") {
    const bool hasTest =
        std::any_of(set.manifest.samples.begin(), set.manifest.samples.end(),
                    [&](const data::Sample& sample) { return isIn(sample, "test") && labelled(sample); });
    set.part = hasTest ? "test" : "all";
  } else if (part != "all" && part != "train" && part != "val" && part != "test") {
    throw Error(ErrorCode::InvalidArgument,
                "a part is one of auto, all, train, val, test; not '" + part + "'");
  }
  for (std::size_t i = 0; i < set.manifest.samples.size(); ++i)
    if (isIn(set.manifest.samples[i], set.part) && labelled(set.manifest.samples[i]))
      set.samples.push_back(i);
  if (set.samples.empty())
    throw Error(ErrorCode::InputRejected, "there is no labelled image in the part '" + set.part + "'",
                dataset.string());
  if (limit > 0 && static_cast<std::size_t>(limit) < set.samples.size()) {
    RandomStream stream = RandomStream::fromSeed(seed, "evaluation-set/limit");
    stream.shuffle(set.samples);
    set.samples.resize(static_cast<std::size_t>(limit));
    std::sort(set.samples.begin(), set.samples.end());
  }
  for (const std::size_t index : set.samples) {
    const data::Sample& sample = set.manifest.samples[index];
    set.labels.push_back(*maps.front()(sample));
    for (std::size_t m = 1; m < maps.size(); ++m)
      if (maps[m](sample) != maps.front()(sample))
        throw Error(ErrorCode::InputRejected, "the models '" + first.name + "' and '" +
                                                  models[m]->info().name +
                                                  "' were trained on different questions about the images");
  }
  return set;
}

at::Tensor loadInput(const data::Sample& sample, data::PreprocessProfile profile, int side) {
  return models::toTensor(data::preprocess(data::readSample(sample).image, profile, side));
}

}  // namespace medlocker::pipelines
