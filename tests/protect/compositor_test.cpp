// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/compositor.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "core/common/error.h"
#include "core/common/random.h"

namespace medlocker::protect {
namespace {

struct Vector {
  int v, target, opacity, expected;
};

TEST(Compositor, MatchesThePublishedVectors) {
  // Section 16, "Composition (v, L, A → v')".
  for (const Vector& vector :
       {Vector{0, 255, 32768, 128}, Vector{100, 255, 25700, 161}, Vector{200, 0, 49151, 50},
        Vector{37, 255, 65535, 255}, Vector{37, 255, 0, 37}, Vector{255, 0, 1, 255},
        Vector{1234, 4000, 19661, 2064}, Vector{60000, 65535, 58982, 64982}, Vector{-500, 1200, 32768, 350},
        Vector{-1, 0, 32768, 0}})
    EXPECT_EQ(composeSample(vector.v, vector.target, vector.opacity), vector.expected)
        << vector.v << ' ' << vector.target << ' ' << vector.opacity;
}

TEST(Compositor, InverseMatchesThePublishedVectors) {
  EXPECT_EQ(inverseSample(128, 255, 32768, 0, 255), 1);
  EXPECT_EQ(inverseSample(161, 255, 25700, 0, 255), 100);
  EXPECT_EQ(inverseSample(64982, 65535, 58982, 0, 65535), 60005);
  EXPECT_EQ(inverseSample(2047, 0, 32768, 0, 4095), 4094);
}

TEST(Compositor, OpacityProductMatchesThePublishedVectors) {
  EXPECT_EQ(scaleOpacity(32768, 65535), 32768);
  EXPECT_EQ(scaleOpacity(32768, 32768), 16384);
  EXPECT_EQ(scaleOpacity(65535, 32896), 32896);
}

TEST(Compositor, InverseErrorStaysWithinItsBound) {
  // The table of section 3.3: the largest error over all 8-bit values and three target samples.
  const std::array<std::pair<double, int>, 8> expected{
      {{0.39, 1}, {0.5, 1}, {0.6, 1}, {0.7, 2}, {0.8, 2}, {0.9, 5}, {0.95, 10}, {0.99, 50}}};
  for (const auto& [alpha, error] : expected) {
    const int code = opacityCode(alpha);
    int worst = 0;
    for (const int target : {0, 127, 255})
      for (int v = 0; v < 256; ++v)
        worst = std::max(worst,
                         std::abs(inverseSample(composeSample(v, target, code), target, code, 0, 255) - v));
    EXPECT_EQ(worst, error) << alpha;
  }
}

/// The definition written as slowly as possible: exact rational arithmetic in long double is not needed, a
/// search for the floor is.
int slowCompose(int v, int target, int opacity) {
  const long long sum =
      static_cast<long long>(v) * (65535 - opacity) + static_cast<long long>(target) * opacity + 32767;
  long long quotient = std::min(v, target) - 2;
  while ((quotient + 1) * 65535 <= sum) ++quotient;
  return static_cast<int>(quotient);
}

struct Format {
  int channels, bitsAllocated, bits;
  bool isSigned;
};

class CompositorFormats : public ::testing::TestWithParam<Format> {};

LogoTile randomTile(int width, int height, RandomStream& random) {
  LogoTile tile;
  tile.width = width;
  tile.height = height;
  for (int i = 0; i < width * height; ++i) {
    // A third clear, a third opaque, a third soft, so that every branch is met.
    const auto kind = random.below(3);
    tile.matte.push_back(static_cast<std::uint16_t>(kind == 0 ? 0 : kind == 1 ? 65535 : random.below(65536)));
    for (int c = 0; c < 3; ++c) tile.rgb.push_back(static_cast<std::uint16_t>(random.below(65536)));
  }
  return tile;
}

data::Image randomImage(int width, int height, const Format& format, RandomStream& random) {
  data::Image image(width, height, format.channels, format.bitsAllocated, format.bits, format.isSigned);
  const auto range = static_cast<std::uint64_t>(image.maxValue() - image.minValue()) + 1;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < format.channels; ++c)
        image.setSample(x, y, c, image.minValue() + static_cast<int>(random.below(range)));
  return image;
}

TEST_P(CompositorFormats, EqualsTheSlowReferenceAndLeavesTheOutsideAlone) {
  const Format format = GetParam();
  RandomStream random = RandomStream::fromSeed(11, "compositor formats");
  for (int round = 0; round < 20; ++round) {
    const data::Image original = randomImage(40, 31, format, random);
    const LogoTile tile = randomTile(13, 9, random);
    const double lo = original.minValue() + 3.0;
    const double hi = original.maxValue() - 5.0;
    const TargetTile targets = makeTargetTile(tile, original, {lo, hi});
    const int x0 = static_cast<int>(random.below(28));
    const int y0 = static_cast<int>(random.below(23));
    const int alphaCode = static_cast<int>(random.below(65536));
    for (const OpacityLaw law : {OpacityLaw::Matte, OpacityLaw::Cap}) {
      const data::Image composed = compose(original, {{&targets, x0, y0, alphaCode}}, law);
      for (int y = 0; y < 31; ++y)
        for (int x = 0; x < 40; ++x) {
          const int tx = x - x0;
          const int ty = y - y0;
          const bool inside = tx >= 0 && ty >= 0 && tx < 13 && ty < 9;
          for (int c = 0; c < format.channels; ++c) {
            int expected = original.sample(x, y, c);
            if (inside) {
              const std::size_t at = static_cast<std::size_t>(ty) * 13 + static_cast<std::size_t>(tx);
              const std::uint16_t* rgb = &tile.rgb[3 * at];
              const double grey = 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
              const double colour = format.channels == 3 ? rgb[c] / 65535.0 : grey / 65535.0;
              const int target = static_cast<int>(std::floor(lo + colour * (hi - lo) + 0.5));
              const int cap = static_cast<int>(std::floor(grey / 65535.0 * tile.matte[at] + 0.5));
              const int opacity =
                  law == OpacityLaw::Matte
                      ? static_cast<int>((static_cast<long long>(alphaCode) * tile.matte[at] + 32767) / 65535)
                      : std::min(cap, alphaCode);
              const int before = expected;
              expected = slowCompose(before, target, opacity);
              EXPECT_LE(std::min(before, target), expected);
              EXPECT_GE(std::max(before, target), expected);
              if (opacity == 0) {
                EXPECT_EQ(expected, before);
              }
              if (opacity == 65535) {
                EXPECT_EQ(expected, target);
              }
            }
            ASSERT_EQ(composed.sample(x, y, c), expected) << x << ',' << y << ',' << c;
          }
        }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(AllDepths, CompositorFormats,
                         ::testing::Values(Format{1, 8, 8, false}, Format{3, 8, 8, false},
                                           Format{1, 8, 8, true}, Format{1, 16, 12, false},
                                           Format{3, 16, 12, false}, Format{1, 16, 12, true},
                                           Format{1, 16, 16, false}, Format{3, 16, 16, false},
                                           Format{1, 16, 16, true}));

TEST(Compositor, WhiteLogoIsWhiteAsDisplayed) {
  LogoTile white{1, 1, {65535, 65535, 65535}, {65535}};
  data::Image twelve(4, 4, 1, 16, 12);
  EXPECT_EQ(makeTargetTile(white, twelve, {200.4, 3000.2}).targets[0], 3000);
  twelve.metadata.inverted = true;
  EXPECT_EQ(makeTargetTile(white, twelve, {200.4, 3000.2}).targets[0], 200);
  // A window wider than the samples cannot leave their range.
  twelve.metadata.inverted = false;
  EXPECT_EQ(makeTargetTile(white, twelve, {0, 9000}).targets[0], 4095);
}

TEST(Compositor, MovesOffThePaddingValueTowardsMidRange) {
  LogoTile black{1, 1, {0, 0, 0}, {65535}};
  data::Image image(2, 1, 1, 16, 12);
  image.metadata.paddingValue = 0;
  image.setSample(0, 0, 0, 900);
  const TargetTile targets = makeTargetTile(black, image, {0, 4095});
  const data::Image composed = compose(image, {{&targets, 0, 0, 65535}}, OpacityLaw::Matte);
  EXPECT_EQ(composed.sample(0, 0, 0), 1);
  EXPECT_EQ(composed.sample(1, 0, 0), 0);  // padding outside the logo stays padding
}

TEST(Compositor, ChangedBoxIsTight) {
  data::Image before(20, 10, 3);
  data::Image after = before;
  EXPECT_EQ(changedBox(before, after), data::Box{});
  after.setSample(4, 3, 2, 9);
  after.setSample(11, 7, 0, 1);
  EXPECT_EQ(changedBox(before, after), (data::Box{4, 3, 12, 8}));
}

TEST(Compositor, RefusesATileThatLeavesTheImage) {
  LogoTile tile{2, 1, {1, 1, 1, 1, 1, 1}, {65535, 65535}};
  data::Image image(4, 4, 3);
  const TargetTile targets = makeTargetTile(tile, image, {0, 255});
  EXPECT_THROW(composeInto(image, {&targets, 3, 0, 100}, OpacityLaw::Matte), Error);
  EXPECT_THROW(composeInto(image, {&targets, -1, 0, 100}, OpacityLaw::Matte), Error);
}

}  // namespace
}  // namespace medlocker::protect
