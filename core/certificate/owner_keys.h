// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/certificate/secret.h"

/// The owner's Ed25519 signing key in the file formats of minisign, so the `minisign` program can use our
/// keys and we can use its keys. Value types; not synchronised.
namespace medlocker::certificate {

/// A random number that tells keys apart; not a fingerprint.
using KeyId = std::array<std::uint8_t, 8>;
/// As minisign prints it: 16 upper-case hexadecimal digits of the little-endian number.
std::string toText(const KeyId& id);

struct OwnerPublicKey {
  KeyId id{};
  Key32 key{};  ///< Ed25519
  bool operator==(const OwnerPublicKey&) const = default;
};

struct OwnerSecretKey {
  KeyId id{};
  SecretArray<64> key;  ///< Ed25519 seed, then public key, as libsodium has it
  OwnerPublicKey publicKey() const;
};

/// Cost of scrypt as libsodium counts it. The default is libsodium's "sensitive", which minisign uses too:
/// about 1 GiB of memory and a few seconds each time the key is read.
struct ScryptCost {
  std::uint64_t operations = 33554432;
  std::uint64_t memoryBytes = 1073741824;
  /// The least libsodium accepts; for tests only.
  static ScryptCost lowestForTests() { return {32768, 1 << 20}; }
};

/// A new key from the operating system's random numbers.
OwnerSecretKey generateOwnerKey();

/// Two lines: comment, base64.
std::string formatOwnerPublicKey(const OwnerPublicKey& key);
/// Throws Error(InputRejected).
OwnerPublicKey parseOwnerPublicKey(std::string_view text);
/// Adds the file's name to the error.
OwnerPublicKey readOwnerPublicKey(const std::filesystem::path& file);

/// Encrypted when a passphrase is given (an empty one is refused with Error(InvalidArgument)), plain
/// otherwise. The result is secret when it is plain.
SecretBytes formatOwnerSecretKey(const OwnerSecretKey& key, const std::optional<SecretString>& passphrase,
                                 const ScryptCost& cost = {});
/// True when such a file can only be read with a passphrase. Throws Error(InputRejected).
bool ownerKeyNeedsPassphrase(std::string_view text);
/// A passphrase given for a plain key is not used. Throws Error(InputRejected) for a malformed file or a cost
/// above the default, Error(InvalidArgument) when the passphrase is missing, Error(VerificationFailed) when
/// it is wrong.
OwnerSecretKey parseOwnerSecretKey(std::string_view text, const std::optional<SecretString>& passphrase);
/// Adds the file's name to the error.
OwnerSecretKey readOwnerSecretKey(const std::filesystem::path& file,
                                  const std::optional<SecretString>& passphrase);

}  // namespace medlocker::certificate
