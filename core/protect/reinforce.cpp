// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/reinforce.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace medlocker::protect {
namespace {

constexpr int kMostCells = 48;  // per side: about one per model pixel of a large logo at 224
constexpr int kLeastCells = 4;
constexpr double kStepShare = 1.0 / 8;
constexpr double kMomentum = 1.0;
constexpr int kStepsPerJudgement = 10;
constexpr int kScalings = 8;  // halvings of the interval of the scale that keeps the logo legible
constexpr double kRandomStart = 0.5;

int cellsFor(int extent) {
  return std::clamp(extent / 2, kLeastCells, kMostCells);
}

Reinforcement coded(const ColourField& field, int epsilonMilli, double scale) {
  Reinforcement out{epsilonMilli, field.width, field.height, {}};
  const double epsilon = epsilonMilli / 1000.0;
  for (const double value : field.values)
    out.codes.push_back(
        static_cast<std::int8_t>(std::lround(127 * scale * std::clamp(value / epsilon, -1.0, 1.0))));
  return out;
}

ColourField decoded(const Reinforcement& reinforcement) {
  ColourField field{reinforcement.width, reinforcement.height, {}};
  for (const std::int8_t code : reinforcement.codes)
    field.values.push_back(code / 127.0 * reinforcement.epsilonMilli / 1000.0);
  return field;
}

class Reinforcer {
 public:
  Reinforcer(ModelScorer& scorer, const PlacementSet& placements, const ReinforceOptions& options,
             const RunContext& context, int epsilonMilli)
      : scorer_(scorer),
        placements_(placements),
        options_(options),
        context_(context),
        epsilon_(epsilonMilli / 1000.0) {
    for (std::size_t t = 0; t < scorer.transformCount(); ++t) all_.push_back(t);
  }

  void descend(ColourField field) {
    std::vector<double> momentum(field.values.size());
    judge(field);
    for (int step = 0; step < options_.steps && !context_.stopRequested(); ++step) {
      std::vector<std::size_t> seen{0};
      if (all_.size() > 1) seen.push_back(1 + static_cast<std::size_t>(step) % (all_.size() - 1));
      const ModelScorer::ColourGradient g = scorer_.colourGradient(placements_, field, seen);
      ++evaluations_;
      double norm = 0;
      for (const double value : g.gradient) norm += std::abs(value);
      if (norm == 0) break;  // every margin is beyond −κ: nothing is left to gain
      for (std::size_t i = 0; i < momentum.size(); ++i) {
        momentum[i] = kMomentum * momentum[i] + g.gradient[i] / norm;
        const double sign = momentum[i] > 0 ? 1 : momentum[i] < 0 ? -1 : 0;
        field.values[i] = std::clamp(field.values[i] - kStepShare * epsilon_ * sign, -epsilon_, epsilon_);
      }
      if ((step + 1) % kStepsPerJudgement == 0 || step + 1 == options_.steps) judge(field);
    }
  }

  const ColourField& best() const { return best_; }
  double objective() const { return objective_; }
  int evaluations() const { return evaluations_; }

 private:
  void judge(const ColourField& field) {
    ++evaluations_;
    const double value = scorer_.colourGradient(placements_, field, all_, false).objective;
    if (value >= objective_) return;
    objective_ = value;
    best_ = field;
  }

  ModelScorer& scorer_;
  const PlacementSet& placements_;
  const ReinforceOptions& options_;
  const RunContext& context_;
  double epsilon_;
  std::vector<std::size_t> all_;
  ColourField best_;
  double objective_ = std::numeric_limits<double>::infinity();
  int evaluations_ = 0;
};

}  // namespace

ReinforceResult reinforceLogo(ModelScorer& scorer, const PlacementSet& placements, const LogoTile& plain,
                              const ReinforceOptions& options, const RandomStream& secret,
                              const RunContext& context, const Reinforcement* start) {
  const int epsilonMilli = static_cast<int>(std::lround(1000 * options.epsilon));
  const ColourField none{cellsFor(plain.width), cellsFor(plain.height),
                         std::vector<double>(3 * static_cast<std::size_t>(cellsFor(plain.width)) *
                                             static_cast<std::size_t>(cellsFor(plain.height)))};
  scorer.setTile(plain);
  Reinforcer reinforcer(scorer, placements, options, context, epsilonMilli);
  reinforcer.descend(start ? decoded(*start) : none);
  for (int restart = 1; restart < options.restarts && reinforcer.objective() >= 0; ++restart) {
    RandomStream stream = secret.child("reinforcement", static_cast<std::uint64_t>(restart));
    ColourField field = none;
    for (double& value : field.values) value = kRandomStart * options.epsilon * stream.uniform(-1, 1);
    reinforcer.descend(std::move(field));
  }

  ReinforceResult result;
  result.evaluations = reinforcer.evaluations();
  const auto take = [&](double scale) {
    result.reinforcement = coded(reinforcer.best(), epsilonMilli, scale);
    result.tile = reinforceTile(plain, result.reinforcement);
    result.similarity = tileSimilarity(plain, result.tile);
    return result.similarity >= options.legibility;
  };
  if (!take(1)) {
    double low = 0;
    double high = 1;
    for (int i = 0; i < kScalings; ++i) {
      const double middle = 0.5 * (low + high);
      (take(middle) ? low : high) = middle;
    }
    take(low);
  }
  scorer.setTile(result.tile);
  return result;
}

}  // namespace medlocker::protect
