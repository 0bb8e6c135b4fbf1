// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/codecs/codec.h"

namespace medlocker::data::codecs {
namespace {

constexpr std::uint16_t kOrientationTag = 0x0112;
constexpr std::uint16_t kTypeShort = 3;
constexpr std::size_t kEntryBytes = 12;

class Reader {
 public:
  Reader(ByteView bytes, bool bigEndian) : bytes_(bytes), bigEndian_(bigEndian) {}
  bool has(std::size_t at, std::size_t count) const {
    return at <= bytes_.size() && bytes_.size() - at >= count;
  }
  std::uint16_t u16(std::size_t at) const {
    return static_cast<std::uint16_t>(bigEndian_ ? bytes_[at] << 8 | bytes_[at + 1]
                                                 : bytes_[at + 1] << 8 | bytes_[at]);
  }
  std::uint32_t u32(std::size_t at) const {
    const std::uint32_t first = u16(at);
    const std::uint32_t second = u16(at + 2);
    return bigEndian_ ? first << 16 | second : second << 16 | first;
  }

 private:
  ByteView bytes_;
  bool bigEndian_;
};

}  // namespace

std::optional<int> exifOrientation(ByteView tiff) {
  if (tiff.size() < 8) return std::nullopt;
  const bool big = tiff[0] == 'M' && tiff[1] == 'M';
  if (!big && !(tiff[0] == 'I' && tiff[1] == 'I')) return std::nullopt;
  const Reader reader(tiff, big);
  if (reader.u16(2) != 42) return std::nullopt;
  const std::size_t directory = reader.u32(4);
  if (!reader.has(directory, 2)) return std::nullopt;
  const std::size_t count = reader.u16(directory);
  if (!reader.has(directory + 2, count * kEntryBytes)) return std::nullopt;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t entry = directory + 2 + i * kEntryBytes;
    if (reader.u16(entry) != kOrientationTag) continue;
    if (reader.u16(entry + 2) != kTypeShort || reader.u32(entry + 4) != 1) return std::nullopt;
    const int value = reader.u16(entry + 8);
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
