// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/search_state.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace medlocker::protect {
namespace {

constexpr double kHoldMargin = -0.1;  // step 3: normalised margin that must hold
constexpr int kBisections = 8;
constexpr double kLargestRaise = 0.02;
constexpr double kNearShare = 0.1;  // of the margin range
constexpr double kNearAbsolute = 0.05;
constexpr int kMinDistance = 3;        // px between near-optimal placements
constexpr int kMinOpacityCodes = 655;  // 0.01 of 65535
constexpr int kMostConfirmations = 8;

std::int64_t squaredDistance(const Placement& a, const Placement& b) {
  const std::int64_t dx = a.x - b.x;
  const std::int64_t dy = a.y - b.y;
  return dx * dx + dy * dy;
}

/// Near-optimal candidates of the pool that do at least as well as the best in what counts, thinned so that
/// they differ visibly from each other. Best first, never empty.
std::vector<ScoredPlacement> nearOptimal(const SearchState& state) {
  std::vector<ScoredPlacement> sorted = state.pool();
  std::sort(sorted.begin(), sorted.end(), betterThan);
  const ScoredPlacement& best = sorted.front();
  const double range = sorted.back().score.objective - best.score.objective;
  const double limit = best.score.objective + std::max(kNearShare * range, kNearAbsolute);
  const bool bestHolds = best.score.margins.holds(kHoldMargin);
  const int bestFooled = best.score.margins.fooledModels();
  std::vector<ScoredPlacement> kept;
  for (const ScoredPlacement& candidate : sorted) {
    if (candidate.score.objective > limit) break;
    if (bestHolds && !candidate.score.margins.holds(kHoldMargin)) continue;
    if (candidate.score.margins.fooledModels() < bestFooled) continue;
    const bool distinct = std::all_of(kept.begin(), kept.end(), [&](const ScoredPlacement& other) {
      return squaredDistance(candidate.placement, other.placement) >= kMinDistance * kMinDistance ||
             std::abs(candidate.placement.alphaCode - other.placement.alphaCode) >= kMinOpacityCodes;
    });
    if (distinct) kept.push_back(candidate);
  }
  return kept;
}

/// The candidate in float32. A choice that the fast logits made look better than it is goes back, and another
/// is drawn.
ScoredPlacement chooseConfirmed(SearchState& state, SearchResult& result, int& allowance) {
  std::vector<ScoredPlacement> choices = nearOptimal(state);
  const bool mustHold = choices.front().score.margins.holds(kHoldMargin);
  const int mustFool = choices.front().score.margins.fooledModels();
  RandomStream stream = state.secret.child("choice");
  std::optional<ScoredPlacement> fallback;
  for (int attempt = 0; attempt < kMostConfirmations && !choices.empty(); ++attempt) {
    const std::size_t index =
        state.options.diversify ? static_cast<std::size_t>(stream.below(choices.size())) : 0;
    const std::vector<ScoredPlacement> confirmed =
        state.score("choose", {&choices[index].placement, 1}, ScoreStage::Confirm, allowance);
    if (confirmed.empty()) break;  // no budget left for a confirmation
    const ScoredPlacement& candidate = confirmed.front();
    if (!fallback || betterThan(candidate, *fallback)) fallback = candidate;
    const MarginTable& margins = candidate.score.margins;
    if ((!mustHold || margins.holds(kHoldMargin)) && margins.fooledModels() >= mustFool) {
      result.choices = state.options.diversify ? static_cast<int>(choices.size()) : 1;
      result.choiceBits = std::log2(static_cast<double>(result.choices));
      return candidate;
    }
    choices.erase(choices.begin() + static_cast<std::ptrdiff_t>(index));
  }
  return fallback ? *fallback : *state.best();
}

/// Smallest opacity that still holds, by bisection; the placement itself when it does not hold to begin with.
ScoredPlacement leastVisible(SearchState& state, const ScoredPlacement& start, int& allowance) {
  if (!start.score.margins.holds(kHoldMargin)) return start;
  ScoredPlacement holding = start;
  int low = state.lowCode;
  for (int i = 0; i < kBisections && low < holding.placement.alphaCode && !state.cancelled(); ++i) {
    Placement middle = holding.placement;
    middle.alphaCode = low + (holding.placement.alphaCode - low) / 2;
    const auto scored = state.score("least visible", {&middle, 1}, ScoreStage::Confirm, allowance);
    if (scored.empty()) break;
    if (scored.front().score.margins.holds(kHoldMargin))
      holding = scored.front();
    else
      low = middle.alphaCode + 1;
  }
  return holding;
}

}  // namespace

SearchState::SearchState(const SearchOptions& searchOptions, const FeasibleMap& feasibleMap,
                         CandidateScorer& scorer, const RandomStream& secretStream, const RunContext& context,
                         const SearchObserver& observer)
    : options(searchOptions),
      feasible(feasibleMap),
      secret(secretStream),
      lowCode(opacityCode(searchOptions.opacityLow)),
      highCode(opacityCode(searchOptions.opacityHigh)),
      scorer_(scorer),
      context_(context),
      observer_(observer) {
}

std::optional<CandidateScore> SearchState::known(const Placement& placement, ScoreStage stage) const {
  const auto found = memory_.find({placement, stage});
  return found == memory_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<ScoredPlacement> SearchState::score(std::string_view stageName,
                                                std::span<const Placement> candidates, ScoreStage stage,
                                                int& allowance) {
  std::vector<Placement> fresh;
  std::set<Placement> queued;
  const int room = std::max(0, std::min(allowance, budgetLeft()));
  for (const Placement& candidate : candidates)
    if (static_cast<int>(fresh.size()) < room && !memory_.contains({candidate, stage}) &&
        queued.insert(candidate).second)
      fresh.push_back(candidate);

  const std::vector<CandidateScore> scores = scorer_.score(fresh, stage);
  evaluations_ += static_cast<int>(fresh.size());
  allowance -= static_cast<int>(fresh.size());
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    memory_.emplace(std::pair(fresh[i], stage), scores[i]);
    if (stage != ScoreStage::Refine) continue;
    pool_.push_back({fresh[i], scores[i]});
    if (betterThan(pool_.back(), pool_[bestIndex_])) bestIndex_ = pool_.size() - 1;
  }
  if (!fresh.empty() && !pool_.empty() &&
      (trace_.empty() || pool_[bestIndex_].score.objective < trace_.back().objective))
    trace_.push_back({evaluations_, pool_[bestIndex_].score.objective});

  std::vector<ScoredPlacement> out;
  for (const Placement& candidate : candidates)
    if (const auto found = known(candidate, stage)) out.push_back({candidate, *found});
  if (observer_ && !fresh.empty()) observer_({stageName, evaluations_, options.budget, best(), out});
  return out;
}

std::vector<PlacementGradient> SearchState::gradients(std::string_view stageName,
                                                      std::span<const RealPlacement> candidates,
                                                      int& allowance) {
  const int room = std::max(0, std::min(allowance, budgetLeft()));
  const std::size_t count = std::min(candidates.size(), static_cast<std::size_t>(room));
  if (count == 0) return {};
  std::vector<PlacementGradient> out = scorer_.gradients(candidates.first(count));
  evaluations_ += static_cast<int>(count);
  allowance -= static_cast<int>(count);
  if (observer_) observer_({stageName, evaluations_, options.budget, best(), {}});
  return out;
}

bool betterThan(const ScoredPlacement& a, const ScoredPlacement& b) {
  if (a.score.objective != b.score.objective) return a.score.objective < b.score.objective;
  return a.placement < b.placement;
}

std::vector<Placement> patternNeighbours(const FeasibleMap& feasible, const Placement& at, double step) {
  const int reach = std::max(1, static_cast<int>(std::lround(step)));
  std::vector<Placement> neighbours;
  for (const int dy : {-1, 0, 1})
    for (const int dx : {-1, 0, 1}) {
      if (dx == 0 && dy == 0) continue;
      const auto site = feasible.project(at.x + dx * reach, at.y + dy * reach);
      if (!site) continue;
      const Placement neighbour{site->x, site->y, at.alphaCode};
      if (neighbour == at || std::find(neighbours.begin(), neighbours.end(), neighbour) != neighbours.end())
        continue;
      neighbours.push_back(neighbour);
    }
  return neighbours;
}

namespace {

/// Those of patternNeighbours(), and the point itself more and less opaque.
std::vector<Placement> neighboursOf(const SearchState& state, const PatternPoint& point) {
  const Placement& at = point.at.placement;
  std::vector<Placement> neighbours = patternNeighbours(state.feasible, at, point.step);
  const int reach = static_cast<int>(std::lround(point.opacityStep));
  if (reach > 0)
    for (const int code :
         {std::min(state.highCode, at.alphaCode + reach), std::max(state.lowCode, at.alphaCode - reach)})
      if (code != at.alphaCode) neighbours.push_back({at.x, at.y, code});
  return neighbours;
}

}  // namespace

bool patternSearch(SearchState& state, std::vector<PatternPoint>& points, int& allowance) {
  while (allowance > 0 && state.budgetLeft() > 0 && !state.cancelled()) {
    std::vector<PatternPoint*> active;
    for (PatternPoint& point : points)
      if (point.active) active.push_back(&point);
    if (active.empty()) break;
    std::sort(active.begin(), active.end(),
              [](const PatternPoint* a, const PatternPoint* b) { return betterThan(a->at, b->at); });
    std::vector<Placement> wanted;
    for (const PatternPoint* point : active)
      for (const Placement& neighbour : neighboursOf(state, *point)) wanted.push_back(neighbour);
    const std::vector<ScoredPlacement> scored = state.score("refine", wanted, ScoreStage::Refine, allowance);
    for (const ScoredPlacement& candidate : scored)
      if (state.isStrong(candidate.score)) return true;
    for (PatternPoint* point : active) {
      const ScoredPlacement before = point->at;
      for (const Placement& neighbour : neighboursOf(state, *point))
        if (const auto score = state.known(neighbour, ScoreStage::Refine))
          if (score->objective < point->at.score.objective) point->at = {neighbour, *score};
      if (point->at.placement == before.placement) {
        point->step /= 2;
        point->opacityStep /= 2;
      }
      if (point->step < 1) point->active = false;
    }
  }
  return false;
}

void finishSearch(SearchState& state, SearchResult& result) {
  if (state.cancelled() || !state.best()) {
    // Nothing was scored under all transforms yet: the score stays empty and the caller drops the image.
    if (state.best()) {
      result.placement = state.best()->placement;
      result.score = state.best()->score;
    }
    return;
  }
  int allowance = state.budgetLeft();
  ScoredPlacement chosen = chooseConfirmed(state, result, allowance);
  if (state.options.leastVisible && state.lowCode < state.highCode)
    chosen = leastVisible(state, chosen, allowance);
  if (state.options.diversify) {
    RandomStream stream = state.secret.child("opacity raise");
    Placement raised = chosen.placement;
    raised.alphaCode =
        std::min(state.highCode, raised.alphaCode + opacityCode(stream.uniform(0, kLargestRaise)));
    const auto scored = state.score("least visible", {&raised, 1}, ScoreStage::Confirm, allowance);
    chosen.placement = raised;
    if (!scored.empty()) chosen.score = scored.front().score;
  }
  result.placement = chosen.placement;
  result.score = chosen.score;
}

}  // namespace medlocker::protect
