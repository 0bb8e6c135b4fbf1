// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/common/json.h"

namespace medlocker::pipelines {

struct GenerateKeysOptions {
  std::filesystem::path out;
  std::string passphrase;  ///< empty only together with noPassphrase
  bool noPassphrase = false;
  bool owner = true;      ///< owner.pub, owner.key
  bool recipient = true;  ///< recipient.pub, recipient.key
};

struct GenerateKeysSummary {
  std::vector<std::filesystem::path> files;
  std::string ownerKeyId;
  std::string recipientFingerprint;

  std::string briefReport() const;
  Json toJson() const;
};

/// Makes the owner's signing key (minisign's formats) and a recipient key pair. Refuses to overwrite an
/// existing key.
GenerateKeysSummary generateKeys(const GenerateKeysOptions& options);

/// True when this secret key file (owner's or recipient's) can only be read with a passphrase. Throws Error
/// naming the file.
bool keyNeedsPassphrase(const std::filesystem::path& key);

}  // namespace medlocker::pipelines
