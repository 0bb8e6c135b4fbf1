// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "core/protect/search_coarse.h"

namespace medlocker::protect {
namespace {

constexpr double kCoarseShare = 0.5;
constexpr double kRefineShare = 0.35;
constexpr std::size_t kTopPoints = 8;

}  // namespace

void searchGrid(SearchState& state, SearchResult& result) {
  const int budget = state.options.budget;
  int refineAllowance = std::max(1, static_cast<int>(kRefineShare * budget));
  const CoarseStage coarse = scoreCoarse(state, static_cast<int>(kCoarseShare * budget), refineAllowance);
  bool strong = coarse.strong;
  if (!strong) {
    std::vector<PatternPoint> points;
    for (const ScoredPlacement& start :
         state.score("refine", topPoints(coarse.points, coarse.stride, kTopPoints), ScoreStage::Refine,
                     refineAllowance)) {
      points.push_back({start, coarse.stride / 2.0});
      strong = strong || state.isStrong(start.score);
    }
    if (!strong) strong = patternSearch(state, points, refineAllowance);
  }
  result.stoppedEarly = strong;
  finishSearch(state, result);
}

}  // namespace medlocker::protect
