// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "core/certificate/vault.h"
#include "core/data/image.h"
#include "core/pipelines/owner_run.h"

namespace medlocker::pipelines {

/// Original and protected samples of a run's images, for its owner: the protected file, the sealed payload
/// and the record together. Thread-safe after construction.
class OwnerImages {
 public:
  /// Throws as openOwnerRun.
  OwnerImages(const std::filesystem::path& folder, const certificate::OwnerSecretKey& owner);
  // Callers point into the run's records, which a move leaves where they are and a copy would not.
  OwnerImages(OwnerImages&&) = default;
  OwnerImages(const OwnerImages&) = delete;

  const OwnerRun& run() const { return run_; }
  /// Path of the protected file below the run folder; empty where the run's list does not name it.
  std::string fileOf(const certificate::PrivateRecord& record) const;

  /// In display orientation, as records count.
  struct Pair {
    data::Image original;
    data::Image marked;
  };
  /// Throws Error where the protected file is missing or changed, or the payload does not give back samples
  /// with the original's hash.
  Pair read(const certificate::PrivateRecord& record) const;

 private:
  OwnerRun run_;
  certificate::VaultReader vault_;
  std::map<Id16, std::string> names_;
};

}  // namespace medlocker::pipelines
