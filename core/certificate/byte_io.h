// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

#include "core/common/error.h"
#include "core/common/hash.h"

/// Little-endian fields of our binary files (vault, sealed store, keys). Internal to this module.
namespace medlocker::certificate {

/// Appends to any vector of bytes (Bytes, SecretBytes).
template <typename Buffer>
class ByteWriter {
 public:
  explicit ByteWriter(Buffer& out) : out_(out) {}
  template <typename T>
  requires std::is_unsigned_v<T> ByteWriter& integer(T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i) out_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    return *this;
  }
  /// Not inlined: GCC 12 warns of impossible overflows when it inlines the growth of an empty vector.
  [[gnu::noinline]] ByteWriter& bytes(ByteView view) {
    out_.insert(out_.end(), view.begin(), view.end());
    return *this;
  }
  ByteWriter& text(std::string_view view) { return bytes(asBytes(view)); }

 private:
  Buffer& out_;
};

template <typename Buffer>
ByteWriter(Buffer&) -> ByteWriter<Buffer>;

/// Reads from a view and throws Error(InputRejected) instead of passing its end.
class ByteReader {
 public:
  explicit ByteReader(ByteView view) : rest_(view) {}
  template <typename T>
  requires std::is_unsigned_v<T> T integer() {
    const ByteView part = take(sizeof(T));
    T value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i)
      value = static_cast<T>(value | (static_cast<T>(part[i]) << (8 * i)));
    return value;
  }
  template <std::size_t N>
  std::array<std::uint8_t, N> array() {
    std::array<std::uint8_t, N> out{};
    const ByteView part = take(N);
    std::copy(part.begin(), part.end(), out.begin());
    return out;
  }
  ByteView take(std::uint64_t count) {
    if (count > rest_.size()) throw Error(ErrorCode::InputRejected, "the data ends early");
    const ByteView part = rest_.first(static_cast<std::size_t>(count));
    rest_ = rest_.subspan(static_cast<std::size_t>(count));
    return part;
  }
  void expectText(std::string_view text, const char* complaint) {
    if (rest_.size() < text.size() || asString(take(text.size())) != text)
      throw Error(ErrorCode::InputRejected, complaint);
  }
  std::size_t remaining() const { return rest_.size(); }
  void expectEnd() const {
    if (!rest_.empty()) throw Error(ErrorCode::InputRejected, "bytes follow the end of the data");
  }

 private:
  ByteView rest_;
};

}  // namespace medlocker::certificate
