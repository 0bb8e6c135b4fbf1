// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "core/audit/robustness.h"
#include "core/models/classifier.h"
#include "core/pipelines/evaluate_dataset.h"
#include "core/pipelines/view_predictor.h"

namespace medlocker::pipelines {

/// Gathers the table of spec 10.4 image by image. Not thread-safe.
class RobustnessTable {
 public:
  explicit RobustnessTable(std::vector<models::ClassifierPtr> models);

  /// The versions of one image, in the order of the evaluation; every model predicts all cases of all of
  /// them.
  void add(const std::optional<PictureView>& clean, const std::optional<PictureView>& protectedImage,
           const std::optional<PictureView>& random);

  /// `truth(model, image)`: empty where there is no label.
  std::vector<RobustnessRow> rows(
      const std::function<std::optional<int>(std::size_t, std::size_t)>& truth) const;

 private:
  static constexpr std::size_t kVersions = 3;
  std::vector<models::ClassifierPtr> models_;
  std::vector<audit::RobustnessCase> cases_;
  std::vector<std::vector<std::vector<std::vector<int>>>> predicted_;  ///< [model][case][version][image]
};

}  // namespace medlocker::pipelines
