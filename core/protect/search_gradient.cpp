// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "core/protect/search_coarse.h"
#include "core/protect/soft_penalty.h"

namespace medlocker::protect {
namespace {

constexpr int kCoarsePoints = 64;
constexpr double kBlur = 0.02;          // σ of the soft overlap, in shares of R
constexpr double kFirstPenalty = 1;     // μ rises from here …
constexpr double kLastPenalty = 20;     // … to here
constexpr int kStepsPerEvaluation = 5;  // a projected point is scored this often, and at the end
constexpr double kBeta1 = 0.9;
constexpr double kBeta2 = 0.999;
constexpr double kTiny = 1e-8;
constexpr double kStartOpacity = 0.9;  // within the allowed range: high, where the sigmoid still moves
constexpr double kEdge = 0.02;         // starts keep this share away from the ends of the sigmoid
constexpr int kPolish = 24;            // evaluations of the pattern search that takes out the rounding

double sigmoid(double value) {
  return 1 / (1 + std::exp(-value));
}

double logit(double share) {
  const double inside = std::clamp(share, kEdge, 1 - kEdge);
  return std::log(inside / (1 - inside));
}

/// Adam on the unconstrained variables p, q, r of one start.
struct Descent {
  std::array<double, 3> variables{};
  std::array<double, 3> first{};
  std::array<double, 3> second{};

  void step(const std::array<double, 3>& gradient, double size, int number) {
    for (std::size_t i = 0; i < 3; ++i) {
      first[i] = kBeta1 * first[i] + (1 - kBeta1) * gradient[i];
      second[i] = kBeta2 * second[i] + (1 - kBeta2) * gradient[i] * gradient[i];
      const double mean = first[i] / (1 - std::pow(kBeta1, number));
      const double spread = std::sqrt(second[i] / (1 - std::pow(kBeta2, number)));
      variables[i] -= size * mean / (spread + kTiny);
    }
  }
};

class GradientDescent {
 public:
  explicit GradientDescent(SearchState& state)
      : state_(state),
        options_(state.options.gradient),
        penalty_(state.feasible, kBlur * state.feasible.shortSide()),
        spanX_(std::max(0, state.feasible.columns() - 1)),
        spanY_(std::max(0, state.feasible.rows() - 1)),
        low_(opacityValue(state.lowCode)),
        span_(opacityValue(state.highCode) - opacityValue(state.lowCode)) {}

  /// True when the stop rule held.
  bool run(const std::vector<Placement>& from, int allowance) {
    int polish = std::min(kPolish, allowance / 8);
    allowance -= polish;
    const auto cost = [](int steps) { return steps + (steps - 1) / kStepsPerEvaluation + 1; };
    // Positions only see their surroundings, so restarts matter more than the last steps.
    const int least = std::max(1, options_.steps / 3);
    int steps = options_.steps;
    while (steps > least && static_cast<int>(from.size()) * cost(steps) > allowance) --steps;
    const std::size_t affordable = static_cast<std::size_t>(std::max(1, allowance / cost(steps)));
    std::vector<Descent> descents;
    for (std::size_t i = 0; i < std::min(affordable, from.size()); ++i)
      descents.push_back({{logit(spanX_ > 0 ? from[i].x / spanX_ : 0.5),
                           logit(spanY_ > 0 ? from[i].y / spanY_ : 0.5), logit(kStartOpacity)},
                          {},
                          {}});
    bool strong = false;
    for (int number = 1; number <= steps && !strong && allowance > 0 && !state_.cancelled(); ++number) {
      const double progress = steps > 1 ? static_cast<double>(number - 1) / (steps - 1) : 1;
      stepAll(descents, number, progress, allowance);
      if (number % kStepsPerEvaluation == 0 || number == steps) strong = evaluate(descents, allowance);
    }
    if (!state_.best() && !descents.empty() && !state_.cancelled()) {
      int last = 1;  // a tiny budget ended before the first projection
      strong = evaluate(descents, last);
    }
    if (!strong && state_.best() && !state_.cancelled()) {
      std::vector<PatternPoint> points{{*state_.best(), 2}};
      polish += allowance;
      strong = patternSearch(state_, points, polish);
    }
    return strong;
  }

 private:
  RealPlacement placementOf(const Descent& d) const {
    return {spanX_ * sigmoid(d.variables[0]), spanY_ * sigmoid(d.variables[1]),
            low_ + span_ * sigmoid(d.variables[2])};
  }

  void stepAll(std::vector<Descent>& descents, int number, double progress, int& allowance) {
    std::vector<RealPlacement> points;
    for (const Descent& descent : descents) points.push_back(placementOf(descent));
    const std::vector<PlacementGradient> gradients = state_.gradients("gradient", points, allowance);
    const double size = options_.lastStep + 0.5 * (options_.firstStep - options_.lastStep) *
                                                (1 + std::cos(std::numbers::pi * progress));
    const double mu = kFirstPenalty + (kLastPenalty - kFirstPenalty) * progress;
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      const SoftPenalty::Value soft = penalty_.at(points[i].x, points[i].y);
      const auto slope = [](double value) { return sigmoid(value) * (1 - sigmoid(value)); };
      Descent& descent = descents[i];
      descent.step({(gradients[i].dx + mu * soft.dx) * spanX_ * slope(descent.variables[0]),
                    (gradients[i].dy + mu * soft.dy) * spanY_ * slope(descent.variables[1]),
                    gradients[i].dAlpha * span_ * slope(descent.variables[2])},
                   size, number);
    }
  }

  /// Scores the projected positions; true when one satisfies the stop rule.
  bool evaluate(const std::vector<Descent>& descents, int& allowance) {
    std::vector<Placement> projected;
    for (const Descent& descent : descents) {
      const RealPlacement real = placementOf(descent);
      const auto site = state_.feasible.project(real.x, real.y);
      projected.push_back(
          {site->x, site->y, std::clamp(opacityCode(real.alpha), state_.lowCode, state_.highCode)});
    }
    bool strong = false;
    for (const ScoredPlacement& scored : state_.score("gradient", projected, ScoreStage::Refine, allowance))
      strong = strong || state_.isStrong(scored.score);
    return strong;
  }

  SearchState& state_;
  const GradientOptions& options_;
  SoftPenalty penalty_;
  double spanX_;
  double spanY_;
  double low_;
  double span_;
};

int allowanceAfter(const SearchState& state) {
  return std::max(1, static_cast<int>(kSearchShare * state.options.budget) - state.evaluations());
}

}  // namespace

void searchGradient(SearchState& state, SearchResult& result) {
  const int starts = state.options.gradient.starts;
  int promotion = std::max(1, state.options.budget / 16);
  const CoarseStage coarse =
      scoreCoarse(state, std::min(kCoarsePoints, std::max(1, state.options.budget / 4)), promotion);
  bool strong = coarse.strong;
  if (!strong && !state.cancelled()) {
    std::vector<Placement> from =
        topPoints(coarse.points, coarse.stride, static_cast<std::size_t>((starts + 1) / 2));
    RandomStream draw = state.secret.child("gradient starts");
    while (static_cast<int>(from.size()) < starts) {
      const Position position = state.feasible.draw(draw);
      from.push_back({position.x, position.y, state.highCode});
    }
    strong = GradientDescent(state).run(from, allowanceAfter(state));
  }
  result.stoppedEarly = strong;
  finishSearch(state, result);
}

void searchHybrid(SearchState& state, SearchResult& result) {
  int promotion = std::max(1, state.options.budget / 16);
  const CoarseStage coarse = scoreCoarse(state, std::max(1, state.options.budget / 2), promotion);
  bool strong = coarse.strong;
  if (!strong && !state.cancelled()) {
    const std::vector<Placement> from = topPoints(
        coarse.points, coarse.stride, static_cast<std::size_t>(state.options.gradient.hybridStarts));
    strong = GradientDescent(state).run(from, allowanceAfter(state));
  }
  result.stoppedEarly = strong;
  finishSearch(state, result);
}

}  // namespace medlocker::protect
