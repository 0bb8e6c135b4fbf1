// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/robustness_table.h"

#include <array>
#include <limits>

namespace medlocker::pipelines {

RobustnessTable::RobustnessTable(std::vector<models::ClassifierPtr> models)
    : models_(std::move(models)), cases_(audit::robustnessCases()) {
  predicted_.assign(models_.size(), std::vector(cases_.size(), std::vector(kVersions, std::vector<int>())));
}

void RobustnessTable::add(const std::optional<PictureView>& clean,
                          const std::optional<PictureView>& protectedImage,
                          const std::optional<PictureView>& random) {
  const std::array<const std::optional<PictureView>*, kVersions> versions{&clean, &protectedImage, &random};
  for (std::size_t v = 0; v < kVersions; ++v) {
    if (!*versions[v]) {
      for (auto& model : predicted_)
        for (auto& of : model) of[v].push_back(-1);
      continue;
    }
    const PictureView& picture = **versions[v];
    // All cases of one version go through a model together.
    std::vector<std::size_t> first;
    std::vector<std::vector<data::FloatImage>> inputs(models_.size());
    for (const audit::RobustnessCase& robustness : cases_) {
      first.push_back(inputs.empty() ? 0 : inputs.front().size());
      for (data::FloatImage& view : audit::applyRobustness(robustness, picture.view, picture.fov.frame)) {
        const PictureView changed = pictureView(std::move(view));
        for (std::size_t m = 0; m < models_.size(); ++m)
          inputs[m].push_back(modelInput(*models_[m], changed, robustness.profile));
      }
    }
    for (std::size_t m = 0; m < models_.size(); ++m) {
      std::vector<const data::FloatImage*> list;
      for (const data::FloatImage& input : inputs[m]) list.push_back(&input);
      const std::vector<ViewPrediction> predictions = predictInputs(*models_[m], list);
      for (std::size_t c = 0; c < cases_.size(); ++c) {
        const auto begin = predictions.begin() + static_cast<std::ptrdiff_t>(first[c]);
        const auto end = c + 1 < cases_.size()
                             ? predictions.begin() + static_cast<std::ptrdiff_t>(first[c + 1])
                             : predictions.end();
        predicted_[m][c][v].push_back(averageViews({begin, end}).predicted);
      }
    }
  }
}

std::vector<RobustnessRow> RobustnessTable::rows(
    const std::function<std::optional<int>(std::size_t, std::size_t)>& truth) const {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  const auto share = [&](std::int64_t part, std::int64_t all) {
    return all > 0 ? static_cast<double>(part) / static_cast<double>(all) : kNaN;
  };
  std::vector<RobustnessRow> rows;
  for (std::size_t c = 0; c < cases_.size(); ++c) {
    RobustnessRow row;
    row.name = cases_[c].name;
    for (std::size_t m = 0; m < models_.size(); ++m) {
      std::array<std::int64_t, kVersions> right{};
      std::array<std::int64_t, kVersions> all{};
      std::int64_t base = 0;
      std::int64_t fooled = 0;
      const auto& untouched = predicted_[m][0][0];
      for (std::size_t i = 0; i < untouched.size(); ++i) {
        const std::optional<int> label = truth(m, i);
        if (!label) continue;
        for (std::size_t v = 0; v < kVersions; ++v) {
          const int predicted = predicted_[m][c][v][i];
          if (predicted < 0) continue;
          ++all[v];
          right[v] += predicted == *label;
        }
        if (untouched[i] == *label && predicted_[m][c][1][i] >= 0) {
          ++base;
          fooled += predicted_[m][c][1][i] != *label;
        }
      }
      row.cells.push_back(
          {share(right[0], all[0]), share(right[1], all[1]), share(right[2], all[2]), share(fooled, base)});
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace medlocker::pipelines
