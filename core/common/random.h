// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/common/hash.h"

namespace medlocker {

/// A counter-based random stream: block n is ChaCha20 of (key, n), so its values depend on the key alone and
/// never on threads, order of items or batch size. Two streams with different keys are independent. Copy =
/// same position. Not thread-safe; give every item and purpose its own stream.
class RandomStream {
 public:
  explicit RandomStream(const Key32& key);
  /// Key = SHA-256("medlocker/stream/1" ‖ parts, each preceded by its length as u64 little endian).
  static RandomStream derive(std::initializer_list<ByteView> parts);
  /// Convenience for a 64-bit seed and a purpose.
  static RandomStream fromSeed(std::uint64_t seed, std::string_view purpose);
  /// A stream of this stream's key and a further purpose; does not move this stream.
  RandomStream child(std::string_view purpose, std::uint64_t index = 0) const;

  std::uint64_t nextU64();
  /// Uniform integer in [0, bound), without modulo bias; bound >= 1.
  std::uint64_t below(std::uint64_t bound);
  /// Uniform in [0, 1), 53 bits.
  double uniform();
  double uniform(double lo, double hi) { return lo + (hi - lo) * uniform(); }
  bool chance(double probability) { return uniform() < probability; }
  /// Standard normal by Box-Muller; consumes two values every call, so positions stay predictable.
  double normal();
  /// Fisher-Yates.
  template <typename T>
  void shuffle(std::vector<T>& values) {
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
  }

  const Key32& key() const { return key_; }
  /// Number of 64-bit values drawn so far; seek() continues from such a position (for checkpoints).
  std::uint64_t position() const { return position_; }
  void seek(std::uint64_t position);

 private:
  void refill(std::uint64_t block);

  static constexpr std::uint64_t kPerBlock = 64;  // values per refill: 512 bytes, eight ChaCha blocks
  Key32 key_;
  std::uint64_t position_ = 0;
  std::uint64_t loadedBlock_ = ~0ULL;
  std::array<std::uint64_t, kPerBlock> values_{};
};

}  // namespace medlocker
