// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/certificate/key_files.h"

#include "core/common/error.h"
#include "core/common/files.h"

namespace medlocker::certificate {

KeyFiles writeNewKeyFiles(const KeyFilesOptions& options) {
  const auto inFolder = [&](std::string_view name) { return options.folder / std::string(name); };
  std::vector<std::filesystem::path> targets;
  if (options.owner)
    targets.insert(targets.end(), {inFolder(kOwnerSecretKeyFile), inFolder(kOwnerPublicKeyFile)});
  if (options.recipient)
    targets.insert(targets.end(), {inFolder(kRecipientSecretKeyFile), inFolder(kRecipientPublicKeyFile)});
  for (const auto& target : targets)
    if (std::filesystem::exists(std::filesystem::symlink_status(target)))
      throw Error(ErrorCode::InvalidArgument, "exists already; a key is never overwritten", target.string());

  KeyFiles out;
  // The secret half first: a crash in between leaves a key without its public file, which can be made again.
  if (options.owner) {
    const OwnerSecretKey key = generateOwnerKey();
    out.owner = key.publicKey();
    writePrivateFileAtomically(inFolder(kOwnerSecretKeyFile),
                               formatOwnerSecretKey(key, options.passphrase, options.ownerCost));
    writeFileAtomically(inFolder(kOwnerPublicKeyFile), formatOwnerPublicKey(*out.owner));
  }
  if (options.recipient) {
    const RecipientSecretKey key = generateRecipientKey();
    out.recipient = key.publicKey();
    writePrivateFileAtomically(inFolder(kRecipientSecretKeyFile),
                               formatRecipientSecretKey(key, options.passphrase, options.recipientCost));
    writeFileAtomically(inFolder(kRecipientPublicKeyFile), formatRecipientPublicKey(*out.recipient));
  }
  out.files = std::move(targets);
  return out;
}

}  // namespace medlocker::certificate
