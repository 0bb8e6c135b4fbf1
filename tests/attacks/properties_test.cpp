// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>

#include "core/attacks/registry.h"
#include "core/attacks/transfer/transfer_family.h"
#include "tests/attacks/linear_model.h"

namespace medlocker::attacks {
namespace {

/// Every attack of the registry, shortened so that the whole list takes a second.
std::vector<std::string> names(Norm norm) {
  std::vector<std::string> result;
  const std::vector<AttackListing> transfer = listTransferAttacks();  // have L-infinity budgets only
  for (const AttackListing& listing : listAttacks()) {
    const bool onlyLinf = std::any_of(transfer.begin(), transfer.end(),
                                      [&](const AttackListing& one) { return one.name == listing.name; });
    if (norm == Norm::L2 ? !onlyLinf : listing.name != "cw-l2") result.push_back(listing.name);
  }
  return result;
}

AttackSettings shortSettings(Norm norm, double epsilon) {
  AttackSettings settings;
  settings.threat = {norm, epsilon};
  settings.imageSide = 32;
  settings.steps = 6;
  settings.queries = 30;
  settings.draws = 2;
  return settings;
}

AttackBatch batchOf(Target& target, int n) {
  AttackBatch batch{test::someImages({n, 3, 4, 4}, 17), {}, {}};
  batch.labels = topClass(target.exactLogits(batch.images));
  for (int i = 0; i < n; ++i) batch.samples.push_back(1000 + i);
  if (n > 3) batch.labels[3] = (batch.labels[3] + 1) % target.classes();  // one that is wrong when clean
  return batch;
}

Target network(double scale = 1.0) {
  return test::smoothTarget(48, 10, 23, scale);
}

TEST(AttackProperties, EveryAttackKeepsBudgetAndBox) {
  for (const Norm norm : {Norm::Linf, Norm::L2})
    for (const std::string& name : names(norm))
      for (const double epsilon : {0.0, 1.0 / 255, 8.0 / 255, 1.0}) {
        Target target = network();
        const AttackBatch batch = batchOf(target, 5);
        const AttackResult result = makeAttack(name, shortSettings(norm, epsilon))->run(target, batch, 5);
        EXPECT_TRUE(withinBudget({norm, epsilon}, batch.images, result.images).all().item<bool>())
            << name << " " << epsilon;
        EXPECT_EQ(result.rejected, 0) << name << " " << epsilon;
        if (epsilon == 0) {
          EXPECT_TRUE(torch::equal(result.images, batch.images)) << name;
        }
        EXPECT_TRUE(
            torch::equal(result.success, topClass(target.exactLogits(result.images)).ne(batch.labels)))
            << name;
      }
}

TEST(AttackProperties, BatchSizeChangesNothing) {
  for (const Norm norm : {Norm::Linf, Norm::L2})
    for (const std::string& name : names(norm)) {
      if (name == "admix") continue;  // mixes images of the batch in (specification 12.4)
      Target target = network();
      const AttackBatch batch = batchOf(target, 6);
      const auto attack = makeAttack(name, shortSettings(norm, norm == Norm::Linf ? 0.03 : 0.3));
      const AttackResult together = attack->run(target, batch, 5);
      for (const std::int64_t size : {1, 4}) {
        std::vector<at::Tensor> pieces;
        for (std::int64_t begin = 0; begin < batch.size(); begin += size)
          pieces.push_back(
              attack->run(target, batch.select(torch::arange(begin, std::min(begin + size, batch.size()))), 5)
                  .images);
        // Specification 12.4: 1e-5, because products of other heights may round differently.
        EXPECT_TRUE(torch::allclose(torch::cat(pieces), together.images, 0, 1e-5)) << name << " " << size;
      }
    }
}

TEST(AttackProperties, AnotherSeedIsAnotherStartAndTheSameSeedTheSameBytes) {
  Target target = network();
  const AttackBatch batch = batchOf(target, 6);
  const auto attack = makeAttack("pgd-3", shortSettings(Norm::Linf, 0.01));
  const at::Tensor one = attack->run(target, batch, 1).images;
  EXPECT_TRUE(torch::equal(one, attack->run(target, batch, 1).images));
  EXPECT_FALSE(torch::equal(one, attack->run(target, batch, 2).images));
}

TEST(AttackProperties, RestartsAndStagesNeverRaiseRobustAccuracy) {
  Target target = network();
  const AttackBatch batch = batchOf(target, 24);
  AttackSettings settings = shortSettings(Norm::Linf, 0.02);
  const auto broken = [&](const std::string& name) {
    return makeAttack(name, settings)->run(target, batch, 9).success;
  };
  for (const char* name : {"pgd-20", "apgd-ce", "square"}) {
    settings.restarts = 1;
    const at::Tensor once = broken(name);
    settings.restarts = 3;
    EXPECT_TRUE((once.logical_not() | broken(name)).all().item<bool>()) << name;
  }
  settings.restarts.reset();
  const at::Tensor suite = broken("autoattack");
  for (const char* stage : {"apgd-ce", "apgd-t", "fab-t", "square"})
    EXPECT_TRUE((broken(stage).logical_not() | suite).all().item<bool>()) << stage;
}

TEST(AttackProperties, RatioAttacksIgnoreTheScaleOfLogits) {
  const auto robust = [](const std::string& name, double scale) {
    Target target = network(scale);
    Target reference = network();
    const AttackBatch batch = batchOf(reference, 32);
    AttackSettings settings = shortSettings(Norm::Linf, 0.02);
    settings.steps = 20;
    return 1 - makeAttack(name, settings)
                   ->run(target, batch, 3)
                   .success.to(torch::kFloat64)
                   .mean()
                   .item<double>();
  };
  for (const char* name : {"apgd-dlr", "apgd-t"}) {
    EXPECT_NEAR(robust(name, 1e-3), robust(name, 1), 1e-4) << name;
    EXPECT_NEAR(robust(name, 1e3), robust(name, 1), 1e-4) << name;
  }
}

TEST(AttackProperties, ConstantModelIsOnlyEverWrongWhereItWasWrong) {
  Target constant("constant", 10, [](const at::Tensor& images, const Pass&) {
    at::Tensor logits = torch::zeros({images.size(0), 10});
    logits.select(1, 2).fill_(1.0);
    return logits + 0 * images.flatten(1).sum(1, true);
  });
  const AttackBatch batch{test::someImages({4, 3, 4, 4}, 2), torch::tensor({2, 2, 1, 2}), {0, 1, 2, 3}};
  for (const Norm norm : {Norm::Linf, Norm::L2})
    for (const std::string& name : names(norm)) {
      const AttackResult result = makeAttack(name, shortSettings(norm, 0.1))->run(constant, batch, 1);
      EXPECT_TRUE(torch::equal(result.success, torch::tensor({false, false, true, false}))) << name;
      if (name != "square") {
        EXPECT_GT(result.counts.zeroGradients, 0) << name;
      }
      EXPECT_TRUE(withinBudget({norm, 0.1}, batch.images, result.images).all().item<bool>()) << name;
    }
}

TEST(AttackProperties, SuiteRunStageByStageEqualsTheWholeRun) {
  Target target = network();
  const AttackBatch batch = batchOf(target, 20);
  const auto suite = makeAttack("autoattack", shortSettings(Norm::Linf, 0.015));
  const AttackResult whole = suite->run(target, batch, 4);
  // An interrupted run keeps, for each sample, the image of the stage that broke it; what is left goes on.
  at::Tensor images = batch.images.clone();
  at::Tensor left = whole.cleanWrong.logical_not().nonzero().squeeze(1);
  for (const Attack* stage : suite->stages()) {
    if (left.numel() == 0) break;
    const AttackResult part = stage->run(target, batch.select(left), 4);
    const at::Tensor broken = part.success.nonzero().squeeze(1);
    images.index_copy_(0, left.index_select(0, broken), part.images.index_select(0, broken));
    left = left.index_select(0, part.success.logical_not().nonzero().squeeze(1));
  }
  EXPECT_TRUE(torch::equal(images, whole.images));
  EXPECT_TRUE(whole.success.any().item<bool>());
}

}  // namespace
}  // namespace medlocker::attacks
