// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/visibility.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/common/error.h"
#include "core/common/random.h"

namespace medlocker::protect {
namespace {

struct Scene {
  data::Image original{60, 50, 3};
  data::Image marked;
  data::FieldOfView fov;
  std::vector<std::uint8_t> support = std::vector<std::uint8_t>(60 * 50, 0);
  segmentation::ProtectedRegions regions;

  Scene() {
    RandomStream random = RandomStream::fromSeed(3, "visibility");
    for (std::uint8_t& sample : original.samples8())
      sample = static_cast<std::uint8_t>(60 + random.below(60));
    fov.width = 60;
    fov.height = 50;
    fov.mask.assign(60 * 50, 1);
    fov.area = 60 * 50;
    fov.frame = {2, 1, 58, 49};
    marked = original;
    for (int y = 20; y < 32; ++y)
      for (int x = 25; x < 40; ++x) {
        support[static_cast<std::size_t>(y) * 60 + x] = 1;
        for (int c = 0; c < 3; ++c) marked.setSample(x, y, c, 220 - 20 * c);
      }
  }

  VisibilityMetrics measure() const {
    return measureVisibility(original, marked, {0, 255}, fov, support, regions);
  }
};

double light(const data::Image& image, int x, int y) {
  return (0.2126 * image.sample(x, y, 0) + 0.7152 * image.sample(x, y, 1) + 0.0722 * image.sample(x, y, 2)) /
         255;
}

/// The definition with every window written out.
double slowSsim(const data::Image& a, const data::Image& b, const data::Box& frame) {
  double weights[11][11];
  double total = 0;
  for (int j = -5; j <= 5; ++j)
    for (int i = -5; i <= 5; ++i)
      total += weights[j + 5][i + 5] = std::exp(-(i * i + j * j) / (2 * 1.5 * 1.5));
  double sum = 0;
  int count = 0;
  for (int y = frame.y0 + 5; y < frame.y1 - 5; ++y)
    for (int x = frame.x0 + 5; x < frame.x1 - 5; ++x) {
      double ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;
      for (int j = -5; j <= 5; ++j)
        for (int i = -5; i <= 5; ++i) {
          const double w = weights[j + 5][i + 5] / total;
          const double p = light(a, x + i, y + j);
          const double q = light(b, x + i, y + j);
          ma += w * p;
          mb += w * q;
          aa += w * p * p;
          bb += w * q * q;
          ab += w * p * q;
        }
      sum += (2 * ma * mb + 1e-4) * (2 * (ab - ma * mb) + 9e-4) /
             ((ma * ma + mb * mb + 1e-4) * (aa - ma * ma + bb - mb * mb + 9e-4));
      ++count;
    }
  return sum / count;
}

TEST(Visibility, MatchesTheDefinitions) {
  const Scene s;
  const VisibilityMetrics m = s.measure();
  EXPECT_NEAR(m.ssim, slowSsim(s.original, s.marked, s.fov.frame), 1e-9);
  double squares = 0;
  double absolute = 0;
  for (int y = 20; y < 32; ++y)
    for (int x = 25; x < 40; ++x)
      for (int c = 0; c < 3; ++c) {
        const double d = (s.marked.sample(x, y, c) - s.original.sample(x, y, c)) / 255.0;
        squares += d * d;
        absolute += std::abs(d);
      }
  EXPECT_NEAR(*m.psnr, -10 * std::log10(squares / (56 * 48 * 3)), 1e-9);
  EXPECT_NEAR(m.meanAbsoluteChange, absolute / (15 * 12 * 3), 1e-12);
  EXPECT_EQ(m.supportPixels, 180);
  EXPECT_NEAR(m.coveredFieldOfView, 180.0 / 3000, 1e-12);
  EXPECT_EQ(m.outsideMaxDifference, 0);
  EXPECT_GT(m.legibility, 3);  // a bright patch on dim noise
}

TEST(Visibility, IdenticalImagesAreIdentical) {
  Scene s;
  s.marked = s.original;
  const VisibilityMetrics m = s.measure();
  EXPECT_FALSE(m.psnr.has_value());
  EXPECT_EQ(m.ssim, 1);
  EXPECT_EQ(m.meanAbsoluteChange, 0);
}

TEST(Visibility, ALeakOutsideTheLogoIsSeen) {
  Scene s;
  s.marked.setSample(3, 45, 1, s.marked.sample(3, 45, 1) + 7);
  EXPECT_EQ(s.measure().outsideMaxDifference, 7);
}

TEST(Visibility, LesionsAreCountedAndMeasured) {
  Scene s;
  s.regions.lesionMask.assign(60 * 50, 0);
  s.regions.lesionMask[10 * 60 + 21] = 1;  // nearest support pixel (25, 20): distance √(16 + 100)
  s.regions.boxes = {{.box = {17, 6, 26, 15}}};
  VisibilityMetrics m = s.measure();
  EXPECT_EQ(m.lesionOverlapPixels, 0);
  EXPECT_NEAR(*m.lesionDistance, std::sqrt(116), 1e-4);
  EXPECT_EQ(m.ssimLesionBoxes, 1);
  EXPECT_FALSE(m.lesionDistanceDiscs.has_value());
  s.regions.anatomy = {{.box = {0, 0, 20, 18}, .kind = data::LesionKind::OpticDisc}};
  s.regions.lesionMask[25 * 60 + 30] = 1;
  s.regions.boxes.push_back({.box = {28, 23, 33, 28}});
  m = s.measure();
  EXPECT_EQ(m.lesionOverlapPixels, 1);
  EXPECT_EQ(*m.lesionDistance, 0);
  EXPECT_EQ(*m.lesionDistanceDiscs, 0);
  EXPECT_LT(m.ssimLesionBoxes, 0.9);
}

TEST(Visibility, WrongSizesAreRefused) {
  Scene s;
  s.support.pop_back();
  EXPECT_THROW(s.measure(), Error);
}

}  // namespace
}  // namespace medlocker::protect
