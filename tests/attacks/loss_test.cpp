// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/loss.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/common/error.h"

namespace medlocker::attacks {
namespace {

at::Tensor label(std::int64_t y) {
  return torch::tensor({y}, torch::kInt64);
}

TEST(AttackLoss, RatioIsInvariantToScaleAndShift) {
  const at::Tensor z = torch::randn({20, 5}, torch::kFloat64);
  const at::Tensor y = torch::randint(0, 5, {20}, torch::kInt64);
  const at::Tensor t = (y + 1) % 5;
  EXPECT_TRUE(torch::allclose(dlrLoss(z, y), dlrLoss(37 * z - 11, y), 0, 1e-9));
  EXPECT_TRUE(torch::allclose(targetedDlrLoss(z, y, t), targetedDlrLoss(0.01 * z + 2, y, t), 0, 1e-8));
}

TEST(AttackLoss, RatioIsNegativeExactlyWhileTheLabelIsOnTop) {
  const at::Tensor z = torch::randn({200, 4});
  const at::Tensor y = torch::randint(0, 4, {200}, torch::kInt64);
  const at::Tensor loss = dlrLoss(z, y);
  EXPECT_TRUE(torch::equal(loss.gt(0), topClass(z).ne(y)));
  EXPECT_GE(loss.min().item<float>(), -1.0F);
}

TEST(AttackLoss, TiesGoToTheLowestClassInValueAndGradient) {
  const at::Tensor z = torch::tensor({{1.0, 1.0, 1.0, 1.0}}, torch::kFloat64).requires_grad_(true);
  EXPECT_EQ(topClass(z).item<std::int64_t>(), 0);
  EXPECT_TRUE(torch::equal(classOrder(z)[0], torch::arange(4)));
  const auto gradient = torch::autograd::grad({marginLoss(z, label(1)).sum()}, {z})[0];
  EXPECT_TRUE(torch::equal(gradient[0], torch::tensor({1.0, -1.0, 0.0, 0.0}, torch::kFloat64)));
}

TEST(AttackLoss, TooFewClassesFallBackToTheDifference) {
  const at::Tensor two = torch::tensor({{2.F, 0.5F}});
  EXPECT_FLOAT_EQ(dlrLoss(two, label(0)).item<float>(), -1.5F);
  const at::Tensor three = torch::tensor({{2.F, 0.5F, 1.F}});
  EXPECT_FLOAT_EQ(targetedDlrLoss(three, label(0), label(2)).item<float>(), -1.0F);
}

TEST(AttackLoss, ReducedPrecisionLogitsAreCastFirst) {
  const at::Tensor z = torch::tensor({{3.F, 1.F, 2.F}});
  const at::Tensor loss = crossEntropyLoss(z.to(torch::kBFloat16), label(0));
  EXPECT_EQ(loss.scalar_type(), torch::kFloat32);
  EXPECT_FLOAT_EQ(loss.item<float>(), crossEntropyLoss(z, label(0)).item<float>());
}

TEST(AttackLoss, KlIsZeroAtTheTargetAndHandlesZeroProbabilities) {
  const at::Tensor z = torch::randn({3, 4});
  EXPECT_TRUE(torch::allclose(klLoss(z, z.softmax(1)), torch::zeros({3}), 0, 1e-6));
  const at::Tensor oneHot = torch::tensor({{1.F, 0.F, 0.F, 0.F}});
  const at::Tensor kl = klLoss(z.narrow(0, 0, 1), oneHot);
  EXPECT_NEAR(kl.item<float>(), crossEntropyLoss(z.narrow(0, 0, 1), label(0)).item<float>(), 1e-6);
}

TEST(AttackLoss, RefusesOneClassAndWrongShapes) {
  EXPECT_THROW(crossEntropyLoss(torch::zeros({2, 1}), torch::zeros({2}, torch::kInt64)), Error);
  EXPECT_THROW(marginLoss(torch::zeros({2, 3}), torch::zeros({1}, torch::kInt64)), Error);
  EXPECT_THROW(klLoss(torch::zeros({2, 3}), torch::zeros({2, 2})), Error);
}

}  // namespace
}  // namespace medlocker::attacks
