// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/certificate/owner_keys.h"
#include "core/certificate/passphrase.h"
#include "core/certificate/recipient_keys.h"
#include "core/certificate/run_secrets.h"

/// Grants: what lets a recipient restore originals of a run, whole or in part (spec 12.3). A grant is one
/// text file: a line of canonical JSON, then the four lines of a minisign signature over that first line with
/// its line feed. So `head -n 1` and `tail -n +2` give `minisign -V` its two files.
///
/// The expiry is advisory: a program without a connection cannot enforce it, and a grant cannot be taken
/// back. Value types; thread-safe.
namespace medlocker::certificate {

inline constexpr std::string_view kGrantSchema = "medlocker/grant/1";

/// The keys that open payloads of one run: of all images, or of some.
class UnlockKeys {
 public:
  static UnlockKeys wholeRun(const Id16& runId, const SecretKey32& runKey);
  static UnlockKeys images(const Id16& runId, std::map<Id16, SecretKey32> keys);

  const Id16& runId() const { return runId_; }
  bool isWholeRun() const { return runKey_.has_value(); }
  /// Empty where the image is not included.
  std::optional<SecretKey32> keyFor(const Id16& imageId) const;

 private:
  Id16 runId_{};
  std::optional<SecretKey32> runKey_;
  std::map<Id16, SecretKey32> imageKeys_;
};

struct GrantRequest {
  std::variant<RecipientPublicKey, SecretString>
      recipient;                            ///< a public key, or a passphrase told on another way
  std::optional<std::vector<Id16>> images;  ///< absent: the whole run; else at least one, no duplicates
  std::string createdUtc;
  std::string expiresUtc;  ///< empty: no expiry
  Argon2Cost passphraseCost;
};

/// Seals and signs. Throws Error(InvalidArgument).
std::string createGrant(const GrantRequest& request, const RunSecrets& secrets, const OwnerSecretKey& owner);

enum class GrantOutcome {
  Valid,
  BadGrant,       ///< not a grant of a known version
  BadSignature,   ///< changed after signing
  UnknownSigner,  ///< genuinely signed, but by none of the trusted keys
  NotForThisKey,  ///< sealed to another recipient, or to a passphrase instead of a key
  CannotOpen,     ///< wrong passphrase
};
/// VALID, BAD_GRANT, BAD_SIGNATURE, UNKNOWN_SIGNER, NOT_FOR_THIS_KEY, CANNOT_OPEN.
std::string_view toString(GrantOutcome outcome);

/// The readable part of a grant.
struct GrantInfo {
  Id16 runId{};
  OwnerPublicKey owner;  ///< key named by the grant; it made the signature, but may be anybody's
  std::string createdUtc;
  std::string expiresUtc;
  std::optional<Digest> recipientFingerprint;  ///< absent: passphrase grant
  std::optional<std::vector<Id16>> images;     ///< absent: whole run
  /// Advisory; `nowUtc` as YYYY-MM-DDThh:mm:ssZ.
  bool isExpired(std::string_view nowUtc) const { return !expiresUtc.empty() && expiresUtc < nowUtc; }
};

struct GrantCheck {
  GrantOutcome outcome = GrantOutcome::BadGrant;
  std::string reason;  ///< one plain sentence
  std::optional<GrantInfo>
      info;  ///< set when the signature is genuine (outcomes other than BadGrant and BadSignature)
  std::optional<UnlockKeys> keys;  ///< set by openGrant() and only for Valid
};

/// Signature and form only; for asking the right question (key or passphrase) and for showing a grant. Where
/// the owner's key is not known beforehand, the caller may take it from `info` and demand that the run's
/// certificate is signed by the same key. Never throws for bad input.
GrantCheck checkGrant(std::string_view grant, std::span<const OwnerPublicKey> trustedKeys);
/// The same, then opens the sealed keys. Fails closed. Throws Error only where memory for the passphrase is
/// short.
GrantCheck openGrant(std::string_view grant, std::span<const OwnerPublicKey> trustedKeys,
                     const RecipientSecretKey& key);
GrantCheck openGrant(std::string_view grant, std::span<const OwnerPublicKey> trustedKeys,
                     const SecretString& passphrase);

}  // namespace medlocker::certificate
