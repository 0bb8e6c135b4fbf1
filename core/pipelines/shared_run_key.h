// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>

#include "core/certificate/run_secrets.h"

namespace medlocker::pipelines {

/// The run key in this file, which several processes may ask for at once: the first one makes it, all get the
/// same. Sealed to the owner, mode 0600. `givenSeed` must be the one the key was made with. Throws
/// Error(InputRejected) where the seed differs, Error(VerificationFailed) for another owner's key.
certificate::RunSecrets openOrMakeRunKey(const std::filesystem::path& file,
                                         const certificate::OwnerSecretKey& owner,
                                         const std::optional<certificate::SecretKey32>& givenSeed);

}  // namespace medlocker::pipelines
