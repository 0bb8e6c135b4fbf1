// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/certificate/secret.h"

namespace medlocker::certificate {

/// Cost of Argon2id as libsodium counts it. The default is libsodium's "moderate" (spec 12.3).
struct Argon2Cost {
  std::uint64_t passes = 3;
  std::uint64_t memoryBytes = 256ULL << 20;
  /// The least libsodium accepts; for tests only.
  static Argon2Cost lowestForTests() { return {1, 8192}; }
};

/// What reading accepts at most, so that a hostile file cannot ask for hours or for all memory.
inline constexpr std::uint64_t kMaxArgon2Passes = 12;
inline constexpr std::uint64_t kMaxArgon2Memory = 1ULL << 30;

/// Encrypts under a passphrase: Argon2id, then XChaCha20-Poly1305 with the parameters and `associated`
/// authenticated. The box names its own parameters. Throws Error(InvalidArgument) for an empty passphrase.
Bytes sealWithPassphrase(ByteView plain, ByteView associated, const SecretString& passphrase,
                         const Argon2Cost& cost);

/// Opens such a box. Throws Error(InputRejected) where the box is malformed or asks for more than the limits
/// above, and Error(VerificationFailed) for a wrong passphrase or a changed box (the two cannot be told
/// apart).
SecretBytes openWithPassphrase(ByteView box, ByteView associated, const SecretString& passphrase);

/// Bytes by which a box is longer than its content.
inline constexpr std::size_t kPassphraseBoxOverhead = 4 + 8 + 8 + 16 + 24 + 16;

}  // namespace medlocker::certificate
