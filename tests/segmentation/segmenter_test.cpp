// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/segmentation/segmenter.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/common/error.h"
#include "core/common/files.h"
#include "core/segmentation/unet.h"
#include "tests/support/temp_folder.h"

namespace medlocker::segmentation {
namespace {

SegmenterInfo smallInfo() {
  SegmenterInfo info;
  info.name = "small";
  info.width = 4;
  info.depth = 3;
  info.trainedShortSide = 64;
  info.mean = {0.4F, 0.3F, 0.2F};
  info.stddev = {0.2F, 0.2F, 0.1F};
  return info;
}

std::shared_ptr<UNet> smallNetwork() {
  torch::manual_seed(3);
  auto network = std::make_shared<UNet>(kSegmenterChannels, 5, 4, 3);
  const torch::NoGradGuard guard;
  for (auto& item : network->named_buffers()) {
    if (item.key().ends_with("running_mean")) item.value().normal_(0, 0.1);
    if (item.key().ends_with("running_var")) item.value().uniform_(0.7, 1.4);
  }
  for (auto& item : network->named_parameters())
    if (item.key() == "head.bias") item.value().zero_();
  return network;
}

data::FloatImage noiseImage(int width, int height) {
  torch::manual_seed(4);
  const auto values = torch::rand({height, width, 3});
  return {width, height, {values.data_ptr<float>(), values.data_ptr<float>() + values.numel()}};
}

data::FieldOfView wholeField(int width, int height) {
  data::FieldOfView field;
  field.width = width;
  field.height = height;
  field.mask.assign(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), 1);
  field.frame = {0, 0, width, height};
  field.area = static_cast<std::int64_t>(width) * height;
  return field;
}

TEST(UNet, KeepsTheSizeAndLearns) {
  const auto network = smallNetwork();
  const auto images = torch::rand({2, kSegmenterChannels, 32, 48});
  const auto logits = network->forward(images);
  EXPECT_EQ(logits.sizes(), (std::vector<std::int64_t>{2, 5, 32, 48}));
  logits.square().sum().backward();
  for (const auto& item : network->named_parameters())
    EXPECT_TRUE(item.value().grad().defined()) << item.key();
}

TEST(Segmenter, FoldingChangesNothingButRounding) {
  const auto network = smallNetwork();
  network->eval();
  const Segmenter segmenter(*network, smallInfo());
  const auto input = torch::rand({1, kSegmenterChannels, 64, 64});
  const torch::NoGradGuard guard;
  const auto expected = network->forward(input).sigmoid();
  EXPECT_TRUE(torch::allclose(segmenter.probabilitiesOf(input, {}), expected, 1e-4, 1e-5));
}

TEST(Segmenter, AShiftedOutputReadsTheOtherProbability) {
  const auto network = smallNetwork();
  network->eval();
  const torch::NoGradGuard guard;
  const auto input = torch::rand({1, kSegmenterChannels, 64, 64});
  const auto before = Segmenter(*network, smallInfo()).probabilitiesOf(input, {});
  network->shiftOutput(2, 0.7);
  const auto after = Segmenter(*network, smallInfo()).probabilitiesOf(input, {});
  EXPECT_TRUE(torch::equal(after.select(1, 1), before.select(1, 1)));
  EXPECT_TRUE(torch::allclose(after.select(1, 2).logit(), before.select(1, 2).logit() + 0.7, 1e-4, 1e-4));
}

TEST(Segmenter, TilesTakeTheMaximumOfOverlaps) {
  const auto network = smallNetwork();
  network->eval();
  const Segmenter segmenter(*network, smallInfo());
  const auto input = torch::rand({1, kSegmenterChannels, 128, 224});
  SegmentOptions options;
  options.tileSide = 128;
  const auto tiled = segmenter.probabilitiesOf(input, options);
  // Tiles begin at 0, 64 and 96; the last one ends at the edge.
  auto expected = torch::zeros_like(tiled);
  for (const int x : {0, 64, 96}) {
    auto place = expected.narrow(3, x, 128);
    place.copy_(
        torch::maximum(place, segmenter.probabilitiesOf(input.narrow(3, x, 128).contiguous(), options)));
  }
  EXPECT_TRUE(torch::equal(tiled, expected));
}

TEST(Segmenter, WorksAtTheAskedScaleAndOnlyInsideTheField) {
  const auto network = smallNetwork();
  const Segmenter segmenter(*network, smallInfo());
  data::FieldOfView field = wholeField(150, 100);
  for (int x = 0; x < 150; ++x) field.mask[static_cast<std::size_t>(x)] = 0;
  SegmentOptions options;
  options.shortSide = 100;
  const LesionProbabilities native = segmenter.probabilities(noiseImage(150, 100), field, options);
  EXPECT_EQ(native.width, 150);
  EXPECT_EQ(native.height, 100);
  ASSERT_EQ(native.maps.size(), kSegmentedKinds.size());
  EXPECT_EQ(native.maps[0][20], 0.F);
  EXPECT_GT(native.maps[0][150 * 50 + 20], 0.F);
  options.shortSide = 64;
  const LesionProbabilities reduced =
      segmenter.probabilities(noiseImage(150, 100), wholeField(150, 100), options);
  EXPECT_EQ(reduced.width, 96);
  EXPECT_EQ(reduced.height, 64);
  // Without a scale: the one it was trained at.
  EXPECT_EQ(segmenter.probabilities(noiseImage(150, 100), wholeField(150, 100)).height, 64);
  SegmenterInfo unknown = smallInfo();
  unknown.trainedShortSide = 0;
  EXPECT_EQ(Segmenter(*network, unknown).shortSideFor({}), 1024);
  options.threshold = 0.05;
  EXPECT_THROW(segmenter.probabilities(noiseImage(150, 100), field, options), Error);
}

TEST(MasksFrom, ThresholdsDropsSpecksAndScalesUp) {
  LesionProbabilities found;
  found.width = 8;
  found.height = 4;
  found.maps.assign(kSegmentedKinds.size(), std::vector<float>(32, 0.F));
  for (const std::size_t at : {9U, 10U, 17U, 18U}) found.maps[1][at] = 0.35F;  // a 2×2 block at (1,1)
  for (const std::size_t at : {6U, 7U, 14U}) found.maps[1][at] = 0.9F;         // three pixels: a speck
  found.maps[2][0] = 0.9F;
  const std::vector<LesionMask> masks = masksFrom(found, 0.35, 16, 8);
  ASSERT_EQ(masks.size(), 1U);
  EXPECT_EQ(masks[0].kind, data::LesionKind::Haemorrhage);
  EXPECT_EQ(masks[0].mask.width, 16);
  int set = 0;
  for (int y = 0; y < 8; ++y)
    for (int x = 0; x < 16; ++x) {
      const bool inside = x >= 2 && x < 6 && y >= 2 && y < 6;
      EXPECT_EQ(masks[0].mask.values[static_cast<std::size_t>(y * 16 + x)], inside ? 1 : 0) << x << ' ' << y;
      set += inside;
    }
  EXPECT_EQ(set, 16);
}

TEST(SegmenterFile, RoundTripsAndNoticesChanges) {
  const test::TempFolder folder;
  const auto network = smallNetwork();
  network->eval();
  const SegmenterInfo saved = saveSegmenter(folder / "m", *network, smallInfo());
  const auto loaded = loadSegmenter(folder / "m");
  EXPECT_EQ(loaded->info().sha256, saved.sha256);
  EXPECT_EQ(loaded->info().mean, smallInfo().mean);
  const auto input = torch::rand({1, kSegmenterChannels, 64, 64});
  EXPECT_TRUE(torch::equal(loaded->probabilitiesOf(input, {}),
                           Segmenter(*network, saved).probabilitiesOf(input, {})));

  Bytes weights = readFile(folder / "m" / "model.safetensors");
  weights.back() ^= 1;
  writeFileAtomically(folder / "m" / "model.safetensors", weights);
  EXPECT_THROW(loadSegmenter(folder / "m"), Error);
  EXPECT_THROW(loadSegmenter(folder / "none"), Error);
}

}  // namespace
}  // namespace medlocker::segmentation
