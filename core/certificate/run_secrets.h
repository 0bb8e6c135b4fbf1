// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/certificate/owner_keys.h"
#include "core/certificate/record.h"
#include "core/certificate/secret.h"

/// The secrets of one run and what is derived from them (spec 12.3). Value types; functions are thread-safe.
namespace medlocker::certificate {

/// K_i = HKDF-SHA256(K_run, salt = run id, info = "medlocker/img/1" ‖ image id).
SecretKey32 deriveImageKey(const SecretKey32& runKey, const Id16& runId, const Id16& imageId);

/// Everything secret that a run draws once, from the operating system, never from a seed. Kept in the private
/// store, so a killed run, or a shard on another machine that was given the same run key file, goes on with
/// the same values.
struct RunSecrets {
  Id16 runId{};
  std::string createdUtc;  ///< start of the run, for the certificate
  bool seedGiven = false;
  SecretKey32 runSeed;     ///< seed of the run's random streams; the only one a user may give
  SecretKey32 runKey;      ///< K_run: opens every payload
  SecretKey32 listingKey;  ///< makes image ids and commitment nonces; unlike K_run never part of a grant
  SecretKey32 storeKey;    ///< encrypts the private records

  /// New random values; `givenSeed` replaces the random run seed and is remembered as given.
  static RunSecrets create(std::string createdUtc,
                           const std::optional<SecretKey32>& givenSeed = std::nullopt);

  /// The run seed for a number given by the user (`--seed N`): SHA-256("medlocker/seed/1" ‖ N as u64, little
  /// endian).
  static SecretKey32 seedFromNumber(std::uint64_t number);

  /// 16 bytes that say nothing of `itemName` (path, plus what tells occurrences apart) to anybody without the
  /// listing key, and the same for every shard. Pseudorandom under a key of 32 random bytes, in place of a
  /// draw.
  Id16 imageId(std::string_view itemName) const;
  /// n of spec 11.3, pseudorandom in the same way.
  SecretKey32 commitmentNonce(const Id16& imageId, std::uint32_t frame) const;
  /// HMAC-SHA256 under K_run, for PrivateRecord::origNameHmac.
  Digest nameHmac(std::string_view relativePath) const;
  SecretKey32 imageKey(const Id16& imageId) const { return deriveImageKey(runKey, runId, imageId); }
  /// Record plus its nonce.
  CommittedRecord commit(PrivateRecord record) const;
};

/// The header of the private store: the run's secrets in a libsodium sealed box to the X25519 form of the
/// owner's key, signed by the owner so that nobody else can put secrets of their own in its place. What
/// follows the header in a file is up to the file's `kind`.
enum class StoreKind : std::uint32_t { RunKey = 1, ParameterList = 2 };

Bytes sealRunSecrets(const RunSecrets& secrets, StoreKind kind, const OwnerSecretKey& owner);

struct OpenedHeader {
  RunSecrets secrets;
  std::size_t length = 0;  ///< bytes of the header
};
/// Throws Error(InputRejected) for a malformed header or another kind, Error(VerificationFailed) where it was
/// not made by this owner or was changed.
OpenedHeader openRunSecrets(ByteView file, StoreKind kind, const OwnerSecretKey& owner);
/// Upper bound of the header's length.
inline constexpr std::size_t kMaxStoreHeaderBytes = 1024;

}  // namespace medlocker::certificate
