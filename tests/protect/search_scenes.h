// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "core/data/working_frame.h"
#include "core/protect/feasibility_plan.h"
#include "core/protect/search.h"
#include "tests/protect/analytic_classifier.h"

namespace medlocker::protect::test {

/// A scorer that is a fixed function of position and opacity, with a known optimum: a narrow pit among decoys
/// on a slope. One model; the transforms shift the margin a little.
class PitScorer : public CandidateScorer {
 public:
  double pitX = 200;
  double pitY = 30;
  double depth = 3;
  int calls = 0;
  std::set<std::pair<Placement, int>> seen;
  int repeats = 0;

  double margin(const Placement& p) const {
    const auto pit = [&](double x, double y, double radius, double amount) {
      const double d2 = (p.x - x) * (p.x - x) + (p.y - y) * (p.y - y);
      return amount * std::exp(-0.5 * d2 / (radius * radius));
    };
    const double effect = pit(pitX, pitY, 14, depth) + pit(60, 210, 25, 0.5 * depth) +
                          pit(150, 150, 40, 0.3 * depth) + 0.0006 * p.x;
    return 1.0 - effect * opacityValue(p.alphaCode) / 0.9;
  }

  std::vector<CandidateScore> score(std::span<const Placement> candidates, ScoreStage stage) override {
    std::vector<CandidateScore> scores;
    for (const Placement& candidate : candidates) {
      ++calls;
      repeats += !seen.insert({candidate, static_cast<int>(stage)}).second;
      CandidateScore score{0, MarginTable(1, stage == ScoreStage::Screen ? 1 : 5)};
      for (std::size_t t = 0; t < score.margins.transforms; ++t)
        score.margins.at(0, t) = margin(candidate) + 0.02 * static_cast<double>(t);
      score.objective =
          objective(score.margins, opacityValue(candidate.alphaCode), 0.06, {{}, kappa, 0.02, 0});
      scores.push_back(score);
    }
    return scores;
  }

  /// Exact derivatives of the mean over the five shifted transforms.
  std::vector<PlacementGradient> gradients(std::span<const RealPlacement> candidates) override {
    std::vector<PlacementGradient> out;
    for (const RealPlacement& p : candidates) {
      ++calls;
      PlacementGradient g;
      double effect = 0.0006 * p.x;
      double dx = 0.0006;
      double dy = 0;
      const auto pit = [&](double x, double y, double radius, double amount) {
        const double d2 = (p.x - x) * (p.x - x) + (p.y - y) * (p.y - y);
        const double value = amount * std::exp(-0.5 * d2 / (radius * radius));
        effect += value;
        dx -= value * (p.x - x) / (radius * radius);
        dy -= value * (p.y - y) / (radius * radius);
      };
      pit(pitX, pitY, 14, depth);
      pit(60, 210, 25, 0.5 * depth);
      pit(150, 150, 40, 0.3 * depth);
      for (int t = 0; t < 5; ++t) {
        const double margin = 1.0 - effect * p.alpha / 0.9 + 0.02 * t;
        g.objective += std::max(margin, -kappa) / 5;
        if (margin <= -kappa) continue;
        g.dx -= dx * p.alpha / 0.9 / 5;
        g.dy -= dy * p.alpha / 0.9 / 5;
        g.dAlpha -= effect / 0.9 / 5;
      }
      g.objective += 0.02 * p.alpha;
      g.dAlpha += 0.02;
      out.push_back(g);
    }
    return out;
  }

  double kappa = 3;
};

inline FeasibleMap frameMap() {
  BinaryMap blocked(448, 336);
  blocked.fill({40, 40, 90, 120});
  blocked.fill({300, 100, 420, 180});
  return FeasibleMap(blocked, BinaryMap(448, 336, 1), {.logoWidth = 84, .logoHeight = 84});
}

inline SearchOptions plainOptions(int budget = 800) {
  SearchOptions options;
  options.budget = budget;
  options.kappa = 3;
  return options;
}

/// The whole search path on pixels: a synthetic surrogate (function of patch means) whose best cell is known.
struct PixelScene {
  data::Image image{360, 300, 3};
  data::FloatImage view;
  data::FieldOfView fov;
  data::WorkingFrame frame;
  Logo logo;
  std::shared_ptr<const FeasibilityPlan> plan;

  PixelScene() {
    for (int y = 0; y < 300; ++y)
      for (int x = 0; x < 360; ++x)
        for (int c = 0; c < 3; ++c) image.setSample(x, y, c, 80 + (x + 2 * y) % 17);
    view = data::floatView(image);
    fov = data::detectFieldOfView(view);
    frame = data::makeWorkingFrame(view, fov, 224);
    logo.width = logo.height = 64;
    logo.premultiplied.assign(64 * 64 * 4, 1.0);
    segmentation::ProtectedRegions regions;
    regions.boxes = {{.box = {10, 10, 60, 60}}, {.box = {180, 200, 260, 260}}};
    regions.tightBoxes = regions.boxes;
    plan = planFeasibility(logo, fov, frame, regions, {}).plan;
  }

  std::vector<SourceModel> sources() const {
    // Grade 0 unless cell (5, 2) of an 8×8 grid brightens: only a logo over that cell helps much.
    at::Tensor weights = torch::zeros({2, 8, 8});
    weights[1][2][5] = 6.0;
    weights[1].add_(0.01);
    return {{std::make_shared<PatchMeanClassifier>(64, weights, std::vector<float>{3.2F, 0.F}), 0, 1.0}};
  }

  ModelScorer scorer(int transforms, BatchParticipant* shared = nullptr) const {
    RandomStream stream = RandomStream::fromSeed(12, "pixel scene");
    return ModelScorer(view, fov, frame, plan->tile, OpacityLaw::Matte, false, sources(),
                       drawTransformSet(stream, transforms), {}, {{}, 3.0, 0.02, 0}, shared);
  }
};

}  // namespace medlocker::protect::test
