// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/generate_keys.h"

#include "core/certificate/owner_keys.h"
#include "core/certificate/recipient_keys.h"
#include "core/common/error.h"
#include "core/common/files.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;
namespace cert = certificate;

void refuseExisting(const fs::path& file) {
  if (fs::exists(file))
    throw Error(ErrorCode::InputRejected,
                "a key exists already and is never overwritten; choose another folder", file.string());
}

}  // namespace

GenerateKeysSummary generateKeys(const GenerateKeysOptions& options) {
  if (options.out.empty()) throw Error(ErrorCode::InvalidArgument, "no output folder was given");
  if (options.passphrase.empty() && !options.noPassphrase)
    throw Error(ErrorCode::InvalidArgument,
                "a passphrase is needed; a key without one must be asked for explicitly");
  if (!options.passphrase.empty() && options.noPassphrase)
    throw Error(ErrorCode::InvalidArgument, "a passphrase and \"no passphrase\" exclude each other");
  std::optional<cert::SecretString> passphrase;
  if (!options.noPassphrase) passphrase.emplace(options.passphrase);

  const fs::path ownerPublic = options.out / "owner.pub";
  const fs::path ownerSecret = options.out / "owner.key";
  const fs::path recipientPublic = options.out / "recipient.pub";
  const fs::path recipientSecret = options.out / "recipient.key";
  // All are looked at before the first is written: half a set of keys would confuse.
  if (options.owner) {
    refuseExisting(ownerPublic);
    refuseExisting(ownerSecret);
  }
  if (options.recipient) {
    refuseExisting(recipientPublic);
    refuseExisting(recipientSecret);
  }

  GenerateKeysSummary summary;
  if (options.owner) {
    const cert::OwnerSecretKey key = cert::generateOwnerKey();
    const cert::SecretBytes secret = cert::formatOwnerSecretKey(key, passphrase);
    writePrivateFileAtomically(ownerSecret, secret);
    writeFileAtomically(ownerPublic, cert::formatOwnerPublicKey(key.publicKey()));
    summary.ownerKeyId = cert::toText(key.id);
    summary.files.insert(summary.files.end(), {ownerPublic, ownerSecret});
  }
  if (options.recipient) {
    const cert::RecipientSecretKey key = cert::generateRecipientKey();
    const cert::SecretBytes secret = cert::formatRecipientSecretKey(key, passphrase);
    writePrivateFileAtomically(recipientSecret, secret);
    writeFileAtomically(recipientPublic, cert::formatRecipientPublicKey(key.publicKey()));
    summary.recipientFingerprint = toHex(key.publicKey().fingerprint());
    summary.files.insert(summary.files.end(), {recipientPublic, recipientSecret});
  }
  return summary;
}

bool keyNeedsPassphrase(const fs::path& key) {
  return cert::keyFileNeedsPassphrase(key);
}

std::string GenerateKeysSummary::briefReport() const {
  std::string text = "Keys written:\n";
  for (const fs::path& file : files) text += "  " + file.string() + "\n";
  if (!ownerKeyId.empty()) text += "Owner key id: " + ownerKeyId + "\n";
  if (!recipientFingerprint.empty()) text += "Recipient fingerprint: " + recipientFingerprint + "\n";
  text += "Give away only the .pub files. Back up owner.key: without it nothing can be unlocked or proved.";
  return text;
}

Json GenerateKeysSummary::toJson() const {
  Json names = Json::array();
  for (const fs::path& file : files) names.push_back(file.string());
  return {{"files", names}, {"owner_key_id", ownerKeyId}, {"recipient_fingerprint", recipientFingerprint}};
}

}  // namespace medlocker::pipelines
