// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/key_access.h"

#include "app/cli/console.h"
#include "core/common/error.h"
#include "core/pipelines/generate_keys.h"

namespace medlocker::cli {

std::string passphraseForKey(const std::filesystem::path& key,
                             const std::optional<std::filesystem::path>& passphraseFile) {
  if (key.empty() || !pipelines::keyNeedsPassphrase(key)) return {};
  const auto passphrase = obtainPassphrase(passphraseFile, "Passphrase of " + key.filename().string(), false);
  if (!passphrase)
    throw Error(ErrorCode::InvalidArgument,
                "the key needs a passphrase: use a terminal, --passphrase-file, or the environment variable "
                "MEDLOCKER_PASSPHRASE",
                key.string());
  return *passphrase;
}

std::string passphraseFor(const std::string& what,
                          const std::optional<std::filesystem::path>& passphraseFile) {
  const auto passphrase = obtainPassphrase(passphraseFile, "Passphrase of " + what, false);
  if (!passphrase)
    throw Error(ErrorCode::InvalidArgument, what +
                                                " needs a passphrase: use a terminal, --passphrase-file, or "
                                                "the environment variable MEDLOCKER_PASSPHRASE");
  return *passphrase;
}

std::string newPassphraseFor(const std::string& what,
                             const std::optional<std::filesystem::path>& passphraseFile) {
  const auto passphrase = obtainPassphrase(passphraseFile, "New passphrase of " + what, true, false);
  if (!passphrase)
    throw Error(ErrorCode::InvalidArgument,
                what + " needs a passphrase: use a terminal or a passphrase file");
  return *passphrase;
}

}  // namespace medlocker::cli
