// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/common/error.h"
#include "core/common/random.h"
#include "core/common/run_context.h"
#include "core/protect/candidate_scorer.h"
#include "core/protect/feasible.h"

namespace medlocker::protect {

/// Placement search (spec 7). A search sees only a feasible map and a scorer, so it runs on analytic scorers
/// too. Results depend on options, map, scorer and stream alone: not on threads, batch size or timing.

enum class SearchMode {
  Grid,      ///< coarse lattice, pattern search, least visible opacity (7.3)
  Evolve,    ///< basin hopping with evolution (7.4); needs the models' outputs only
  Gradient,  ///< gradients of position and opacity from several starts (7.5)
  Hybrid,    ///< the coarse lattice of `grid`, then gradients from the best points
  Random,    ///< one uniform feasible draw at the highest opacity: the baseline
};
std::string_view toString(SearchMode mode);
/// Throws Error(InvalidArgument) listing the known names.
SearchMode parseSearchMode(std::string_view name);

/// Mode Evolve. Where population·generations·(7·hops + 1) exceeds the budget, only the best of a wider first
/// draw go on, at least 4, so that all generations happen.
struct EvolveOptions {
  int population = 50;     ///< N, 4..1000
  int generations = 3;     ///< 1..20
  int hops = 3;            ///< per individual and generation, 1..10
  double crossover = 0.9;  ///< CR, 0..1
  double temperature = 1;  ///< T_m in normalised margins, 0..100; 0: no hop uphill
};

/// Modes Gradient and Hybrid. Where the budget is short, first the steps shrink to a third, then the starts.
struct GradientOptions {
  int steps = 60;          ///< per start, 1..1000
  int starts = 12;         ///< half of them the best of a coarse lattice, half random; 1..100
  int hybridStarts = 4;    ///< mode Hybrid: the best of grid's coarse stage; 1..100
  double firstStep = 0.1;  ///< Adam's step on the unconstrained variables, falling along a cosine …
  double lastStep = 0.01;  ///< … to this; both (0, 1]
};

struct SearchOptions {
  SearchMode mode = SearchMode::Grid;
  int budget = 800;           ///< B: candidate evaluations per image; quick 200, balanced 800, thorough 3000
  double opacityLow = 0.40;   ///< α_lo, 0.05..1
  double opacityHigh = 0.90;  ///< α_hi, α_lo..1
  double kappa = 1;           ///< κ of the objective; the stop rule asks for half of it
  bool leastVisible = true;   ///< step 3; off in the literature profile
  bool diversify = true;      ///< 7.7: secret choice among near-optimal placements and secret raise of α
  EvolveOptions evolve;
  GradientOptions gradient;

  std::vector<OptionIssue> validate() const;
};

/// "quick", "balanced", "thorough" or a number 16..1000000; throws Error(InvalidArgument).
int parseBudget(std::string_view text);

struct ScoredPlacement {
  Placement placement;
  CandidateScore score;
};

/// What a watcher of a search is told after each batch. Views are valid during the call only.
struct SearchUpdate {
  std::string_view stage;  ///< "coarse", "refine", "choose", "least visible", "random" …
  int evaluations = 0;
  int budget = 0;
  const ScoredPlacement* best = nullptr;  ///< best of the stage's transform set so far; may be null
  std::span<const ScoredPlacement> batch;
};
/// Called on the search's thread. Null: nobody watches.
using SearchObserver = std::function<void(const SearchUpdate&)>;

struct TracePoint {
  int evaluations = 0;
  double objective = 0;  ///< best J under all transforms up to then
};

struct SearchResult {
  Placement placement;
  CandidateScore score;  ///< float32, all transforms; without margins when cancelled before any was scored
  int evaluations = 0;   ///< candidates scored, never above the budget
  std::int64_t feasible = 0;  ///< N_feas
  int choices = 1;            ///< size of the near-optimal set the placement was drawn from
  double choiceBits = 0;      ///< log2 of it
  bool stoppedEarly = false;  ///< the stop rule of 7.6 held
  std::vector<TracePoint> trace;
  Outcome outcome = Outcome::Completed;  ///< Cancelled: the best so far
};

/// Runs one search. `feasible.count()` must be positive. `secret` is the image's secret stream; its children
/// are used, so the caller's copy does not move.
SearchResult searchPlacement(const SearchOptions& options, const FeasibleMap& feasible,
                             CandidateScorer& scorer, const RandomStream& secret,
                             const RunContext& context = {}, const SearchObserver& observer = {});

}  // namespace medlocker::protect
