// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/inner_attack.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/attacks/loss.h"
#include "tests/training/robust_support.h"

namespace medlocker::training {
namespace {

struct InnerAttack : testing::Test {
  void SetUp() override {
    setComputeThreads(1);
    torch::manual_seed(4);
    network = models::makeNetwork("resnet8", {.outputs = 3, .inputSize = 16});
    images = torch::rand({6, 3, 16, 16});
    labels = torch::tensor({0, 1, 2, 0, 1, 2}, torch::kLong);
  }

  at::Tensor run(const InnerAttackOptions& options, std::optional<attacks::PerSample> epsilon = {},
                 std::optional<attacks::PerSample> step = {}) {
    Student student(network, false);
    attacks::PassCounts counts;
    const InnerProblem problem{images,
                               [&](const at::Tensor& logits, const at::Tensor&) {
                                 return attacks::crossEntropyLoss(logits, labels);
                               },
                               RandomStream::fromSeed(1, "test"), std::move(epsilon), std::move(step)};
    return maximiseInner(student, options, problem, counts);
  }

  std::shared_ptr<models::Network> network;
  at::Tensor images, labels;
};

TEST_F(InnerAttack, StaysInTheBoxAndTheRadius) {
  for (const double epsilon : {0.0, 1.0 / 255, 8.0 / 255, 1.0})
    for (const int steps : {1, 3})
      for (const AttackStart start : {AttackStart::None, AttackStart::Uniform, AttackStart::Gauss}) {
        InnerAttackOptions options;
        options.epsilon = epsilon;
        options.steps = steps;
        options.start = start;
        const at::Tensor attacked = run(options);
        EXPECT_LE((attacked - images).abs().max().item<double>(), epsilon + 1e-6);
        EXPECT_GE(attacked.min().item<double>(), 0);
        EXPECT_LE(attacked.max().item<double>(), 1);
      }
}

TEST_F(InnerAttack, RadiiPerSampleAreKept) {
  const at::Tensor radii = torch::tensor({0.0, 0.01, 0.02, 0.03, 0.05, 0.08});
  InnerAttackOptions options = gaussAttack();
  options.start = AttackStart::Uniform;
  options.steps = 4;
  const at::Tensor attacked = run(options, attacks::PerSample(radii), attacks::PerSample(radii / 2));
  const at::Tensor moved = (attacked - images).flatten(1).abs().amax(1);
  EXPECT_TRUE((moved <= radii + 1e-6).all().item<bool>());
  EXPECT_TRUE((moved.slice(0, 1) > 0.5 * radii.slice(0, 1)).all().item<bool>());
}

TEST_F(InnerAttack, LeavesParametersGradientsStatisticsAndModeAlone) {
  network->train();
  const auto before = test::stateBytes(*network);
  run(gaussAttack());
  EXPECT_EQ(test::stateBytes(*network), before);
  EXPECT_TRUE(network->is_training());
  for (const auto& parameter : network->parameters()) EXPECT_FALSE(parameter.grad().defined());
  run(uniformAttack(AttackNormMode::Train));
  EXPECT_NE(test::stateBytes(*network), before) << "running statistics move where the recipe says so";
  network->eval();
  run(uniformAttack(AttackNormMode::Train));
  EXPECT_FALSE(network->is_training());
}

TEST_F(InnerAttack, SameStreamSameResult) {
  EXPECT_TRUE(torch::equal(run(gaussAttack()), run(gaussAttack())));
}

}  // namespace
}  // namespace medlocker::training
