// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/protect/search_state.h"

namespace medlocker::protect {

/// The coarse stage that modes grid, gradient and hybrid begin with (7.3 step 1).
struct CoarseStage {
  std::vector<ScoredPlacement> points;  ///< all scored under the identity
  int stride = 2;
  bool strong = false;  ///< a point was promoted to all transforms and satisfies the stop rule
};

/// Scores a lattice of at most `most` feasible positions at the highest opacity, in secret order. Points that
/// satisfy the stop rule under the identity are asked about all transforms at once, from
/// `promotionAllowance`.
CoarseStage scoreCoarse(SearchState& state, int most, int& promotionAllowance);

/// The best points whose pairwise distance is at least twice the stride.
std::vector<Placement> topPoints(std::vector<ScoredPlacement> coarse, int stride, std::size_t most);

}  // namespace medlocker::protect
