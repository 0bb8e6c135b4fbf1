// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "core/common/hash.h"

/// What the payload kinds share. Internal to this module.
namespace medlocker::protect {

/// Throws Error(InputRejected): "the restoration payload is damaged: " and the reason.
[[noreturn]] void rejectPayload(const std::string& reason);

inline void putLittleEndian(Bytes& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}
/// `at + bytes` must lie inside `in`.
inline std::uint64_t littleEndian(ByteView in, std::size_t at, int bytes) {
  std::uint64_t value = 0;
  for (int i = 0; i < bytes; ++i)
    value |= static_cast<std::uint64_t>(in[at + static_cast<std::size_t>(i)]) << (8 * i);
  return value;
}

Bytes deflatePayload(ByteView raw);
/// Throws Error(InputRejected) unless exactly `rawLength` bytes come out of exactly `data`.
Bytes inflatePayload(ByteView data, std::uint64_t rawLength);

/// A deflate stream cannot expand by more than about 1032 : 1, so a larger claim is a lie about raw_len.
inline constexpr std::uint64_t kMaxDeflateRatio = 1040;

}  // namespace medlocker::protect
