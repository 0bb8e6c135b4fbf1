// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/models/network.h"

namespace medlocker::models {

/// How a filter's weights are distributed (attacks specification, 10.1): robust training acts like an L1
/// penalty on filters, so robust networks have sparser ones.
struct FilterStatistics {
  double l1 = 0;
  double meanAbs = 0;
  double nearZero = 0;  ///< fraction of |w| < share of the filter's largest
  double hoyer = 0;  ///< Hoyer sparsity, 0 (even) … 1 (one weight); 0 for a filter of zeros or of one weight
};
/// One row per filter of [filters, …].
std::vector<FilterStatistics> filterStatistics(const torch::Tensor& weight, double nearZeroShare = 0.05);

struct LayerStatistics {
  std::string name;                       ///< of the weight in the state dict
  std::vector<FilterStatistics> filters;  ///< sorted by falling L1
  FilterStatistics mean;                  ///< over the filters
};
/// Every convolution of a network, in state-dict order.
std::vector<LayerStatistics> weightStatistics(const Network& network, double nearZeroShare = 0.05);

}  // namespace medlocker::models
