// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/search_coarse.h"

#include <algorithm>

namespace medlocker::protect {
namespace {

constexpr std::size_t kCoarseChunk = 64;  // fixed: the stop rule is asked after each
constexpr std::size_t kPromoted = 4;

std::vector<Placement> coarseLattice(const SearchState& state, int most, int& stride) {
  stride = state.feasible.strideFor(most);
  std::vector<Position> points = state.feasible.lattice(stride);
  if (points.empty()) {
    // Few positions, none of them on the lattice: take them by number instead.
    const std::int64_t count = std::min<std::int64_t>(state.feasible.count(), std::max(1, most));
    for (std::int64_t i = 0; i < count; ++i)
      points.push_back(state.feasible.at(i * state.feasible.count() / count));
  }
  // In secret order, so that an early stop favours no corner of the frame.
  RandomStream stream = state.secret.child("lattice order");
  stream.shuffle(points);
  std::vector<Placement> candidates;
  for (const Position& p : points) candidates.push_back({p.x, p.y, state.highCode});
  return candidates;
}

}  // namespace

CoarseStage scoreCoarse(SearchState& state, int most, int& promotionAllowance) {
  CoarseStage stage;
  int allowance = std::max(1, most);
  const std::vector<Placement> lattice = coarseLattice(state, allowance, stage.stride);
  for (std::size_t start = 0; start < lattice.size() && !stage.strong && !state.cancelled();
       start += kCoarseChunk) {
    const std::size_t size = std::min(kCoarseChunk, lattice.size() - start);
    std::vector<ScoredPlacement> chunk =
        state.score("coarse", {&lattice[start], size}, ScoreStage::Screen, allowance);
    stage.points.insert(stage.points.end(), chunk.begin(), chunk.end());
    std::sort(chunk.begin(), chunk.end(), betterThan);
    std::vector<Placement> promising;
    for (const ScoredPlacement& candidate : chunk)
      if (promising.size() < kPromoted && state.isStrong(candidate.score))
        promising.push_back(candidate.placement);
    for (const ScoredPlacement& candidate :
         state.score("refine", promising, ScoreStage::Refine, promotionAllowance))
      stage.strong = stage.strong || state.isStrong(candidate.score);
  }
  return stage;
}

std::vector<Placement> topPoints(std::vector<ScoredPlacement> coarse, int stride, std::size_t most) {
  std::sort(coarse.begin(), coarse.end(), betterThan);
  std::vector<Placement> top;
  const std::int64_t apart = 4LL * stride * stride;
  for (const ScoredPlacement& candidate : coarse) {
    if (top.size() == most) break;
    const bool distinct = std::all_of(top.begin(), top.end(), [&](const Placement& other) {
      const std::int64_t dx = candidate.placement.x - other.x;
      const std::int64_t dy = candidate.placement.y - other.y;
      return dx * dx + dy * dy >= apart;
    });
    if (distinct) top.push_back(candidate.placement);
  }
  return top;
}

}  // namespace medlocker::protect
