// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/common/hash.h"

namespace medlocker::data::codecs {

// The caller has checked that the bytes are there.

inline std::uint16_t big16(ByteView bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}
inline std::uint32_t big32(ByteView bytes, std::size_t at) {
  return static_cast<std::uint32_t>(big16(bytes, at)) << 16 | big16(bytes, at + 2);
}
inline std::uint64_t big64(ByteView bytes, std::size_t at) {
  return static_cast<std::uint64_t>(big32(bytes, at)) << 32 | big32(bytes, at + 4);
}
inline std::uint16_t little16(ByteView bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at + 1] << 8 | bytes[at]);
}
inline std::uint32_t little24(ByteView bytes, std::size_t at) {
  return static_cast<std::uint32_t>(bytes[at + 2]) << 16 | little16(bytes, at);
}
inline std::uint32_t little32(ByteView bytes, std::size_t at) {
  return static_cast<std::uint32_t>(little16(bytes, at + 2)) << 16 | little16(bytes, at);
}

/// True where `count` bytes lie at `at`.
inline bool holds(ByteView bytes, std::size_t at, std::size_t count) {
  return at <= bytes.size() && bytes.size() - at >= count;
}

}  // namespace medlocker::data::codecs
