// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/weight_statistics.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

namespace medlocker::models {

std::vector<FilterStatistics> filterStatistics(const torch::Tensor& weight, double nearZeroShare) {
  const torch::NoGradGuard noGrad;
  const torch::Tensor rows = weight.detach().to(torch::kCPU, torch::kDouble).flatten(1).abs();
  const double root = std::sqrt(static_cast<double>(rows.size(1)));
  std::vector<FilterStatistics> filters;
  for (std::int64_t i = 0; i < rows.size(0); ++i) {
    const torch::Tensor row = rows[i];
    FilterStatistics filter;
    filter.l1 = row.sum().item<double>();
    filter.meanAbs = row.mean().item<double>();
    filter.nearZero = row.lt(nearZeroShare * row.max()).to(torch::kDouble).mean().item<double>();
    const double l2 = row.norm().item<double>();
    if (l2 > 0 && root > 1) filter.hoyer = (root - filter.l1 / l2) / (root - 1);
    filters.push_back(filter);
  }
  return filters;
}

std::vector<LayerStatistics> weightStatistics(const Network& network, double nearZeroShare) {
  std::vector<LayerStatistics> layers;
  for (const auto& [name, tensor] : stateDict(network)) {
    if (tensor.dim() != 4) continue;
    LayerStatistics layer;
    layer.name = name;
    layer.filters = filterStatistics(tensor, nearZeroShare);
    std::stable_sort(layer.filters.begin(), layer.filters.end(),
                     [](const FilterStatistics& a, const FilterStatistics& b) { return a.l1 > b.l1; });
    const auto count = static_cast<double>(layer.filters.size());
    for (const FilterStatistics& filter : layer.filters) {
      layer.mean.l1 += filter.l1 / count;
      layer.mean.meanAbs += filter.meanAbs / count;
      layer.mean.nearZero += filter.nearZero / count;
      layer.mean.hoyer += filter.hoyer / count;
    }
    layers.push_back(std::move(layer));
  }
  return layers;
}

}  // namespace medlocker::models
