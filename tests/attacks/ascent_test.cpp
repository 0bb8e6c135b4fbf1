// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/ascent.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/attacks/noise.h"
#include "tests/attacks/linear_model.h"

namespace medlocker::attacks {
namespace {

const at::Tensor& weight() {
  static const at::Tensor w = torch::tensor({2.F, -1.F, 0.5F});
  return w;
}
at::Tensor cleanImages(int n) {
  return torch::full({n, 3, 1, 1}, 0.5F);
}

TEST(Ascend, ReachesTheWorstMarginOfALinearModel) {
  Target target = test::marginTarget(weight(), -0.25);
  const at::Tensor clean = cleanImages(2);
  const at::Tensor labels = torch::zeros({2}, torch::kInt64);
  AscentOptions options;
  options.epsilon = 0.1;
  options.step = 0.03;
  options.steps = 10;
  PassCounts counts;
  const AscentResult result =
      ascend(clean, clean, labels, targetObjective(target, marginLoss, labels), options, counts);
  const at::Tensor logits = target.exactLogits(result.images);
  EXPECT_NEAR((logits.select(1, 0) - logits.select(1, 1)).max().item<double>(), 0.15, 1e-5);
  EXPECT_EQ(counts.backwards, 20);
  EXPECT_EQ(target.counts().forwards, 22);
}

TEST(Ascend, BestKeepsTheFirstMisclassifiedIterateAndStopsThere) {
  Target target = test::marginTarget(weight(), -0.95);  // 0.75 - 0.95 < 0: wrong at once
  const at::Tensor clean = torch::cat({torch::full({1, 3, 1, 1}, 0.5F), torch::full({1, 3, 1, 1}, 0.8F)});
  const at::Tensor labels = torch::zeros({2}, torch::kInt64);
  AscentOptions options;
  options.epsilon = 0.2;
  options.step = 0.02;
  options.steps = 50;
  options.keep = Keep::Best;
  std::vector<std::int64_t> batchSizes;
  const AscentResult result =
      ascend(clean, clean, labels, targetObjective(target, crossEntropyLoss, labels), options,
             target.counts(), [&](const AscentIterate& at) { batchSizes.push_back(at.rows.size(0)); });
  EXPECT_TRUE(result.misclassified.all().item<bool>());
  EXPECT_TRUE(torch::equal(result.images[0], clean[0]));  // the start already was the answer
  // Margin 0.25 falls by 0.07 a step: misclassified after four.
  EXPECT_EQ(batchSizes, (std::vector<std::int64_t>{2, 1, 1, 1, 1}));
}

TEST(Ascend, BestWithoutSuccessKeepsTheHighestLoss) {
  // Loss -(x-0.53)^2 with a step that overshoots for ever: iterates 0.50, 0.54, 0.50, …
  const Objective objective = [](const at::Tensor& x, const at::Tensor&, std::uint64_t) {
    return ObjectiveValue{-(x.flatten(1) - 0.53).square().sum(1), {}};
  };
  AscentOptions options;
  options.epsilon = 0.2;
  options.step = 0.04;
  options.steps = 6;
  options.keep = Keep::Best;
  PassCounts counts;
  const at::Tensor clean = torch::full({1, 1, 1, 1}, 0.5F);
  const AscentResult best = ascend(clean, clean, {}, objective, options, counts);
  EXPECT_NEAR(best.images.item<float>(), 0.54F, 1e-6);
  options.keep = Keep::Last;
  EXPECT_NEAR(ascend(clean, clean, {}, objective, options, counts).images.item<float>(), 0.50F, 1e-6);
}

TEST(Ascend, ActiveSetChangesNothingForTheOthers) {
  Target target = test::smoothTarget(12, 3, 5);
  const at::Tensor clean = test::someImages({16, 3, 2, 2}, 9);
  const at::Tensor labels = topClass(target.exactLogits(clean));
  AscentOptions options;
  options.epsilon = 0.1;
  options.step = 0.02;
  options.keep = Keep::Best;
  const AscentResult together = ascend(
      clean, clean, labels, targetObjective(target, crossEntropyLoss, labels), options, target.counts());
  ASSERT_TRUE(together.misclassified.any().item<bool>());
  ASSERT_FALSE(together.misclassified.all().item<bool>());
  for (std::int64_t i = 0; i < clean.size(0); ++i) {
    const at::Tensor x = clean.narrow(0, i, 1);
    const at::Tensor y = labels.narrow(0, i, 1);
    const AscentResult alone =
        ascend(x, x, y, targetObjective(target, crossEntropyLoss, y), options, target.counts());
    // Matrix products of other heights may round differently; 1e-5 as the specification allows.
    EXPECT_TRUE(torch::allclose(alone.images[0], together.images[i], 0, 1e-5));
  }
}

TEST(Ascend, LeavesParameterGradientsAlone) {
  const at::Tensor parameter = torch::randn({3, 4}).requires_grad_(true);
  const Objective objective = [&](const at::Tensor& x, const at::Tensor&, std::uint64_t) {
    return ObjectiveValue{torch::matmul(x.flatten(1), parameter.t()).square().sum(1), {}};
  };
  const at::Tensor clean = torch::full({2, 4, 1, 1}, 0.5F);
  PassCounts counts;
  ascend(clean, clean, {}, objective, {}, counts);
  EXPECT_FALSE(parameter.grad().defined());
}

TEST(InputGradient, NonFiniteSamplesAreZeroedAndCounted) {
  const Objective objective = [](const at::Tensor& x, const at::Tensor&, std::uint64_t) {
    const at::Tensor flat = x.flatten(1).sum(1);
    return ObjectiveValue{torch::log(flat), {}};  // sample 0: log 0; sample 1: fine
  };
  const at::Tensor images = torch::tensor({{0.F, 0.F}, {0.5F, 0.5F}});
  PassCounts counts;
  const InputGradient at = inputGradient(objective, images, torch::arange(2), 0, counts);
  EXPECT_TRUE(torch::equal(at.gradient[0], torch::zeros({2})));
  EXPECT_TRUE(torch::equal(at.gradient[1], torch::ones({2})));
  EXPECT_EQ(counts.nonFiniteGradients, 1);
  EXPECT_EQ(counts.zeroGradients, 0);
}

TEST(InputGradient, ConstantObjectiveHasZeroGradientsThatAreCounted) {
  const Objective objective = [](const at::Tensor& x, const at::Tensor&, std::uint64_t) {
    return ObjectiveValue{torch::ones({x.size(0)}), {}};
  };
  PassCounts counts;
  const InputGradient at = inputGradient(objective, torch::rand({3, 2}), torch::arange(3), 0, counts);
  EXPECT_TRUE(at.gradient.eq(0).all().item<bool>());
  EXPECT_EQ(counts.zeroGradients, 3);
}

TEST(InputGradient, OneSampleDoesNotChangeAnother) {
  Target target = test::smoothTarget(6, 4, 3);
  const at::Tensor images = test::someImages({5, 6}, 4);
  const at::Tensor labels = torch::zeros({5}, torch::kInt64);
  PassCounts counts;
  const auto objective = targetObjective(target, crossEntropyLoss, labels);
  const at::Tensor all = inputGradient(objective, images, torch::arange(5), 0, counts).gradient;
  const at::Tensor two =
      inputGradient(objective, images.narrow(0, 3, 2), torch::arange(3, 5), 0, counts).gradient;
  EXPECT_TRUE(torch::allclose(all.narrow(0, 3, 2), two, 1e-5, 1e-5));
}

TEST(InputGradient, AverageOverDrawsIsTheMean) {
  const Objective objective = [](const at::Tensor& x, const at::Tensor&, std::uint64_t draw) {
    return ObjectiveValue{x.flatten(1).sum(1) * static_cast<double>(draw), {}};
  };
  PassCounts counts;
  const InputGradient at =
      inputGradient(averaged(objective, 4), torch::ones({1, 2}), torch::arange(1), 1, counts);
  EXPECT_TRUE(torch::allclose(at.gradient, torch::full({1, 2}, 5.5F)));  // draws 4, 5, 6, 7
}

}  // namespace
}  // namespace medlocker::attacks
