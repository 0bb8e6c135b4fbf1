// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/defences/learned_defence.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/attacks/defences/learned_networks.h"
#include "core/common/error.h"
#include "core/common/files.h"
#include "tests/attacks/linear_model.h"
#include "tests/support/temp_folder.h"

namespace medlocker::attacks {
namespace {

std::int64_t parameterCount(const models::Network& network) {
  std::int64_t count = 0;
  for (const auto& parameter : network.parameters()) count += parameter.numel();
  return count;
}

/// Weights and biases of a chain of 3×3 convolutions.
std::int64_t chain(const std::vector<std::int64_t>& widths) {
  std::int64_t count = 0;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) count += 9 * widths[i] * widths[i + 1] + widths[i + 1];
  return count;
}

TEST(DefenceNetworks, HaveThePublishedSizes) {
  EXPECT_EQ(
      parameterCount(*makeDefenceNetwork(LearnedDefenceKind::ComDefend, 32)),
      chain({3, 16, 32, 64, 128, 256, 128, 64, 32, 12}) + chain({12, 32, 64, 128, 256, 128, 64, 32, 16, 3}));
  // Per dense part: 64→32, 96→32, 128→32, 160→32, 192→64.
  const std::int64_t part = 9 * (64 * 32 + 96 * 32 + 128 * 32 + 160 * 32 + 192 * 64) + 4 * 32 + 64;
  EXPECT_EQ(parameterCount(*makeDefenceNetwork(LearnedDefenceKind::Nrp, 32)),
            4 * 3 * part + chain({3, 64}) + chain({64, 64}) + chain({64, 3}));
}

class LearnedDefences : public testing::TestWithParam<LearnedDefenceKind> {};

TEST_P(LearnedDefences, SurviveSavingAndGiveImages) {
  const medlocker::test::TempFolder folder;
  torch::manual_seed(3);
  LearnedDefenceInfo info;
  info.kind = GetParam();
  info.inputSize = 16;
  info.training = {{"note", "none"}};
  auto network = makeDefenceNetwork(GetParam(), 16);
  const LearnedDefenceInfo saved = saveDefence(folder.path(), *network, info);
  EXPECT_EQ(saved.sha256.size(), 64U);
  const auto loaded = loadDefence(folder.path());
  EXPECT_EQ(loaded->name(), toString(GetParam()));
  EXPECT_TRUE(loaded->properties().trained);
  const at::Tensor images = test::someImages({2, 3, 16, 16}, 1);
  const std::vector<RandomStream> streams(2, RandomStream::fromSeed(0, "test"));
  const at::Tensor out = loaded->transform(images, streams, 0);
  EXPECT_TRUE(torch::equal(out, LearnedDefence(network, saved).transform(images, streams, 0)));
  EXPECT_EQ(out.sizes(), images.sizes());
  EXPECT_GE(out.min().item<float>(), 0.0F);
  EXPECT_LE(out.max().item<float>(), 1.0F);
  // Of another side: there and back.
  EXPECT_EQ(loaded->transform(test::someImages({2, 3, 20, 20}, 1), streams, 0).size(2), 20);
}

TEST_P(LearnedDefences, AreDifferentiableWhereTheySaySo) {
  torch::manual_seed(3);
  const LearnedDefence defence(makeDefenceNetwork(GetParam(), 16), {GetParam(), 16, "", {}});
  const torch::AutoGradMode withGradient(true);
  const at::Tensor images = test::someImages({1, 3, 16, 16}, 1).requires_grad_(true);
  const at::Tensor gradient = torch::autograd::grad(
      {defence.transform(images, std::vector<RandomStream>(1, RandomStream::fromSeed(0, "test")), 0).sum()},
      {images})[0];
  EXPECT_EQ(gradient.abs().max().item<float>() > 0, defence.properties().differentiable);
}

INSTANTIATE_TEST_SUITE_P(Kinds, LearnedDefences,
                         testing::Values(LearnedDefenceKind::Hgd, LearnedDefenceKind::ComDefend,
                                         LearnedDefenceKind::Nrp),
                         [](const auto& tested) { return std::string(toString(tested.param)); });

TEST(LearnedDefenceFiles, AreRefusedWhenChanged) {
  const medlocker::test::TempFolder folder;
  LearnedDefenceInfo info;
  info.kind = LearnedDefenceKind::Hgd;
  info.inputSize = 16;
  saveDefence(folder.path(), *makeDefenceNetwork(info.kind, 16), info);
  Bytes weights = readFile(folder / "defence.safetensors");
  weights.back() ^= 1;
  writeFileAtomically(folder / "defence.safetensors", weights);
  EXPECT_THROW(loadDefence(folder.path()), Error);
  EXPECT_THROW(loadDefence(folder / "absent"), Error);
}

TEST(DynamicPurifier, AddsBoundedNoiseOfTheStream) {
  torch::manual_seed(3);
  auto network = makeDefenceNetwork(LearnedDefenceKind::Nrp, 16);
  const LearnedDefence defence(network, {LearnedDefenceKind::Nrp, 16, "", {}}, true);
  EXPECT_TRUE(defence.properties().stochastic);
  EXPECT_EQ(defence.name(), "nrp-dynamic");
  const at::Tensor images = test::someImages({1, 3, 16, 16}, 1);
  const std::vector<RandomStream> one(1, RandomStream::fromSeed(0, "test")),
      two(1, RandomStream::fromSeed(1, "test"));
  EXPECT_TRUE(torch::equal(defence.transform(images, one, 0), defence.transform(images, one, 0)));
  EXPECT_FALSE(torch::equal(defence.transform(images, one, 0), defence.transform(images, two, 0)));
}

}  // namespace
}  // namespace medlocker::attacks
