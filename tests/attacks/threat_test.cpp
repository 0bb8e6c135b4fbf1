// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/threat.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/common/error.h"

namespace medlocker::attacks {
namespace {

at::Tensor row(std::initializer_list<float> values) {
  return torch::tensor(std::vector<float>(values)).unsqueeze(0);
}

TEST(Threat, NormNamesGoBothWays) {
  EXPECT_EQ(parseNorm("linf"), Norm::Linf);
  EXPECT_EQ(parseNorm("l2"), Norm::L2);
  EXPECT_THROW(parseNorm("l1"), Error);
}

TEST(Threat, ProjectionKeepsBallAndBox) {
  const at::Tensor clean = torch::rand({16, 3, 5, 5});
  const at::Tensor wild = clean + 4 * torch::randn_like(clean);
  for (const Norm norm : {Norm::Linf, Norm::L2}) {
    for (const double epsilon : {0.0, 1.0 / 255, 0.3, 1.0}) {
      const at::Tensor x = project(norm, clean, wild, epsilon);
      EXPECT_TRUE(withinBudget({norm, epsilon}, clean, x).all().item<bool>()) << epsilon;
      if (epsilon == 0.0) {
        EXPECT_TRUE(torch::equal(x, clean));
      }
      // A projection of a projection changes nothing (float32 rounding of the radius aside).
      EXPECT_TRUE(torch::allclose(project(norm, clean, x, epsilon), x, 0, 1e-6));
    }
  }
}

TEST(Threat, RadiusAndStepMayDifferPerSample) {
  const at::Tensor clean = torch::full({2, 1, 1, 2}, 0.5);
  const at::Tensor gradient = torch::tensor({1.F, -1.F}).expand({2, 1, 1, 2});
  const PerSample step(torch::tensor({0.1, 0.2}));
  const PerSample epsilon(torch::tensor({0.05, 0.5}, torch::kFloat64));
  const at::Tensor x = ascentStep(Norm::Linf, clean, clean, gradient, step, epsilon);
  EXPECT_TRUE(torch::allclose(x.flatten(), torch::tensor({0.55F, 0.45F, 0.7F, 0.3F})));
  EXPECT_DOUBLE_EQ(epsilon.max(), 0.5);
  EXPECT_DOUBLE_EQ(epsilon.select(torch::tensor({0})).max(), 0.05);
  EXPECT_THROW(ascentStep(Norm::Linf, clean[0], clean[0], gradient[0], step, epsilon), Error);
}

TEST(Threat, ZeroAndNonFiniteGradientsDoNotMove) {
  const float inf = std::numeric_limits<float>::infinity();
  const at::Tensor clean = row({0.2F, 0.4F, 0.6F, 0.8F});
  const at::Tensor gradient = row({0.F, std::nanf(""), inf, 1.F});
  EXPECT_TRUE(torch::allclose(ascentStep(Norm::Linf, clean, clean, gradient, 0.1, 0.1),
                              row({0.2F, 0.4F, 0.6F, 0.9F})));
  EXPECT_TRUE(
      torch::allclose(ascentStep(Norm::L2, clean, clean, gradient, 0.1, 0.1), row({0.2F, 0.4F, 0.6F, 0.9F})));
  EXPECT_TRUE(torch::equal(ascentStep(Norm::L2, clean, clean, torch::zeros_like(clean), 0.1, 0.1), clean));
}

TEST(Threat, BudgetCheckSeesBallBoxAndNaN) {
  const at::Tensor clean = torch::tensor({{0.5F, 0.02F}, {0.5F, 0.02F}, {0.5F, 0.02F}, {0.5F, 0.02F}});
  const at::Tensor candidate =
      torch::tensor({{0.55F, 0.02F}, {0.6F, 0.02F}, {0.5F, -0.01F}, {std::nanf(""), 0.02F}});
  EXPECT_TRUE(torch::equal(withinBudget({Norm::Linf, 0.05}, clean, candidate),
                           torch::tensor({true, false, false, false})));
}

TEST(Threat, DistancesAreTheNorms) {
  const at::Tensor a = torch::zeros({1, 1, 2, 2});
  const at::Tensor b = torch::tensor({0.F, 0.3F, -0.4F, 0.F}).view({1, 1, 2, 2});
  EXPECT_NEAR(distance(Norm::Linf, a, b).item<double>(), 0.4, 1e-7);
  EXPECT_NEAR(distance(Norm::L2, a, b).item<double>(), 0.5, 1e-7);
}

}  // namespace
}  // namespace medlocker::attacks
