// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/search.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <limits>

#include "tests/protect/search_scenes.h"

namespace medlocker::protect {
namespace {

using test::frameMap;
using test::PitScorer;
using test::PixelScene;
using test::plainOptions;

TEST(GridSearch, ReachesTheKnownOptimum) {
  const FeasibleMap map = frameMap();
  for (const int budget : {400, 800, 3000}) {
    PitScorer scorer;
    scorer.depth = 2;  // not enough for the stop rule, so that the whole search runs
    SearchOptions options = plainOptions(budget);
    options.diversify = false;
    const SearchResult result = searchPlacement(options, map, scorer, RandomStream::fromSeed(1, "grid"));
    EXPECT_FALSE(result.stoppedEarly);
    EXPECT_LE(std::abs(result.placement.x - 200), 2) << budget;
    EXPECT_LE(std::abs(result.placement.y - 30), 2) << budget;
    EXPECT_LE(result.evaluations, budget);
    EXPECT_EQ(result.evaluations, scorer.calls);
    EXPECT_EQ(scorer.repeats, 0);
    EXPECT_EQ(result.feasible, map.count());
  }
}

TEST(GridSearch, BeatsRandomPlacement) {
  const FeasibleMap map = frameMap();
  double random = 0;
  double grid = 0;
  for (int i = 0; i < 40; ++i) {
    PitScorer scorer;
    SearchOptions options = plainOptions();
    options.leastVisible = false;
    grid += searchPlacement(options, map, scorer, RandomStream::fromSeed(i, "a")).score.objective;
    options.mode = SearchMode::Random;
    const SearchResult draw = searchPlacement(options, map, scorer, RandomStream::fromSeed(i, "b"));
    EXPECT_EQ(draw.evaluations, 1);
    EXPECT_EQ(draw.placement.alphaCode, opacityCode(0.9));
    EXPECT_TRUE(map.contains(draw.placement.x, draw.placement.y));
    random += draw.score.objective;
  }
  EXPECT_LT(grid / 40, random / 40 - 1.5);
}

TEST(GridSearch, StopsEarlyWhenTheStopRuleHolds) {
  PitScorer scorer;
  scorer.depth = 8;
  scorer.kappa = 1;
  SearchOptions options = plainOptions(3000);
  options.kappa = 1;
  const SearchResult result =
      searchPlacement(options, frameMap(), scorer, RandomStream::fromSeed(1, "early"));
  EXPECT_TRUE(result.stoppedEarly);
  EXPECT_LT(result.evaluations, 1500);
  EXPECT_TRUE(result.score.margins.holds(-0.1));
}

TEST(GridSearch, LeastVisibleOpacityIsFoundByBisection) {
  PitScorer scorer;
  SearchOptions options = plainOptions();
  options.diversify = false;
  const SearchResult result =
      searchPlacement(options, frameMap(), scorer, RandomStream::fromSeed(2, "opacity"));
  ASSERT_TRUE(result.score.margins.holds(-0.1));
  Placement weaker = result.placement;
  // One bisection step of the range [0.4, 0.9] in 2^8 parts, in codes; below that it must no longer hold.
  weaker.alphaCode -= static_cast<int>(65535 * 0.5 / 256) + 2;
  const auto below = scorer.score({&weaker, 1}, ScoreStage::Confirm);
  EXPECT_TRUE(!below[0].margins.holds(-0.1) || weaker.alphaCode < opacityCode(0.4));
}

TEST(GridSearch, KeepsTheBestWhenNothingHolds) {
  PitScorer scorer;
  scorer.depth = 0.5;
  SearchOptions options = plainOptions();
  options.diversify = false;
  const SearchResult result = searchPlacement(options, frameMap(), scorer, RandomStream::fromSeed(2, "weak"));
  EXPECT_EQ(result.placement.alphaCode, opacityCode(0.9));
  EXPECT_FALSE(result.score.margins.holds(-0.1));
}

TEST(GridSearch, SameSecretSameResultOtherSecretOtherResult) {
  const FeasibleMap map = frameMap();
  int different = 0;
  const int runs = 60;
  for (int i = 0; i < runs; ++i) {
    PitScorer scorer;
    const SearchResult a = searchPlacement(plainOptions(200), map, scorer, RandomStream::fromSeed(i, "run"));
    const SearchResult b = searchPlacement(plainOptions(200), map, scorer, RandomStream::fromSeed(i, "run"));
    EXPECT_EQ(a.placement, b.placement);
    EXPECT_EQ(a.choices, b.choices);
    const SearchResult c =
        searchPlacement(plainOptions(200), map, scorer, RandomStream::fromSeed(i + 1000, "run"));
    different += !(a.placement == c.placement);
    EXPECT_GE(a.placement.alphaCode, opacityCode(0.4));
    EXPECT_LE(a.placement.alphaCode, opacityCode(0.9));
    EXPECT_TRUE(map.contains(a.placement.x, a.placement.y));
    EXPECT_NEAR(a.choiceBits, std::log2(a.choices), 1e-12);
  }
  // Acceptance 5: at least 95 % of the images differ in x, y or opacity between unseeded runs.
  EXPECT_GE(different, runs * 95 / 100);
}

TEST(GridSearch, TinyFeasibleSetsAndBudgetsWork) {
  BinaryMap blocked(40, 40, 1);
  blocked.fill({7, 9, 18, 20}, 0);
  const FeasibleMap one(blocked, BinaryMap(40, 40, 1), {.logoWidth = 11, .logoHeight = 11});
  ASSERT_EQ(one.count(), 1);  // at (7, 9), which no even lattice meets
  PitScorer scorer;
  const SearchResult result =
      searchPlacement(plainOptions(16), one, scorer, RandomStream::fromSeed(1, "one"));
  EXPECT_EQ(result.placement.x, 7);
  EXPECT_EQ(result.placement.y, 9);
  for (const int budget : {16, 17, 23, 50}) {
    PitScorer counting;
    const SearchResult small =
        searchPlacement(plainOptions(budget), frameMap(), counting, RandomStream::fromSeed(1, "s"));
    EXPECT_LE(small.evaluations, budget);
    EXPECT_GT(small.score.margins.models, 0U);
  }
}

TEST(GridSearch, CancelKeepsTheBestSoFar) {
  std::stop_source stop;
  const RunContext context(stop.get_token(), nullptr);
  PitScorer scorer;
  scorer.depth = 2;
  int updates = 0;
  const SearchResult result =
      searchPlacement(plainOptions(3000), frameMap(), scorer, RandomStream::fromSeed(1, "cancel"), context,
                      [&](const SearchUpdate& update) {
                        ++updates;
                        EXPECT_LE(update.evaluations, update.budget);
                        if (update.stage == "refine") stop.request_stop();
                      });
  EXPECT_EQ(result.outcome, Outcome::Cancelled);
  EXPECT_GT(updates, 1);
  EXPECT_LT(result.evaluations, 2000);
  EXPECT_GT(result.score.margins.models, 0U);
}

TEST(GridSearch, TraceOnlyImproves) {
  PitScorer scorer;
  scorer.depth = 2;
  const SearchResult result =
      searchPlacement(plainOptions(), frameMap(), scorer, RandomStream::fromSeed(1, "trace"));
  ASSERT_FALSE(result.trace.empty());
  for (std::size_t i = 1; i < result.trace.size(); ++i) {
    EXPECT_LT(result.trace[i].objective, result.trace[i - 1].objective);
    EXPECT_GT(result.trace[i].evaluations, result.trace[i - 1].evaluations);
  }
}

TEST(SearchOptions, DefaultsAreValidAndIssuesNameTheField) {
  EXPECT_TRUE(SearchOptions().validate().empty());
  SearchOptions bad;
  bad.opacityHigh = 0.2;
  ASSERT_EQ(bad.validate().size(), 1U);
  EXPECT_EQ(bad.validate()[0].field, "opacityHigh");
  EXPECT_EQ(parseBudget("thorough"), 3000);
  EXPECT_EQ(parseBudget("123"), 123);
  EXPECT_THROW(parseBudget("12x"), Error);
  EXPECT_THROW(parseSearchMode("best"), Error);
}

TEST(GridSearch, FindsTheBestCellOfASyntheticSurrogate) {
  const PixelScene scene;
  ModelScorer scorer = scene.scorer(0);
  SearchOptions options = plainOptions(400);
  options.diversify = false;
  options.leastVisible = false;
  const SearchResult result =
      searchPlacement(options, scene.plan->working, scorer, RandomStream::fromSeed(1, "cell"));
  // Brute force over every fourth feasible position.
  double best = std::numeric_limits<double>::infinity();
  std::vector<Placement> all;
  for (const Position& p : scene.plan->working.lattice(4)) all.push_back({p.x, p.y, opacityCode(0.9)});
  for (const CandidateScore& score : scorer.score(all, ScoreStage::Confirm))
    best = std::min(best, score.objective);
  EXPECT_LE(result.score.objective, best + 0.02);
  // The logo covers the cell: columns 5/8..6/8, rows 2/8..3/8 of the frame.
  EXPECT_LE(result.placement.x, scene.frame.width * 5 / 8 + 2);
  EXPECT_GE(result.placement.x + scene.plan->workingSize.width, scene.frame.width * 6 / 8 - 2);
  EXPECT_LE(result.placement.y, scene.frame.height * 2 / 8 + 2);
  EXPECT_GE(result.placement.y + scene.plan->workingSize.height, scene.frame.height * 3 / 8 - 2);
}

TEST(GridSearch, ThreadCountChangesNothing) {
  const PixelScene scene;
  std::vector<SearchResult> results;
  for (const int threads : {1, 16}) {
    torch::set_num_threads(threads);
    ModelScorer scorer = scene.scorer(4);
    results.push_back(searchPlacement(plainOptions(200), scene.plan->working, scorer,
                                      RandomStream::fromSeed(7, "threads")));
  }
  EXPECT_EQ(results[0].placement, results[1].placement);
  EXPECT_EQ(results[0].score.margins.values, results[1].score.margins.values);
  EXPECT_EQ(results[0].choices, results[1].choices);
  EXPECT_EQ(results[0].evaluations, results[1].evaluations);
}

}  // namespace
}  // namespace medlocker::protect
