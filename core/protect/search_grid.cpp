// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "core/protect/search_state.h"

namespace medlocker::protect {
namespace {

constexpr double kCoarseShare = 0.5;
constexpr double kRefineShare = 0.35;
constexpr std::size_t kTopPoints = 8;
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

/// The best points whose pairwise distance is at least 2q.
std::vector<Placement> topPoints(std::vector<ScoredPlacement> coarse, int stride) {
  std::sort(coarse.begin(), coarse.end(), betterThan);
  std::vector<Placement> top;
  const std::int64_t apart = 4LL * stride * stride;
  for (const ScoredPlacement& candidate : coarse) {
    if (top.size() == kTopPoints) break;
    const bool distinct = std::all_of(top.begin(), top.end(), [&](const Placement& other) {
      const std::int64_t dx = candidate.placement.x - other.x;
      const std::int64_t dy = candidate.placement.y - other.y;
      return dx * dx + dy * dy >= apart;
    });
    if (distinct) top.push_back(candidate.placement);
  }
  return top;
}

}  // namespace

void searchGrid(SearchState& state, SearchResult& result) {
  const int budget = state.options.budget;
  int coarseAllowance = std::max(1, static_cast<int>(kCoarseShare * budget));
  int refineAllowance = std::max(1, static_cast<int>(kRefineShare * budget));
  int stride = 2;
  const std::vector<Placement> lattice = coarseLattice(state, coarseAllowance, stride);

  std::vector<ScoredPlacement> coarse;
  bool strong = false;
  for (std::size_t start = 0; start < lattice.size() && !strong && !state.cancelled();
       start += kCoarseChunk) {
    const std::size_t size = std::min(kCoarseChunk, lattice.size() - start);
    std::vector<ScoredPlacement> chunk =
        state.score("coarse", {&lattice[start], size}, ScoreStage::Screen, coarseAllowance);
    coarse.insert(coarse.end(), chunk.begin(), chunk.end());
    // A point that already satisfies the stop rule on the plain image is asked about all transforms at once.
    std::sort(chunk.begin(), chunk.end(), betterThan);
    std::vector<Placement> promising;
    for (const ScoredPlacement& candidate : chunk)
      if (promising.size() < kPromoted && state.isStrong(candidate.score))
        promising.push_back(candidate.placement);
    for (const ScoredPlacement& candidate :
         state.score("refine", promising, ScoreStage::Refine, refineAllowance))
      strong = strong || state.isStrong(candidate.score);
  }

  if (!strong) {
    std::vector<PatternPoint> points;
    for (const ScoredPlacement& start :
         state.score("refine", topPoints(coarse, stride), ScoreStage::Refine, refineAllowance)) {
      points.push_back({start, stride / 2.0});
      strong = strong || state.isStrong(start.score);
    }
    if (!strong) strong = patternSearch(state, points, refineAllowance);
  }
  result.stoppedEarly = strong;
  finishSearch(state, result);
}

}  // namespace medlocker::protect
