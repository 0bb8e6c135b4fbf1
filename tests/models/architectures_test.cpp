// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/common/error.h"
#include "core/models/layers.h"
#include "core/models/network.h"

namespace medlocker::models {
namespace {

using ::testing::HasSubstr;

TEST(Architectures, UnknownNameListsTheKnownOnes) {
  try {
    makeNetwork("resnet19", {});
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::InvalidArgument);
    EXPECT_THAT(e.what(), HasSubstr("resnet18"));
  }
}

TEST(Architectures, RefuseOptionsOutOfRange) {
  EXPECT_THROW(makeNetwork("resnet18", {.outputs = 0}), Error);
  EXPECT_THROW(makeNetwork("resnet18", {.inputSize = 16}), Error);
  EXPECT_THROW(makeNetwork("resnet18", {.dropout = 1.0}), Error);
}

TEST(Architectures, SameSeedSameWeights) {
  const auto make = [](std::uint64_t seed) {
    torch::manual_seed(seed);
    return makeNetwork("resnet8", {.outputs = 3, .inputSize = 32});
  };
  const auto a = stateDict(*make(7));
  const auto b = stateDict(*make(7));
  const auto c = stateDict(*make(8));
  bool differs = false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_TRUE(torch::equal(a[i].second, b[i].second)) << a[i].first;
    differs = differs || !torch::equal(a[i].second, c[i].second);
  }
  EXPECT_TRUE(differs);
}

TEST(Architectures, LoadingDrawsNothingFromTheGenerator) {
  torch::manual_seed(3);
  const auto before = torch::rand({4});
  torch::manual_seed(3);
  makeNetwork("resnet8", {.outputs = 3, .inputSize = 32, .initialise = false});
  EXPECT_TRUE(torch::equal(before, torch::rand({4})));
}

TEST(Architectures, SmallInputNetworksHaveThePublishedSizes) {
  const auto parameterCount = [](const std::string& arch) {
    std::int64_t count = 0;
    const auto network = makeNetwork(arch, {.outputs = 10, .inputSize = 32, .initialise = false});
    for (const auto& parameter : network->parameters()) count += parameter.numel();
    return count;
  };
  EXPECT_EQ(parameterCount("resnet18_small"), 11'173'962);
  EXPECT_EQ(parameterCount("wrn_34_10"), 46'160'474);
  EXPECT_EQ(parameterCount("mobilenet_v2_small"), 2'236'682);
}

TEST(Architectures, WideNetworkNamesFollowThePublicCheckpoints) {
  const auto network = makeNetwork("wrn_10_2", {.outputs = 10, .inputSize = 32, .initialise = false});
  std::vector<std::string> names;
  for (const auto& [name, tensor] : stateDict(*network)) names.push_back(name);
  for (const char* name : {"conv1.weight", "block1.layer.0.bn1.weight", "block1.layer.0.convShortcut.weight",
                           "block3.layer.0.conv2.weight", "bn1.running_mean", "fc.bias"})
    EXPECT_THAT(names, ::testing::Contains(name));
}

class EveryArchitecture : public ::testing::TestWithParam<std::string> {
 protected:
  static int smallSize(const std::string& arch) {
    for (const auto& info : architectures())
      if (info.name == arch) return info.minInputSize;
    return 0;
  }
};

TEST_P(EveryArchitecture, TrainsAndEvaluatesAtItsSmallestInput) {
  const int side = smallSize(GetParam());
  torch::manual_seed(1);
  const auto network = makeNetwork(GetParam(), {.outputs = 4, .inputSize = side});
  network->setNormalisation({0.4F, 0.3F, 0.2F}, {0.2F, 0.2F, 0.1F});
  const auto images = torch::rand({2, 3, side, side}).set_requires_grad(true);
  network->train();
  const auto trained = network->forward(images);
  EXPECT_EQ(trained.sizes(), (std::vector<std::int64_t>{2, 4}));
  trained.square().sum().backward();
  int without = 0;
  for (const auto& item : network->named_parameters())
    if (!item.value().grad().defined() && !item.key().starts_with("AuxLogits") &&
        item.key().find("adversarial.") == std::string::npos && !item.key().starts_with("router.detector"))
      ++without;  // an AW-Net trains one branch at a time, and its detector by a loss of its own
  EXPECT_EQ(without, 0) << "every parameter takes part";
  network->eval();
  const auto logits = network->forward(images);
  EXPECT_EQ(logits.sizes(), (std::vector<std::int64_t>{2, 4}));
  EXPECT_TRUE(torch::isfinite(logits).all().item<bool>());
}

TEST_P(EveryArchitecture, CopiesAreIndependentAndKeepTheNormalisation) {
  const int side = smallSize(GetParam());
  torch::manual_seed(2);
  const auto network = makeNetwork(GetParam(), {.outputs = 3, .inputSize = side});
  network->eval();
  const torch::NoGradGuard guard;
  // The transformer's head starts at zero, which would make this test empty.
  for (const auto& [name, tensor] : stateDict(*network))
    if (name == "heads.head.weight") tensor.normal_();
  const auto images = torch::rand({1, 3, side, side});
  const auto mean = torch::tensor({0.4F, 0.3F, 0.2F}).reshape({1, 3, 1, 1});
  const auto stddev = torch::tensor({0.2F, 0.2F, 0.1F}).reshape({1, 3, 1, 1});
  const auto expected = network->forward((images - mean) / stddev);
  EXPECT_FALSE(torch::equal(network->forward(images), expected));
  network->setNormalisation({0.4F, 0.3F, 0.2F}, {0.2F, 0.2F, 0.1F});
  const auto copy = cloneNetwork(*network);
  for (const auto& [name, tensor] : stateDict(*network))
    if (tensor.is_floating_point()) tensor.zero_();
  EXPECT_TRUE(torch::equal(copy->forward(images), expected));
}

std::vector<std::string> architectureNames() {
  std::vector<std::string> names;
  for (const auto& info : architectures()) names.push_back(info.name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryArchitecture, ::testing::ValuesIn(architectureNames()),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace medlocker::models
