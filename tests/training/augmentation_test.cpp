// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/augmentation.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <numbers>

namespace medlocker::training {
namespace {

std::vector<std::uint8_t> noise(int side, std::uint64_t seed) {
  RandomStream stream = RandomStream::fromSeed(seed, "test/noise");
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(side) * side * 3);
  for (auto& value : pixels) value = static_cast<std::uint8_t>(stream.below(256));
  return pixels;
}

std::vector<float> render(const std::vector<std::uint8_t>& source, int side, const AugmentDraw& draw,
                          int outSide) {
  std::vector<float> out(static_cast<std::size_t>(outSide) * outSide * 3, -1.0F);
  renderAugmented(source, side, draw, out, outSide);
  return out;
}

TEST(Augmentation, IdentityGivesTheExactValues) {
  const auto source = noise(9, 1);
  const auto out = render(source, 9, {}, 9);
  for (std::size_t i = 0; i < out.size(); ++i) EXPECT_EQ(out[i], static_cast<float>(source[i]) / 255.0F);
}

TEST(Augmentation, FlipsAndCropsMoveWholePixels) {
  const int side = 8;
  const auto source = noise(side, 2);
  const auto at = [&](int x, int y, int c) {
    if (x < 0 || y < 0 || x >= side || y >= side) return 0.0F;
    return static_cast<float>(source[static_cast<std::size_t>((y * side + x) * 3 + c)]) / 255.0F;
  };
  AugmentDraw draw;
  draw.flipX = true;
  draw.cropX = 3;
  draw.cropY = -2;
  const auto out = render(source, side, draw, side);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x)
      for (int c = 0; c < 3; ++c)
        EXPECT_FLOAT_EQ(out[static_cast<std::size_t>((y * side + x) * 3 + c)],
                        at(side - 1 - (x - 3), y + 2, c))
            << x << " " << y;
}

TEST(Augmentation, GeometryEqualsTorchsGridSample) {
  const int side = 37, outSide = 32;
  const auto source = noise(side, 3);
  AugmentDraw draw;
  draw.flipX = true;
  draw.flipY = true;
  draw.angle = 0.41;
  draw.zoom = 1.13;
  draw.shiftX = 0.07;
  draw.shiftY = -0.11;
  const auto out = render(source, side, draw, outSide);

  // Normalised output position u -> source position: unshift, unrotate, unzoom, unflip.
  const double cosine = std::cos(draw.angle) / draw.zoom, sine = std::sin(draw.angle) / draw.zoom;
  const double tx = -2 * draw.shiftX, ty = -2 * draw.shiftY;
  const auto theta =
      torch::tensor({-cosine, -sine, -(cosine * tx + sine * ty), sine, -cosine, sine * tx - cosine * ty},
                    torch::kDouble)
          .view({1, 2, 3});
  const auto image =
      torch::from_blob(const_cast<std::uint8_t*>(source.data()), {1, side, side, 3}, torch::kUInt8)
          .permute({0, 3, 1, 2})
          .to(torch::kDouble) /
      255;
  const auto grid = torch::nn::functional::affine_grid(theta, {1, 3, outSide, outSide}, false);
  const auto expected = torch::nn::functional::grid_sample(
      image, grid,
      torch::nn::functional::GridSampleFuncOptions().padding_mode(torch::kZeros).align_corners(false));
  const auto got =
      torch::from_blob(const_cast<float*>(out.data()), {1, outSide, outSide, 3}).permute({0, 3, 1, 2});
  // Positions are float32 here: an error of about 1e-5 pixels on noise of full contrast.
  EXPECT_LT((got.to(torch::kDouble) - expected).abs().max().item<double>(), 1e-4);
}

TEST(Augmentation, ColourPartsDoWhatTheySay) {
  const std::vector<std::uint8_t> source{200, 100, 50, 20, 40, 60, 0, 0, 0, 90, 90, 90};  // 2×2
  const auto luma = [](float r, float g, float b) { return 0.2126F * r + 0.7152F * g + 0.0722F * b; };
  AugmentDraw bright;
  bright.brightness = 1.2;
  EXPECT_NEAR(render(source, 2, bright, 2)[0], 200 / 255.0 * 1.2, 1e-6);
  EXPECT_NEAR(render(source, 2, bright, 2)[6], 0, 1e-6);

  AugmentDraw grey;
  grey.saturation = 0;
  const auto greyed = render(source, 2, grey, 2);
  for (int c = 0; c < 3; ++c)
    EXPECT_NEAR(greyed[static_cast<std::size_t>(c)], luma(200, 100, 50) / 255, 1e-6);

  AugmentDraw flat;
  flat.contrast = 0;
  double mean = 0;
  for (int i = 0; i < 4; ++i) mean += luma(source[i * 3], source[i * 3 + 1], source[i * 3 + 2]) / 255 / 4;
  for (const float value : render(source, 2, flat, 2)) EXPECT_NEAR(value, mean, 1e-6);

  AugmentDraw cast;
  cast.cast = {1, 1, 2};
  EXPECT_NEAR(render(source, 2, cast, 2)[2], 100 / 255.0, 1e-6);
  EXPECT_NEAR(render(source, 2, cast, 2)[0], 200 / 255.0, 1e-6);
  cast.cast = {1, 1, 9};
  EXPECT_EQ(render(source, 2, cast, 2)[2], 1.0F) << "values are clamped to [0,1]";
}

TEST(Augmentation, DrawsStayInTheirRangesAndReachThem) {
  const AugmentOptions options = augmentPreset("fundus");
  double widest = 0;
  bool flipped = false, unflipped = false;
  for (int i = 0; i < 2000; ++i) {
    RandomStream stream = augmentationStream(1, 1, i, 0);
    const AugmentDraw draw = drawAugmentation(options, stream);
    EXPECT_LE(std::abs(draw.angle), 20 * std::numbers::pi / 180);
    EXPECT_LE(std::abs(draw.zoom - 1), 0.1);
    EXPECT_LE(std::abs(draw.shiftX), 0.03);
    EXPECT_LE(std::abs(draw.brightness - 1), 0.15);
    EXPECT_EQ(draw.cropX, 0);
    widest = std::max(widest, std::abs(draw.zoom - 1));
    (draw.flipX ? flipped : unflipped) = true;
  }
  EXPECT_GT(widest, 0.095);
  EXPECT_TRUE(flipped && unflipped);
}

TEST(Augmentation, CifarCropsCoverAllShifts) {
  const AugmentOptions options = augmentPreset("cifar");
  std::set<int> seen;
  for (int i = 0; i < 1000; ++i) {
    RandomStream stream = augmentationStream(1, 2, i, 0);
    seen.insert(drawAugmentation(options, stream).cropX);
  }
  EXPECT_EQ(seen.size(), 9U);
  EXPECT_EQ(*seen.begin(), -4);
  EXPECT_EQ(*seen.rbegin(), 4);
}

TEST(Augmentation, SwitchingOnePartOffLeavesTheOthers) {
  AugmentOptions with = augmentPreset("fundus"), without = with;
  without.rotationDegrees = 0;
  RandomStream a = augmentationStream(5, 1, 2, 0), b = a;
  const AugmentDraw first = drawAugmentation(with, a), second = drawAugmentation(without, b);
  EXPECT_NE(first.angle, second.angle);
  EXPECT_EQ(first.zoom, second.zoom);
  EXPECT_EQ(first.cast, second.cast);
}

TEST(Augmentation, StreamsDifferByEveryKey) {
  const auto key = [](std::uint64_t seed, int epoch, int item, int repetition) {
    return augmentationStream(seed, epoch, item, repetition).key();
  };
  EXPECT_NE(key(1, 1, 1, 1), key(2, 1, 1, 1));
  EXPECT_NE(key(1, 1, 1, 1), key(1, 2, 1, 1));
  EXPECT_NE(key(1, 1, 1, 1), key(1, 1, 2, 1));
  EXPECT_NE(key(1, 1, 1, 1), key(1, 1, 1, 2));
  EXPECT_EQ(key(1, 1, 1, 1), key(1, 1, 1, 1));
}

TEST(Augmentation, UnknownPresetAndBadRangesAreRefused) {
  EXPECT_THROW(augmentPreset("imagenet"), Error);
  AugmentOptions options;
  options.scale = 2;
  options.rotationDegrees = -1;
  const auto issues = options.validate();
  ASSERT_EQ(issues.size(), 2U);
  EXPECT_EQ(issues[0].field, "augment.rotation_degrees");
  EXPECT_EQ(issues[1].field, "augment.scale");
  EXPECT_TRUE(augmentPreset("fundus").validate().empty());
}

}  // namespace
}  // namespace medlocker::training
