// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/aw_net.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/common/error.h"
#include "core/common/files.h"
#include "core/common/json.h"
#include "tests/support/temp_folder.h"

namespace medlocker::models {
namespace {

/// An AW-Net whose branches, signals and detector all do something.
std::shared_ptr<AwNet> livelyNet() {
  torch::manual_seed(11);
  auto net = std::dynamic_pointer_cast<AwNet>(makeNetwork("aw_resnet8", {.outputs = 4, .inputSize = 16}));
  const torch::NoGradGuard noGrad;
  for (const auto& [name, tensor] : stateDict(*net)) {
    if (name.ends_with("running_mean")) tensor.normal_(0, 0.2);
    if (name.ends_with("running_var")) tensor.uniform_(0.5, 2);
    if (name.find("heads.") != std::string::npos || name.find("detector.") != std::string::npos)
      tensor.normal_(0, 0.3);
  }
  net->eval();
  return net;
}

TEST(AwNet, AMixedBatchEqualsSingleImages) {
  const auto net = livelyNet();
  const torch::NoGradGuard noGrad;
  const auto images = torch::rand({5, 3, 16, 16});
  const auto together = net->forward(images);
  for (std::int64_t i = 0; i < images.size(0); ++i)
    EXPECT_TRUE(
        torch::allclose(net->forward(images.slice(0, i, i + 1)), together.slice(0, i, i + 1), 1e-5, 1e-5));
  EXPECT_TRUE(torch::equal(net->forward(images), together)) << "inference is deterministic";
}

TEST(AwNet, NeutralSignalsAndOneBranchAreTheStaticNetwork) {
  const auto net = livelyNet();
  const torch::NoGradGuard noGrad;
  for (const auto& [name, tensor] : stateDict(*net))
    if (name.find("heads.") != std::string::npos) tensor.zero_();
  // resnet8 with the weights and one normalisation branch.
  for (const bool adversarial : {false, true}) {
    const auto plain = makeNetwork("resnet8", {.outputs = 4, .inputSize = 16, .initialise = false});
    std::map<std::string, torch::Tensor> source;
    for (const auto& [name, tensor] : stateDict(*net)) source[name] = tensor;
    const std::string branch = adversarial ? ".adversarial." : ".clean.";
    for (const auto& [name, target] : stateDict(*plain)) {
      std::string from = name;
      const auto replace = [&from](const std::string& a, const std::string& b) {
        if (const std::size_t at = from.find(a); at != std::string::npos) from.replace(at, a.size(), b);
      };
      replace("downsample.0.", "shortcut.");
      replace("downsample.1.", "shortcutNorm" + branch);
      replace("bn1.", "bn1" + branch);
      replace("bn2.", "bn2" + branch);
      ASSERT_TRUE(source.contains(from)) << from;
      target.copy_(source.at(from));
    }
    plain->eval();
    AwSettings settings;
    settings.route = adversarial ? AwRoute::ForceAdv : AwRoute::ForceClean;
    net->setSettings(settings);
    const auto images = torch::rand({3, 3, 16, 16});
    EXPECT_TRUE(torch::allclose(net->forward(images), plain->forward(images), 1e-4, 1e-5));
  }
}

TEST(AwNet, ScalingChannelsEqualsModulatingFilters) {
  torch::manual_seed(1);
  const auto h = torch::randn({3, 5, 8, 8}), weight = torch::randn({7, 5, 3, 3});
  const auto signals = awSignals(torch::randn({3, 7}));
  const auto scaled = scaleChannels(torch::conv2d(h, weight, {}, 1, 1), signals);
  for (std::int64_t i = 0; i < 3; ++i) {
    const auto modulated = weight * signals[i].reshape({7, 1, 1, 1});
    EXPECT_TRUE(
        torch::allclose(scaled[i], torch::conv2d(h.slice(0, i, i + 1), modulated, {}, 1, 1)[0], 1e-4, 1e-4));
  }
}

TEST(AwNet, ACleanBatchNeverMovesTheAdversarialBranch) {
  const auto net = livelyNet();
  net->train();
  const auto branch = [&](const char* which) {
    std::vector<torch::Tensor> values;
    for (const auto& [name, tensor] : stateDict(*net))
      if (name.find(which) != std::string::npos && name.find("running") != std::string::npos)
        values.push_back(tensor.clone());
    return values;
  };
  const auto clean = branch(".clean."), adversarial = branch(".adversarial.");
  net->setDomain(AwDomain::Clean);
  net->forward(torch::rand({4, 3, 16, 16}));
  const auto cleanAfter = branch(".clean."), adversarialAfter = branch(".adversarial.");
  for (std::size_t i = 0; i < clean.size(); ++i) {
    EXPECT_FALSE(torch::equal(clean[i], cleanAfter[i]));
    EXPECT_TRUE(torch::equal(adversarial[i], adversarialAfter[i]));
  }
}

TEST(AwNet, GradientsReachFiltersHeadsAndDetector) {
  const auto net = livelyNet();
  net->train();
  net->setDomain(AwDomain::Adversarial);
  const auto logits = net->forward(torch::rand({4, 3, 16, 16}));
  (logits.square().sum() + net->lastDetector().square().sum()).backward();
  const auto parameters = net->named_parameters();
  for (const char* name : {"layer1.0.conv1.weight", "router.heads.0.weight", "router.detector.weight"}) {
    const auto* parameter = parameters.find(name);
    ASSERT_NE(parameter, nullptr) << name;
    EXPECT_GT(parameter->grad().abs().sum().item<double>(), 0) << name;
  }
  // The soft route is differentiable as a whole: the image's gradient passes through the detector too.
  net->eval();
  const auto image = torch::rand({1, 3, 16, 16}).requires_grad_(true);
  const auto soft = torch::autograd::grad({net->forward(image).select(1, 0).sum()}, {image})[0];
  AwSettings fixed = net->settings();
  fixed.route = AwRoute::Fixed;
  fixed.fixedProbability = torch::sigmoid(net->detect(image)).item<double>();
  net->setSettings(fixed);
  const auto frozen = torch::autograd::grad({net->forward(image).select(1, 0).sum()}, {image})[0];
  EXPECT_FALSE(torch::allclose(soft, frozen, 1e-4, 1e-6));
}

TEST(AwNet, SizesAreThoseOfTheDescription) {
  const auto headParameters = [](const std::string& arch) {
    const auto net = makeNetwork(arch, {.outputs = 10, .inputSize = 32, .initialise = false});
    std::int64_t count = 0;
    for (const auto& item : net->named_parameters())
      if (item.key().starts_with("router.heads.")) count += item.value().numel();
    return count;
  };
  EXPECT_EQ(headParameters("aw_resnet18_small"), 249'600);
  EXPECT_EQ(headParameters("aw_wrn_34_10"), 728'000);
}

TEST(AwNet, SettingsAreSavedWithTheModelAndCheckedOnLoading) {
  const test::TempFolder folder;
  const auto net = livelyNet();
  AwSettings settings;
  settings.route = AwRoute::Hard;
  settings.detectorTemperature = 1.75;
  settings.teachers = {{"robust", "abc"}};
  net->setSettings(settings);
  ModelInfo info;
  info.name = "aw";
  info.classes = {"a", "b", "c", "d"};
  info.inputSize = 16;
  saveModel(folder.path(), *net, info);
  ModelInfo read;
  const auto loaded = std::dynamic_pointer_cast<AwNet>(loadNetwork(folder.path(), read));
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->architectureState(), net->architectureState());
  EXPECT_EQ(dynamic_cast<AwNet&>(*cloneNetwork(*loaded)).settings().detectorTemperature, 1.75);
  const auto classifier = loadClassifier(folder.path());
  const auto image = torch::rand({1, 3, 16, 16});
  EXPECT_TRUE(torch::allclose(classifier->logits(image), net->forward(image)));

  Json json = parseJsonStrictly(readTextFile(folder / "model.json"));
  json["network"]["route"] = "sideways";
  writeFileAtomically(folder / "model.json", json.dump());
  try {
    loadNetwork(folder.path(), read);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InputRejected);
    EXPECT_THAT(error.what(), testing::HasSubstr("sideways"));
  }
  json.erase("network");
  writeFileAtomically(folder / "model.json", json.dump());
  EXPECT_THROW(loadNetwork(folder.path(), read), Error);
}

}  // namespace
}  // namespace medlocker::models
