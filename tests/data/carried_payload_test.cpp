// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/carried_payload.h"

#include <gtest/gtest.h>

#include "core/common/error.h"
#include "core/common/random.h"
#include "core/data/image_io.h"

namespace medlocker::data {
namespace {

Bytes randomBytes(std::size_t count) {
  RandomStream stream = RandomStream::fromSeed(count, "carried payload");
  Bytes out(count);
  for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(stream.below(256));
  return out;
}

Image noise(int channels, int bits) {
  Image image(31, 18, channels, bits);
  const Bytes bytes = randomBytes(image.bytes().size());
  std::copy(bytes.begin(), bytes.end(), image.bytes().begin());
  return image;
}

TEST(CarriedPayload, ComesBackAndLeavesTheSamplesAlone) {
  for (const FileFormat format : {FileFormat::Png, FileFormat::Tiff})
    for (const int bits : {8, 16}) {
      const Image image = noise(3, bits);
      const Bytes file = encodeImage(image, format, {.protectedNote = std::string(kProtectedNotePrefix)});
      EXPECT_FALSE(carriedPayload(file, "x").has_value());
      for (const std::size_t size : {5U, 1001U, 100000U}) {
        const Bytes carrying = withCarriedPayload(file, randomBytes(size), "x");
        EXPECT_EQ(carriedPayload(carrying, "x"), randomBytes(size));
        const DecodedImage decoded = decodeImage(carrying, "x");
        EXPECT_TRUE(decoded.image.sameSamples(image));
        EXPECT_TRUE(decoded.notices.empty());
        EXPECT_EQ(decoded.image.metadata.protectedNote, kProtectedNotePrefix);
        // Never a second one.
        EXPECT_THROW(withCarriedPayload(carrying, randomBytes(9), "x"), Error);
      }
    }
}

TEST(CarriedPayload, ALargeOneIsSplitIntoChunks) {
  const Bytes file = encodeImage(noise(1, 8), FileFormat::Png);
  const Bytes payload = randomBytes((16U << 20) + 12345);
  const Bytes carrying = withCarriedPayload(file, payload, "x");
  EXPECT_EQ(carriedPayload(carrying, "x"), payload);
  EXPECT_TRUE(decodeImage(carrying, "x").image.sameSamples(noise(1, 8)));
}

TEST(CarriedPayload, IsLostWhenTheFileIsSavedAgain) {
  const Bytes carrying = withCarriedPayload(encodeImage(noise(1, 8), FileFormat::Tiff), randomBytes(50), "x");
  EXPECT_FALSE(
      carriedPayload(encodeImage(decodeImage(carrying, "x").image, FileFormat::Tiff), "x").has_value());
}

TEST(CarriedPayload, OtherFormatsAndNoPayloadAreRefused) {
  EXPECT_FALSE(canCarryPayload(FileFormat::Bmp));
  EXPECT_FALSE(canCarryPayload(FileFormat::Jpeg));
  EXPECT_THROW(withCarriedPayload(encodeImage(noise(3, 8), FileFormat::Bmp), randomBytes(50), "x"), Error);
  EXPECT_THROW(withCarriedPayload(encodeImage(noise(3, 8), FileFormat::Png), {}, "x"), Error);
  EXPECT_FALSE(carriedPayload(encodeImage(noise(3, 8), FileFormat::Bmp), "x").has_value());
}

TEST(CarriedPayload, DamageIsAnErrorOrAnotherPayload) {
  RandomStream stream = RandomStream::fromSeed(7, "damage");
  for (const FileFormat format : {FileFormat::Png, FileFormat::Tiff}) {
    const Bytes good = withCarriedPayload(encodeImage(noise(3, 8), format), randomBytes(700), "x");
    for (int i = 0; i < 3000; ++i) {
      Bytes bad = good;
      if (stream.chance(0.3))
        bad.resize(stream.below(bad.size()));
      else
        bad[stream.below(bad.size())] ^= static_cast<std::uint8_t>(1 << stream.below(8));
      try {
        carriedPayload(bad, "x");
      } catch (const Error& e) {
        EXPECT_TRUE(e.code() == ErrorCode::InputRejected || e.code() == ErrorCode::Unsupported) << e.what();
      }
    }
  }
}

}  // namespace
}  // namespace medlocker::data
