// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/sampler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

namespace medlocker::training {
namespace {

std::vector<int> unbalanced() {
  std::vector<int> labels(50, 0);
  labels.insert(labels.end(), 12, 1);
  labels.insert(labels.end(), 3, 3);  // class 2 is empty
  return labels;
}

TEST(EpochSampler, WithoutBalanceEveryItemComesOnce) {
  const EpochSampler sampler(unbalanced(), 4, ClassBalance::None, 1);
  const auto order = sampler.epochOrder(1);
  std::set<std::int64_t> seen;
  for (const Draw& draw : order) {
    seen.insert(draw.item);
    EXPECT_EQ(draw.repetition, 0);
  }
  EXPECT_EQ(seen.size(), 65U);
  EXPECT_EQ(order.size(), 65U);
}

TEST(EpochSampler, BalancedDrawsEveryPresentClassEquallyOften) {
  const auto labels = unbalanced();
  const EpochSampler sampler(labels, 4, ClassBalance::Sampling, 1);
  std::map<int, int> counts;
  for (const Draw& draw : sampler.epochOrder(2)) ++counts[labels[static_cast<std::size_t>(draw.item)]];
  EXPECT_EQ(counts, (std::map<int, int>{{0, 22}, {1, 22}, {3, 22}}));
  EXPECT_EQ(sampler.drawsPerEpoch(), 66);
}

TEST(EpochSampler, BalancedSamplingSeesAllOfALargeClassBeforeRepeating) {
  const auto labels = unbalanced();
  const EpochSampler sampler(labels, 4, ClassBalance::Sampling, 4);
  std::map<std::int64_t, int> counts;
  for (int epoch = 1; epoch <= 25; ++epoch)  // 25·22 = 11 passes over the 50 items of class 0
    for (const Draw& draw : sampler.epochOrder(epoch))
      if (labels[static_cast<std::size_t>(draw.item)] == 0) ++counts[draw.item];
  EXPECT_EQ(counts.size(), 50U);
  for (const auto& [item, count] : counts) EXPECT_EQ(count, 11) << item;
}

TEST(EpochSampler, RepetitionsAreNumbered) {
  const EpochSampler sampler(unbalanced(), 4, ClassBalance::Sampling, 4);
  std::map<std::int64_t, std::int64_t> next;
  for (const Draw& draw : sampler.epochOrder(1)) EXPECT_EQ(draw.repetition, next[draw.item]++);
}

TEST(EpochSampler, OrderIsAFunctionOfSeedAndEpoch) {
  const auto items = [](std::uint64_t seed, int epoch) {
    std::vector<std::int64_t> list;
    for (const Draw& draw : EpochSampler(unbalanced(), 4, ClassBalance::Sampling, seed).epochOrder(epoch))
      list.push_back(draw.item);
    return list;
  };
  EXPECT_EQ(items(1, 3), items(1, 3));
  EXPECT_NE(items(1, 3), items(1, 4));
  EXPECT_NE(items(1, 3), items(2, 3));
}

TEST(ClassWeights, HaveMeanOneOverTheSamples) {
  const auto labels = unbalanced();
  const auto weights = balancedClassWeights(labels, 4);
  EXPECT_DOUBLE_EQ(weights[2], 0);
  EXPECT_DOUBLE_EQ(weights[1], 65.0 / (3 * 12));
  double sum = 0;
  for (const int label : labels) sum += weights[static_cast<std::size_t>(label)];
  EXPECT_NEAR(sum / 65, 1, 1e-12);
}

}  // namespace
}  // namespace medlocker::training
