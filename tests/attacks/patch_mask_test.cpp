// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>

#include "core/attacks/transfer/patch_mask_search.h"
#include "core/attacks/transfer/source_ensemble.h"
#include "tests/attacks/linear_model.h"
#include "tests/attacks/tiny_classifier.h"

namespace medlocker::attacks {
namespace {

using test::tinyClassifier;

MaskSearchOptions small(SearchOperator op) {
  MaskSearchOptions options;
  options.op = op;
  options.population = 8;
  options.generations = 5;
  options.innerSteps = 2;
  options.patch = 4;
  return options;
}

std::vector<RandomStream> streams(std::size_t count) {
  std::vector<RandomStream> result;
  for (std::size_t i = 0; i < count; ++i)
    result.push_back(RandomStream::fromSeed(3, "test").child("image", i));
  return result;
}

/// Fitness with a known optimum: the number of dropped patches that are not in the first row.
std::vector<double> countOutsideFirstRow(const std::vector<std::int64_t>&,
                                         const std::vector<PatchGenes>& masks) {
  std::vector<double> scores;
  for (const PatchGenes& genes : masks) scores.push_back(std::count(genes.begin() + 8, genes.end(), 0));
  return scores;
}

class MaskSearch : public testing::TestWithParam<SearchOperator> {};

/// Property 8.
TEST_P(MaskSearch, BeginsWithExactMasksAndNeverGetsWorse) {
  const MaskSearchOptions options = small(GetParam());
  const PatchGeometry geometry = patchGeometry(32, 32, 4, 0.1);
  int calls = 0;
  const auto found = evolveMasks(options, geometry, streams(3), [&](const auto& rows, const auto& masks) {
    const bool first = ++calls == 1;
    for (const PatchGenes& genes : masks) {
      EXPECT_LE(countDropped(genes), 2 * geometry.dropped);
      EXPECT_TRUE(!first || countDropped(genes) == geometry.dropped);
    }
    return countOutsideFirstRow(rows, masks);
  });
  EXPECT_EQ(calls, options.generations + 1);
  for (const MaskSearchResult& image : found) {
    ASSERT_EQ(image.best.size(), 6U);
    ASSERT_EQ(image.population.size(), 8U);
    for (std::size_t g = 1; g < image.best.size(); ++g) EXPECT_LE(image.best[g], image.best[g - 1]);
    EXPECT_LE(image.mean.back(), image.mean.front());
    EXPECT_DOUBLE_EQ(image.population.front().score, image.best.back());
    EXPECT_TRUE(std::is_sorted(image.population.begin(), image.population.end(),
                               [](const auto& a, const auto& b) { return a.score < b.score; }));
  }
}

TEST_P(MaskSearch, FindsWhatAFitnessRewards) {
  MaskSearchOptions options = small(GetParam());
  options.population = 24;
  options.generations = 40;
  const PatchGeometry geometry = patchGeometry(32, 32, 4, 0.1);
  const auto found = evolveMasks(options, geometry, streams(1), countOutsideFirstRow);
  EXPECT_LE(found[0].best.back(), found[0].best.front() - 1);
}

TEST_P(MaskSearch, TreatsImagesApart) {
  const MaskSearchOptions options = small(GetParam());
  const PatchGeometry geometry = patchGeometry(32, 32, 4, 0.1);
  const auto together = evolveMasks(options, geometry, streams(3), countOutsideFirstRow);
  const auto alone = evolveMasks(options, geometry, {streams(3)[2]}, countOutsideFirstRow);
  for (std::size_t k = 0; k < alone[0].population.size(); ++k)
    EXPECT_EQ(together[2].population[k].genes, alone[0].population[k].genes);
}

TEST_P(MaskSearch, DoesNotDependOnTheOrderOfSimulatedModels) {
  const MaskSearchOptions options = [] {
    MaskSearchOptions search = small(GetParam());
    search.population = 4;
    search.generations = 1;
    return search;
  }();
  AttackBatch batch{test::someImages({2, 3, 16, 16}, 4), torch::tensor({0, 2}), {11, 12}};
  const auto search = [&](const std::vector<models::ClassifierPtr>& simulated) {
    Target source = sourceTarget(tinyClassifier(16, 1));
    return searchMasks(options, source, crossEntropyLoss, simulated, batch, 9);
  };
  const auto a = tinyClassifier(16, 2), b = tinyClassifier(16, 3), c = tinyClassifier(16, 4);
  const auto one = search({a, b, c}), other = search({c, a, b});
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].best, other[i].best);
    EXPECT_EQ(one[i].mean, other[i].mean);
  }
  EXPECT_THROW(search({}), Error);
}

INSTANTIATE_TEST_SUITE_P(Operators, MaskSearch,
                         testing::Values(SearchOperator::Released, SearchOperator::DeRand1Bin),
                         [](const auto& tested) { return std::string(toString(tested.param)); });

/// The cost formula of the specification (8.6), per image: n·steps·(E+1) of the source.
TEST(MaskSearchCost, IsWhatTheSpecificationSays) {
  MaskSearchOptions options = fastMaskSearch();
  options.patch = 4;
  AttackBatch batch{test::someImages({1, 3, 16, 16}, 4), torch::tensor({1}), {0}};
  Target source = sourceTarget(tinyClassifier(16, 1));
  searchMasks(options, source, crossEntropyLoss, {tinyClassifier(16, 2)}, batch, 0);
  EXPECT_EQ(source.counts().backwards, 400);
  EXPECT_EQ(source.counts().forwards, 400);
}

TEST(RandomMasks, DropExactlyAsManyPatches) {
  MaskSearchOptions options;
  const AttackBatch batch{test::someImages({2, 3, 32, 32}, 4), torch::tensor({0, 1}), {5, 6}};
  const auto masks = randomMasks(options, batch, 1);
  ASSERT_EQ(masks.size(), 2U);
  ASSERT_EQ(masks[0].population.size(), 40U);
  for (const ScoredMask& mask : masks[0].population) EXPECT_EQ(countDropped(mask.genes), 6);
  EXPECT_NE(masks[0].population[0].genes, masks[1].population[0].genes);
  EXPECT_EQ(randomMasks(options, batch.select(torch::tensor({1})), 1)[0].population[3].genes,
            masks[1].population[3].genes);
  double sum = 0;
  for (const double share : dropFrequency(masks[0].population)) sum += share;
  EXPECT_NEAR(sum, 6, 1e-9);
}

TEST(PatchGeometry, RefusesWhatDoesNotFit) {
  EXPECT_THROW(patchGeometry(32, 32, 33, 0.1), Error);
  EXPECT_THROW(patchGeometry(32, 32, 32, 0.1), Error);  // one patch, and it would be dropped
  EXPECT_THROW(patchGeometry(32, 32, 4, 1.0), Error);
  EXPECT_EQ(patchGeometry(8, 8, 4, 0.1).dropped, 1);
  EXPECT_EQ(defaultPatchSide(299), 32);
  EXPECT_EQ(defaultPatchSide(64), 8);
  EXPECT_EQ(defaultPatchSide(32), 4);
}

TEST(DroppedPatches, AreRestoredAboveTheLimit) {
  PatchGenes genes(10, 0);
  RandomStream stream = RandomStream::fromSeed(1, "test");
  limitDropped(genes, 4, stream);
  EXPECT_EQ(countDropped(genes), 4);
}

TEST(Roles, OneModelPlaysOneRole) {
  const auto a = tinyClassifier(16, 1), b = tinyClassifier(16, 2), c = tinyClassifier(16, 3);
  EXPECT_TRUE(checkDisjoint({a}, {b}, {c}, false).empty());
  EXPECT_THROW(checkDisjoint({a}, {a}, {c}, false), Error);
  EXPECT_THROW(checkDisjoint({a}, {b}, {a}, false), Error);
  EXPECT_THROW(checkDisjoint({a}, {b}, {b}, false), Error);
  EXPECT_EQ(checkDisjoint({a}, {b}, {a}, true).size(), 1U);
}

}  // namespace
}  // namespace medlocker::attacks
