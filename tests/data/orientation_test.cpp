// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/orientation.h"

#include <gtest/gtest.h>

#include "core/common/error.h"
#include "tests/data/synthetic.h"

namespace medlocker::data {
namespace {

std::vector<std::uint8_t> letters(const char* text) {
  return std::vector<std::uint8_t>(text, text + std::char_traits<char>::length(text));
}

// The stored picture is
//   a b c
//   d e f
// and its display written out by hand for every orientation.
TEST(Orientation, ShowsTheEightCasesOfExif) {
  const std::vector<std::uint8_t> stored = letters("abcdef");
  const char* shown[] = {"abcdef",   // 1
                         "cbafed",   // 2 mirrored left-right
                         "fedcba",   // 3 turned by 180 degrees
                         "defabc",   // 4 mirrored top-bottom
                         "adbecf",   // 5 transposed: rows ad, be, cf
                         "daebfc",   // 6 turned clockwise: rows da, eb, fc
                         "fcebda",   // 7 transposed along the other diagonal
                         "cfbead"};  // 8 turned counter-clockwise: rows cf, be, ad
  for (int exif = 1; exif <= 8; ++exif) {
    const auto display = oriented(stored, 3, 2, exif);
    EXPECT_EQ(display, letters(shown[exif - 1])) << exif;
    const bool swaps = exif >= 5;
    EXPECT_EQ(oriented(display, swaps ? 2 : 3, swaps ? 3 : 2, inverseOrientation(exif)), stored) << exif;
  }
}

TEST(Orientation, BoxesCoverTheSamePixelsOnBothSides) {
  RandomStream random = test::seededRandom(11);
  for (int exif = 1; exif <= 8; ++exif) {
    const int width = 17;
    const int height = 9;
    const Orientation way(exif, width, height);
    for (int n = 0; n < 50; ++n) {
      Box box;
      box.x0 = static_cast<int>(random.below(width));
      box.y0 = static_cast<int>(random.below(height));
      box.x1 = box.x0 + 1 + static_cast<int>(random.below(static_cast<std::uint64_t>(width - box.x0)));
      box.y1 = box.y0 + 1 + static_cast<int>(random.below(static_cast<std::uint64_t>(height - box.y0)));
      std::vector<std::uint8_t> mask(width * height, 0);
      for (int y = box.y0; y < box.y1; ++y)
        for (int x = box.x0; x < box.x1; ++x) mask[static_cast<std::size_t>(y) * width + x] = 1;
      const Box shown = way.toDisplay(box);
      const auto display = oriented(mask, width, height, exif);
      for (int y = 0; y < way.displayHeight(); ++y)
        for (int x = 0; x < way.displayWidth(); ++x) {
          const bool inside = x >= shown.x0 && x < shown.x1 && y >= shown.y0 && y < shown.y1;
          ASSERT_EQ(display[static_cast<std::size_t>(y) * way.displayWidth() + x] != 0, inside) << exif;
        }
      EXPECT_EQ(way.toStored(shown), box);
    }
  }
}

TEST(Orientation, PointsGoThereAndBack) {
  for (int exif = 1; exif <= 8; ++exif) {
    const Orientation way(exif, 40, 30);
    EXPECT_EQ(way.toStored(way.toDisplay(Point{12.25, 7.5})), (Point{12.25, 7.5})) << exif;
  }
  // The centre of the stored top left pixel of a picture that must be turned clockwise is shown top right.
  EXPECT_EQ(Orientation(6, 40, 30).toDisplay(Point{0.5, 0.5}), (Point{29.5, 0.5}));
}

TEST(Orientation, MovesSamplesAlphaAndViewsAlike) {
  RandomStream random = test::seededRandom(12);
  Image image(7, 4, 3, 16);
  test::fillRandomly(image, random);
  image.alpha.resize(7 * 4 * 2);
  for (auto& byte : image.alpha) byte = static_cast<std::uint8_t>(random.below(256));
  image.metadata.orientation = 6;
  image.metadata.dotsPerMetreX = 100;
  image.metadata.dotsPerMetreY = 200;
  const Image display = oriented(image, 6);
  EXPECT_EQ(display.width(), 4);
  EXPECT_EQ(display.height(), 7);
  EXPECT_EQ(display.metadata.orientation, 1);
  EXPECT_EQ(display.metadata.dotsPerMetreX, 200);
  EXPECT_EQ(display.sample(3, 0, 1), image.sample(0, 0, 1));
  EXPECT_EQ(display.alpha[3 * 2], image.alpha[0]);
  const Image back = oriented(display, 8);
  EXPECT_TRUE(back.sameSamples(image));
  EXPECT_EQ(back.alpha, image.alpha);
  const ValueWindow window{0, 65535};
  EXPECT_EQ(oriented(floatView(image, window), 6).values, floatView(display, window).values);
}

TEST(Orientation, RefusesOtherNumbers) {
  EXPECT_THROW(Orientation(0, 2, 2), Error);
  EXPECT_THROW(inverseOrientation(9), Error);
  EXPECT_THROW(oriented(FloatImage{}, -1), Error);
}

}  // namespace
}  // namespace medlocker::data
