// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

#include "core/attacks/apgd.h"
#include "core/attacks/auto_attack.h"
#include "core/attacks/cw_l2.h"
#include "core/attacks/fab.h"
#include "core/attacks/pgd.h"
#include "core/attacks/registry.h"
#include "core/attacks/sanity_flags.h"
#include "core/attacks/square.h"
#include "core/common/error.h"
#include "tests/attacks/linear_model.h"

namespace medlocker::attacks {
namespace {

// The linear two-class oracle of the specification (2.6): margin 0.5, worst 0.15 (L-inf) and 0.2708712 (L2)
// at eps 0.1, distances 0.1428571 and 0.2182179.
constexpr double kEpsilon = 0.1;

struct Oracle {
  Target target = test::marginTarget(torch::tensor({2.F, -1.F, 0.5F}), -0.25);
  AttackBatch batch{torch::full({1, 3, 1, 1}, 0.5F), torch::zeros({1}, torch::kInt64), {0}};

  double marginAt(const at::Tensor& images) {
    return -marginLoss(target.exactLogits(images), batch.labels).item<double>();
  }
};

TEST(LinearOracle, GradientAttacksReachTheWorstMargin) {
  for (const char* name : {"fgsm", "i-fgsm", "pgd-20", "cw", "apgd-ce", "apgd-dlr"}) {
    Oracle oracle;
    AttackSettings settings;
    settings.threat = {Norm::Linf, kEpsilon};
    settings.step = 0.02;
    const AttackResult result = makeAttack(name, settings)->run(oracle.target, oracle.batch, 3);
    // PGD keeps the iterate of highest loss; APGD answers the clean image where it does not succeed.
    if (std::string(name).starts_with("apgd")) {
      ApgdOptions options;
      options.threat = settings.threat;
      options.loss = std::string(name) == "apgd-ce" ? ApgdLoss::CrossEntropy : ApgdLoss::Dlr;
      options.bestLoss = true;
      const AttackResult best = ApgdAttack(options).run(oracle.target, oracle.batch, 3);
      EXPECT_NEAR(oracle.marginAt(best.images), 0.15, 1e-5) << name;
      EXPECT_TRUE(torch::equal(result.images, oracle.batch.images));
    } else {
      EXPECT_NEAR(oracle.marginAt(result.images), 0.15, 1e-5) << name;
    }
    EXPECT_FALSE(result.success.item<bool>());
  }
  Oracle oracle;
  PgdOptions l2;
  l2.threat = {Norm::L2, kEpsilon};
  l2.step = 0.05;
  EXPECT_NEAR(oracle.marginAt(PgdAttack(l2).run(oracle.target, oracle.batch, 3).images), 0.2708712, 1e-5);
}

TEST(LinearOracle, MinimumDistanceAttacksFindTheDistances) {
  for (const bool targeted : {false, true}) {
    Oracle oracle;
    FabOptions options;
    options.targeted = targeted;
    options.threat = {Norm::Linf, 0.2};
    const AttackResult linf = FabAttack(options).run(oracle.target, oracle.batch, 1);
    EXPECT_NEAR(linf.minimalDistance.item<double>(), 0.1428571, 0.01 * 0.1428571);
    EXPECT_TRUE(linf.success.item<bool>());
    options.threat = {Norm::L2, 0.3};
    EXPECT_NEAR(FabAttack(options).run(oracle.target, oracle.batch, 1).minimalDistance.item<double>(),
                0.2182179, 0.01 * 0.2182179);
  }
  Oracle oracle;
  CwL2Options options;
  options.threat.epsilon = 0.3;
  const AttackResult result = CwL2Attack(options).run(oracle.target, oracle.batch, 1);
  EXPECT_NEAR(result.minimalDistance.item<double>(), 0.2182179, 0.03 * 0.2182179);
  EXPECT_TRUE(result.success.item<bool>());
}

TEST(LinearOracle, SquareComesWithinFivePercent) {
  auto generator = at::detail::createCPUGenerator(4);
  const at::Tensor w = torch::randn({64}, generator);
  const double l1 = w.abs().sum().item<double>();
  Target target =
      test::marginTarget(w, 2 * kEpsilon * l1 - 0.5 * w.sum().item<double>());  // margin 2·eps·||w||_1
  AttackBatch batch{torch::full({1, 1, 8, 8}, 0.5F), torch::zeros({1}, torch::kInt64), {0}};
  SquareOptions options;
  options.threat = {Norm::Linf, kEpsilon};
  const AttackResult result = SquareAttack(options).run(target, batch, 1);
  const double margin = -marginLoss(target.exactLogits(result.images), batch.labels).item<double>();
  EXPECT_NEAR(margin, kEpsilon * l1, 0.05 * kEpsilon * l1);
}

TEST(PlaneProjection, IsTheClosestPointOfThePlane) {
  // Against a fine bisection of the same closed problem: lambda is monotone in w·z.
  const at::Tensor t = test::someImages({40, 25}, 3);
  const at::Tensor w = test::someImages({40, 25}, 4, -1, 1);
  const at::Tensor b = (w * test::someImages({40, 25}, 5)).sum(1);  // surely reachable
  for (const Norm norm : {Norm::Linf, Norm::L2}) {
    const PlaneProjection found = projectOnPlane(norm, t, w, b);
    ASSERT_TRUE(found.reachable.all().item<bool>());
    EXPECT_TRUE(torch::allclose((w * found.point).sum(1), b, 0, 2e-5));
    const at::Tensor flip = ((w * t).sum(1) - b).sign().unsqueeze(1);
    at::Tensor low = torch::zeros({40, 1});
    at::Tensor high = torch::full({40, 1}, 1e3);
    for (int i = 0; i < 60; ++i) {
      const at::Tensor middle = (low + high) / 2;
      const at::Tensor z = norm == Norm::Linf ? (t - middle * (flip * w).sign()).clamp(0, 1)
                                              : (t - middle * flip * w).clamp(0, 1);
      const at::Tensor above = (flip * ((w * z).sum(1) - b).unsqueeze(1)).gt(0);
      low = torch::where(above, middle, low);
      high = torch::where(above, high, middle);
    }
    const at::Tensor z =
        norm == Norm::Linf ? (t - low * (flip * w).sign()).clamp(0, 1) : (t - low * flip * w).clamp(0, 1);
    EXPECT_TRUE(torch::allclose(found.point, z, 0, 2e-5));
  }
}

TEST(PlaneProjection, PointOnThePlaneAndFlatPlaneStay) {
  const at::Tensor t = torch::tensor({{0.25F, 0.5F}});
  const at::Tensor w = torch::tensor({{1.F, 1.F}});
  for (const Norm norm : {Norm::Linf, Norm::L2}) {
    EXPECT_TRUE(torch::allclose(projectOnPlane(norm, t, w, torch::tensor({0.75F})).point, t));
    const PlaneProjection flat = projectOnPlane(norm, t, torch::zeros({1, 2}), torch::tensor({1.F}));
    EXPECT_TRUE(torch::equal(flat.point, t));
    EXPECT_FALSE(flat.reachable.item<bool>());
  }
}

TEST(CwL2, PureBlackAndWhiteStayFinite) {
  const at::Tensor w = tanhVariable(torch::tensor({0.F, 1.F}));
  EXPECT_NEAR(w.abs().min().item<double>(), 7.25, 0.01);
  EXPECT_TRUE(torch::isfinite(w).all().item<bool>());
}

TEST(CwL2, RefusesAnotherNorm) {
  EXPECT_THROW(makeAttack("cw-l2", {.threat = {Norm::Linf, 0.1}}), Error);
}

TEST(Square, WindowsReachTheLastOriginAndPatternsHaveUnitNorm) {
  for (const int side : {1, 2, 3, 5, 8})
    for (const bool transposed : {false, true}) {
      const at::Tensor pattern = squareL2Pattern(side, transposed);
      EXPECT_EQ(pattern.sizes(), (std::vector<std::int64_t>{side, side}));
      EXPECT_NEAR(pattern.norm().item<double>(), 1.0, 1e-12);
    }
  EXPECT_TRUE(torch::allclose(squareL2Pattern(5, false).t(), squareL2Pattern(5, true)));
}

/// Logits where only a score can tell: a step function of the image, flat almost everywhere.
Target maskedTarget() {
  return Target("masked", 4, [](const at::Tensor& images, const Pass&) {
    const at::Tensor steps = torch::floor(images.flatten(1).mean(1) * 40);
    return torch::stack({torch::full_like(steps, 20.5), steps, steps - 1, steps - 2}, 1) + 0 * images.sum();
  });
}

bool hasFlag(const std::vector<SanityFlag>& flags, const std::string& id) {
  for (const SanityFlag& flag : flags)
    if (flag.id == id) return true;
  return false;
}

TEST(SanityFlags, AreSilentForAnHonestModel) {
  Target target = test::smoothTarget(12, 10, 2, 2.0);
  AttackBatch batch{test::someImages({16, 3, 2, 2}, 1), {}, {}};
  batch.labels = topClass(target.exactLogits(batch.images));
  for (int i = 0; i < 16; ++i) batch.samples.push_back(i);
  EXPECT_TRUE(preflightFlags(target, batch, {}, 0).empty());
  EXPECT_TRUE(flatLossFlag(target, batch, {Norm::Linf, 0.02}, 0.001, 0).empty());
}

TEST(SanityFlags, SeeHiddenGradientsRandomnessAndProbabilities) {
  AttackBatch batch{
      test::someImages({6, 3, 2, 2}, 1, 0.4, 0.45), torch::zeros({6}, torch::kInt64), {0, 1, 2, 3, 4, 5}};
  Target masked = maskedTarget();
  const auto maskedFlags = preflightFlags(masked, batch, {}, 0);
  EXPECT_TRUE(hasFlag(maskedFlags, "zero_gradient"));
  EXPECT_TRUE(hasFlag(maskedFlags, "unbounded_fails"));
  EXPECT_TRUE(hasFlag(flatLossFlag(masked, batch, {Norm::Linf, 0.01}, 0.002, 0), "loss_flat"));

  Target soft("soft", 4, [](const at::Tensor& x, const Pass&) {
    const at::Tensor mean = x.flatten(1).mean(1);
    return torch::stack({mean, 2 * mean, 3 * mean, 0 * mean}, 1).softmax(1);
  });
  EXPECT_TRUE(hasFlag(preflightFlags(soft, batch, {}, 0), "probabilities"));

  Target random("random", 4, [](const at::Tensor& x, const Pass& pass) {
    const at::Tensor mean = x.flatten(1).mean(1) + 0.01 * static_cast<double>(pass.draw);
    return torch::stack({10 * mean, 2 + mean, mean, -mean}, 1);
  });
  EXPECT_TRUE(hasFlag(preflightFlags(random, batch, {}, 0), "randomised"));
}

TEST(SanityFlags, NameTooFewClassesAndBlackBoxWins) {
  Target two = test::marginTarget(torch::ones({12}), -3);
  AttackBatch batch{torch::full({2, 3, 2, 2}, 0.5F), torch::zeros({2}, torch::kInt64), {0, 1}};
  EXPECT_TRUE(hasFlag(preflightFlags(two, batch, {}, 0), "classes"));
  EXPECT_TRUE(blackBoxFlag(1000, 500, 498).empty());
  EXPECT_FALSE(blackBoxFlag(1000, 500, 497).empty());
}

TEST(AutoAttack, SquareBreaksWhatHiddenGradientsProtect) {
  Target target = maskedTarget();
  AttackBatch batch{torch::full({3, 3, 4, 4}, 0.5F), torch::zeros({3}, torch::kInt64), {0, 1, 2}};
  const AttackResult result =
      makeAttack("autoattack", {.threat = {Norm::Linf, 0.1}, .steps = 5, .queries = 300})
          ->run(target, batch, 0);
  EXPECT_TRUE(result.success.all().item<bool>());
  ASSERT_EQ(result.stages.size(), 4U);
  EXPECT_EQ(result.stages[2].robust, 3);  // no gradient attack got anywhere
  EXPECT_EQ(result.stages[3].robust, 0);
}

TEST(AutoAttack, TwoClassesWarnAndStillAttack) {
  Oracle oracle;
  const AttackResult result =
      makeAttack("autoattack", {.threat = {Norm::Linf, 0.2}, .steps = 20, .queries = 50})
          ->run(oracle.target, oracle.batch, 0);
  EXPECT_TRUE(result.success.item<bool>());
  Target robust = test::marginTarget(torch::tensor({2.F, -1.F, 0.5F}), 3);
  const AttackResult safe = makeAttack("autoattack", {.threat = {Norm::Linf, 0.1}, .steps = 5, .queries = 20})
                                ->run(robust, oracle.batch, 0);
  EXPECT_FALSE(safe.success.item<bool>());
  EXPECT_GE(safe.warnings.size(), 2U);
}

}  // namespace
}  // namespace medlocker::attacks
