// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "core/protect/logo_layout.h"

namespace medlocker::protect {
namespace {

constexpr double kDrawShare = 0.4;  // of the budget for random lattices
constexpr int kMostDraws = 128;
constexpr double kSearchEnd = 0.85;  // the rest is for the opacities
constexpr std::size_t kRefined = 6;
constexpr std::size_t kPolished = 2;
constexpr double kWidestPitch = 2.5;  // against the smallest one
constexpr double kThinner = 1.04;     // pitch step until the coverage limit is kept
constexpr std::array<double, 4> kFirstSteps{0.25, 0.25, 0.2, 0.15};  // phase, phase, radians, share of pitch
constexpr double kLastStep = 0.1;                                    // of the first steps

struct Candidate {
  TileLattice lattice;
  std::vector<FilePlacement> logos;
  CandidateScore score;
};

class TiledSearch {
 public:
  explicit TiledSearch(const LayoutTask& task)
      : task_(task),
        high_(opacityCode(task.options.opacityHigh)),
        narrowest_(std::hypot(task.plan.tile.width, task.plan.tile.height)) {}

  LayoutResult random() {
    RandomStream stream = task_.secret.child("random placement");
    // A lattice may happen to meet protected boxes only.
    for (int i = 0; i < kMostDraws && result_.logos.empty(); ++i) result_.logos = draw(stream).logos;
    return result();
  }

  LayoutResult search() {
    RandomStream stream = task_.secret.child("lattices");
    const int draws = std::clamp(static_cast<int>(kDrawShare * task_.options.budget), 1, kMostDraws);
    std::vector<Candidate> candidates;
    for (int i = 0; i < draws; ++i)
      if (Candidate candidate = draw(stream); !candidate.logos.empty())
        candidates.push_back(std::move(candidate));
    score(candidates, ScoreStage::Screen);
    keepBest(candidates, kRefined);
    score(candidates, ScoreStage::Refine);
    keepBest(candidates, kPolished);
    const int end = static_cast<int>(kSearchEnd * task_.options.budget);
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      const int allowance = (end - used_) / static_cast<int>(candidates.size() - i);
      polish(candidates[i], used_ + allowance);
    }
    keepBest(candidates, 1);
    if (!candidates.empty()) {
      result_.logos = candidates.front().logos;
      result_.search.score = candidates.front().score;
    }
    return result();
  }

 private:
  LayoutResult result() {
    result_.search.feasible = task_.plan.working.count();
    result_.search.evaluations = used_;
    if (!result_.logos.empty())
      result_.search.placement = {result_.logos[0].x, result_.logos[0].y, result_.logos[0].alphaCode};
    if (task_.context.stopRequested()) result_.search.outcome = Outcome::Cancelled;
    return result_;
  }

  Candidate draw(RandomStream& stream) const {
    TileLattice lattice;
    lattice.phaseX = stream.uniform();
    lattice.phaseY = stream.uniform();
    lattice.rotation = stream.uniform(0, std::numbers::pi / 2);
    const double spread = stream.uniform();
    lattice.pitch = narrowest_ * (1 + (kWidestPitch - 1) * spread * spread);
    return place(lattice);
  }

  /// Widens the pitch until no more tiles are left than the coverage limit allows.
  Candidate place(TileLattice lattice) const {
    lattice.pitch = std::max(lattice.pitch, narrowest_);
    for (;;) {
      const std::vector<Position> places = latticePlaces(task_.plan, task_.frame, lattice);
      if (static_cast<std::int64_t>(places.size()) <= task_.mostTiles) {
        Candidate candidate{lattice, {}, {}};
        for (const Position& p : places) candidate.logos.push_back({p.x, p.y, high_});
        return candidate;
      }
      lattice.pitch *= kThinner;
    }
  }

  void score(std::vector<Candidate>& candidates, ScoreStage stage) {
    std::vector<PlacementSet> sets;
    for (const Candidate& candidate : candidates) sets.push_back(asSet(candidate.logos));
    used_ += static_cast<int>(sets.size());
    const std::vector<CandidateScore> scores = task_.scorer->scoreSets(sets, stage);
    for (std::size_t i = 0; i < candidates.size(); ++i) candidates[i].score = scores[i];
    if (task_.observer) task_.observer({"tiles", used_, task_.options.budget, nullptr, {}});
  }

  static void keepBest(std::vector<Candidate>& candidates, std::size_t most) {
    std::stable_sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
      return a.score.objective < b.score.objective;
    });
    if (candidates.size() > most) candidates.resize(most);
  }

  bool strong(const Candidate& candidate) const {
    return candidate.score.margins.holds(-0.5 * task_.options.kappa);
  }

  /// Pattern search on the lattice's four variables.
  void polish(Candidate& best, int end) {
    for (double scale = 1;
         scale >= kLastStep && used_ < end && !strong(best) && !task_.context.stopRequested();) {
      std::vector<Candidate> moved;
      for (std::size_t variable = 0; variable < kFirstSteps.size(); ++variable)
        for (const double sign : {-1.0, 1.0}) {
          if (used_ + static_cast<int>(moved.size()) >= end) continue;
          const double step = sign * scale * kFirstSteps[variable];
          TileLattice lattice = best.lattice;
          if (variable == 0) lattice.phaseX += step;
          if (variable == 1) lattice.phaseY += step;
          if (variable == 2) lattice.rotation += step;
          if (variable == 3) lattice.pitch *= 1 + step;
          if (Candidate candidate = place(lattice); !candidate.logos.empty())
            moved.push_back(std::move(candidate));
        }
      score(moved, ScoreStage::Refine);
      keepBest(moved, 1);
      if (!moved.empty() && moved[0].score.objective < best.score.objective)
        best = moved[0];
      else
        scale /= 2;
    }
  }

  const LayoutTask& task_;
  int high_;
  double narrowest_;
  int used_ = 0;
  LayoutResult result_;
};

}  // namespace

std::vector<Position> latticePlaces(const FeasibilityPlan& plan, const data::WorkingFrame& frame,
                                    const TileLattice& lattice) {
  const data::Box& g = frame.frame;
  const double centreX = 0.5 * (g.x0 + g.x1);
  const double centreY = 0.5 * (g.y0 + g.y1);
  const double cosine = std::cos(lattice.rotation);
  const double sine = std::sin(lattice.rotation);
  const int reach = static_cast<int>(std::ceil(0.5 * std::hypot(g.width(), g.height()) / lattice.pitch)) + 1;
  std::vector<Position> places;
  for (int j = -reach; j <= reach; ++j)
    for (int i = -reach; i <= reach; ++i) {
      const double u = (i + lattice.phaseX) * lattice.pitch;
      const double v = (j + lattice.phaseY) * lattice.pitch;
      const int x = static_cast<int>(std::lround(centreX + u * cosine - v * sine - 0.5 * plan.tile.width));
      const int y = static_cast<int>(std::lround(centreY + u * sine + v * cosine - 0.5 * plan.tile.height));
      if (!plan.native.contains(x, y)) continue;
      // Rounding may bring two corners one pixel nearer than the lattice has them.
      const bool free = std::none_of(places.begin(), places.end(), [&](const Position& other) {
        return std::abs(other.x - x) < plan.tile.width && std::abs(other.y - y) < plan.tile.height;
      });
      if (free) places.push_back({x, y});
    }
  return places;
}

LayoutResult placeTiled(const LayoutTask& task) {
  TiledSearch search(task);
  return task.scorer && task.options.mode != SearchMode::Random ? search.search() : search.random();
}

}  // namespace medlocker::protect
