// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/inference_network.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <thread>

#include "core/common/error.h"
#include "core/models/fast_logits.h"

namespace medlocker::models {
namespace {

/// A network in evaluation mode whose batch norms and head are not trivial.
std::shared_ptr<Network> liveNetwork(const std::string& arch, int side) {
  torch::manual_seed(5);
  const auto network = makeNetwork(arch, {.outputs = 4, .inputSize = side});
  network->setNormalisation({0.4F, 0.3F, 0.2F}, {0.2F, 0.2F, 0.1F});
  network->eval();
  const torch::NoGradGuard guard;
  for (const auto& [name, tensor] : stateDict(*network)) {
    if (name.ends_with("running_mean")) tensor.normal_(0, 0.1);
    if (name.ends_with("running_var")) tensor.uniform_(0.7, 1.4);
    if (name.ends_with("heads.head.weight")) tensor.normal_(0, 0.05);
  }
  return network;
}

ModelInfo infoFor(int side) {
  ModelInfo info;
  info.name = "m";
  info.arch = "resnet8";
  info.classes = {"0", "1", "2", "3"};
  info.inputSize = side;
  info.mean = {0.4F, 0.3F, 0.2F};
  info.stddev = {0.2F, 0.2F, 0.1F};
  return info;
}

struct LogitsAndGradient {
  torch::Tensor logits;
  torch::Tensor gradient;
};

template <typename Net>
LogitsAndGradient run(Net&& network, const torch::Tensor& images) {
  const auto input = images.detach().clone().set_requires_grad(true);
  const auto logits = network.forward(input);
  (logits * torch::tensor({1.F, -0.5F, 0.25F, -2.F})).sum().backward();
  return {logits.detach(), input.grad()};
}

double relativeDistance(const torch::Tensor& a, const torch::Tensor& b) {
  return ((a - b).norm() / b.norm()).item<double>();
}

double cosine(const torch::Tensor& a, const torch::Tensor& b) {
  return ((a * b).sum() / (a.norm() * b.norm())).item<double>();
}

class InferenceNetworkOf : public ::testing::TestWithParam<ArchitectureInfo> {};

TEST_P(InferenceNetworkOf, ComputesTheSameFunction) {
  const int side = GetParam().minInputSize;
  const auto network = liveNetwork(GetParam().name, side);
  const auto images = torch::rand({2, 3, side, side});
  const LogitsAndGradient exact = run(*network, images);
  const LogitsAndGradient folded = run(InferenceNetwork(*network, InferencePrecision::Float32), images);
  // Float32 rounding across some hundred layers, summed in another order. A ReLU or pooling whose input is
  // nearly tied may switch and change the gradient a little more.
  EXPECT_LT(relativeDistance(folded.logits, exact.logits), 1e-5);
  // Rounding moves a few activations of a deep network across ReLU's corner, where its derivative jumps: 0.6
  // % were seen.
  EXPECT_LT(relativeDistance(folded.gradient, exact.gradient), 0.02);

  const LogitsAndGradient rounded = run(InferenceNetwork(*network, InferencePrecision::Bfloat16), images);
  EXPECT_EQ(rounded.logits.scalar_type(), torch::kFloat);
  EXPECT_EQ(rounded.gradient.scalar_type(), torch::kFloat);
  // One rounding to 8 bits is 0.2 %; depth multiplies it. A mistake in folding would be of order 1.
  EXPECT_LT(relativeDistance(rounded.logits, exact.logits), 0.1);
  EXPECT_GT(cosine(rounded.gradient, exact.gradient), 0.8);
}

INSTANTIATE_TEST_SUITE_P(Registry, InferenceNetworkOf, ::testing::ValuesIn(architectures()),
                         [](const auto& instance) { return instance.param.name; });

TEST(InferenceNetwork, LeavesTheSourceAsItWas) {
  const auto network = liveNetwork("resnet8", 32);
  const auto images = torch::rand({1, 3, 32, 32});
  const auto before = network->forward(images);
  const InferenceNetwork copy(*network, InferencePrecision::Bfloat16);
  copy.forward(images);
  EXPECT_TRUE(torch::equal(network->forward(images), before));
}

TEST(FastLogits, AreDifferentiableAfterAFirstCallInInferenceMode) {
  const auto classifier = makeClassifier(liveNetwork("resnet8", 32), infoFor(32));
  const auto images = torch::rand({2, 3, 32, 32});
  {
    const c10::InferenceMode guard;
    foldedLogits(*classifier, images);
    classifier->fastLogits(images);
  }
  for (const bool fast : {false, true}) {
    const auto input = images.clone().set_requires_grad(true);
    (fast ? classifier->fastLogits(input) : foldedLogits(*classifier, input)).sum().backward();
    EXPECT_GT(input.grad().abs().sum().item<float>(), 0.F);
  }
}

TEST(FastLogits, FollowTheExactOnes) {
  const auto classifier = makeClassifier(liveNetwork("resnet8", 32), infoFor(32));
  const auto images = torch::rand({4, 3, 32, 32});
  const auto exact = classifier->logits(images);
  EXPECT_LT(relativeDistance(foldedLogits(*classifier, images), exact), 1e-5);
  // Where the machine computes in bfloat16 the tolerance is that type's.
  EXPECT_LT(relativeDistance(classifier->fastLogits(images), exact),
            fastIsBfloat16(*classifier) ? 0.05 : 1e-5);
  EXPECT_EQ(fastIsBfloat16(*classifier), bfloat16IsNative(DeviceKind::Cpu));
}

TEST(FastLogits, RefuseImagesOfAnotherShape) {
  const auto classifier = makeClassifier(liveNetwork("resnet8", 32), infoFor(32));
  EXPECT_THROW(foldedLogits(*classifier, torch::rand({1, 3, 64, 64})), Error);
  EXPECT_THROW(classifier->fastLogits(torch::rand({1, 1, 32, 32})), Error);
}

TEST(FastLogits, MayBeginInSeveralThreadsAtOnce) {
  const auto classifier = makeClassifier(liveNetwork("resnet8", 32), infoFor(32));
  const auto images = torch::rand({2, 3, 32, 32});
  std::vector<torch::Tensor> results(4);
  std::vector<std::thread> threads;
  for (auto& result : results)
    threads.emplace_back([&] {
      const torch::NoGradGuard guard;
      result = classifier->fastLogits(images);
    });
  for (auto& thread : threads) thread.join();
  for (const auto& result : results) EXPECT_TRUE(torch::equal(result, results.front()));
}

}  // namespace
}  // namespace medlocker::models
