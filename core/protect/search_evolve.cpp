// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>

#include "core/protect/search_coarse.h"

namespace medlocker::protect {
namespace {

constexpr double kHopReach = 0.22;     // a, in shares of R
constexpr double kHopOpacity = 0.08;   // c
constexpr double kProbeReach = 0.02;   // first probe step, in shares of R
constexpr double kPolishShare = 0.15;  // of the budget: pattern search from the best at the end …
constexpr int kMostPolish = 120;       // … which has arrived by then, whatever the budget
constexpr double kFirstLook = 0.25;    // of the budget, where the budget is short
constexpr int kEvaluationsPerHop = 7;
constexpr int kLeastPopulation = 4;
constexpr std::size_t kPromoted = 4;
constexpr std::size_t kPolished = 2;  // places that the last pattern search starts from
constexpr int kTriesPerDraw = 200;    // rejections of the sequence before a plain draw

struct Individual {
  ScoredPlacement at;      // θ
  ScoredPlacement walker;  // u of the basin hopping
  ScoredPlacement best;    // v
  RandomStream stream;
};

class Evolution {
 public:
  explicit Evolution(SearchState& state)
      : state_(state),
        options_(state.options.evolve),
        shortSide_(state.feasible.shortSide()),
        polish_(std::clamp(static_cast<int>(kPolishShare * state.options.budget), 2, kMostPolish)),
        allowance_(std::max(1, static_cast<int>(kSearchShare * state.options.budget) - polish_)) {}

  /// True when the stop rule held.
  bool run() {
    found();
    for (int g = 0; g < options_.generations && goesOn(); ++g) {
      hopAll();
      crossOver();
    }
    return strong_ || polish();
  }

 private:
  bool goesOn() const { return !strong_ && !state_.cancelled() && allowance_ > 0 && !population_.empty(); }

  std::vector<ScoredPlacement> score(const std::vector<Placement>& candidates) {
    std::vector<ScoredPlacement> scored = state_.score("evolve", candidates, ScoreStage::Refine, allowance_);
    for (const ScoredPlacement& candidate : scored) strong_ = strong_ || state_.isStrong(candidate.score);
    return scored;
  }

  Placement repaired(double x, double y, double alphaCode) const {
    const auto site = state_.feasible.project(x, y);
    return {site->x, site->y,
            static_cast<int>(std::lround(std::clamp<double>(alphaCode, state_.lowCode, state_.highCode)))};
  }

  /// Uniform positions and opacities, seen under the identity; those that go on are scored in full.
  void found() {
    RandomStream draw = state_.secret.child("evolve population");
    const int perIndividual = 1 + options_.generations * (options_.hops * kEvaluationsPerHop + 1);
    // A budget too small for the whole population buys a wider first look instead.
    int draws = options_.population;
    if (options_.population * perIndividual > allowance_)
      draws = std::max(draws, static_cast<int>(kFirstLook * state_.options.budget));
    draws = std::min(draws, std::max(1, allowance_ / 2));
    std::vector<Placement> candidates;
    for (const Position& position : spreadDraws(draws, draw))
      candidates.push_back({position.x, position.y,
                            static_cast<int>(std::lround(draw.uniform(state_.lowCode, state_.highCode)))});
    // Two draws are typically this far apart.
    spacing_ = std::max(
        1, static_cast<int>(std::lround(std::sqrt(static_cast<double>(state_.feasible.count()) / draws))));
    std::vector<ScoredPlacement> seen = state_.score("evolve", candidates, ScoreStage::Screen, allowance_);
    std::stable_sort(seen.begin(), seen.end(), betterThan);
    seen.erase(std::unique(seen.begin(), seen.end(),
                           [](const auto& a, const auto& b) { return a.placement == b.placement; }),
               seen.end());
    std::vector<Placement> promising;
    for (const ScoredPlacement& candidate : seen)
      if (promising.size() < kPromoted && state_.isStrong(candidate.score))
        promising.push_back(candidate.placement);
    score(promising);
    if (strong_) return;

    const int affordable = std::clamp(allowance_ / perIndividual, kLeastPopulation,
                                      std::max(kLeastPopulation, options_.population));
    const std::size_t size = std::min(seen.size(), static_cast<std::size_t>(affordable));
    // Where only some go on, the best of them are not to crowd in one basin.
    std::vector<Placement> chosen = topPoints(seen, spacing_, size);
    for (std::size_t i = 0; i < seen.size() && chosen.size() < size; ++i)
      if (std::find(chosen.begin(), chosen.end(), seen[i].placement) == chosen.end())
        chosen.push_back(seen[i].placement);
    for (const ScoredPlacement& start : score(chosen))
      population_.push_back(
          {start, start, start, state_.secret.child("evolve individual", population_.size())});
  }

  /// Feasible positions, each of them uniform over the feasible set, but spread evenly together: an additive
  /// recurrence of the plane from a random origin (Roberts 2018, "The unreasonable effectiveness of
  /// quasirandom sequences"), in which what is not feasible is passed over.
  std::vector<Position> spreadDraws(int count, RandomStream& draw) const {
    constexpr double kPlastic = 1.32471795724474602596;  // x³ = x + 1
    double u = draw.uniform();
    double v = draw.uniform();
    std::vector<Position> positions;
    int tries = kTriesPerDraw * count;
    while (static_cast<int>(positions.size()) < count && tries-- > 0) {
      u = std::fmod(u + 1 / kPlastic, 1.0);
      v = std::fmod(v + 1 / (kPlastic * kPlastic), 1.0);
      const Position position{static_cast<int>(u * state_.feasible.columns()),
                              static_cast<int>(v * state_.feasible.rows())};
      if (state_.feasible.contains(position.x, position.y)) positions.push_back(position);
    }
    while (static_cast<int>(positions.size()) < count) positions.push_back(state_.feasible.draw(draw));
    return positions;
  }

  void hopAll() {
    for (Individual& individual : population_) individual.walker = individual.best = individual.at;
    for (int hop = 0; hop < options_.hops && goesOn(); ++hop) hopOnce();
  }

  /// One hop of every individual, in lock step, so that the candidates share batches.
  void hopOnce() {
    const std::size_t count = population_.size();
    std::vector<Placement> landings;
    std::vector<double> luck;
    for (Individual& individual : population_) {
      const Placement& from = individual.walker.placement;
      const double reach = kHopReach * shortSide_;
      const double dx = individual.stream.uniform(-reach, reach);
      const double dy = individual.stream.uniform(-reach, reach);
      const double dAlpha = individual.stream.uniform(-kHopOpacity, kHopOpacity);
      luck.push_back(individual.stream.uniform());
      landings.push_back(repaired(from.x + dx, from.y + dy, from.alphaCode + dAlpha * kOpacityOne));
    }
    score(landings);
    std::vector<std::optional<ScoredPlacement>> reached(count);
    for (std::size_t i = 0; i < count; ++i) reached[i] = lookUp(landings[i]);

    // Six probes each: four around the landing, then two where the first ones point to.
    const double step = std::max(1.0, kProbeReach * shortSide_);
    std::vector<std::vector<Placement>> probes(count);
    const std::array<std::array<int, 2>, 4> axes{{{1, 0}, {-1, 0}, {0, 1}, {0, -1}}};
    for (std::size_t i = 0; i < count; ++i)
      if (reached[i])
        for (const auto& [dx, dy] : axes)
          probes[i].push_back(
              repaired(landings[i].x + dx * step, landings[i].y + dy * step, landings[i].alphaCode));
    probe(probes, reached);
    for (std::size_t i = 0; i < count; ++i) {
      probes[i].clear();
      if (!reached[i]) continue;
      const Placement& at = reached[i]->placement;
      const int dx = at.x - landings[i].x;
      const int dy = at.y - landings[i].y;
      if (dx != 0 || dy != 0) {
        probes[i].push_back(repaired(at.x + dx, at.y + dy, at.alphaCode));
        probes[i].push_back(repaired(at.x + 0.5 * dx, at.y + 0.5 * dy, at.alphaCode));
      } else {
        probes[i].push_back(repaired(at.x + 0.5 * step, at.y + 0.5 * step, at.alphaCode));
        probes[i].push_back(repaired(at.x - 0.5 * step, at.y - 0.5 * step, at.alphaCode));
      }
    }
    probe(probes, reached);

    for (std::size_t i = 0; i < count; ++i) {
      if (!reached[i]) continue;
      Individual& individual = population_[i];
      const double rise = reached[i]->score.objective - individual.walker.score.objective;
      const double temperature = options_.temperature;
      if (rise <= 0 || (temperature > 0 && luck[i] < std::exp(-rise / temperature)))
        individual.walker = *reached[i];
      if (betterThan(*reached[i], individual.best)) individual.best = *reached[i];
    }
  }

  void probe(const std::vector<std::vector<Placement>>& probes,
             std::vector<std::optional<ScoredPlacement>>& reached) {
    std::vector<Placement> all;
    for (const auto& list : probes) all.insert(all.end(), list.begin(), list.end());
    score(all);
    for (std::size_t i = 0; i < probes.size(); ++i)
      for (const Placement& candidate : probes[i])
        if (const auto scored = lookUp(candidate); scored && betterThan(*scored, *reached[i]))
          reached[i] = scored;
  }

  /// Every coordinate from the best seen with probability CR, at least one of them; the better of child and
  /// parent stays.
  void crossOver() {
    std::vector<Placement> children;
    for (Individual& individual : population_) {
      const Placement& parent = individual.at.placement;
      const Placement& best = individual.best.placement;
      std::array<bool, 3> fromBest{};
      for (bool& taken : fromBest) taken = individual.stream.chance(options_.crossover);
      fromBest[individual.stream.below(3)] = true;
      children.push_back(repaired(fromBest[0] ? best.x : parent.x, fromBest[1] ? best.y : parent.y,
                                  fromBest[2] ? best.alphaCode : parent.alphaCode));
    }
    score(children);
    for (std::size_t i = 0; i < children.size(); ++i)
      if (const auto child = lookUp(children[i]); child && betterThan(*child, population_[i].at))
        population_[i].at = *child;
  }

  /// Hops land several pixels and several hundredths of opacity from a minimum; the last steps to it are
  /// small ones, in all three coordinates.
  bool polish() {
    if (state_.cancelled() || !state_.best()) return false;
    std::vector<PatternPoint> points;
    for (const Placement& start : topPoints(state_.pool(), spacing_, kPolished)) {
      ScoredPlacement at = *lookUp(start);
      // Opacity mostly helps, so the far end is looked at before small steps.
      const Placement opaque{start.x, start.y, state_.highCode};
      for (const ScoredPlacement& scored :
           state_.score("refine", {&opaque, 1}, ScoreStage::Refine, polish_)) {
        if (state_.isStrong(scored.score)) return true;
        if (betterThan(scored, at)) at = scored;
      }
      points.push_back({at, std::max(2.0, kProbeReach * shortSide_), kHopOpacity / 2 * kOpacityOne});
    }
    return patternSearch(state_, points, polish_);
  }

  std::optional<ScoredPlacement> lookUp(const Placement& placement) const {
    const auto score = state_.known(placement, ScoreStage::Refine);
    return score ? std::optional(ScoredPlacement{placement, *score}) : std::nullopt;
  }

  SearchState& state_;
  const EvolveOptions& options_;
  int shortSide_;
  int polish_;
  int allowance_;
  int spacing_ = 1;
  std::vector<Individual> population_;
  bool strong_ = false;
};

}  // namespace

void searchEvolve(SearchState& state, SearchResult& result) {
  result.stoppedEarly = Evolution(state).run();
  finishSearch(state, result);
}

}  // namespace medlocker::protect
