// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "core/common/device.h"
#include "core/data/manifest.h"
#include "core/models/classifier.h"

namespace medlocker::pipelines {

/// Opens models for one run; TorchScript files, which are programs, only with `trustForeign`. Throws Error
/// where two have the same weights or the same display name.
std::vector<models::ClassifierPtr> openModels(const std::vector<std::filesystem::path>& paths,
                                              DeviceKind device, bool trustForeign = false);

/// How dataset labels become labels of a model. Classes whose names the model knows are matched by name, so
/// that a dataset may lack some of them; classes of the same number are else taken as they are; a model
/// trained on "referable" or "any-dr" labels of a graded set maps grades the way it was trained.
class LabelMap {
 public:
  /// Throws Error(InputRejected) where the classes do not fit (spec 14: refused before the run starts).
  LabelMap(const data::Manifest& manifest, const models::ModelInfo& model);
  std::optional<int> operator()(const data::Sample& sample) const;

 private:
  std::vector<int> byName_;  ///< the model's index of each class of the dataset; empty: by number
  int threshold_ = -1;       ///< >= 0: label = grade >= threshold
  int classes_ = 0;
};

}  // namespace medlocker::pipelines
