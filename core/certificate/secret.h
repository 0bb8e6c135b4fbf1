// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "core/common/hash.h"

/// Buffers for keys, passphrases and decrypted private data. They are wiped before their memory is given
/// back, also when a buffer grows or is moved from. They have no printing, on purpose. Value types; not
/// synchronised.
namespace medlocker::certificate {

template <typename T>
struct WipingAllocator {
  using value_type = T;
  WipingAllocator() = default;
  template <typename U>
  WipingAllocator(const WipingAllocator<U>&) {}
  T* allocate(std::size_t n) { return std::allocator<T>().allocate(n); }
  void deallocate(T* p, std::size_t n) {
    wipe({reinterpret_cast<std::uint8_t*>(p), n * sizeof(T)});
    std::allocator<T>().deallocate(p, n);
  }
  template <typename U>
  bool operator==(const WipingAllocator<U>&) const {
    return true;
  }
};

/// Secret bytes of any length.
using SecretBytes = std::vector<std::uint8_t, WipingAllocator<std::uint8_t>>;

/// Secret bytes of a fixed length; all zero by default.
template <std::size_t N>
class SecretArray {
 public:
  SecretArray() = default;
  explicit SecretArray(std::span<const std::uint8_t, N> bytes) {
    std::copy(bytes.begin(), bytes.end(), bytes_.begin());
  }
  SecretArray(const SecretArray&) = default;
  SecretArray& operator=(const SecretArray&) = default;
  ~SecretArray() { wipe(bytes_); }

  static SecretArray random() {
    SecretArray out;
    fillRandom(out.bytes_);
    return out;
  }

  std::uint8_t* data() { return bytes_.data(); }
  const std::uint8_t* data() const { return bytes_.data(); }
  static constexpr std::size_t size() { return N; }
  ByteView view() const { return bytes_; }
  std::span<std::uint8_t> span() { return bytes_; }
  /// In constant time.
  bool equals(const SecretArray& other) const {
    std::uint8_t difference = 0;
    for (std::size_t i = 0; i < N; ++i)
      difference = static_cast<std::uint8_t>(difference | (bytes_[i] ^ other.bytes_[i]));
    return difference == 0;
  }

 private:
  std::array<std::uint8_t, N> bytes_{};
};

using SecretKey32 = SecretArray<32>;

/// A passphrase.
class SecretString {
 public:
  SecretString() = default;
  explicit SecretString(std::string_view text) : bytes_(text.begin(), text.end()) {}
  std::string_view view() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }
  bool empty() const { return bytes_.empty(); }

 private:
  SecretBytes bytes_;
};

}  // namespace medlocker::certificate
