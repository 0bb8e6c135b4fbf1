// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace medlocker::cli {

/// The passphrase of a secret key file; empty where the file says that it has none. Throws
/// Error(InvalidArgument) when one is needed and none can be had.
std::string passphraseForKey(const std::filesystem::path& key,
                             const std::optional<std::filesystem::path>& passphraseFile);

/// A passphrase that is needed in any case; `what` names it in the question and in the complaint.
std::string passphraseFor(const std::string& what,
                          const std::optional<std::filesystem::path>& passphraseFile);

/// A passphrase that is being chosen: from the file, or asked for twice. Never from the environment, which
/// holds that of a key.
std::string newPassphraseFor(const std::string& what,
                             const std::optional<std::filesystem::path>& passphraseFile);

}  // namespace medlocker::cli
