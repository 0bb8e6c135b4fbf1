// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0

// Parity with torchvision: values from tests/golden/make_model_values.py. Outputs and gradients may differ
// from the reference by 1e-4 of the largest reference value: both sides compute in float32, but another
// processor (or another LibTorch build) sums in another order, which across some hundred layers costs about
// 1e-5.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <sstream>

#include "core/common/files.h"
#include "core/common/hash.h"
#include "core/common/json.h"
#include "core/models/network.h"
#include "tests/models/formula_fill.h"

namespace medlocker::models {
namespace {

constexpr double kTolerance = 1e-4;

const Json& goldenValues() {
  static const Json values = parseJsonStrictly(
      readTextFile(std::filesystem::path(MEDLOCKER_SOURCE_DIR) / "tests/golden/model_values.json"));
  return values;
}

void expectClose(const std::vector<double>& actual, const std::vector<double>& expected, const char* what) {
  ASSERT_EQ(actual.size(), expected.size()) << what;
  double largest = 0;
  for (const double value : expected) largest = std::max(largest, std::abs(value));
  ASSERT_GT(largest, 0) << what;
  for (std::size_t i = 0; i < actual.size(); ++i)
    EXPECT_NEAR(actual[i], expected[i], kTolerance * largest) << what << " " << i;
}

std::vector<double> flat(const torch::Tensor& tensor) {
  const torch::Tensor values = tensor.detach().to(torch::kDouble).contiguous().flatten();
  return {values.data_ptr<double>(), values.data_ptr<double>() + values.numel()};
}

std::vector<double> flat(const Json& rows) {
  std::vector<double> values;
  for (const Json& row : rows)
    for (const Json& value : row) values.push_back(value.get<double>());
  return values;
}

const Json& goldenOf(const std::string& arch) {
  for (const Json& model : goldenValues().at("models"))
    if (model.at("arch") == arch) return model;
  throw std::runtime_error("no golden values for " + arch);
}

class TorchvisionParity : public ::testing::TestWithParam<std::string> {
 protected:
  const Json& golden() const { return goldenOf(GetParam()); }
  std::shared_ptr<Network> network(int side, int outputs) const {
    return makeNetwork(GetParam(), {.outputs = outputs, .inputSize = side, .initialise = false});
  }
};

TEST_P(TorchvisionParity, StateDictHasTheSameNamesAndShapes) {
  const auto net = network(golden().at("state_input_size"), 1000);
  std::vector<std::string> lines;
  for (const auto& [name, tensor] : stateDict(*net)) {
    std::ostringstream line;
    line << name << (tensor.is_floating_point() ? " F " : " I ");
    for (std::int64_t d = 0; d < tensor.dim(); ++d) line << (d > 0 ? "x" : "") << tensor.size(d);
    line << '\n';
    lines.push_back(line.str());
  }
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines) text += line;
  EXPECT_EQ(lines.size(), golden().at("state").at("entries").get<std::size_t>());
  EXPECT_EQ(toHex(sha256(asBytes(text))), golden().at("state").at("sha256").get<std::string>()) << text;
}

TEST_P(TorchvisionParity, LogitsAndInputGradientsAgree) {
  const int side = golden().at("input_size");
  const auto net = network(side, 5);
  test::formulaFill(*net, golden().at("gain"));
  net->eval();
  for (const auto& parameter : net->parameters()) parameter.set_requires_grad(false);
  const torch::Tensor images = test::formulaImages(2, side).set_requires_grad(true);
  const torch::Tensor logits = net->forward(images);
  expectClose(flat(logits), flat(golden().at("logits")), "logit");

  const auto weights = goldenValues().at("functional").get<std::vector<float>>();
  (logits * torch::tensor(weights)).sum().backward();
  const std::vector<double> gradient = flat(images.grad());
  const auto count = static_cast<double>(gradient.size());
  std::vector<double> chosen;
  for (const double u : test::formulaUniform("positions", 64))
    chosen.push_back(gradient[static_cast<std::size_t>((u + 0.5) * count)]);
  expectClose(chosen, golden().at("gradient").get<std::vector<double>>(), "gradient");
  double l1 = 0;
  double l2 = 0;
  for (const double g : gradient) {
    l1 += std::abs(g);
    l2 += g * g;
  }
  const double expectedL1 = golden().at("gradient_l1");
  const double expectedL2 = golden().at("gradient_l2");
  EXPECT_NEAR(l1, expectedL1, kTolerance * expectedL1);
  EXPECT_NEAR(std::sqrt(l2), expectedL2, kTolerance * expectedL2);
}

TEST(InceptionParity, AuxiliaryHeadAgreesWhileTraining) {
  const Json& golden = goldenOf("inception_v3");
  const int side = golden.at("auxiliary_input_size");
  const auto net =
      makeNetwork("inception_v3", {.outputs = 5, .inputSize = side, .dropout = 0, .initialise = false});
  test::formulaFill(*net, golden.at("gain"));
  net->train();
  for (const auto& module : net->modules(false))
    if (auto* norm = module->as<torch::nn::BatchNorm2dImpl>()) norm->eval();
  const torch::NoGradGuard guard;
  net->forward(test::formulaImages(1, side));
  ASSERT_TRUE(net->auxiliaryOutput().defined());
  expectClose(flat(net->auxiliaryOutput()), flat(golden.at("auxiliary")), "auxiliary output");
}

std::vector<std::string> allArchitectures() {
  std::vector<std::string> names;
  for (const auto& info : architectures()) {
    // Networks for small images and AW-Net are no networks of torchvision.
    const bool ours =
        info.name.starts_with("aw_") || info.name.starts_with("wrn_") || info.name.ends_with("_small");
    if (!ours) names.push_back(info.name);
  }
  return names;
}

INSTANTIATE_TEST_SUITE_P(Registry, TorchvisionParity, ::testing::ValuesIn(allArchitectures()),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace medlocker::models
