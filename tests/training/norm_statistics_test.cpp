// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/norm_statistics.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "tests/support/temp_folder.h"
#include "tests/training/synthetic.h"

namespace medlocker::training {
namespace {

std::map<std::string, at::Tensor> buffers(const models::Network& network) {
  std::map<std::string, at::Tensor> all;
  for (const auto& item : network.named_buffers()) all[item.key()] = item.value().clone();
  return all;
}

TEST(NormStatistics, FirstLayerGetsTheMeanOverTheBatches) {
  const test::TempFolder folder;
  const TrainerSetup setup = test::squareSetup(folder.path());
  models::Network& network = *setup.network;
  const auto a = torch::rand({8, 3, 16, 16}), b = torch::rand({8, 3, 16, 16});
  at::Tensor mean, variance;
  {
    const torch::NoGradGuard noGrad;
    at::Tensor weight;
    for (const auto& item : network.named_parameters())
      if (item.key() == "conv1.weight") weight = item.value();
    ASSERT_TRUE(weight.defined());
    const auto statistics = [&](const at::Tensor& images) {
      const auto x = torch::conv2d((images - 0.3) / 0.2, weight, {}, 1, 1).transpose(0, 1).flatten(1);
      return std::pair(x.mean(1), x.var(1, /*unbiased=*/true));
    };
    const auto [meanA, varA] = statistics(a);
    const auto [meanB, varB] = statistics(b);
    mean = (meanA + meanB) / 2;
    variance = (varA + varB) / 2;
  }
  {
    NormStatistics statistics(network);
    ASSERT_TRUE(statistics.needed());
    statistics.add(a);
    statistics.add(b);
  }
  const auto after = buffers(network);
  EXPECT_TRUE(torch::allclose(after.at("bn1.running_mean"), mean, 1e-4, 1e-5));
  EXPECT_TRUE(torch::allclose(after.at("bn1.running_var"), variance, 1e-4, 1e-5));
}

TEST(NormStatistics, LeavesParametersModeAndMomentumAsTheyWere) {
  const test::TempFolder folder;
  const TrainerSetup setup = test::squareSetup(folder.path());
  models::Network& network = *setup.network;
  std::vector<at::Tensor> before;
  for (const auto& parameter : network.parameters()) before.push_back(parameter.detach().clone());
  {
    NormStatistics statistics(network);
    statistics.add(torch::rand({8, 3, 16, 16}));
  }
  EXPECT_FALSE(network.is_training());
  for (std::size_t i = 0; i < before.size(); ++i)
    EXPECT_TRUE(torch::equal(before[i], network.parameters()[i]));
  for (const auto& module : network.modules())
    if (auto norm = std::dynamic_pointer_cast<torch::nn::BatchNorm2dImpl>(module)) {
      EXPECT_FALSE(norm->is_training());
      EXPECT_DOUBLE_EQ(*norm->options.momentum(), 0.1);
    }
}

TEST(NormStatistics, MakeAShortRunOfASlowNetworkUsable) {
  // MobileNetV3's momentum is 0.01: after a few dozen steps its running averages are still near their start.
  double accuracy[2];
  for (const int images : {0, 64}) {
    const test::TempFolder folder;
    TrainerSetup setup = test::squareSetup(folder.path(), 2, 32, 64, 64);
    torch::manual_seed(1);
    models::NetworkOptions network;
    network.outputs = 2;
    network.inputSize = 32;
    setup.network = models::makeNetwork("mobilenet_v3_large", network);
    setup.network->setNormalisation(setup.info.mean, setup.info.stddev);
    setup.info.arch = "mobilenet_v3_large";
    TrainerOptions options = test::squareOptions(4);
    options.optimiser.learningRate = 2e-3;
    options.normImages = images;
    const TrainerResult result = runTraining(options, setup, {});
    accuracy[images == 0 ? 0 : 1] =
        result.history[static_cast<std::size_t>(result.selectedEpoch - 1)].validation.balancedAccuracy;
  }
  EXPECT_GT(accuracy[1], 0.85);
  EXPECT_LT(accuracy[0], accuracy[1]);
}

}  // namespace
}  // namespace medlocker::training
