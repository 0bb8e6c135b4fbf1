// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/attack.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/attacks/pgd.h"
#include "core/attacks/registry.h"
#include "core/common/error.h"
#include "tests/attacks/linear_model.h"

namespace medlocker::attacks {
namespace {

AttackBatch someBatch(Target& target, int n, std::uint64_t seed) {
  AttackBatch batch;
  batch.images = test::someImages({n, 3, 2, 2}, seed);
  batch.labels = topClass(target.exactLogits(batch.images));
  for (int i = 0; i < n; ++i) batch.samples.push_back(100 + i);
  return batch;
}

TEST(Attack, LeavesMisclassifiedImagesAloneAndFlagsThem) {
  Target target = test::smoothTarget(12, 3, 5);
  AttackBatch batch = someBatch(target, 8, 1);
  batch.labels[2] = (batch.labels[2] + 1) % 3;
  const auto attack = makeAttack("pgd-20", {.threat = {Norm::Linf, 0.05}});
  const AttackResult result = attack->run(target, batch, 1);
  EXPECT_TRUE(result.cleanWrong[2].item<bool>());
  EXPECT_EQ(result.cleanWrong.sum().item<std::int64_t>(), 1);
  EXPECT_TRUE(result.success[2].item<bool>());
  EXPECT_TRUE(torch::equal(result.images[2], batch.images[2]));
  EXPECT_TRUE(torch::equal(result.success, topClass(target.exactLogits(result.images)).ne(batch.labels)));
}

TEST(Attack, CountsEveryPassOfEveryImage) {
  Target target = test::marginTarget(torch::ones({12}) * 0.01F, 5.0);  // nothing can be misclassified
  AttackBatch batch = someBatch(target, 4, 2);
  PgdOptions options;
  options.threat = {Norm::Linf, 0.1};
  options.steps = 7;
  const AttackResult result = PgdAttack(options).run(target, batch, 1);
  EXPECT_EQ(result.counts.backwards, 4 * 7);
  EXPECT_EQ(result.counts.forwards, 4 * (1 + 7 + 1 + 1));  // clean, steps, last iterate, verification
  EXPECT_FALSE(result.success.any().item<bool>());
}

TEST(Attack, RefusesBadImagesAndLabels) {
  Target target = test::smoothTarget(12, 3, 5);
  const auto attack = makeAttack("fgsm", {});
  AttackBatch batch = someBatch(target, 2, 3);
  batch.labels[0] = 3;
  EXPECT_THROW(attack->run(target, batch, 0), Error);
  batch = someBatch(target, 2, 3);
  batch.images[1][0][0][0] = 1.5F;
  EXPECT_THROW(attack->run(target, batch, 0), Error);
  batch.images[1][0][0][0] = std::nanf("");
  EXPECT_THROW(attack->run(target, batch, 0), Error);
}

TEST(Attack, RefusesAModelThatAnswersNaN) {
  Target target("nan", 3, [](const at::Tensor& x, const Pass&) {
    return torch::full({x.size(0), 3}, std::nan(""), torch::kFloat32) + 0 * x.sum();
  });
  AttackBatch batch{torch::rand({2, 3, 2, 2}), torch::zeros({2}, torch::kInt64), {0, 1}};
  EXPECT_THROW(makeAttack("pgd-20", {})->run(target, batch, 0), Error);
}

TEST(Attack, StopRequestEndsItWithinOnePass) {
  std::stop_source stop;
  int passes = 0;
  Target target("slow", 2, [&](const at::Tensor& x, const Pass&) {
    if (++passes == 5) stop.request_stop();
    const at::Tensor sum = x.flatten(1).sum(1);
    return torch::stack({sum + 100, sum}, 1);
  });
  target.setStopToken(stop.get_token());
  AttackBatch batch{torch::rand({2, 3, 2, 2}), torch::zeros({2}, torch::kInt64), {0, 1}};
  EXPECT_THROW(makeAttack("pgd-100", {})->run(target, batch, 0), Stopped);
  EXPECT_EQ(passes, 5);
}

TEST(Attack, FastFormIsConfirmedByTheExactOne) {
  // The attacked form claims success everywhere; the exact form is never fooled.
  const auto exact = [](const at::Tensor& x, const Pass&) {
    const at::Tensor sum = x.flatten(1).sum(1);
    return torch::stack({sum + 100, sum}, 1);
  };
  const auto fast = [](const at::Tensor& x, const Pass&) {
    const at::Tensor sum = x.flatten(1).sum(1);
    return torch::stack({sum, sum + 1}, 1);
  };
  Target target("two forms", 2, fast, exact);
  AttackBatch batch{torch::rand({2, 3, 2, 2}), torch::zeros({2}, torch::kInt64), {0, 1}};
  const AttackResult result = makeAttack("pgd-20", {})->run(target, batch, 0);
  EXPECT_FALSE(result.success.any().item<bool>());
  EXPECT_EQ(result.counts.backwards, 2 * 20);  // no sample left early on the fast form's word
}

TEST(AttackRegistry, KnowsItsNamesAndRefusesOthers) {
  for (const AttackListing& listing : listAttacks()) {
    AttackSettings settings;
    if (listing.name == "cw-l2") settings.threat.norm = Norm::L2;
    EXPECT_NO_THROW(makeAttack(listing.name, settings)) << listing.name;
  }
  EXPECT_EQ(makeAttack("pgd-7", {})->id(), "pgd-7");
  EXPECT_THROW(makeAttack("pgd-0", {}), Error);
  EXPECT_THROW(makeAttack("nonsense", {}), Error);
  EXPECT_THROW(makeAttack("pgd-20", {.threat = {Norm::Linf, -1}}), Error);
}

TEST(ClassScores, ArgmaxIsThePredictedGrade) {
  models::ModelInfo info;
  info.classes = {"0", "1", "2", "3"};
  info.head = models::HeadType::Ordinal;
  const at::Tensor ordinal = torch::randn({200, 3});
  EXPECT_TRUE(torch::equal(topClass(classScores(ordinal, info)), models::predictedClasses(ordinal, info)));
  info.head = models::HeadType::Regression;
  const at::Tensor grade = torch::randn({200, 1}) * 3 + 1.5;
  EXPECT_TRUE(torch::equal(topClass(classScores(grade, info)), models::predictedClasses(grade, info)));
}

}  // namespace
}  // namespace medlocker::attacks
