// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/logo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/common/error.h"
#include "core/common/random.h"

namespace medlocker::protect {
namespace {

/// 8-bit RGBA logo: a filled rectangle of one colour on a transparent ground.
data::Image rectangleLogo(int side, const data::Box& box, int alpha, std::array<int, 3> colour) {
  data::Image image(side, side, 3);
  image.alpha.assign(static_cast<std::size_t>(side) * side, 0);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x) {
      // The hidden colour under transparency is white: it must never bleed into the edge.
      for (int c = 0; c < 3; ++c) image.setSample(x, y, c, 255);
      if (x < box.x0 || x >= box.x1 || y < box.y0 || y >= box.y1) continue;
      for (int c = 0; c < 3; ++c) image.setSample(x, y, c, colour[static_cast<std::size_t>(c)]);
      image.alpha[static_cast<std::size_t>(y) * side + x] = static_cast<std::uint8_t>(alpha);
    }
  return image;
}

TEST(Logo, TransparentMarginsAreTrimmed) {
  const Logo logo = makeLogo(rectangleLogo(100, {10, 20, 70, 60}, 255, {255, 0, 0}), {}, "logo");
  EXPECT_EQ(logo.width, 60);
  EXPECT_EQ(logo.height, 40);
}

void expectBad(const data::Image& image, const std::string& part) {
  try {
    makeLogo(image, {}, "mark.png");
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InputRejected);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("LOGO_BAD"));
    EXPECT_THAT(error.what(), ::testing::HasSubstr(part));
    EXPECT_THAT(error.what(), ::testing::HasSubstr("mark.png"));
  }
}

TEST(Logo, UselessLogosAreRefused) {
  expectBad(data::Image(31, 64, 3), "31 x 64");
  expectBad(rectangleLogo(64, {0, 0, 0, 0}, 255, {0, 0, 0}), "fully transparent");
  expectBad(rectangleLogo(64, {0, 0, 64, 64}, 12, {0, 0, 0}), "almost transparent");
  EXPECT_NO_THROW(makeLogo(rectangleLogo(64, {0, 0, 64, 64}, 13, {0, 0, 0}), {}, "mark.png"));
  EXPECT_NO_THROW(makeLogo(data::Image(32, 32, 1), {}, "opaque grey"));
}

TEST(Logo, SizeFollowsTheFractionExactly) {
  Logo logo;
  logo.width = 300;
  logo.height = 100;
  // The width limits: 448/4 = 112, 112/3 = 37.33.
  EXPECT_EQ(logoSize(logo, {0, 0, 448, 448}, {1, 4}), (PixelSize{112, 37}));
  // The height limits: 90/3 = 30, 30·3 = 90.
  EXPECT_EQ(logoSize(logo, {5, 5, 1005, 95}, {1, 3}), (PixelSize{90, 30}));
  // floor(0.1·1000) with 0.1 as a double is a trap; the fraction is not.
  EXPECT_EQ(logoSize(logo, {0, 0, 1000, 4000}, SizeFactor::fromDouble(0.1)), (PixelSize{100, 33}));
  EXPECT_EQ(logoSize(logo, {0, 0, 3, 3}, {1, 8}), (PixelSize{1, 1}));
}

TEST(Logo, SizeFactorsAreReducedFractions) {
  EXPECT_EQ(SizeFactor::fromDouble(0.25), (SizeFactor{1, 4}));
  EXPECT_EQ(SizeFactor::fromDouble(1.0 / 3), (SizeFactor{1, 3}));
  EXPECT_EQ(SizeFactor::fromDouble(2.0 / 3), (SizeFactor{2, 3}));
  EXPECT_EQ(SizeFactor::fromDouble(0.2), (SizeFactor{1, 5}));
  EXPECT_EQ((SizeFactor{1, 4}.shrunk()), (SizeFactor{9, 40}));
  EXPECT_THROW(SizeFactor::fromDouble(0), Error);
  EXPECT_THROW(SizeFactor::fromDouble(1.5), Error);
  SizeFactor size{2, 3};
  for (int i = 0; i < 20; ++i) {
    const SizeFactor next = size.shrunk();
    EXPECT_NEAR(next.value(), 0.9 * size.value(), 1e-6);
    size = next;
  }
}

TEST(LogoTile, AreaAveragingIsExact) {
  // 64 → 16: every tile pixel is the mean of 4×4 source pixels.
  data::Image image(64, 64, 3);
  image.alpha.assign(64 * 64, 255);
  RandomStream random = RandomStream::fromSeed(3, "logo tile");
  for (std::uint8_t& sample : image.samples8()) sample = static_cast<std::uint8_t>(random.below(256));
  const LogoTile tile = renderTile(makeLogo(image, {}, "noise"), 16, 16);
  for (int y = 0; y < 16; ++y)
    for (int x = 0; x < 16; ++x)
      for (int c = 0; c < 3; ++c) {
        int sum = 0;
        for (int j = 0; j < 4; ++j)
          for (int i = 0; i < 4; ++i) sum += image.sample(4 * x + i, 4 * y + j, c);
        // One code of 65535 is the rounding of the result.
        EXPECT_NEAR(tile.rgb[static_cast<std::size_t>((y * 16 + x) * 3 + c)], sum / 16.0 / 255.0 * 65535.0,
                    1.0);
      }
}

TEST(LogoTile, HiddenColourNeverMakesAFringe) {
  // A black disc under whose transparent surround hides white: straight averaging would turn the edge grey.
  data::Image image(128, 128, 3);
  image.alpha.assign(128 * 128, 0);
  for (int y = 0; y < 128; ++y)
    for (int x = 0; x < 128; ++x) {
      const bool inside = (x - 63.5) * (x - 63.5) + (y - 63.5) * (y - 63.5) < 60 * 60;
      for (int c = 0; c < 3; ++c) image.setSample(x, y, c, inside ? 0 : 255);
      image.alpha[static_cast<std::size_t>(y) * 128 + x] = inside ? 255 : 0;
    }
  const Logo logo = makeLogo(image, {}, "disc");
  for (const int side : {37, 90, 300}) {
    const LogoTile tile = renderTile(logo, side, side);
    int soft = 0;
    for (std::size_t i = 0; i < tile.matte.size(); ++i) {
      soft += tile.matte[i] > 0 && tile.matte[i] < 65535;
      for (int c = 0; c < 3; ++c) EXPECT_EQ(tile.rgb[3 * i + static_cast<std::size_t>(c)], 0) << side;
    }
    EXPECT_GT(soft, side / 2);  // the edge is antialiased
  }
}

TEST(LogoTile, FlatLogoStaysFlatWhenEnlarged) {
  const Logo logo = makeLogo(rectangleLogo(64, {0, 0, 64, 64}, 128, {10, 200, 30}), {}, "flat");
  const LogoTile tile = renderTile(logo, 150, 150);
  for (std::size_t i = 0; i < tile.matte.size(); ++i) {
    EXPECT_EQ(tile.matte[i], 32896);  // 128/255
    EXPECT_EQ(tile.rgb[3 * i], 2570);
    EXPECT_EQ(tile.rgb[3 * i + 1], 51400);
    EXPECT_EQ(tile.rgb[3 * i + 2], 7710);
  }
}

TEST(LogoTile, HashCoversSizeColourAndMatte) {
  const Logo logo = makeLogo(rectangleLogo(64, {0, 0, 64, 64}, 255, {10, 200, 30}), {}, "flat");
  const LogoTile tile = renderTile(logo, 32, 32);
  EXPECT_EQ(tileHash(tile), tileHash(renderTile(logo, 32, 32)));
  LogoTile other = tile;
  other.rgb[7] ^= 1;
  EXPECT_NE(tileHash(tile), tileHash(other));
  other = tile;
  other.matte.back() ^= 1;
  EXPECT_NE(tileHash(tile), tileHash(other));
  other = tile;
  std::swap(other.width, other.height);
  EXPECT_EQ(tileHash(tile), tileHash(other));  // a square swapped is the same square
  other.width = 64;
  other.height = 16;
  EXPECT_NE(tileHash(tile), tileHash(other));
}

}  // namespace
}  // namespace medlocker::protect
