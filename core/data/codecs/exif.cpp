// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/codecs/byte_order.h"
#include "core/data/codecs/codec.h"

namespace medlocker::data::codecs {
namespace {

constexpr std::uint16_t kOrientationTag = 0x0112;
constexpr std::uint16_t kTypeShort = 3;
constexpr std::size_t kEntryBytes = 12;

}  // namespace

std::optional<int> exifOrientation(ByteView tiff) {
  if (tiff.size() < 8) return std::nullopt;
  const bool big = tiff[0] == 'M' && tiff[1] == 'M';
  if (!big && !(tiff[0] == 'I' && tiff[1] == 'I')) return std::nullopt;
  const auto u16 = [&](std::size_t at) { return big ? big16(tiff, at) : little16(tiff, at); };
  const auto u32 = [&](std::size_t at) { return big ? big32(tiff, at) : little32(tiff, at); };
  if (u16(2) != 42) return std::nullopt;
  const std::size_t directory = u32(4);
  if (!holds(tiff, directory, 2)) return std::nullopt;
  const std::size_t count = u16(directory);
  if (!holds(tiff, directory + 2, count * kEntryBytes)) return std::nullopt;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t entry = directory + 2 + i * kEntryBytes;
    if (u16(entry) != kOrientationTag) continue;
    if (u16(entry + 2) != kTypeShort || u32(entry + 4) != 1) return std::nullopt;
    const int value = u16(entry + 8);
    return value >= 1 && value <= 8 ? std::optional<int>(value) : std::nullopt;
  }
  return std::nullopt;
}

Bytes exifWithOrientation(int orientation) {
  return {'M', 'M',  0, 42, 0, 0, 0, 8,  // header, directory at 8
          0,   1,                        // one entry
          1,   0x12, 0, 3,  0, 0, 0, 1, 0, static_cast<std::uint8_t>(orientation), 0, 0,  // SHORT, count 1
          0,   0,    0, 0};                                                               // no next directory
}

}  // namespace medlocker::data::codecs
