// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/preprocess.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/common/error.h"
#include "core/data/resample.h"
#include "tests/data/synthetic.h"

namespace medlocker::data {
namespace {

// Sums of up to a few hundred products of floats in [0,1]; ten float roundings are 1e-6.
constexpr float kSumTolerance = 2e-6F;

/// Area average by definition, in double: integrates the piecewise constant picture over the output pixel.
double areaAverage(const FloatImage& view, const Box& region, int width, int height, int i, int j, int c) {
  const double sx = static_cast<double>(region.width()) / width;
  const double sy = static_cast<double>(region.height()) / height;
  double sum = 0;
  for (int y = 0; y < view.height; ++y)
    for (int x = 0; x < view.width; ++x) {
      const double left = std::max<double>(x - region.x0, i * sx);
      const double right = std::min<double>(x - region.x0 + 1, (i + 1) * sx);
      const double top = std::max<double>(y - region.y0, j * sy);
      const double bottom = std::min<double>(y - region.y0 + 1, (j + 1) * sy);
      if (right > left && bottom > top) sum += (right - left) * (bottom - top) * view.at(x, y, c);
    }
  return sum / (sx * sy);
}

TEST(Resize, IsTheExactAreaAverageWhenShrinking) {
  RandomStream random = test::seededRandom(1);
  const FloatImage view = test::randomView(37, 23, random);
  const Box region{3, 2, 36, 20};
  for (const auto& [width, height] : {std::pair{7, 5}, {33, 18}, {32, 17}, {1, 1}, {11, 18}}) {
    const FloatImage out = resizeRegion(view, region, width, height);
    ASSERT_EQ(out.width, width);
    ASSERT_EQ(out.height, height);
    for (int j = 0; j < height; ++j)
      for (int i = 0; i < width; ++i)
        for (int c = 0; c < 3; ++c)
          ASSERT_NEAR(out.at(i, j, c), areaAverage(view, region, width, height, i, j, c), kSumTolerance);
  }
}

TEST(Resize, KeepsSamplesWhenTheSizeStays) {
  RandomStream random = test::seededRandom(2);
  const FloatImage view = test::randomView(19, 14, random);
  EXPECT_EQ(resize(view, 19, 14).values, view.values);
}

TEST(Resize, IsBilinearWithHalfPixelCentresWhenEnlarging) {
  FloatImage view{2, 1, {0, 0, 0, 1, 1, 1}};
  const FloatImage out = resize(view, 4, 2);
  const float expected[] = {0, 0.25F, 0.75F, 1};
  for (int y = 0; y < 2; ++y)
    for (int x = 0; x < 4; ++x) EXPECT_FLOAT_EQ(out.at(x, y, 1), expected[x]);
}

TEST(Resize, ReadsZeroOutsideTheSource) {
  const FloatImage view{4, 4, std::vector<float>(48, 1.F)};
  const FloatImage out = resizeRegion(view, {-4, -2, 8, 10}, 3, 3);
  // Columns cover [-4,0) [0,4) [4,8), rows [-2,2) [2,6) [6,10).
  for (int c = 0; c < 3; ++c) {
    EXPECT_FLOAT_EQ(out.at(0, 0, c), 0.F);
    EXPECT_FLOAT_EQ(out.at(1, 0, c), 0.5F);
    EXPECT_FLOAT_EQ(out.at(1, 1, c), 0.5F);
    EXPECT_FLOAT_EQ(out.at(1, 2, c), 0.F);
    EXPECT_FLOAT_EQ(out.at(2, 1, c), 0.F);
  }
  EXPECT_THROW(resizeRegion(view, {0, 0, 0, 4}, 3, 3), Error);
  EXPECT_THROW(resize(view, 0, 3), Error);
}

TEST(Resize, MaskIsOneWhereAtLeastHalfIsCovered) {
  const std::vector<std::uint8_t> mask = {1, 0, 0, 0,  //
                                          1, 0, 0, 0,  //
                                          1, 1, 1, 0,  //
                                          1, 1, 0, 0};
  EXPECT_EQ(resizeMask(mask, 4, 4, {0, 0, 4, 4}, 2, 2), (std::vector<std::uint8_t>{1, 0, 1, 0}));
}

FieldOfView frameOf(const FloatImage& view, const Box& frame) {
  FieldOfView fov;
  fov.width = view.width;
  fov.height = view.height;
  fov.frame = frame;
  fov.mask.assign(static_cast<std::size_t>(view.width) * view.height, 1);
  fov.area = static_cast<std::int64_t>(fov.mask.size());
  return fov;
}

TEST(Preprocess, NamesRoundTripAndUnknownOnesAreRefused) {
  for (const auto profile : {PreprocessProfile::Squash, PreprocessProfile::Pad, PreprocessProfile::Circle,
                             PreprocessProfile::LocalMean, PreprocessProfile::Clahe})
    EXPECT_EQ(parsePreprocessProfile(toString(profile)), profile);
  EXPECT_EQ(toString(PreprocessProfile::LocalMean), "localmean");
  EXPECT_THROW(parsePreprocessProfile("stretch"), Error);
}

TEST(Preprocess, SquashCropsToTheFrame) {
  RandomStream random = test::seededRandom(3);
  const FloatImage view = test::randomView(60, 40, random);
  const Box frame{10, 5, 50, 37};
  const FloatImage out = preprocess(view, frameOf(view, frame), PreprocessProfile::Squash, 16);
  for (int j = 0; j < 16; ++j)
    for (int i = 0; i < 16; ++i)
      ASSERT_NEAR(out.at(i, j, 1), areaAverage(view, frame, 16, 16, i, j, 1), kSumTolerance);
}

TEST(Preprocess, PadKeepsTheAspectAndPadsWithZero) {
  const FloatImage view{60, 40, std::vector<float>(60 * 40 * 3, 1.F)};
  // 40x20 inside a picture that is bright everywhere: what pads must be 0 all the same.
  const FloatImage out = preprocess(view, frameOf(view, {10, 10, 50, 30}), PreprocessProfile::Pad, 8);
  for (int j = 0; j < 8; ++j)
    for (int i = 0; i < 8; ++i)
      ASSERT_FLOAT_EQ(out.at(i, j, 0), j >= 2 && j < 6 ? 1.F : 0.F) << i << "," << j;
}

TEST(Preprocess, CircleIsZeroOutsideTheInscribedCircle) {
  const FloatImage view{120, 90, std::vector<float>(120 * 90 * 3, 1.F)};
  const Box frame{10, 5, 110, 85};  // 100 x 80: the circle has diameter 80
  const FloatImage out = preprocess(view, frameOf(view, frame), PreprocessProfile::Circle, 20);
  FloatImage expected = view;
  for (int y = 0; y < 90; ++y)
    for (int x = 0; x < 120; ++x)
      if (!test::inDisc(x, y, 60, 45, 40))
        for (int c = 0; c < 3; ++c) expected.values[(static_cast<std::size_t>(y) * 120 + x) * 3 + c] = 0;
  for (int j = 0; j < 20; ++j)
    for (int i = 0; i < 20; ++i)
      ASSERT_NEAR(out.at(i, j, 2), areaAverage(expected, frame, 20, 20, i, j, 2), kSumTolerance);
  EXPECT_EQ(out.at(0, 0, 0), 0.F);
  EXPECT_FLOAT_EQ(out.at(10, 10, 0), 1.F);
}

TEST(Preprocess, LocalMeanIsTheClippedDifferenceFromTheBlur) {
  RandomStream random = test::seededRandom(4);
  const FloatImage view = test::randomView(96, 96, random);
  const FieldOfView fov = frameOf(view, {0, 0, 96, 96});
  const int side = 96;
  const FloatImage circle = preprocess(view, fov, PreprocessProfile::Circle, side);
  const FloatImage out = preprocess(view, fov, PreprocessProfile::LocalMean, side);
  const double sigma = side / 2.0 / 30;
  // A Gaussian by definition at some inner pixels, cut off at 6 sigma.
  for (const auto& [x, y] : {std::pair{48, 48}, {40, 60}, {30, 30}, {70, 41}}) {
    double sum = 0;
    double weights = 0;
    for (int dy = -10; dy <= 10; ++dy)
      for (int dx = -10; dx <= 10; ++dx) {
        const double weight = std::exp(-(dx * dx + dy * dy) / (2 * sigma * sigma));
        sum += weight * circle.at(x + dx, y + dy, 0);
        weights += weight;
      }
    const double expected = std::clamp(4 * circle.at(x, y, 0) - 4 * sum / weights + 0.5, 0.0, 1.0);
    // The library cuts its kernel at 4 sigma: at most 6e-5 of the weight, times the gain of 4.
    EXPECT_NEAR(out.at(x, y, 0), expected, 1e-3);
  }
  EXPECT_NEAR(out.at(0, 0, 0), 0.5F, 1e-6);  // outside the circle all is zero, so the middle value remains
}

TEST(Preprocess, ClaheRaisesContrastAndKeepsHue) {
  FloatImage view{128, 128, {}};
  view.values.resize(128 * 128 * 3);
  for (int y = 0; y < 128; ++y)
    for (int x = 0; x < 128; ++x) {
      const float wave = 0.45F + 0.04F * std::sin(static_cast<float>(x) * 0.7F);
      const float colour[3] = {wave, 0.5F * wave, 0.3F * wave};
      std::copy(colour, colour + 3, view.values.begin() + (y * 128 + x) * 3);
    }
  const FieldOfView fov = frameOf(view, {0, 0, 128, 128});
  const FloatImage plain = preprocess(view, fov, PreprocessProfile::Squash, 128);
  const FloatImage out = preprocess(view, fov, PreprocessProfile::Clahe, 128);
  const auto spread = [](const FloatImage& image) {
    float lo = 1;
    float hi = 0;
    for (int x = 32; x < 96; ++x) {
      lo = std::min(lo, image.at(x, 64, 0));
      hi = std::max(hi, image.at(x, 64, 0));
    }
    return hi - lo;
  };
  EXPECT_GT(spread(out), 1.3F * spread(plain));
  for (int x = 32; x < 96; ++x) {
    EXPECT_GT(out.at(x, 64, 0), out.at(x, 64, 1));
    EXPECT_GT(out.at(x, 64, 1), out.at(x, 64, 2));
  }
}

TEST(Preprocess, WorksAtAnySizeInUnitRange) {
  RandomStream random = test::seededRandom(5);
  for (const auto& [width, height] : {std::pair{1, 1}, {5, 3}, {32, 32}, {97, 130}}) {
    const FloatImage view = test::randomView(width, height, random);
    const FieldOfView fov = frameOf(view, {0, 0, width, height});
    for (const auto profile : {PreprocessProfile::Squash, PreprocessProfile::Pad, PreprocessProfile::Circle,
                               PreprocessProfile::LocalMean, PreprocessProfile::Clahe})
      for (const int side : {1, 7, 32, 224}) {
        const FloatImage out = preprocess(view, fov, profile, side);
        ASSERT_EQ(out.width, side);
        ASSERT_EQ(out.height, side);
        ASSERT_EQ(out.values.size(), static_cast<std::size_t>(side) * side * 3);
        for (const float value : out.values) ASSERT_TRUE(value >= 0 && value <= 1);
      }
  }
}

TEST(Preprocess, RefusesAForeignFieldOfView) {
  const FloatImage view{8, 8, std::vector<float>(192)};
  const FloatImage other{9, 8, std::vector<float>(216)};
  EXPECT_THROW(preprocess(view, frameOf(other, {0, 0, 8, 8}), PreprocessProfile::Squash, 8), Error);
  EXPECT_THROW(preprocess(view, frameOf(view, {0, 0, 8, 8}), PreprocessProfile::Squash, 0), Error);
}

}  // namespace
}  // namespace medlocker::data
