// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/image.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/common/error.h"

namespace medlocker::data {
namespace {

TEST(Image, RefusesImpossibleShapes) {
  EXPECT_THROW(Image(0, 4, 1), Error);
  EXPECT_THROW(Image(4, -1, 1), Error);
  EXPECT_THROW(Image(4, 4, 2), Error);
  EXPECT_THROW(Image(4, 4, 1, 12), Error);
  EXPECT_THROW(Image(4, 4, 1, 8, 12), Error);
  EXPECT_THROW(Image(4, 4, 1, 16, 7), Error);
  EXPECT_NO_THROW(Image(4, 4, 3, 16, 12, true));
}

TEST(Image, KeepsSignedAndUnsignedSamples) {
  Image unsigned16(3, 2, 3, 16, 12);
  EXPECT_EQ(unsigned16.minValue(), 0);
  EXPECT_EQ(unsigned16.maxValue(), 4095);
  unsigned16.setSample(2, 1, 0, 4095);
  EXPECT_EQ(unsigned16.sample(2, 1, 0), 4095);
  EXPECT_EQ(unsigned16.sample(1, 1, 0), 0);

  Image signed12(3, 2, 1, 16, 12, true);
  EXPECT_EQ(signed12.minValue(), -2048);
  EXPECT_EQ(signed12.maxValue(), 2047);
  signed12.setSample(0, 0, 0, -2048);
  EXPECT_EQ(signed12.sample(0, 0, 0), -2048);

  Image signed8(1, 1, 1, 8, 8, true);
  signed8.setSample(0, 0, 0, -5);
  EXPECT_EQ(signed8.sample(0, 0, 0), -5);
  EXPECT_EQ(signed8.bytes()[0], 251);
}

TEST(Image, ComparesSamplesAndDepthButNotMetadata) {
  Image a(2, 2, 1);
  Image b(2, 2, 1);
  b.metadata.orientation = 6;
  EXPECT_TRUE(a.sameSamples(b));
  b.setSample(1, 1, 0, 1);
  EXPECT_FALSE(a.sameSamples(b));
  EXPECT_FALSE(a.sameSamples(Image(2, 2, 1, 16)));
  EXPECT_FALSE(a.sameSamples(Image(4, 1, 1)));
}

// The two vectors of spec section 16.
TEST(PixelHash, MatchesTheSpecificationsVectors) {
  Image rgb(2, 1, 3);
  const std::uint8_t bytes[] = {0x00, 0x01, 0x02, 0xFD, 0xFE, 0xFF};
  std::copy(std::begin(bytes), std::end(bytes), rgb.bytes().begin());
  EXPECT_EQ(toHex(pixelHash(rgb)), "12fe8831b926f33e85f84dd2ca2d644e8a680050ff7b79e21d2de0154fbad23b");

  Image grey(2, 2, 1, 16, 12);
  const std::uint16_t values[] = {0, 1, 4094, 4095};
  std::copy(std::begin(values), std::end(values), grey.samples16().begin());
  EXPECT_EQ(toHex(pixelHash(grey)), "156b1186f48553ab0a50599b2b1b2e98201a62e28d5c7479e9f0b60e3143452e");
}

TEST(PixelHash, DependsOnFrameShapeAndSign) {
  const Image image(2, 2, 1);
  EXPECT_NE(pixelHash(image, 0), pixelHash(image, 1));
  EXPECT_NE(pixelHash(image), pixelHash(Image(4, 1, 1)));
  EXPECT_NE(pixelHash(image), pixelHash(Image(2, 2, 1, 8, 8, true)));
}

}  // namespace
}  // namespace medlocker::data
