// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/registration.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/data/preprocess.h"
#include "core/data/synthetic_fundus.h"

namespace medlocker::protect {
namespace {

data::FloatImage eye(std::uint64_t patient, int side) {
  const data::SyntheticFundusOptions options{.width = side, .height = side, .grade = 2};
  return data::floatView(
      data::renderSyntheticFundus(options, RandomStream::fromSeed(patient, "registration")).image);
}

/// Where the map puts reference points against where they truly are, in reference pixels.
double worstError(const AffineMap& map, const AffineMap& truth, int side) {
  double worst = 0;
  for (const double x : {0.2, 0.5, 0.8})
    for (const double y : {0.2, 0.5, 0.8})
      worst = std::max(worst, std::hypot(map.x(x * side, y * side) - truth.x(x * side, y * side),
                                         map.y(x * side, y * side) - truth.y(x * side, y * side)) /
                                  truth.scale());
  return worst;
}

TEST(Registration, MapsComposeAndInvert) {
  const AffineMap map{1.1, 0.2, 5, -0.1, 0.9, -3};
  const AffineMap round = map.inverse().after(map);
  EXPECT_NEAR(round.x(7, 11), 7, 1e-9);
  EXPECT_NEAR(round.y(7, 11), 11, 1e-9);
  EXPECT_NEAR(map.scale(), std::sqrt(1.1 * 0.9 + 0.2 * 0.1), 1e-12);
}

TEST(Registration, FindsAResizedCroppedBrightenedCopy) {
  const int side = 320;
  const data::FloatImage picture = eye(1, side);
  // Crop 10 px left and 16 px top, then scale by 0.7.
  data::FloatImage cropped{side - 30, side - 30, {}};
  for (int y = 0; y < cropped.height; ++y)
    for (int x = 0; x < cropped.width; ++x)
      for (int c = 0; c < 3; ++c)
        cropped.values.push_back(std::min(1.0F, 0.05F + 0.9F * picture.at(x + 10, y + 16, c)));
  const data::FloatImage copy = data::resize(cropped, 203, 203);
  const Registration found = registerCopy(toGrey(picture), toGrey(copy));
  EXPECT_GT(found.score, 0.9);
  const double scale = 203.0 / (side - 30);
  EXPECT_LT(worstError(found.map, {scale, 0, -10 * scale, 0, scale, -16 * scale}, side), 0.5);
  EXPECT_NEAR(found.overlap, std::pow(290.0 / 320, 2), 0.03);
}

TEST(Registration, FindsAMirroredCopy) {
  const int side = 200;
  const data::FloatImage picture = eye(2, side);
  GreyImage copy = toGrey(picture);
  for (int y = 0; y < side; ++y)
    std::reverse(copy.values.begin() + y * side, copy.values.begin() + (y + 1) * side);
  const Registration found = registerCopy(toGrey(picture), copy);
  EXPECT_GT(found.score, 0.95);
  EXPECT_LT(found.map.a, 0);
  EXPECT_LT(worstError(found.map, {-1, 0, side, 0, 1, 0}, side), 0.3);
}

TEST(Registration, AnotherEyeDoesNotFit) {
  const Registration found = registerCopy(toGrey(eye(3, 256)), toGrey(eye(4, 256)));
  EXPECT_LT(found.score, kRegisteredScore);
}

TEST(Registration, WarpingBackShowsTheReference) {
  const GreyImage picture = toGrey(eye(5, 160));
  std::vector<std::uint8_t> inside;
  const GreyImage same = warpToReference(picture, {}, 160, 160, &inside);
  EXPECT_GT(correlation(picture.values, same.values), 0.9999);
  const GreyImage moved = warpToReference(picture, {1, 0, 20, 0, 1, 0}, 160, 160, &inside);
  EXPECT_NEAR(moved.at(30, 40), picture.at(50, 40), 1e-5);
  EXPECT_EQ(inside[40 * 160 + 30], 1);
  EXPECT_EQ(inside[40 * 160 + 155], 0);
}

TEST(Registration, APartIsFittedByItsSeam) {
  const GreyImage picture = toGrey(eye(6, 256));
  GreyImage part{64, 64, {}};
  for (int y = 0; y < 64; ++y)
    for (int x = 0; x < 64; ++x) part.values.push_back(picture.at(90 + x, 100 + y));
  GreyImage copy = picture;
  for (int y = 110; y < 150; ++y)
    for (int x = 96; x < 140; ++x) copy.values[static_cast<std::size_t>(y) * 256 + x] = 1.0F;
  const data::Box place{90, 100, 154, 164};
  const Registration found = fitSeam(part, copy, place);
  EXPECT_GT(found.score, kSeamScore);
  EXPECT_NEAR(found.map.x(32, 32), 122, 1e-9);
  // Resized as a whole.
  const GreyImage small = warpToReference(copy, {256 / 201.0, 0, 0, 0, 256 / 201.0, 0}, 201, 201);
  const Registration resized = fitSeam(part, small, place);
  EXPECT_GT(resized.score, kSeamScore);
  EXPECT_NEAR(resized.map.x(32, 32), 122 * 201 / 256.0, 1);
  EXPECT_NEAR(resized.map.y(32, 32), 132 * 201 / 256.0, 1);
  // Into another eye it does not continue.
  EXPECT_LT(fitSeam(part, toGrey(eye(7, 256)), place).score, kSeamScore);
  EXPECT_THROW(fitSeam(part, copy, {90, 100, 150, 164}), Error);
}

TEST(Registration, CorrelationIgnoresWhatWeighsNothing) {
  EXPECT_NEAR(correlation({1, 2, 3, 100}, {2, 4, 6, -50}, {1, 1, 1, 0}), 1, 1e-9);
  EXPECT_EQ(correlation({1, 1, 1}, {1, 2, 3}), 0);
}

}  // namespace
}  // namespace medlocker::protect
