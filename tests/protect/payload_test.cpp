// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/payload.h"

#include <gtest/gtest.h>

#include "core/common/error.h"
#include "core/common/random.h"

namespace medlocker::protect {
namespace {

struct Case {
  int channels, bitsAllocated, bits;
  bool isSigned;
  double alpha;
};

class PayloadRoundTrip : public ::testing::TestWithParam<Case> {};

LogoTile softDisc(int width, int height) {
  LogoTile tile;
  tile.width = width;
  tile.height = height;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const double dx = (x + 0.5) / width - 0.5;
      const double dy = (y + 0.5) / height - 0.5;
      const double r = dx * dx + dy * dy;
      tile.matte.push_back(static_cast<std::uint16_t>(r < 0.16   ? 65535
                                                      : r < 0.25 ? 65535 * (0.25 - r) / 0.09
                                                                 : 0));
      for (int c = 0; c < 3; ++c)
        tile.rgb.push_back(static_cast<std::uint16_t>((x * 977 + c * 20011) % 65536));
    }
  return tile;
}

data::Image noiseImage(int width, int height, const Case& format, RandomStream& random) {
  data::Image image(width, height, format.channels, format.bitsAllocated, format.bits, format.isSigned);
  const auto range = static_cast<std::uint64_t>(image.maxValue() - image.minValue()) + 1;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < format.channels; ++c)
        image.setSample(x, y, c, image.minValue() + static_cast<int>(random.below(range)));
  return image;
}

struct Protected {
  data::Image original;
  data::Image composed;
  TargetTile tile;
  std::vector<PlacedTile> tiles;
};

Protected protect(const Case& format, RandomStream& random) {
  Protected p;
  p.original = noiseImage(50, 41, format, random);
  p.tile = makeTargetTile(
      softDisc(21, 17), p.original,
      {static_cast<double>(p.original.minValue()), static_cast<double>(p.original.maxValue())});
  p.tiles = {{&p.tile, 11, 8, opacityCode(format.alpha)}};
  p.composed = compose(p.original, p.tiles, OpacityLaw::Matte);
  return p;
}

TEST_P(PayloadRoundTrip, EverySampleComesBack) {
  RandomStream random = RandomStream::fromSeed(21, "payload");
  const Protected p = protect(GetParam(), random);
  const data::Box box = changedBox(p.original, p.composed);
  ASSERT_FALSE(box.empty());
  const Bytes roi = encodeRoiPayload(p.original, box, 3);
  const Payload decoded = decodePayload(roi);
  EXPECT_EQ(decoded.kind, PayloadKind::Roi);
  EXPECT_EQ(decoded.frame, 3U);
  EXPECT_EQ(decoded.box, box);
  EXPECT_EQ(pixelHash(restoreImage(p.composed, decoded)), pixelHash(p.original));

  const auto residual = encodeResidualPayload(p.original, p.composed, p.tiles, OpacityLaw::Matte, 3);
  ASSERT_TRUE(residual.has_value());
  EXPECT_EQ(decodePayload(*residual).kind, PayloadKind::Residual);
  EXPECT_EQ(pixelHash(restoreImage(p.composed, decodePayload(*residual))), pixelHash(p.original));
}

INSTANTIATE_TEST_SUITE_P(
    DepthsAndOpacities, PayloadRoundTrip, ::testing::ValuesIn([] {
      std::vector<Case> cases;
      for (const double alpha : {0.4, 0.5, 0.9, 1.0})
        for (const Case& format :
             {Case{3, 8, 8, false, 0}, Case{1, 8, 8, false, 0}, Case{1, 16, 12, false, 0},
              Case{1, 16, 12, true, 0}, Case{3, 16, 16, false, 0}, Case{1, 16, 16, true, 0}})
          cases.push_back({format.channels, format.bitsAllocated, format.bits, format.isSigned, alpha});
      return cases;
    }()));

enum class Outcome { Detected, Harmless, Wrong };

Outcome tryRestore(const Protected& p, const Bytes& payload, const data::Image& image) {
  try {
    const Payload decoded = decodePayload(payload);
    const data::Image restored = restoreImage(image, decoded);
    if (pixelHash(restored, decoded.frame) != pixelHash(p.original)) return Outcome::Detected;
    return restored.sameSamples(p.original) ? Outcome::Harmless : Outcome::Wrong;
  } catch (const Error&) {
    return Outcome::Detected;
  }
}

TEST(Payload, EveryFlippedBitOfThePayloadIsDetected) {
  RandomStream random = RandomStream::fromSeed(22, "payload flips");
  const Protected p = protect({3, 8, 8, false, 0.9}, random);
  for (const bool residual : {false, true}) {
    const Bytes good = residual
                           ? encodeResidualPayload(p.original, p.composed, p.tiles, OpacityLaw::Matte).value()
                           : encodeRoiPayload(p.original, changedBox(p.original, p.composed));
    ASSERT_EQ(tryRestore(p, good, p.composed), Outcome::Harmless);
    std::size_t harmless = 0;
    for (std::size_t byte = 0; byte < good.size(); ++byte)
      for (int bit = 0; bit < 8; ++bit) {
        Bytes bad = good;
        bad[byte] ^= static_cast<std::uint8_t>(1 << bit);
        const Outcome outcome = tryRestore(p, bad, p.composed);
        ASSERT_NE(outcome, Outcome::Wrong);
        harmless += outcome == Outcome::Harmless;
      }
    // Only bits that carry no information may go unnoticed here (unused bits that end the stream, target
    // samples under clear pixels, equivalent matches); the record's hash of the payload covers those.
    EXPECT_LE(harmless, residual ? good.size() / 4 : 7U);
  }
}

TEST(Payload, EveryFlippedBitOfTheImageIsDetectedOrOverwritten) {
  RandomStream random = RandomStream::fromSeed(23, "image flips");
  const Protected p = protect({1, 16, 12, false, 0.5}, random);
  const data::Box box = changedBox(p.original, p.composed);
  const Bytes payload = encodeRoiPayload(p.original, box);
  const Digest protectedHash = pixelHash(p.composed);
  for (std::size_t byte = 0; byte < p.composed.bytes().size(); ++byte) {
    data::Image bad = p.composed;
    bad.bytes()[byte] ^= 0x04;
    EXPECT_NE(pixelHash(bad), protectedHash);
    const std::size_t pixel = byte / 2;
    const int x = static_cast<int>(pixel % 50);
    const int y = static_cast<int>(pixel / 50);
    const bool inside = x >= box.x0 && x < box.x1 && y >= box.y0 && y < box.y1;
    EXPECT_EQ(tryRestore(p, payload, bad), inside ? Outcome::Harmless : Outcome::Detected);
  }
}

TEST(Payload, AnUnchangedImageHasAnEmptyPayload) {
  RandomStream random = RandomStream::fromSeed(24, "unchanged");
  const data::Image image = noiseImage(9, 9, {3, 8, 8, false, 0}, random);
  const Bytes payload = encodeRoiPayload(image, {});
  EXPECT_EQ(payload.size(), kPayloadHeaderBytes);
  EXPECT_TRUE(restoreImage(image, decodePayload(payload)).sameSamples(image));
}

TEST(Payload, SmoothContentCompresses) {
  data::Image image(400, 400, 3, 16, 16);
  for (int y = 0; y < 400; ++y)
    for (int x = 0; x < 400; ++x)
      for (int c = 0; c < 3; ++c) image.setSample(x, y, c, 40 * x + 11 * y + 1000 * c);
  const Bytes payload = encodeRoiPayload(image, {8, 8, 392, 392});
  EXPECT_LT(payload.size(), 384U * 384U * 6U / 50U);
}

TEST(Payload, ResidualIsSmallForAFlatTileAtHalfOpacity) {
  // Spec 12.2: at α = 0.5 the symbols are ternary, so noise costs at most 2 bits per sample instead of 8.
  RandomStream random = RandomStream::fromSeed(25, "ternary");
  data::Image original = noiseImage(200, 200, {3, 8, 8, false, 0}, random);
  LogoTile flat;
  flat.width = flat.height = 180;
  flat.matte.assign(180 * 180, 65535);
  flat.rgb.assign(180 * 180 * 3, 50000);
  const TargetTile tile = makeTargetTile(flat, original, {0, 255});
  const std::vector<PlacedTile> tiles{{&tile, 10, 10, opacityCode(0.5)}};
  const data::Image composed = compose(original, tiles, OpacityLaw::Matte);
  const auto residual = encodeResidualPayload(original, composed, tiles, OpacityLaw::Matte);
  ASSERT_TRUE(residual.has_value());
  EXPECT_LT(residual->size() * 8.0 / (180 * 180 * 3), 2.05);
  EXPECT_TRUE(restoreImage(composed, decodePayload(*residual)).sameSamples(original));
}

TEST(Payload, ResidualGivesUpWhereItCannotBeExact) {
  RandomStream random = RandomStream::fromSeed(26, "overlap");
  Protected p = protect({1, 8, 8, false, 0.9}, random);
  p.tiles.push_back({&p.tile, 13, 9, opacityCode(0.9)});  // overlaps the first
  p.composed = compose(p.original, p.tiles, OpacityLaw::Matte);
  EXPECT_FALSE(encodeResidualPayload(p.original, p.composed, p.tiles, OpacityLaw::Matte).has_value());
}

TEST(Payload, LyingLengthsAreRefusedBeforeAllocation) {
  data::Image image(16, 16, 3);
  Bytes payload = encodeRoiPayload(image, {0, 0, 16, 16});
  const auto with = [&](std::size_t at, std::uint64_t value, int bytes) {
    Bytes changed = payload;
    for (int i = 0; i < bytes; ++i)
      changed[at + static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(value >> (8 * i));
    return changed;
  };
  // 2^20 × 2^20 pixels in a few bytes; raw lengths that do not follow from the box; trailing and missing
  // bytes.
  Bytes huge = with(24, 1U << 19, 4);
  for (int i = 0; i < 4; ++i) huge[28 + static_cast<std::size_t>(i)] = huge[24 + static_cast<std::size_t>(i)];
  EXPECT_THROW(decodePayload(huge), Error);
  EXPECT_THROW(decodePayload(with(32, ~0ULL, 8)), Error);
  EXPECT_THROW(decodePayload(with(40, ~0ULL, 8)), Error);
  EXPECT_THROW(decodePayload(with(16, 0xFFFFFFFFU, 4)), Error);
  payload.push_back(0);
  EXPECT_THROW(decodePayload(payload), Error);
  payload.resize(payload.size() - 2);
  EXPECT_THROW(decodePayload(payload), Error);
  for (std::size_t length = 0; length < payload.size(); ++length)
    EXPECT_THROW(decodePayload(ByteView(payload).first(length)), Error);
}

TEST(Payload, AnotherImagesPayloadIsRefused) {
  const Bytes payload = encodeRoiPayload(data::Image(40, 40, 3), {10, 10, 30, 30});
  EXPECT_THROW(restoreImage(data::Image(29, 40, 3), decodePayload(payload)), Error);
  EXPECT_THROW(restoreImage(data::Image(40, 40, 1), decodePayload(payload)), Error);
  EXPECT_THROW(restoreImage(data::Image(40, 40, 3, 16), decodePayload(payload)), Error);
}

TEST(Payload, RelativeSamplesRestoreAndAreSmallWhereLittleChanged) {
  for (const int bits : {8, 16}) {
    data::Image original(120, 90, 3, bits, bits);
    for (int y = 0; y < 90; ++y)
      for (int x = 0; x < 120; ++x)
        for (int c = 0; c < 3; ++c)
          original.setSample(x, y, c, (x * 37 + y * 91 + c * 17 + x * y) % original.maxValue());
    data::Image changed = original;
    changed.setSample(3, 2, 0, 7);
    changed.setSample(110, 80, 1, 9);
    const data::Box box = changedBox(original, changed);
    const Bytes relative = encodeRoiPayload(original, box, 0, &changed);
    EXPECT_LT(relative.size(), encodeRoiPayload(original, box).size() / 4);
    const Payload payload = decodePayload(relative);
    EXPECT_TRUE(payload.relative);
    EXPECT_TRUE(restoreImage(changed, payload).sameSamples(original));
    Bytes broken = relative;
    broken[7] = 3;
    EXPECT_THROW(decodePayload(broken), Error);
  }
}

}  // namespace
}  // namespace medlocker::protect
