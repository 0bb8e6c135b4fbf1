// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "core/protect/search.h"

namespace medlocker::protect {

/// What the stages of one search share: budget, memory of scored candidates, the pool of candidates scored
/// under all transforms, and the watcher. Used by one thread.
class SearchState {
 public:
  SearchState(const SearchOptions& searchOptions, const FeasibleMap& feasibleMap, CandidateScorer& scorer,
              const RandomStream& secretStream, const RunContext& context, const SearchObserver& observer);

  const SearchOptions& options;
  const FeasibleMap& feasible;
  const RandomStream& secret;
  const int lowCode;
  const int highCode;

  /// Scores candidates, the unknown ones first truncated to what `allowance` and the budget leave; returns
  /// those that are known afterwards, in the order given. A repeated candidate costs nothing.
  std::vector<ScoredPlacement> score(std::string_view stageName, std::span<const Placement> candidates,
                                     ScoreStage stage, int& allowance);
  /// Gradients of the first candidates that `allowance` and the budget leave; one costs what a score costs.
  std::vector<PlacementGradient> gradients(std::string_view stageName,
                                           std::span<const RealPlacement> candidates, int& allowance);
  std::optional<CandidateScore> known(const Placement& placement, ScoreStage stage) const;

  int evaluations() const { return evaluations_; }
  int budgetLeft() const { return options.budget - evaluations_; }
  bool cancelled() const { return context_.stopRequested(); }

  /// Everything scored under all transforms with fast logits, in order of scoring.
  const std::vector<ScoredPlacement>& pool() const { return pool_; }
  /// Best of the pool; null when it is empty.
  const ScoredPlacement* best() const { return pool_.empty() ? nullptr : &pool_[bestIndex_]; }
  std::vector<TracePoint> takeTrace() { return std::move(trace_); }

  /// Stop rule 7.6 on scores of any stage.
  bool isStrong(const CandidateScore& score) const { return score.margins.holds(-0.5 * options.kappa); }

 private:
  CandidateScorer& scorer_;
  const RunContext& context_;
  const SearchObserver& observer_;
  std::map<std::pair<Placement, ScoreStage>, CandidateScore> memory_;
  std::vector<ScoredPlacement> pool_;
  std::size_t bestIndex_ = 0;
  std::vector<TracePoint> trace_;
  int evaluations_ = 0;
};

/// Lower J first; equal J: the lower position, so that every order is total and repeatable.
bool betterThan(const ScoredPlacement& a, const ScoredPlacement& b);

/// One point of a pattern search: where it stands and its steps.
struct PatternPoint {
  ScoredPlacement at;
  double step = 0;         ///< pixels
  double opacityStep = 0;  ///< codes; halved with `step`. 0: the opacity stays.
  bool active = true;
};

/// The eight neighbours at round(step), projected to the feasible set, without repetitions and without the
/// point itself.
std::vector<Placement> patternNeighbours(const FeasibleMap& feasible, const Placement& at, double step);

/// Pattern search from several points at once (7.3 step 2): each round scores the neighbours of all active
/// points, best points first when the allowance is short. Ends when all steps are below 1, the allowance is
/// used, the stop rule holds (returns true) or the run is cancelled.
bool patternSearch(SearchState& state, std::vector<PatternPoint>& points, int& allowance);

/// 7.7 and 7.3 step 3 on the pool: secret choice, float32 confirmation, least visible opacity, secret raise.
void finishSearch(SearchState& state, SearchResult& result);

/// What stages before the finish may spend of the budget; the rest is the finish's (7.3 step 3).
inline constexpr double kSearchShare = 0.85;

void searchEvolve(SearchState& state, SearchResult& result);
void searchGradient(SearchState& state, SearchResult& result);
void searchGrid(SearchState& state, SearchResult& result);
void searchHybrid(SearchState& state, SearchResult& result);
void searchRandom(SearchState& state, SearchResult& result);

}  // namespace medlocker::protect
