// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/optimiser.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/common/error.h"

namespace medlocker::training {
namespace {

struct Problem {
  std::vector<at::Tensor> parameters;
  at::Tensor loss(int step) const {
    // A different quadratic at every step, so momentum and second moments matter.
    return ((parameters[0] - 0.1 * step).pow(2).sum() +
            (parameters[1].sin() * parameters[0].select(1, 0)).sum());
  }
};

Problem makeProblem() {
  torch::manual_seed(4);
  return {{torch::randn({5, 3}).requires_grad_(true), torch::randn({5}).requires_grad_(true)}};
}

/// Ours and torch's own optimiser from the same start; largest difference afterwards.
double differenceToTorch(const OptimiserOptions& options, torch::optim::Optimizer& reference, Problem& theirs,
                         int steps) {
  Problem ours = makeProblem();
  Optimiser optimiser({{"weight", ours.parameters[0]}, {"bias", ours.parameters[1]}}, options);
  for (int step = 0; step < steps; ++step) {
    optimiser.zeroGradients();
    ours.loss(step).backward();
    optimiser.step(options.learningRate);
    reference.zero_grad();
    theirs.loss(step).backward();
    reference.step();
  }
  const torch::NoGradGuard noGrad;
  return std::max((ours.parameters[0] - theirs.parameters[0]).abs().max().item<double>(),
                  (ours.parameters[1] - theirs.parameters[1]).abs().max().item<double>());
}

TEST(Optimiser, AdamWEqualsTorchs) {
  OptimiserOptions options;
  options.decayAll = true;
  options.learningRate = 0.02;
  Problem theirs = makeProblem();
  torch::optim::AdamW reference(theirs.parameters, torch::optim::AdamWOptions(0.02).weight_decay(0.05));
  EXPECT_LT(differenceToTorch(options, reference, theirs, 20), 1e-5)
      << "float32, another order of operations";
}

TEST(Optimiser, SgdEqualsTorchs) {
  OptimiserOptions options;
  options.kind = OptimiserKind::Sgd;
  options.decayAll = true;
  options.learningRate = 0.02;
  options.weightDecay = 1e-3;
  for (const bool nesterov : {false, true}) {
    options.nesterov = nesterov;
    Problem theirs = makeProblem();
    torch::optim::SGD reference(
        theirs.parameters,
        torch::optim::SGDOptions(0.02).momentum(0.9).weight_decay(1e-3).nesterov(nesterov));
    EXPECT_LT(differenceToTorch(options, reference, theirs, 20), 1e-5);
  }
}

TEST(Optimiser, VectorsAreNotDecayedUnlessAsked) {
  for (const bool all : {false, true}) {
    auto weight = torch::ones({2, 2}).requires_grad_(true), bias = torch::ones({2}).requires_grad_(true);
    OptimiserOptions options;
    options.kind = OptimiserKind::Sgd;
    options.momentum = 0;
    options.nesterov = false;
    options.weightDecay = 0.5;
    options.decayAll = all;
    Optimiser optimiser({{"weight", weight}, {"bias", bias}}, options);
    ((weight.sum() + bias.sum()) * 0).backward();
    optimiser.step(0.1);
    EXPECT_NEAR(weight[0][0].item<double>(), 0.95, 1e-6);
    EXPECT_NEAR(bias[0].item<double>(), all ? 0.95 : 1.0, 1e-6);
  }
}

TEST(Optimiser, GradientScaleClips) {
  auto weight = torch::zeros({2, 2}).requires_grad_(true);
  OptimiserOptions options;
  options.kind = OptimiserKind::Sgd;
  options.momentum = 0;
  options.nesterov = false;
  options.weightDecay = 0;
  Optimiser optimiser({{"weight", weight}}, options);
  (weight * 3).sum().backward();
  EXPECT_NEAR(optimiser.gradientNorm(), 6, 1e-6);
  optimiser.step(1.0, 1.0 / 6);
  EXPECT_NEAR(weight.norm().item<double>(), 1, 1e-6);
}

TEST(Optimiser, GradientNormShowsWhatIsNotFinite) {
  auto weight = torch::zeros({2, 2}).requires_grad_(true);
  Optimiser optimiser({{"weight", weight}}, {});
  weight.log().sum().backward();
  EXPECT_FALSE(std::isfinite(optimiser.gradientNorm()));
}

TEST(Optimiser, SavedStateContinuesWithTheSameBytes) {
  for (const auto kind : {OptimiserKind::AdamW, OptimiserKind::Sgd}) {
    OptimiserOptions options;
    options.kind = kind;
    options.learningRate = 0.01;
    Problem whole = makeProblem(), parts = makeProblem();
    Optimiser reference({{"weight", whole.parameters[0]}, {"bias", whole.parameters[1]}}, options);
    auto optimiser = std::make_unique<Optimiser>(
        std::vector<NamedParameter>{{"weight", parts.parameters[0]}, {"bias", parts.parameters[1]}}, options);
    for (int step = 0; step < 8; ++step) {
      if (step == 4) {
        TensorMap tensors;
        optimiser->saveState(tensors, "o.");
        optimiser = std::make_unique<Optimiser>(
            std::vector<NamedParameter>{{"weight", parts.parameters[0]}, {"bias", parts.parameters[1]}},
            options);
        optimiser->loadState(tensors, "o.");
      }
      reference.zeroGradients();
      whole.loss(step).backward();
      reference.step(0.01);
      optimiser->zeroGradients();
      parts.loss(step).backward();
      optimiser->step(0.01);
    }
    EXPECT_TRUE(torch::equal(whole.parameters[0], parts.parameters[0]));
    EXPECT_TRUE(torch::equal(whole.parameters[1], parts.parameters[1]));
  }
}

TEST(Optimiser, RefusesAStateThatDoesNotFit) {
  auto weight = torch::zeros({2, 2}).requires_grad_(true);
  Optimiser optimiser({{"weight", weight}}, {});
  EXPECT_THROW(optimiser.loadState({}, "o."), Error);
  TensorMap tensors;
  optimiser.saveState(tensors, "o.");
  tensors["o.weight.first"] = torch::zeros({3});
  EXPECT_THROW(optimiser.loadState(tensors, "o."), Error);
}

TEST(Optimiser, InvalidOptionsNameTheirField) {
  OptimiserOptions options;
  EXPECT_TRUE(options.validate().empty());
  options.learningRate = 0;
  options.momentum = 1;
  ASSERT_EQ(options.validate().size(), 2U);
  EXPECT_EQ(options.validate()[0].field, "optimiser.learning_rate");
  EXPECT_EQ(options.validate()[1].field, "optimiser.momentum");
}

}  // namespace
}  // namespace medlocker::training
