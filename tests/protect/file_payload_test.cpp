// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/file_payload.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/common/error.h"
#include "core/common/random.h"

namespace medlocker::protect {
namespace {

Bytes randomBytes(std::size_t count, std::string_view purpose) {
  RandomStream stream = RandomStream::fromSeed(5, purpose);
  Bytes out(count);
  for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(stream.below(256));
  return out;
}

TEST(FilePayload, GivesTheFileBack) {
  for (const std::size_t size : {0, 1, 31, 5000}) {
    const Bytes file = randomBytes(size, "file");
    const Bytes payload = encodeFilePayload(file);
    EXPECT_EQ(payloadKindOf(payload), PayloadKind::File);
    EXPECT_EQ(restoreFile({}, payload), file);
  }
}

TEST(PatchPayload, StoresOnlyWhatDiffers) {
  const Bytes original = randomBytes(200000, "original");
  Bytes made = original;
  for (std::size_t row = 0; row < 50; ++row)
    for (std::size_t i = 0; i < 90; ++i) made[60000 + row * 1000 + i] ^= 0x5A;
  const Bytes payload = encodePatchPayload(original, made);
  EXPECT_EQ(payloadKindOf(payload), PayloadKind::Patch);
  EXPECT_EQ(restoreFile(made, payload), original);
  // 50 segments of 90 bytes, two parts of 16 bytes each.
  EXPECT_LT(payload.size(), 50u * (90 + 32) + 200);
}

TEST(PatchPayload, AnInsertedHeaderDoesNotShiftEverythingIntoThePayload) {
  const Bytes original = randomBytes(100000, "original");
  Bytes made = randomBytes(77, "header");
  made.insert(made.end(), original.begin(), original.end());
  const Bytes payload = encodePatchPayload(original, made);
  EXPECT_EQ(restoreFile(made, payload), original);
  EXPECT_LT(payload.size(), 300u);
}

TEST(PatchPayload, GivesTheFileBackForAnyTwoFiles) {
  RandomStream stream = RandomStream::fromSeed(9, "patch pairs");
  for (int i = 0; i < 300; ++i) {
    // Few symbols make many false matches.
    Bytes original(stream.below(600));
    for (std::uint8_t& byte : original) byte = static_cast<std::uint8_t>(stream.below(i % 3 + 1));
    Bytes made = original;
    for (std::uint64_t k = stream.below(6); k > 0 && !made.empty(); --k) {
      const std::size_t at = stream.below(made.size());
      switch (stream.below(3)) {
        case 0:
          made[at] ^= 1;
          break;
        case 1:
          made.erase(made.begin() + static_cast<std::ptrdiff_t>(at),
                     made.begin() + static_cast<std::ptrdiff_t>(std::min(made.size(), at + 40)));
          break;
        default:
          made.insert(made.begin() + static_cast<std::ptrdiff_t>(at), 37, 9);
      }
    }
    ASSERT_EQ(restoreFile(made, encodePatchPayload(original, made)), original) << i;
  }
}

TEST(PatchPayload, IsRefusedForAnotherProtectedFile) {
  const Bytes original = randomBytes(1000, "original");
  Bytes made = original;
  made[500] ^= 1;
  const Bytes payload = encodePatchPayload(original, made);
  made.push_back(0);
  EXPECT_THROW(restoreFile(made, payload), Error);
}

// What is not refused here, the caller's comparison of hashes refuses; only bits that nothing reads (the last
// ones of a compressed stream) may change without effect.
TEST(FilePayload, DamageIsRefusedOrGivesAnotherFile) {
  const Bytes original = randomBytes(3000, "original");
  Bytes made = original;
  std::fill(made.begin() + 1000, made.begin() + 1400, std::uint8_t{3});
  RandomStream stream = RandomStream::fromSeed(1, "damage");
  int without = 0;
  for (const Bytes& good : {encodePatchPayload(original, made), encodeFilePayload(original)})
    for (int i = 0; i < 2000; ++i) {
      Bytes bad = good;
      switch (stream.below(3)) {
        case 0:
          bad[stream.below(bad.size())] ^= static_cast<std::uint8_t>(1 << stream.below(8));
          break;
        case 1:
          bad.resize(stream.below(bad.size()));
          break;
        default:
          bad.push_back(0);
      }
      try {
        without += restoreFile(made, bad, {.maxRawBytes = 1 << 20}) == original;
      } catch (const Error& e) {
        EXPECT_EQ(e.code(), ErrorCode::InputRejected);
      }
    }
  EXPECT_LE(without, 8);
}

TEST(FilePayload, ASamplePayloadIsNotAFile) {
  const data::Image image(8, 8, 1);
  EXPECT_THROW(restoreFile({}, encodeRoiPayload(image, {1, 1, 4, 4})), Error);
  EXPECT_THROW(decodePayload(encodeFilePayload(randomBytes(10, "x"))), Error);
}

}  // namespace
}  // namespace medlocker::protect
