// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "core/models/class_metrics.h"
#include "core/training/state/class_temperatures.h"
#include "core/training/state/class_weights.h"
#include "core/training/state/milestone_rate.h"
#include "core/training/state/teacher_balance.h"

namespace medlocker::training {
namespace {

using testing::DoubleNear;
using testing::Each;
using testing::Pointwise;

double sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

TEST(ClassTemperatures, DoNotDependOnOffsetOrScaleOfTheRisks) {
  const std::vector<double> tau{1, 1.2, 0.9, 2};
  const ClassValues risk{0.3, 1.1, 0.7, 0.2};
  const auto base = updatedTemperatures(tau, risk, 0.1, 0.5, 5).next;
  ClassValues shifted, scaled;
  for (const auto& r : risk) {
    shifted.push_back(*r + 3);
    scaled.push_back(*r * 7);
  }
  EXPECT_THAT(updatedTemperatures(tau, shifted, 0.1, 0.5, 5).next,
              Pointwise(testing::DoubleNear(1e-12), base));
  EXPECT_THAT(updatedTemperatures(tau, scaled, 0.1, 0.5, 5).next,
              Pointwise(testing::DoubleNear(1e-12), base));
}

TEST(ClassTemperatures, PermutedClassesGivePermutedTemperatures) {
  const auto a = updatedTemperatures({1, 1.2, 0.9}, {0.3, 1.1, 0.7}, 0.1, 0.5, 5).next;
  const auto b = updatedTemperatures({0.9, 1, 1.2}, {0.7, 0.3, 1.1}, 0.1, 0.5, 5).next;
  EXPECT_THAT((std::vector<double>{b[1], b[2], b[0]}), Pointwise(testing::DoubleNear(1e-12), a));
}

TEST(ClassTemperatures, OneClassAloneChangesNothing) {
  EXPECT_EQ(updatedTemperatures({1, 2}, {0.7, std::nullopt}, 0.1, 0.5, 5).next, (std::vector<double>{1, 2}));
}

TEST(LossBalance, StaysOnTheSimplexAndFreezesAtRateZero) {
  LossBalance balance;
  for (int i = 0; i < 50; ++i) {
    balance = balance.after(0.1 + 0.05 * (i % 7), 0.3 / (1 + i), 0.2, 1);
    EXPECT_GE(balance.adversarialWeight, 0);
    EXPECT_GE(balance.cleanWeight, 0);
    EXPECT_NEAR(balance.adversarialWeight + balance.cleanWeight, 1, 1e-12);
  }
  const LossBalance frozen = balance.after(5, 0.1, 0, 1);
  EXPECT_DOUBLE_EQ(frozen.adversarialWeight, balance.adversarialWeight);
}

TEST(LossBalance, EqualRelativeLossesPullTowardsOneHalf) {
  LossBalance balance{0.8, 0.2, 2.0, 1.0};
  const LossBalance next = balance.after(1.0, 0.5, 0.1, 1);
  EXPECT_LT(next.adversarialWeight, 0.8);
  EXPECT_GT(next.adversarialWeight, 0.5);
}

TEST(LossBalance, ZeroLossesKeepTheWeights) {
  const LossBalance next = LossBalance{0.8, 0.2}.after(0, 0, 0.1, 1);
  EXPECT_DOUBLE_EQ(next.adversarialWeight, 0.8);
  EXPECT_DOUBLE_EQ(*next.adversarialReference, 1e-8);
}

TEST(TeacherTemperatures, MoveByOneRateInOppositeDirections) {
  for (const auto& [a, n] :
       std::vector<std::pair<double, double>>{{1.3, 0.2}, {0.2, 1.3}, {0.4, 0.4}, {0, 0}}) {
    const TeacherTemperatures next = TeacherTemperatures{3, 4}.after(a, n, 0.01, 1, 10);
    EXPECT_NEAR(std::abs(next.adversarial - 3), a == n ? 0 : 0.01, 1e-12);
    EXPECT_NEAR(next.adversarial - 3, -(next.clean - 4), 1e-12);
  }
}

TEST(ClassWeights, KeepTheirSums) {
  FrlMultipliers frl(4);
  const FrlRule rule;
  for (int i = 0; i < 30; ++i) frl.update({{0.3, -0.1, 0.2, 0.4}, {0.1, 0.5, -0.2, 0.3}}, rule, 0.2);
  for (const auto& weights : {frl.naturalWeights(), frl.boundaryWeights()}) {
    EXPECT_NEAR(sum(weights), 1, 1e-12);
    EXPECT_THAT(weights, Each(testing::Ge((1 - rule.limit) / 4 - 1e-12)));
  }
  EXPECT_NEAR(sum(watWeights({3, 800, 20, 5, 40}, 0.1)), 4, 1e-12) << "large costs must not overflow";
  EXPECT_THAT(watWeights({2, 2, 2, 2, 2}, 0.1), Each(DoubleNear(4.0 / 5, 1e-12)));
  EXPECT_NEAR(sum(dafaWeights({{0.7, 0.2, 0.1}, {0.3, 0.5, 0.2}, {0.2, 0.2, 0.6}}, 1.3)), 3, 1e-12);
  EXPECT_NEAR(sum(fairWeights({4, 1, 9}, 2, 0.8, 2).unclamped), 3, 1e-12);
}

TEST(ClassWeights, AClassAbsentFromDafaStaysAtOne) {
  const auto weights = dafaWeights({{0.7, 0.3, 0}, {0.4, 0.6, 0}, {}}, 1);
  EXPECT_DOUBLE_EQ(weights[2], 1);
  EXPECT_NEAR(weights[0] + weights[1], 2, 1e-12);
  EXPECT_GT(weights[1], 1) << "the harder class gains";
  EXPECT_THAT(dafaWeights({{0.5, 0.5}, {0.5, 0.5}}, 1), Each(1.0)) << "equal classes exchange nothing";
}

TEST(ClassWeights, CfaRisesWithRobustAccuracy) {
  const auto radii = cfaRadii({0.1, 0.5, 0.9}, 0.03, 0.5), betas = cfaBetas({0.1, 0.5, 0.9}, 6, 0.5);
  for (int c = 0; c < 2; ++c) {
    EXPECT_LT(radii[c], radii[c + 1]);
    EXPECT_LT(betas[c], betas[c + 1]);
  }
  EXPECT_THAT(betas, Each(testing::AllOf(testing::Gt(0), testing::Lt(1))));
}

TEST(MilestoneRate, FallsAfterTheMilestoneCompletesCumulatively) {
  const MilestoneRate rate{1.0, {3, 5, 900}};
  EXPECT_DOUBLE_EQ(rate.during(3), 1.0);
  EXPECT_DOUBLE_EQ(rate.after(3), 0.1);
  EXPECT_DOUBLE_EQ(rate.during(4), 0.1);
  EXPECT_NEAR(rate.during(6), 0.01, 1e-15) << "two decays give a hundredth";
}

TEST(ClassSums, SaveAndLoadExactly) {
  ClassSums sums(3);
  sums.add(std::vector<double>{0.1, 1.0 / 3, 2.7}, std::vector<std::int64_t>{0, 2, 2});
  const ClassSums again = ClassSums::fromJson(Json::parse(sums.toJson().dump()));
  EXPECT_EQ(again.sums(), sums.sums());
  EXPECT_EQ(again.counts(), sums.counts());
  EXPECT_FALSE(sums.means()[1].has_value());
}

TEST(ClassMetrics, SpreadMeasuresDoNotDependOnTheScaleOfAccuracy) {
  // Half of everything correct against all of it: NSD is the same.
  const auto metricsOf = [](int good, int fair) {
    std::vector<bool> correct;
    std::vector<int> labels;
    for (int i = 0; i < 20; ++i) {
      correct.push_back(i < good);
      labels.push_back(0);
      correct.push_back(i < fair);
      labels.push_back(1);
    }
    return models::classMetrics(correct, labels, 2);
  };
  EXPECT_NEAR(metricsOf(20, 10).nsd, metricsOf(10, 5).nsd, 1e-12);
  EXPECT_NEAR(models::relativeFairnessGain(0.5, 0.3, 0.6, 0.2),
              models::relativeFairnessGain(0.25, 0.15, 0.3, 0.1), 1e-12);
  EXPECT_TRUE(std::isnan(models::relativeFairnessGain(0.5, 0.3, 0.6, 0)));
  EXPECT_TRUE(std::isnan(metricsOf(0, 0).nsd));
}

}  // namespace
}  // namespace medlocker::training
