// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "core/certificate/owner_keys.h"
#include "core/certificate/recipient_keys.h"

namespace medlocker::certificate {

inline constexpr std::string_view kOwnerPublicKeyFile = "owner.pub";
inline constexpr std::string_view kOwnerSecretKeyFile = "owner.key";
inline constexpr std::string_view kRecipientPublicKeyFile = "recipient.pub";
inline constexpr std::string_view kRecipientSecretKeyFile = "recipient.key";

struct KeyFilesOptions {
  std::filesystem::path folder;  ///< created when missing
  std::optional<SecretString>
      passphrase;  ///< protects both secret keys; absent: they are stored in the clear, mode 0600
  bool owner = true;
  bool recipient = true;
  ScryptCost ownerCost;
  Argon2Cost recipientCost;
};

struct KeyFiles {
  std::vector<std::filesystem::path> files;
  std::optional<OwnerPublicKey> owner;
  std::optional<RecipientPublicKey> recipient;
};

/// Makes new keys and writes their files; secret ones with mode 0600. Throws Error(InvalidArgument), before
/// anything is written, when one of the files exists.
KeyFiles writeNewKeyFiles(const KeyFilesOptions& options);

}  // namespace medlocker::certificate
