// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/certificate/passphrase.h"
#include "core/certificate/secret.h"

/// A recipient's X25519 key pair: grants are sealed to its public half (libsodium sealed box, spec 12.3).
/// Value types; not synchronised.
namespace medlocker::certificate {

struct RecipientPublicKey {
  Key32 key{};
  /// SHA-256("medlocker/recipient/1" ‖ key); what a grant names.
  Digest fingerprint() const;
  bool operator==(const RecipientPublicKey&) const = default;
};

struct RecipientSecretKey {
  SecretKey32 key;
  RecipientPublicKey publicKey() const;
};

RecipientSecretKey generateRecipientKey();

/// Two lines: comment, base64 of "MLX1" ‖ key ‖ first four bytes of its fingerprint (so a typing error is
/// noticed).
std::string formatRecipientPublicKey(const RecipientPublicKey& key);
/// Throws Error(InputRejected).
RecipientPublicKey parseRecipientPublicKey(std::string_view text);
RecipientPublicKey readRecipientPublicKey(const std::filesystem::path& file);

/// Encrypted when a passphrase is given, plain otherwise (then the result is secret).
SecretBytes formatRecipientSecretKey(const RecipientSecretKey& key,
                                     const std::optional<SecretString>& passphrase,
                                     const Argon2Cost& cost = {});
bool recipientKeyNeedsPassphrase(std::string_view text);
/// Throws Error(InputRejected) for a malformed file, Error(InvalidArgument) when the passphrase is missing,
/// Error(VerificationFailed) when it is wrong.
RecipientSecretKey parseRecipientSecretKey(std::string_view text,
                                           const std::optional<SecretString>& passphrase);
RecipientSecretKey readRecipientSecretKey(const std::filesystem::path& file,
                                          const std::optional<SecretString>& passphrase);

/// True when the secret key file (owner's or recipient's) can only be read with a passphrase. Throws
/// Error(InputRejected) where it is neither.
bool keyFileNeedsPassphrase(const std::filesystem::path& file);

}  // namespace medlocker::certificate
