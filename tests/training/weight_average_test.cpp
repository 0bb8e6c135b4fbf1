// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/weight_average.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "tests/support/temp_folder.h"
#include "tests/training/synthetic.h"

namespace medlocker::training {
namespace {

TEST(WeightAverage, FollowsTheWarmedUpDecay) {
  const test::TempFolder folder;
  const TrainerSetup setup = test::squareSetup(folder.path());
  models::Network& network = *setup.network;
  const torch::NoGradGuard noGrad;
  for (auto& parameter : network.parameters()) parameter.fill_(0);
  WeightAverage average(network, 0.5);
  double expected = 0;
  for (int t = 1; t <= 20; ++t) {
    for (auto& parameter : network.parameters()) parameter.fill_(t);
    average.update(network);
    const double decay = std::min(0.5, (1.0 + t) / (10.0 + t));
    expected = decay * expected + (1 - decay) * t;
  }
  const auto copy = models::cloneNetwork(network);
  average.copyTo(*copy);
  EXPECT_NEAR(copy->parameters().front().flatten()[0].item<double>(), expected, 1e-4);
}

TEST(WeightAverage, CopiesIntegerBuffers) {
  const test::TempFolder folder;
  const TrainerSetup setup = test::squareSetup(folder.path());
  models::Network& network = *setup.network;
  WeightAverage average(network, 0.9);
  for (const auto& item : network.named_buffers())
    if (item.key().ends_with("num_batches_tracked")) item.value().fill_(17);
  average.update(network);
  const auto copy = models::cloneNetwork(network);
  for (const auto& item : copy->named_buffers())
    if (item.key().ends_with("num_batches_tracked")) item.value().zero_();
  average.copyTo(*copy);
  for (const auto& item : copy->named_buffers())
    if (item.key().ends_with("num_batches_tracked")) {
      EXPECT_EQ(item.value().item<std::int64_t>(), 17);
    }
}

TEST(WeightAverage, RefusesAStateThatDoesNotFit) {
  const test::TempFolder folder;
  const TrainerSetup setup = test::squareSetup(folder.path());
  WeightAverage average(*setup.network, 0.9);
  EXPECT_THROW(average.loadState({}, "average.", 3), Error);
}

TEST(ChannelsLast, ChangesTheLayoutAndNothingElse) {
  const test::TempFolder folder;
  const TrainerSetup setup = test::squareSetup(folder.path());
  const auto before = test::stateBytes(*setup.network);
  useChannelsLast(*setup.network);
  EXPECT_EQ(test::stateBytes(*setup.network), before);
  for (const auto& parameter : setup.network->parameters())
    if (parameter.dim() == 4) {
      EXPECT_TRUE(parameter.is_contiguous(at::MemoryFormat::ChannelsLast));
    }
}

}  // namespace
}  // namespace medlocker::training
