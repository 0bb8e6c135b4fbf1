// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/objective.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/common/error.h"

namespace medlocker::protect {
namespace {

double only(const at::Tensor& margins) {
  EXPECT_EQ(margins.numel(), 1);
  return margins.item<double>();
}

TEST(Margins, MatchThePublishedVector) {
  const at::Tensor z = torch::tensor({2.0, 0.5, -1.0, 1.5}).view({1, 4}).to(torch::kFloat);
  const MarginRule rule{.classes = 4, .label = 0};
  EXPECT_NEAR(only(hardMargins(z, rule)), 0.5, 1e-12);
  EXPECT_NEAR(only(smoothMargins(z, rule)), 0.128461, 5e-7);
}

TEST(Margins, SmoothIsNeverAboveHardAndSignMeansSuccess) {
  torch::manual_seed(4);
  const at::Tensor z = torch::randn({500, 5}) * 3;
  for (int label = 0; label < 5; ++label)
    for (const GoalKind kind : {GoalKind::Untargeted, GoalKind::Referral}) {
      const MarginRule rule{.classes = 5, .label = label, .goal = {kind, -1}};
      EXPECT_TRUE((smoothMargins(z, rule) <= hardMargins(z, rule) + 1e-12).all().item<bool>());
    }
  const MarginRule rule{.classes = 5, .label = 2};
  EXPECT_TRUE(torch::equal(hardMargins(z, rule) < 0, z.argmax(1) != 2));
  const MarginRule referral{.classes = 5, .label = 3, .goal = {GoalKind::Referral, -1}};
  EXPECT_TRUE(torch::equal(hardMargins(z, referral) < 0, z.argmax(1) < 2));
  const MarginRule target{.classes = 5, .label = 0, .goal = {GoalKind::Target, 4}};
  EXPECT_TRUE(torch::equal(hardMargins(z, target) < 0, z.argmax(1) == 4));
}

TEST(Margins, OrdinalAndRegressionFollowTheScore) {
  // Cumulative logits ±40: q is the grade to within rounding.
  const at::Tensor ordinal = torch::tensor({40.F, 40.F, -40.F, -40.F}).view({1, 4});
  EXPECT_NEAR(only(hardMargins(ordinal, {models::HeadType::Ordinal, 5, 2})), 0.5, 1e-9);
  EXPECT_NEAR(only(hardMargins(ordinal, {models::HeadType::Ordinal, 5, 4})), -1.5, 1e-9);
  EXPECT_NEAR(only(hardMargins(ordinal, {models::HeadType::Ordinal, 5, 4, 2, {GoalKind::Target, 2}})), -0.5,
              1e-9);
  const at::Tensor grade = torch::tensor({1.75F}).view({1, 1});
  EXPECT_NEAR(only(hardMargins(grade, {models::HeadType::Regression, 5, 2})), 0.25, 1e-9);
  EXPECT_NEAR(only(hardMargins(grade, {models::HeadType::Regression, 5, 3})), -0.75, 1e-9);
  // Referral: grade 3 is on the referable side of 1.5 while r = 1.75.
  EXPECT_NEAR(only(hardMargins(grade, {models::HeadType::Regression, 5, 3, 2, {GoalKind::Referral, -1}})),
              0.25, 1e-9);
  EXPECT_NEAR(only(hardMargins(grade, {models::HeadType::Regression, 5, 0, 2, {GoalKind::Referral, -1}})),
              -0.25, 1e-9);
}

TEST(Margins, ScoresBeyondTheScaleCountAsItsEnds) {
  // The prediction clamps, so a score far beyond the last grade is still that grade.
  const auto margin = [](float score, int label, Goal goal = {}) {
    return only(hardMargins(torch::full({1, 1}, score), {models::HeadType::Regression, 5, label, 2, goal}));
  };
  EXPECT_GT(margin(-3, 0), 0);
  EXPECT_GT(margin(9, 4), 0);
  EXPECT_NEAR(margin(0.75F, 0), -0.25, 1e-9);
  EXPECT_NEAR(margin(3.25F, 4), -0.25, 1e-9);
  EXPECT_LT(margin(9, 0, {GoalKind::Target, 4}), 0);
  EXPECT_LT(margin(-2, 3, {GoalKind::Target, 0}), 0);
}

TEST(Margins, ImpossibleGoalIsRefused) {
  const at::Tensor z = torch::zeros({1, 2});
  EXPECT_THROW(
      hardMargins(z, {.classes = 2, .label = 0, .referableFrom = 2, .goal = {GoalKind::Referral, -1}}),
      Error);
}

TEST(MarginScale, IsTheMedianOfCorrectlyClassifiedImages) {
  EXPECT_EQ(marginScale(std::vector<double>{1, 2, 3, 4, 5, 6, 7}), 1);          // too few
  EXPECT_EQ(marginScale(std::vector<double>{1, 2, 3, 4, 5, 6, 7, -9, -9}), 1);  // still too few
  EXPECT_EQ(marginScale(std::vector<double>{8, 1, 7, 2, 6, 3, 5, 4, -1}), 4.5);
  std::vector<double> many(64, 2.0);
  many.resize(500, 100.0);  // only the first 64 count
  EXPECT_EQ(marginScale(many), 2.0);
}

MarginTable table(std::size_t models, std::size_t transforms, std::vector<double> values) {
  MarginTable out(models, transforms);
  out.values = std::move(values);
  return out;
}

TEST(Objective, FollowsTheDefinition) {
  const MarginTable margins = table(2, 2, {0.5, -3.0, 0.2, 0.4});
  // Model 1: (0.5 − 1)/2 = −0.25; model 2: 0.3; weights 3:1.
  EXPECT_NEAR(objective(margins, 0.8, 0.06, {{3, 1}, 1.0, 0.02, 0.5}),
              0.75 * -0.25 + 0.25 * 0.3 + 0.016 + 0.03, 1e-12);
  EXPECT_NEAR(objective(margins, 0, 0, {}), 0.025, 1e-12);
  EXPECT_THROW(objective(margins, 0, 0, {{1}, 1, 0, 0}), Error);
}

TEST(Objective, HoldsCountsTransformsPerModel) {
  const MarginTable margins = table(2, 5, {-1, -1, -1, -1, -1, -1, -1, -1, -1, 0.5});
  EXPECT_FALSE(margins.holds(-0.5, 0.9));
  EXPECT_TRUE(margins.holds(-0.5, 0.8));
  EXPECT_EQ(margins.fooledModels(), 2);
  EXPECT_FALSE(MarginTable().holds(-0.1));
}

}  // namespace
}  // namespace medlocker::protect
