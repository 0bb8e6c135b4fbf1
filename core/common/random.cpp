// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/common/random.h"

#include <sodium.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <numbers>

#include "core/common/little_endian.h"

namespace medlocker {
namespace {

static_assert(std::endian::native == std::endian::little, "streams are read as little-endian words");

void updateSized(Sha256& hash, ByteView part) {
  hash.update(littleEndian(part.size())).update(part);
}

}  // namespace

RandomStream::RandomStream(const Key32& key) : key_(key) {
}

RandomStream RandomStream::derive(std::initializer_list<ByteView> parts) {
  Sha256 hash;
  hash.update("medlocker/stream/1");
  for (const ByteView part : parts) updateSized(hash, part);
  return RandomStream(hash.finish());
}

RandomStream RandomStream::fromSeed(std::uint64_t seed, std::string_view purpose) {
  return derive({littleEndian(seed), asBytes(purpose)});
}

RandomStream RandomStream::child(std::string_view purpose, std::uint64_t index) const {
  return derive({key_, asBytes(purpose), littleEndian(index)});
}

void RandomStream::refill(std::uint64_t block) {
  std::array<std::uint8_t, crypto_stream_chacha20_NONCEBYTES> nonce{};
  std::array<std::uint8_t, sizeof(values_)> bytes{};
  // The key stream is the encryption of zeros; eight 64-byte ChaCha blocks per refill.
  crypto_stream_chacha20_xor_ic(bytes.data(), bytes.data(), bytes.size(), nonce.data(), block * 8,
                                key_.data());
  std::memcpy(values_.data(), bytes.data(), bytes.size());
  loadedBlock_ = block;
}

std::uint64_t RandomStream::nextU64() {
  const std::uint64_t block = position_ / kPerBlock;
  if (block != loadedBlock_) refill(block);
  return values_[position_++ % kPerBlock];
}

std::uint64_t RandomStream::below(std::uint64_t bound) {
  // Rejection: the lowest `2^64 mod bound` values would be over-represented.
  const std::uint64_t threshold = (0 - bound) % bound;
  std::uint64_t value = nextU64();
  while (value < threshold) value = nextU64();
  return value % bound;
}

double RandomStream::uniform() {
  return static_cast<double>(nextU64() >> 11) * 0x1.0p-53;
}

double RandomStream::normal() {
  const double u = 1.0 - uniform();  // in (0, 1]: the logarithm is finite
  const double v = uniform();
  return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * v);
}

void RandomStream::seek(std::uint64_t position) {
  position_ = position;
}

}  // namespace medlocker
