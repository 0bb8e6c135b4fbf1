// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/certificate/grant.h"

#include <algorithm>

#include "core/certificate/byte_io.h"
#include "core/certificate/minisign.h"
#include "core/certificate/sodium_init.h"
#include "core/certificate/strict_fields.h"

namespace medlocker::certificate {
namespace {

constexpr std::string_view kSealedMagic = "MLG1";
constexpr std::string_view kPassphraseDomain = "medlocker/grant/1";
constexpr std::size_t kMaxImages = 1'000'000;
constexpr std::size_t kMaxGrantBytes = 256 << 20;
constexpr std::size_t kMaxSealedText = 128 << 20;

/// No images: the whole run.
std::size_t plainBytes(std::size_t imageCount) {
  return kSealedMagic.size() + 16 + 4 + (imageCount > 0 ? imageCount * 48 : 32);
}

/// What the sealing of a passphrase grant authenticates besides its content.
Bytes passphraseAssociated(const Id16& runId) {
  Bytes out;
  ByteWriter(out).text(kPassphraseDomain).bytes(runId);
  return out;
}

std::string trustedComment(const Id16& runId) {
  return "schema=" + std::string(kGrantSchema) + " run_id=" + toHex(runId);
}
std::string untrustedComment(const KeyId& id) {
  return "signature of a MedLocker grant by key " + toText(id);
}

/// Run id, number of images (0: whole run), then K_run or the pairs of image id and K_i.
SecretBytes packKeys(const RunSecrets& secrets, const std::vector<Id16>& images) {
  SecretBytes out;
  out.reserve(plainBytes(images.size()));
  ByteWriter writer(out);
  writer.text(kSealedMagic).bytes(secrets.runId).integer(static_cast<std::uint32_t>(images.size()));
  if (images.empty()) writer.bytes(secrets.runKey.view());
  for (const Id16& image : images) writer.bytes(image).bytes(secrets.imageKey(image).view());
  return out;
}

/// Throws Error(InputRejected) where the content is not what the signed part announces.
UnlockKeys unpackKeys(ByteView plain, const GrantInfo& info) {
  ByteReader reader(plain);
  reader.expectText(kSealedMagic, "the sealed keys are of an unknown version");
  const auto takeKey = [&] {
    return SecretKey32(std::span<const std::uint8_t, 32>(reader.take(32).data(), 32));
  };
  if (reader.array<16>() != info.runId)
    throw Error(ErrorCode::InputRejected, "the sealed keys belong to another run");
  if (reader.integer<std::uint32_t>() != (info.images ? info.images->size() : 0))
    throw Error(ErrorCode::InputRejected, "the sealed keys are not those the grant names");
  if (!info.images) {
    const SecretKey32 runKey = takeKey();
    reader.expectEnd();
    return UnlockKeys::wholeRun(info.runId, runKey);
  }
  std::map<Id16, SecretKey32> keys;
  for (const Id16& image : *info.images) {
    if (reader.array<16>() != image)
      throw Error(ErrorCode::InputRejected, "the sealed keys are not those the grant names");
    keys.emplace(image, takeKey());
  }
  reader.expectEnd();
  return UnlockKeys::images(info.runId, std::move(keys));
}

struct ParsedGrant {
  GrantInfo info;
  Bytes sealed;
};

ParsedGrant parseBody(std::string_view text) {
  const Json json = parseCanonicalJson(text);
  StrictFields in(json, "grant");
  in.oneOf("schema", {kGrantSchema});
  ParsedGrant out;
  GrantInfo& info = out.info;
  info.runId = in.id16("run_id");
  const std::string ownerKey = in.text("owner_key", 64);
  try {
    // The second line of a minisign public key file.
    info.owner = parseOwnerPublicKey("untrusted comment: \n" + ownerKey);
  } catch (const Error&) {
    in.refuse("owner_key", "is not a minisign public key");
  }
  info.createdUtc = in.utcTime("created_utc");
  info.expiresUtc = in.text("expires_utc", 20);
  if (!info.expiresUtc.empty() && !isUtcTime(info.expiresUtc))
    in.refuse("expires_utc", "is neither empty nor a time");
  const std::string kind = in.oneOf("recipient_kind", {"public-key", "passphrase"});
  if (kind == "public-key") info.recipientFingerprint = in.digest("recipient_fingerprint");
  if (in.oneOf("scope", {"all", "images"}) == "images") {
    std::vector<Id16> images;
    for (const Json& item : in.array("images", kMaxImages)) {
      if (!item.is_string()) in.refuse("images", "holds something that is not a string");
      try {
        images.push_back(id16FromHex(item.get_ref<const std::string&>()));
      } catch (const Error&) {
        in.refuse("images", "holds something that is not an image id");
      }
      if (images.size() > 1 && images[images.size() - 2] >= images.back())
        in.refuse("images", "is not in order");
    }
    if (images.empty()) in.refuse("images", "is empty");
    info.images = std::move(images);
  }
  const std::string sealed = in.text("sealed", kMaxSealedText);
  in.finish();
  const std::size_t expected = plainBytes(info.images ? info.images->size() : 0) +
                               (info.recipientFingerprint ? crypto_box_SEALBYTES : kPassphraseBoxOverhead);
  if (sealed.size() != (expected + 2) / 3 * 4) in.refuse("sealed", "has a wrong length");
  out.sealed = fromBase64(sealed);
  if (out.sealed.size() != expected) in.refuse("sealed", "has a wrong length");
  return out;
}

GrantCheck failed(GrantOutcome outcome, std::string reason) {
  GrantCheck out;
  out.outcome = outcome;
  out.reason = std::move(reason);
  return out;
}

/// Form and signature; on success also the sealed bytes.
GrantCheck checkForm(std::string_view grant, std::span<const OwnerPublicKey> trustedKeys, Bytes& sealed) {
  const std::size_t lineEnd = grant.find('\n');
  if (grant.size() > kMaxGrantBytes || lineEnd == std::string_view::npos)
    return failed(GrantOutcome::BadGrant, "This is not a grant file.");
  const ByteView message = asBytes(grant.substr(0, lineEnd + 1));
  const std::string_view signatureText = grant.substr(lineEnd + 1);
  MinisignSignature signature;
  try {
    signature = parseSignature(signatureText);
  } catch (const Error& e) {
    return failed(GrantOutcome::BadSignature, std::string("The signature of the grant ") + e.what() + ".");
  }
  // Nothing of the signature's file may be changed unnoticed, its unsigned parts included.
  signature.untrustedComment = untrustedComment(signature.keyId);
  if (formatSignature(signature) != signatureText)
    return failed(GrantOutcome::BadSignature, "The signature of the grant is not spelled as it was written.");
  const auto sameId = [&](const OwnerPublicKey& key) { return key.id == signature.keyId; };
  const auto holds = [&](const OwnerPublicKey& key) { return signatureHolds(message, signature, key); };
  const bool trusted = std::any_of(trustedKeys.begin(), trustedKeys.end(), holds);
  const auto changed = [] {
    return failed(GrantOutcome::BadSignature,
                  "The signature does not fit: the grant was changed after signing.");
  };
  if (!trusted && std::any_of(trustedKeys.begin(), trustedKeys.end(), sameId)) return changed();

  ParsedGrant parsed;
  try {
    parsed = parseBody(grant.substr(0, lineEnd));
  } catch (const Error& e) {
    return failed(GrantOutcome::BadGrant, std::string("The grant cannot be accepted: ") + e.what() + ".");
  }
  if (!holds(parsed.info.owner)) return changed();
  if (signature.keyId != parsed.info.owner.id ||
      signature.trustedComment != trustedComment(parsed.info.runId))
    return failed(GrantOutcome::BadSignature, "The signature was made for something else than this grant.");
  GrantCheck out;
  out.info = std::move(parsed.info);
  sealed = std::move(parsed.sealed);
  if (trusted && std::find(trustedKeys.begin(), trustedKeys.end(), out.info->owner) == trustedKeys.end())
    return failed(GrantOutcome::BadSignature,
                  "The grant names another owner key than the one that signed it.");
  if (!trusted) {
    out.outcome = GrantOutcome::UnknownSigner;
    out.reason =
        "The grant is signed by key " + toText(out.info->owner.id) + ", which is not the owner's known key.";
    return out;
  }
  out.outcome = GrantOutcome::Valid;
  out.reason = "The grant is signed by the owner and unchanged.";
  return out;
}

GrantCheck withKeys(GrantCheck check, ByteView plain) {
  try {
    check.keys = unpackKeys(plain, *check.info);
  } catch (const Error& e) {
    check.outcome = GrantOutcome::BadGrant;
    check.reason = std::string("The grant cannot be accepted: ") + e.what() + ".";
  }
  return check;
}

}  // namespace

UnlockKeys UnlockKeys::wholeRun(const Id16& runId, const SecretKey32& runKey) {
  UnlockKeys out;
  out.runId_ = runId;
  out.runKey_ = runKey;
  return out;
}

UnlockKeys UnlockKeys::images(const Id16& runId, std::map<Id16, SecretKey32> keys) {
  UnlockKeys out;
  out.runId_ = runId;
  out.imageKeys_ = std::move(keys);
  return out;
}

std::optional<SecretKey32> UnlockKeys::keyFor(const Id16& imageId) const {
  if (runKey_) return deriveImageKey(*runKey_, runId_, imageId);
  const auto found = imageKeys_.find(imageId);
  if (found == imageKeys_.end()) return std::nullopt;
  return found->second;
}

std::string createGrant(const GrantRequest& request, const RunSecrets& secrets, const OwnerSecretKey& owner) {
  initSodium();
  if (!isUtcTime(request.createdUtc))
    throw Error(ErrorCode::InvalidArgument, "is not a time as YYYY-MM-DDThh:mm:ssZ", "created_utc");
  if (!request.expiresUtc.empty() && !isUtcTime(request.expiresUtc))
    throw Error(ErrorCode::InvalidArgument, "is not a time as YYYY-MM-DDThh:mm:ssZ", "expires_utc");
  const bool wholeRun = !request.images;
  std::vector<Id16> images = request.images.value_or(std::vector<Id16>{});
  std::sort(images.begin(), images.end());
  if (!wholeRun && (images.empty() || images.size() > kMaxImages))
    throw Error(ErrorCode::InvalidArgument, "a grant names between one and a million images");
  if (std::adjacent_find(images.begin(), images.end()) != images.end())
    throw Error(ErrorCode::InvalidArgument, "a grant names an image twice");
  const SecretBytes plain = packKeys(secrets, images);

  Bytes ownerKey;
  const OwnerPublicKey publicKey = owner.publicKey();
  ByteWriter(ownerKey).text("Ed").bytes(publicKey.id).bytes(publicKey.key);
  Json body = {{"schema", kGrantSchema},
               {"run_id", toHex(secrets.runId)},
               {"owner_key", toBase64(ownerKey)},
               {"created_utc", request.createdUtc},
               {"expires_utc", request.expiresUtc},
               {"scope", wholeRun ? "all" : "images"}};
  if (!wholeRun) {
    Json list = Json::array();
    for (const Id16& image : images) list.push_back(toHex(image));
    body["images"] = std::move(list);
  }
  if (const auto* recipient = std::get_if<RecipientPublicKey>(&request.recipient)) {
    Bytes sealed(plain.size() + crypto_box_SEALBYTES);
    if (crypto_box_seal(sealed.data(), plain.data(), plain.size(), recipient->key.data()) != 0)
      throw Error(ErrorCode::InvalidArgument, "the recipient's public key is not usable");
    body["recipient_kind"] = "public-key";
    body["recipient_fingerprint"] = toHex(recipient->fingerprint());
    body["sealed"] = toBase64(sealed);
  } else {
    body["recipient_kind"] = "passphrase";
    body["sealed"] =
        toBase64(sealWithPassphrase(plain, passphraseAssociated(secrets.runId),
                                    std::get<SecretString>(request.recipient), request.passphraseCost));
  }
  const std::string line = canonicalJson(body) + "\n";
  return line + formatSignature(signMessage(asBytes(line), owner, untrustedComment(owner.id),
                                            trustedComment(secrets.runId)));
}

std::string_view toString(GrantOutcome outcome) {
  switch (outcome) {
    case GrantOutcome::Valid:
      return "VALID";
    case GrantOutcome::BadGrant:
      return "BAD_GRANT";
    case GrantOutcome::BadSignature:
      return "BAD_SIGNATURE";
    case GrantOutcome::UnknownSigner:
      return "UNKNOWN_SIGNER";
    case GrantOutcome::NotForThisKey:
      return "NOT_FOR_THIS_KEY";
    case GrantOutcome::CannotOpen:
      return "CANNOT_OPEN";
  }
  return "BAD_GRANT";
}

GrantCheck checkGrant(std::string_view grant, std::span<const OwnerPublicKey> trustedKeys) {
  Bytes sealed;
  return checkForm(grant, trustedKeys, sealed);
}

GrantCheck openGrant(std::string_view grant, std::span<const OwnerPublicKey> trustedKeys,
                     const RecipientSecretKey& key) {
  Bytes sealed;
  GrantCheck out = checkForm(grant, trustedKeys, sealed);
  if (out.outcome != GrantOutcome::Valid) return out;
  const RecipientPublicKey publicKey = key.publicKey();
  if (!out.info->recipientFingerprint) {
    out.outcome = GrantOutcome::NotForThisKey;
    out.reason = "The grant is for whoever knows its passphrase, not for a key.";
    return out;
  }
  SecretBytes plain(sealed.size() - crypto_box_SEALBYTES);
  if (*out.info->recipientFingerprint != publicKey.fingerprint() ||
      crypto_box_seal_open(plain.data(), sealed.data(), sealed.size(), publicKey.key.data(),
                           key.key.data()) != 0) {
    out.outcome = GrantOutcome::NotForThisKey;
    out.reason = "The grant is for recipient " + toHex(*out.info->recipientFingerprint).substr(0, 16) +
                 ", this key is " + toHex(publicKey.fingerprint()).substr(0, 16) + ".";
    return out;
  }
  return withKeys(std::move(out), plain);
}

GrantCheck openGrant(std::string_view grant, std::span<const OwnerPublicKey> trustedKeys,
                     const SecretString& passphrase) {
  Bytes sealed;
  GrantCheck out = checkForm(grant, trustedKeys, sealed);
  if (out.outcome != GrantOutcome::Valid) return out;
  if (out.info->recipientFingerprint) {
    out.outcome = GrantOutcome::NotForThisKey;
    out.reason = "The grant is for the recipient key " +
                 toHex(*out.info->recipientFingerprint).substr(0, 16) + ", not for a passphrase.";
    return out;
  }
  SecretBytes plain;
  try {
    plain = openWithPassphrase(sealed, passphraseAssociated(out.info->runId), passphrase);
  } catch (const Error& e) {
    if (e.code() == ErrorCode::Io) throw;
    out.outcome =
        e.code() == ErrorCode::VerificationFailed ? GrantOutcome::CannotOpen : GrantOutcome::BadGrant;
    out.reason = std::string("The grant cannot be opened: ") + e.what() + ".";
    return out;
  }
  return withKeys(std::move(out), plain);
}

}  // namespace medlocker::certificate
