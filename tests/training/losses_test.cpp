// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/losses.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

namespace medlocker::training {
namespace {

TEST(Losses, CrossEntropyHasItsClosedForm) {
  const auto logits = torch::tensor({{2.0, 1.0, 0.0}, {0.0, 1.0, 2.0}}, torch::kFloat);
  const auto labels = torch::tensor({0, 2}, torch::kLong);
  const auto loss = crossEntropyPerSample(logits, labels);
  EXPECT_NEAR(loss[0].item<double>(), 0.407606, 1e-6);
  EXPECT_NEAR(loss[1].item<double>(), 0.407606, 1e-6);
}

TEST(Losses, SmoothingMixesWithTheUniformTarget) {
  const auto logits = torch::tensor({{2.0, 1.0, 0.0}}, torch::kFloat);
  const auto labels = torch::tensor({0}, torch::kLong);
  const double plain = 0.4076059644, uniform = 0.4076059644 + (0.0 + 1.0 + 2.0) / 3;
  EXPECT_NEAR(crossEntropyPerSample(logits, labels, 0.3)[0].item<double>(), 0.7 * plain + 0.3 * uniform,
              1e-6);
}

TEST(Losses, ReducedPrecisionLogitsGiveAFloat32Loss) {
  const auto logits = torch::randn({4, 5}).to(torch::kBFloat16);
  EXPECT_EQ(crossEntropyPerSample(logits, torch::zeros({4}, torch::kLong)).scalar_type(), torch::kFloat);
}

TEST(Losses, ClassWeightsScaleSamplesAndTheirGradients) {
  auto logits = torch::tensor({{2.0, 1.0}, {0.0, 1.0}}, torch::kFloat).requires_grad_(true);
  const auto labels = torch::tensor({0, 1}, torch::kLong);
  const auto weights = torch::tensor({0.5, 3.0}, torch::kFloat);
  const auto loss = weightedCrossEntropy(logits, labels, weights);
  const double ce = std::log1p(std::exp(-1.0));
  EXPECT_NEAR(loss.item<double>(), (0.5 * ce + 3 * ce) / 2, 1e-6);
  loss.backward();
  const double p = 1 / (1 + std::exp(1.0));  // probability of the wrong class
  EXPECT_NEAR(logits.grad()[0][1].item<double>(), 0.5 / 2 * p, 1e-6);
  EXPECT_NEAR(logits.grad()[1][0].item<double>(), 3.0 / 2 * p, 1e-6);
}

}  // namespace
}  // namespace medlocker::training
