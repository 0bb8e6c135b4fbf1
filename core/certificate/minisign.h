// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "core/certificate/owner_keys.h"

/// Detached signatures in minisign's format, pre-hashed (BLAKE2b-512, then Ed25519), with a signed trusted
/// comment.
namespace medlocker::certificate {

struct MinisignSignature {
  std::string untrustedComment;  ///< anybody can change it; never shown as certified
  KeyId keyId{};
  std::array<std::uint8_t, 64> signature{};  ///< over BLAKE2b-512 of the message
  std::string trustedComment;
  std::array<std::uint8_t, 64> commentSignature{};  ///< over `signature` ‖ trusted comment
};

/// Signs. The comments must be single lines of plain text (Error InvalidArgument).
MinisignSignature signMessage(ByteView message, const OwnerSecretKey& key, std::string untrustedComment,
                              std::string trustedComment);

/// Four lines, each ended by a line feed.
std::string formatSignature(const MinisignSignature& signature);
/// Throws Error(InputRejected); also for the older format that is not pre-hashed, which minisign itself
/// phases out.
MinisignSignature parseSignature(std::string_view text);

/// True when both signatures were made with this key; the key id is not compared. Thread-safe.
bool signatureHolds(ByteView message, const MinisignSignature& signature, const OwnerPublicKey& key);

}  // namespace medlocker::certificate
