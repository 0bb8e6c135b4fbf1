// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/classifier.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/common/error.h"
#include "core/models/network.h"

namespace medlocker::models {
namespace {

ModelInfo infoWith(HeadType head) {
  ModelInfo info;
  info.name = "m";
  info.arch = "resnet8";
  info.classes = {"0", "1", "2", "3"};
  info.head = head;
  info.inputSize = 32;
  info.mean = {0.5F, 0.5F, 0.5F};
  info.stddev = {0.25F, 0.25F, 0.25F};
  return info;
}

ClassifierPtr smallClassifier() {
  torch::manual_seed(11);
  return makeClassifier(makeNetwork("resnet8", {.outputs = 4, .inputSize = 32}), infoWith(HeadType::Softmax));
}

TEST(Classifier, GivesGradientsForTheInputOnly) {
  torch::manual_seed(11);
  const auto network = makeNetwork("resnet8", {.outputs = 4, .inputSize = 32});
  const auto classifier = makeClassifier(network, infoWith(HeadType::Softmax));
  auto images = torch::rand({2, 3, 32, 32}).set_requires_grad(true);
  classifier->logits(images).sum().backward();
  EXPECT_GT(images.grad().abs().sum().item<float>(), 0.F);
  for (const auto& parameter : network->parameters()) {
    EXPECT_FALSE(parameter.requires_grad());
    EXPECT_FALSE(parameter.grad().defined());
  }
}

TEST(Classifier, KeepsRunningStatistics) {
  torch::manual_seed(11);
  const auto network = makeNetwork("resnet8", {.outputs = 4, .inputSize = 32});
  const auto before = network->named_buffers()["bn1.running_mean"].clone();
  const auto classifier = makeClassifier(network, infoWith(HeadType::Softmax));
  classifier->logits(torch::rand({4, 3, 32, 32}));
  EXPECT_TRUE(torch::equal(before, network->named_buffers()["bn1.running_mean"]));
}

TEST(Classifier, RefusesImagesOfAnotherShapeOrType) {
  const auto classifier = smallClassifier();
  EXPECT_THROW(classifier->logits(torch::rand({1, 3, 64, 64})), Error);
  EXPECT_THROW(classifier->logits(torch::rand({1, 1, 32, 32})), Error);
  EXPECT_THROW(classifier->logits(torch::rand({3, 32, 32})), Error);
  EXPECT_THROW(classifier->logits(torch::rand({1, 3, 32, 32}, torch::kDouble)), Error);
  EXPECT_THROW(classifier->logits(at::Tensor()), Error);
}

TEST(Heads, PredictedClassFollowsTheHead) {
  const auto softmax = torch::tensor({{0.F, 2.F, 1.F, -1.F}, {3.F, 2.F, 1.F, 0.F}});
  EXPECT_TRUE(torch::equal(predictedClasses(softmax, infoWith(HeadType::Softmax)),
                           torch::tensor({1, 0}, torch::kInt64)));
  const auto ordinal = torch::tensor({{-1.F, -2.F, -3.F}, {2.F, 1.F, -1.F}, {3.F, 2.F, 1.F}});
  EXPECT_TRUE(torch::equal(predictedClasses(ordinal, infoWith(HeadType::Ordinal)),
                           torch::tensor({0, 2, 3}, torch::kInt64)));
  const auto scalar = torch::tensor({{-7.F}, {0.49F}, {0.5F}, {2.4F}, {9.F}});
  EXPECT_TRUE(torch::equal(predictedClasses(scalar, infoWith(HeadType::Regression)),
                           torch::tensor({0, 0, 1, 2, 3}, torch::kInt64)));
}

TEST(Heads, ProbabilitiesAreADistribution) {
  torch::manual_seed(2);
  for (const auto& [head, outputs] : {std::pair{HeadType::Softmax, 4}, std::pair{HeadType::Ordinal, 3},
                                      std::pair{HeadType::Regression, 1}}) {
    const auto p = classProbabilities(torch::randn({50, outputs}) * 3, infoWith(head));
    EXPECT_EQ(p.sizes(), (std::vector<std::int64_t>{50, 4}));
    EXPECT_GE(p.min().item<float>(), 0.F);
    EXPECT_NEAR((p.sum(1) - 1).abs().max().item<float>(), 0, 1e-5);  // float32 rounding of four terms
  }
}

TEST(Heads, OrdinalProbabilitiesAreDifferencesOfSigmoids) {
  const auto logits = torch::tensor({{2.F, 0.F, -1.F}});
  const auto p = classProbabilities(logits, infoWith(HeadType::Ordinal));
  const auto s = logits.sigmoid();
  EXPECT_NEAR(p[0][1].item<float>(), (s[0][0] - s[0][1]).item<float>(), 1e-6);
  EXPECT_NEAR(p[0][3].item<float>(), s[0][2].item<float>(), 1e-6);
}

TEST(Heads, RefuseOutputsOfAnotherWidth) {
  EXPECT_THROW(predictedClasses(torch::zeros({1, 3}), infoWith(HeadType::Softmax)), Error);
  EXPECT_THROW(classProbabilities(torch::zeros({1, 4}), infoWith(HeadType::Ordinal)), Error);
}

TEST(Heads, NamesRoundTrip) {
  for (const auto head : {HeadType::Softmax, HeadType::Ordinal, HeadType::Regression})
    EXPECT_EQ(parseHeadType(toString(head)), head);
  EXPECT_THROW(parseHeadType("linear"), Error);
}

TEST(ToTensor, CopiesIntoPlanes) {
  data::FloatImage image{2, 1, {0.F, 0.1F, 0.2F, 0.3F, 0.4F, 0.5F}};
  const auto tensor = toTensor(image);
  image.values.assign(6, 9.F);
  EXPECT_EQ(tensor.sizes(), (std::vector<std::int64_t>{1, 3, 1, 2}));
  EXPECT_FLOAT_EQ(tensor[0][1][0][1].item<float>(), 0.4F);
  EXPECT_FLOAT_EQ(tensor[0][2][0][0].item<float>(), 0.2F);
  EXPECT_TRUE(tensor.is_contiguous());
  EXPECT_THROW(toTensor({2, 2, {0.F}}), Error);
}

}  // namespace
}  // namespace medlocker::models
