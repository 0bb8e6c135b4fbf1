// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/model_set.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/common/error.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;

/// What "labels" says in a model's training record; empty when it says nothing.
std::string trainedLabels(const models::ModelInfo& model) {
  if (!model.training.is_object()) return {};
  const auto found = model.training.find("labels");
  return found != model.training.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// Where each of `names` stands in `known`; empty when one is missing.
std::vector<int> indicesOf(const std::vector<std::string>& names, const std::vector<std::string>& known) {
  std::vector<int> indices;
  for (const std::string& name : names) {
    const auto found = std::find(known.begin(), known.end(), name);
    if (found == known.end()) return {};
    indices.push_back(static_cast<int>(found - known.begin()));
  }
  return indices;
}

}  // namespace

std::vector<models::ClassifierPtr> openModels(const std::vector<fs::path>& paths, DeviceKind device,
                                              bool trustForeign) {
  std::vector<models::ClassifierPtr> opened;
  std::map<std::string, std::string> fileOfWeights;
  std::set<std::string> names;
  for (const fs::path& path : paths) {
    models::LoadOptions load;
    load.device = device;
    load.trustForeignModel = trustForeign;
    models::ClassifierPtr model = models::loadClassifier(path, load);
    const auto [before, isNew] = fileOfWeights.emplace(model->info().sha256, path.string());
    if (!isNew)
      throw Error(ErrorCode::InvalidArgument, "these are the same weights as " + before->second,
                  path.string());
    if (!names.insert(model->info().name).second)
      throw Error(ErrorCode::InvalidArgument,
                  "another model of this run is called '" + model->info().name +
                      "' too; rename one in its model.json",
                  path.string());
    opened.push_back(std::move(model));
  }
  return opened;
}

LabelMap::LabelMap(const data::Manifest& manifest, const models::ModelInfo& model)
    : classes_(static_cast<int>(model.classes.size())) {
  const auto datasetClasses = static_cast<int>(manifest.classes.size());
  if (datasetClasses == 0) return;
  byName_ = indicesOf(manifest.classes, model.classes);
  if (!byName_.empty() || datasetClasses == classes_) return;
  const std::string labels = trainedLabels(model);
  if (classes_ == 2 && datasetClasses > 2 && labels == "referable") {
    threshold_ = 2;
  } else if (classes_ == 2 && datasetClasses > 2 && labels == "any-dr") {
    threshold_ = 1;
  } else {
    throw Error(ErrorCode::InputRejected, "the model '" + model.name + "' knows " + std::to_string(classes_) +
                                              " classes, the dataset has " + std::to_string(datasetClasses));
  }
}

std::optional<int> LabelMap::operator()(const data::Sample& sample) const {
  if (!sample.label || !sample.gradable) return std::nullopt;
  if (!byName_.empty()) return byName_.at(static_cast<std::size_t>(*sample.label));
  if (threshold_ >= 0) return *sample.label >= threshold_ ? 1 : 0;
  if (*sample.label >= classes_) return std::nullopt;
  return *sample.label;
}

}  // namespace medlocker::pipelines
