// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/audit/aw_net_evaluation.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

#include "core/common/device.h"
#include "core/models/network.h"

namespace medlocker::audit {
namespace {

TEST(AreaUnderRoc, CountsPairsAndHalvesTies) {
  EXPECT_DOUBLE_EQ(areaUnderRoc({0.1, 0.2}, {0.3, 0.4}), 1);
  EXPECT_DOUBLE_EQ(areaUnderRoc({0.3, 0.4}, {0.1, 0.2}), 0);
  EXPECT_DOUBLE_EQ(areaUnderRoc({0.5, 0.5}, {0.5, 0.5}), 0.5);
  EXPECT_DOUBLE_EQ(areaUnderRoc({0.1, 0.5}, {0.5, 0.05}), 0.375);
  EXPECT_TRUE(std::isnan(areaUnderRoc({}, {1.0})));
}

struct AwNetEvaluation : testing::Test {
  void SetUp() override {
    setComputeThreads(1);
    torch::manual_seed(5);
    net = std::dynamic_pointer_cast<models::AwNet>(
        models::makeNetwork("aw_resnet8", {.outputs = 3, .inputSize = 16}));
    {
      const torch::NoGradGuard noGrad;
      for (const auto& [name, tensor] : models::stateDict(*net))
        if (name.find("router.heads") != std::string::npos || name.find("detector") != std::string::npos)
          tensor.normal_(0, 0.3);
    }
    net->eval();
    for (auto& parameter : net->parameters()) parameter.set_requires_grad(false);
    images = torch::rand({6, 3, 16, 16});
    const torch::NoGradGuard noGrad;
    labels = net->forward(images).argmax(1);  // all right when clean
    options.attacks = {"pgd-20"};
    options.evasionWeights = {1};
    options.evasionSteps = 3;
    options.blackBoxQueries = 40;
  }

  AwEvaluation run(std::int64_t batch) {
    const auto batches = [&](const LabelledBatchVisitor& visit) {
      for (std::int64_t begin = 0; begin < images.size(0); begin += batch) {
        const std::int64_t end = std::min(begin + batch, images.size(0));
        std::vector<std::int64_t> samples;
        for (std::int64_t i = begin; i < end; ++i) samples.push_back(i);
        visit(images.slice(0, begin, end), labels.slice(0, begin, end), samples);
      }
      return true;
    };
    return *evaluateAwNet(*net, 3, batches, options, {});
  }

  std::shared_ptr<models::AwNet> net;
  at::Tensor images, labels;
  AwEvaluationOptions options;
};

TEST_F(AwNetEvaluation, FiguresAreConsistentAndSettingsRestored) {
  const Json before = net->architectureState();
  const AwEvaluation result = run(6);
  EXPECT_EQ(net->architectureState(), before);
  EXPECT_EQ(result.samples, 6);
  EXPECT_EQ(result.cleanCorrect, 6);
  ASSERT_EQ(result.attacks.size(), 6U) << "A1, A2, three surrogates, Square";
  EXPECT_EQ(result.attacks.back().id, "A6 square");
  EXPECT_EQ(result.attacks.back().correct, result.blackBox);
  for (const AwAttackFigure& attack : result.attacks) {
    EXPECT_LE(attack.correct, result.cleanCorrect);
    EXPECT_LE(result.headline, attack.correct) << attack.id;
  }
  EXPECT_LE(result.headline, std::min({result.complete, result.evasion, result.surrogate}));
  std::int64_t histogram = 0;
  for (const std::int64_t n : result.histogramClean) histogram += n;
  EXPECT_EQ(histogram, 6);
  EXPECT_TRUE(std::isfinite(result.detectorAuroc));
  EXPECT_EQ(result.toJson().at("attacks").size(), 6U);
  EXPECT_EQ(result.transfer, result.cleanCorrect) << "no sources";
}

TEST_F(AwNetEvaluation, DoesNotDependOnTheBatchSize) {
  EXPECT_EQ(run(6).toJson().at("attacks"), run(2).toJson().at("attacks"));
}

TEST_F(AwNetEvaluation, TransfersFromStaticNetworks) {
  // The network itself as a source: its own adversarial images are the strongest that can be transferred.
  models::ModelInfo info;
  info.name = "twin";
  info.classes = {"a", "b", "c"};
  info.inputSize = 16;
  info.arch = "aw_resnet8";
  options.transferSources = {models::makeClassifier(models::cloneNetwork(*net), info)};
  options.transferAttacks = {"mi"};
  const AwEvaluation result = run(6);
  ASSERT_EQ(result.attacks.size(), 7U);
  EXPECT_EQ(result.attacks[5].id, "A5 mi from twin");
  EXPECT_EQ(result.attacks[5].correct, result.transfer);
  EXPECT_LT(result.transfer, result.cleanCorrect);
}

TEST_F(AwNetEvaluation, ZeroBudgetChangesNothing) {
  options.threat.epsilon = 0;
  const AwEvaluation result = run(6);
  EXPECT_EQ(result.headline, 6);
  EXPECT_EQ(result.falseAlarm, 6);
}

TEST_F(AwNetEvaluation, NeedsTheSoftRoute) {
  models::AwSettings settings;
  settings.route = models::AwRoute::Hard;
  net->setSettings(settings);
  EXPECT_THROW(run(6), Error);
}

}  // namespace
}  // namespace medlocker::audit
