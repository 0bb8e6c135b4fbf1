// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <limits>

#include "core/protect/soft_penalty.h"
#include "tests/protect/search_scenes.h"

namespace medlocker::protect {
namespace {

using test::frameMap;
using test::PitScorer;
using test::PixelScene;
using test::plainOptions;

struct Range {
  double best = std::numeric_limits<double>::infinity();
  double mean = 0;
};

/// Every feasible position at the highest opacity.
Range bruteForce(const FeasibleMap& map, PitScorer scorer) {
  std::vector<Placement> all;
  for (std::int64_t i = 0; i < map.count(); ++i) {
    const Position p = map.at(i);
    all.push_back({p.x, p.y, opacityCode(0.9)});
  }
  Range range;
  for (const CandidateScore& score : scorer.score(all, ScoreStage::Refine)) {
    range.best = std::min(range.best, score.objective);
    range.mean += score.objective / static_cast<double>(map.count());
  }
  return range;
}

class EveryMode : public ::testing::TestWithParam<SearchMode> {};

INSTANTIATE_TEST_SUITE_P(Modes, EveryMode,
                         ::testing::Values(SearchMode::Grid, SearchMode::Evolve, SearchMode::Gradient,
                                           SearchMode::Hybrid),
                         [](const auto& info) { return std::string(toString(info.param)); });

TEST_P(EveryMode, ComesWithinFivePercentOfTheOptimumInBudget) {
  // Acceptance 4: 5 % of the distance between the optimum and the mean over all places, which is what a
  // random place has.
  const FeasibleMap map = frameMap();
  PitScorer reference;
  reference.depth = 2;  // the stop rule never holds, so that the whole search runs
  const Range range = bruteForce(map, reference);
  const int seeds = 10;
  int reached = 0;
  double mean = 0;
  for (int seed = 0; seed < seeds; ++seed) {
    PitScorer scorer;
    scorer.depth = 2;
    SearchOptions options = plainOptions(800);
    options.mode = GetParam();
    options.diversify = false;
    options.leastVisible = false;
    const SearchResult result =
        searchPlacement(options, map, scorer, RandomStream::fromSeed(seed, "acceptance"));
    EXPECT_LE(result.evaluations, options.budget);
    EXPECT_EQ(result.evaluations, scorer.calls);
    EXPECT_EQ(scorer.repeats, 0);
    EXPECT_TRUE(map.contains(result.placement.x, result.placement.y));
    EXPECT_FALSE(result.stoppedEarly);
    reached += result.score.objective <= range.best + 0.05 * (range.mean - range.best);
    mean += result.score.objective / seeds;
  }
  EXPECT_EQ(reached, seeds);
  EXPECT_LT(mean, range.mean - 0.5);
}

TEST_P(EveryMode, StopsEarlyWhenTheStopRuleHolds) {
  PitScorer scorer;
  scorer.depth = 8;
  scorer.kappa = 1;
  SearchOptions options = plainOptions(3000);
  options.mode = GetParam();
  options.kappa = 1;
  const SearchResult result =
      searchPlacement(options, frameMap(), scorer, RandomStream::fromSeed(1, "early"));
  EXPECT_TRUE(result.stoppedEarly);
  EXPECT_LT(result.evaluations, 1600);
  EXPECT_TRUE(result.score.margins.holds(-0.1));
}

TEST_P(EveryMode, SameSecretSameResultOtherSecretOtherResult) {
  const FeasibleMap map = frameMap();
  int different = 0;
  const int runs = 20;
  for (int i = 0; i < runs; ++i) {
    PitScorer scorer;
    SearchOptions options = plainOptions(200);
    options.mode = GetParam();
    const auto search = [&](int seed) {
      return searchPlacement(options, map, scorer, RandomStream::fromSeed(seed, "run"));
    };
    const SearchResult a = search(i);
    EXPECT_EQ(a.placement, search(i).placement);
    different += a.placement != search(i + 1000).placement;
    EXPECT_GE(a.placement.alphaCode, opacityCode(0.4));
    EXPECT_LE(a.placement.alphaCode, opacityCode(0.9));
    EXPECT_NEAR(a.choiceBits, std::log2(a.choices), 1e-12);
  }
  EXPECT_GE(different, runs * 95 / 100);
}

TEST_P(EveryMode, TinyFeasibleSetsAndBudgetsWork) {
  BinaryMap blocked(40, 40, 1);
  blocked.fill({7, 9, 18, 20}, 0);
  const FeasibleMap one(blocked, BinaryMap(40, 40, 1), {.logoWidth = 11, .logoHeight = 11});
  for (const int budget : {16, 23, 50}) {
    PitScorer scorer;
    SearchOptions options = plainOptions(budget);
    options.mode = GetParam();
    const SearchResult single = searchPlacement(options, one, scorer, RandomStream::fromSeed(1, "one"));
    EXPECT_EQ(single.placement.x, 7);
    EXPECT_EQ(single.placement.y, 9);
    const SearchResult small = searchPlacement(options, frameMap(), scorer, RandomStream::fromSeed(1, "s"));
    EXPECT_LE(small.evaluations, budget);
    EXPECT_GT(small.score.margins.models, 0U);
  }
}

TEST_P(EveryMode, CancelKeepsTheBestSoFar) {
  std::stop_source stop;
  const RunContext context(stop.get_token(), nullptr);
  PitScorer scorer;
  scorer.depth = 2;
  SearchOptions options = plainOptions(3000);
  options.mode = GetParam();
  const SearchResult result =
      searchPlacement(options, frameMap(), scorer, RandomStream::fromSeed(1, "cancel"), context,
                      [&](const SearchUpdate& update) {
                        if (update.best) stop.request_stop();
                      });
  EXPECT_EQ(result.outcome, Outcome::Cancelled);
  EXPECT_LT(result.evaluations, 2000);
  EXPECT_GT(result.score.margins.models, 0U);
}

TEST_P(EveryMode, FindsTheBestCellOfASyntheticSurrogateWithAnyNumberOfThreads) {
  const PixelScene scene;
  SearchOptions options = plainOptions(400);
  options.mode = GetParam();
  options.diversify = false;
  options.leastVisible = false;
  std::vector<SearchResult> results;
  for (const int threads : {1, 4}) {
    torch::set_num_threads(threads);
    ModelScorer scorer = scene.scorer(2);
    results.push_back(
        searchPlacement(options, scene.plan->working, scorer, RandomStream::fromSeed(1, "cell")));
  }
  torch::set_num_threads(1);
  EXPECT_EQ(results[0].placement, results[1].placement);
  EXPECT_EQ(results[0].score.margins.values, results[1].score.margins.values);
  EXPECT_EQ(results[0].evaluations, results[1].evaluations);
  ModelScorer scorer = scene.scorer(2);
  double best = std::numeric_limits<double>::infinity();
  double mean = 0;
  std::vector<Placement> all;
  for (const Position& p : scene.plan->working.lattice(4)) all.push_back({p.x, p.y, opacityCode(0.9)});
  for (const CandidateScore& score : scorer.score(all, ScoreStage::Confirm)) {
    best = std::min(best, score.objective);
    mean += score.objective / static_cast<double>(all.size());
  }
  EXPECT_LE(results[0].score.objective, best + 0.05 * (mean - best));
}

TEST(EvolveSearch, ReachesPitsAnywhereAtTheDefaultBudget) {
  // Not one scene alone: four places of the pit, five secrets each.
  const FeasibleMap map = frameMap();
  for (const auto& [x, y] :
       {std::pair{10, 180}, std::pair{200, 240}, std::pair{330, 20}, std::pair{230, 130}}) {
    PitScorer reference;
    reference.depth = 2;
    reference.pitX = x;
    reference.pitY = y;
    const Range range = bruteForce(map, reference);
    for (int seed = 0; seed < 5; ++seed) {
      PitScorer scorer = reference;
      SearchOptions options = plainOptions(800);
      options.mode = SearchMode::Evolve;
      options.diversify = false;
      options.leastVisible = false;
      const SearchResult result =
          searchPlacement(options, map, scorer, RandomStream::fromSeed(seed, "anywhere"));
      EXPECT_LE(result.score.objective, range.best + 0.05 * (range.mean - range.best)) << x << ' ' << seed;
    }
  }
}

TEST(EvolveSearch, SpendsItsWholeBoundWhenTheBudgetAllows) {
  PitScorer scorer;
  scorer.depth = 0.1;
  SearchOptions options = plainOptions(4000);
  options.mode = SearchMode::Evolve;
  const SearchResult result =
      searchPlacement(options, frameMap(), scorer, RandomStream::fromSeed(3, "bound"));
  const EvolveOptions& e = options.evolve;
  // Repeated candidates cost nothing, so the count stays below the bound of 7.4, but not far below.
  EXPECT_LE(result.evaluations, e.population * e.generations * (e.hops * 7 + 1) + 2 * e.population + 400);
  EXPECT_GT(result.evaluations, e.population * e.generations * e.hops * 5);
}

TEST(SearchOptions, IssuesOfTheModesNameTheField) {
  SearchOptions bad;
  bad.evolve.generations = 21;
  bad.gradient.starts = 0;
  const auto issues = bad.validate();
  ASSERT_EQ(issues.size(), 2U);
  EXPECT_EQ(issues[0].field, "evolve.generations");
  EXPECT_EQ(issues[1].field, "gradient.starts");
  for (const SearchMode mode :
       {SearchMode::Grid, SearchMode::Evolve, SearchMode::Gradient, SearchMode::Hybrid, SearchMode::Random})
    EXPECT_EQ(parseSearchMode(toString(mode)), mode);
}

TEST(ModelScorer, GradientsAgreeWithFiniteDifferences) {
  const PixelScene scene;
  ModelScorer scorer = scene.scorer(0);  // the identity: JPEG passes gradients straight through
  // Steps small against the structure and large against float32: relative error below 1 %.
  for (const RealPlacement& at : {RealPlacement{70.3, 31.6, 0.7}, RealPlacement{101.45, 77.2, 0.55}}) {
    const auto value = [&](double dx, double dy, double da) {
      const RealPlacement moved{at.x + dx, at.y + dy, at.alpha + da};
      return scorer.gradients({&moved, 1})[0].objective;
    };
    const PlacementGradient g = scorer.gradients({&at, 1})[0];
    const double h = 0.02;
    const double dx = (value(h, 0, 0) - value(-h, 0, 0)) / (2 * h);
    const double dy = (value(0, h, 0) - value(0, -h, 0)) / (2 * h);
    const double da = (value(0, 0, h) - value(0, 0, -h)) / (2 * h);
    const double size = std::hypot(dx, dy);
    EXPECT_NEAR(g.dx, dx, 0.01 * size + 1e-5);
    EXPECT_NEAR(g.dy, dy, 0.01 * size + 1e-5);
    EXPECT_NEAR(g.dAlpha, da, 0.01 * std::abs(da) + 1e-4);
  }
}

TEST(ModelScorer, AGradientDoesNotDependOnItsCompany) {
  const PixelScene scene;
  ModelScorer scorer = scene.scorer(2);
  std::vector<RealPlacement> points;
  for (int i = 0; i < 11; ++i) points.push_back({20.5 + 9 * i, 15.25 + 5 * i, 0.4 + 0.04 * i});
  const auto together = scorer.gradients(points);
  for (std::size_t i = 0; i < points.size(); ++i) {
    const PlacementGradient alone = scorer.gradients({&points[i], 1})[0];
    EXPECT_EQ(alone.objective, together[i].objective);
    EXPECT_EQ(alone.dx, together[i].dx);
    EXPECT_EQ(alone.dAlpha, together[i].dAlpha);
  }
}

TEST(SoftPenalty, IsTheMeanUnderTheLogoAndItsDerivativeFits) {
  BinaryMap blocked(90, 70);
  blocked.fill({30, 20, 50, 40});
  BinaryMap lit(90, 70, 1);
  lit.fill({0, 0, 10, 70}, 0);
  const FeasibleMap map(blocked, lit, {.logoWidth = 20, .logoHeight = 10, .minFieldOfView = 0.5});
  const SoftPenalty sharp(map, 0);
  EXPECT_NEAR(sharp.at(30, 25).amount, 1, 1e-12);
  EXPECT_NEAR(sharp.at(60, 50).amount, 0, 1e-12);
  EXPECT_NEAR(sharp.at(0, 50).amount, 0.5, 1e-12);
  EXPECT_NEAR(sharp.at(22.5, 25).amount, 12.5 / 20, 1e-12);
  const SoftPenalty soft(map, 3);
  for (const auto& [x, y] : {std::pair{22.3, 14.6}, std::pair{3.4, 30.7}, std::pair{47.9, 33.2}}) {
    const double h = 1e-3;
    const SoftPenalty::Value at = soft.at(x, y);
    EXPECT_NEAR(at.dx, (soft.at(x + h, y).amount - soft.at(x - h, y).amount) / (2 * h), 1e-6);
    EXPECT_NEAR(at.dy, (soft.at(x, y + h).amount - soft.at(x, y - h).amount) / (2 * h), 1e-6);
  }
}

}  // namespace
}  // namespace medlocker::protect
