// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/certificate/certificate.h"
#include "core/certificate/owner_keys.h"
#include "core/certificate/private_store.h"

namespace medlocker::pipelines {

/// Empty: none.
std::optional<certificate::SecretString> secretOf(const std::string& passphrase);

/// A finished run as only its owner can open it: the private part, held against the signed certificate.
struct OwnerRun {
  std::filesystem::path folder;
  certificate::PublicCertificate certificate;
  certificate::ParameterList list;
};

/// Throws Error(NotFound) where the folder has no private part, Error(VerificationFailed) where the key is
/// not the owner's, the certificate does not hold or the private part is not the one it commits to.
OwnerRun openOwnerRun(const std::filesystem::path& folder, const certificate::OwnerSecretKey& owner);

/// The run folder that a protected file or folder belongs to: the nearest folder upwards with a vault. Throws
/// Error(NotFound).
std::filesystem::path runFolderOf(const std::filesystem::path& given);

}  // namespace medlocker::pipelines
