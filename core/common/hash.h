// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace medlocker {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;
using Digest = std::array<std::uint8_t, 32>;  ///< a SHA-256 value
using Key32 = std::array<std::uint8_t, 32>;
using Id16 = std::array<std::uint8_t, 16>;

inline ByteView asBytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string asString(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Incremental SHA-256 (OpenSSL). Not thread-safe; one object per thread.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  Sha256& update(ByteView bytes);
  Sha256& update(std::string_view text) { return update(asBytes(text)); }
  Digest finish();  ///< call once

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

Digest sha256(ByteView bytes);
/// Streams the file. Throws Error(NotFound/Io).
Digest sha256File(const std::filesystem::path& path);
Digest hmacSha256(ByteView key, ByteView message);
/// RFC 5869 with SHA-256, 32 bytes of output.
Key32 hkdfSha256(ByteView inputKey, ByteView salt, ByteView info);

/// Lower-case hexadecimal.
std::string toHex(ByteView bytes);
/// Strict: even length, digits 0-9a-f only (upper case is refused so that there is one spelling). Throws
/// Error(InputRejected).
Bytes fromHex(std::string_view text);
/// As fromHex, with the length checked.
Digest digestFromHex(std::string_view text);
Id16 id16FromHex(std::string_view text);

std::string toBase64(ByteView bytes);
/// Strict standard alphabet with padding. Throws Error(InputRejected).
Bytes fromBase64(std::string_view text);

/// Random bytes from the operating system (libsodium). Keys, nonces and ids come from here and never from a
/// seed.
void fillRandom(std::span<std::uint8_t> out);
/// Overwrites memory in a way the compiler keeps.
void wipe(std::span<std::uint8_t> secret);

}  // namespace medlocker
