// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/common/error.h"
#include "core/common/random.h"
#include "core/data/field_of_view.h"
#include "core/data/image.h"
#include "tests/data/synthetic.h"

namespace medlocker::data {
namespace {

TEST(FloatView, MapsEightBitsToUnitRangeAndRepeatsGrey) {
  Image grey(3, 1, 1);
  grey.setSample(0, 0, 0, 0);
  grey.setSample(1, 0, 0, 51);
  grey.setSample(2, 0, 0, 255);
  const FloatImage view = floatView(grey);
  ASSERT_EQ(view.values.size(), 9U);
  for (int c = 0; c < 3; ++c) {
    EXPECT_EQ(view.at(0, 0, c), 0.F);
    EXPECT_EQ(view.at(1, 0, c), 0.2F);
    EXPECT_EQ(view.at(2, 0, c), 1.F);
  }
}

TEST(FloatView, KeepsColourOrder) {
  Image rgb(1, 1, 3);
  for (int c = 0; c < 3; ++c) rgb.setSample(0, 0, c, 10 * (c + 1));
  const FloatImage view = floatView(rgb);
  for (int c = 0; c < 3; ++c) EXPECT_EQ(view.at(0, 0, c), static_cast<float>(10.0 * (c + 1) / 255));
}

TEST(FloatView, InvertsWhereLowIsBright) {
  Image grey(1, 1, 1);
  grey.setSample(0, 0, 0, 51);
  grey.metadata.inverted = true;
  EXPECT_FLOAT_EQ(floatView(grey).at(0, 0, 0), 0.8F);
}

TEST(FloatView, RefusesAnEmptyWindow) {
  const Image grey(1, 1, 1);
  EXPECT_THROW(floatView(grey, {5, 5}), Error);
  EXPECT_THROW(floatView(grey, {0, std::nan("")}), Error);
}

TEST(DisplayWindow, IsTheWholeRangeAtEightBits) {
  const Image grey(4, 4, 1, 16, 8);
  EXPECT_EQ(displayWindow(grey).lo, 0);
  EXPECT_EQ(displayWindow(grey).hi, 255);
}

TEST(DisplayWindow, PrefersTheFilesOwnWindowAboveEightBits) {
  Image grey(4, 4, 1, 16, 12);
  grey.metadata.windowLo = 100;
  grey.metadata.windowHi = 900;
  EXPECT_EQ(displayWindow(grey).lo, 100);
  EXPECT_EQ(displayWindow(grey).hi, 900);
  grey.metadata.windowHi = 100;  // degenerate: hi becomes lo + 1
  EXPECT_EQ(displayWindow(grey).hi, 101);
}

TEST(DisplayWindow, OfAConstantImageIsOneStepWide) {
  Image grey(100, 100, 1, 16);
  std::fill(grey.samples16().begin(), grey.samples16().end(), std::uint16_t{700});
  const ValueWindow window = displayWindow(grey);
  EXPECT_EQ(window.lo, 700);
  EXPECT_EQ(window.hi, 701);
}

// 10,000 samples 0..9999 in the disc and 0 outside it: percentiles of the whole image would start at 0, those
// inside the field of view must not.
TEST(DisplayWindow, UsesPercentilesInsideTheFieldOfView) {
  const int side = 200;
  Image grey(side, side, 1, 16);
  RandomStream random = test::seededRandom(7);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x)
      if (test::inDisc(x, y, side / 2.0, side / 2.0, 80))
        grey.setSample(x, y, 0, 20000 + static_cast<int>(random.below(10000)));
  const ValueWindow window = displayWindow(grey);

  std::vector<int> inside;
  const FieldOfView fov = detectFieldOfView(floatView(grey, {0, 29950}));
  ASSERT_FALSE(fov.fallback);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x)
      if (fov.contains(x, y)) inside.push_back(grey.sample(x, y, 0));
  std::sort(inside.begin(), inside.end());
  const auto nearestRank = [&](double share) {
    return inside[static_cast<std::size_t>(std::ceil(share * static_cast<double>(inside.size()))) - 1];
  };
  EXPECT_EQ(window.lo, nearestRank(0.005));
  EXPECT_EQ(window.hi, nearestRank(0.995));
  EXPECT_GT(window.lo, 19999);
}

TEST(DisplayWindow, HandlesSignedSamples) {
  Image grey(64, 64, 1, 16, 16, true);
  RandomStream random = test::seededRandom(8);
  std::vector<int> values;
  for (int y = 0; y < 64; ++y)
    for (int x = 0; x < 64; ++x) {
      const int value = static_cast<int>(random.below(2001)) - 1000;
      grey.setSample(x, y, 0, value);
      values.push_back(value);
    }
  std::sort(values.begin(), values.end());
  const ValueWindow window = displayWindow(grey);
  EXPECT_EQ(window.lo, values[static_cast<std::size_t>(std::ceil(0.005 * 4096)) - 1]);
  EXPECT_EQ(window.hi, values[static_cast<std::size_t>(std::ceil(0.995 * 4096)) - 1]);
}

}  // namespace
}  // namespace medlocker::data
