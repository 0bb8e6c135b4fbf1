// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/common/error.h"
#include "core/common/json.h"
#include "core/common/run_context.h"

namespace medlocker::pipelines {

struct RestoreDatasetOptions {
  std::filesystem::path protectedFolder;  ///< run folder, or its images/ folder, or one file below it
  std::filesystem::path grant;            ///< a grant file, or the owner's own run folder
  std::filesystem::path key;              ///< owner.key (with a run folder) or recipient.key (with a grant)
  std::string passphrase;                 ///< of that key, or of a passphrase grant
  std::filesystem::path out;
  /// best, r1 (samples identical), r2 (the original file, else refused), or r0: the owner's parameters alone,
  /// approximate.
  std::string level = "best";
  std::optional<std::filesystem::path> logo;  ///< r0: the clean logo file; empty: the run's own
  /// Owner's public key; needed where no certificate lies with the files (which then carry their payloads).
  std::filesystem::path publicKey;
  /// Copies whose samples were changed get the original's region pasted instead of being refused; such a file
  /// says in its name and content that it is not the original.
  bool approximate = false;
  bool resume = false;

  std::vector<OptionIssue> validate() const;
};

struct RestoreDatasetSummary {
  Outcome outcome = Outcome::Completed;
  std::int64_t files = 0;          ///< protected files and items of arrays looked at
  std::int64_t restored = 0;       ///< sample-identical originals written
  std::int64_t byteIdentical = 0;  ///< of these: with the bytes of the original file
  std::int64_t approximate = 0;    ///< approximate restorations written
  std::int64_t already = 0;        ///< written by an earlier, interrupted call
  std::vector<ItemIssue> issues;
  std::vector<std::string> notices;
  double seconds = 0;

  bool hasItemIssues() const { return !issues.empty(); }
  std::string briefReport() const;
  Json toJson() const;
};

/// True where the grant is a file sealed to a passphrase, so that one has to be asked for. Throws Error where
/// it is not a grant.
bool grantNeedsPassphrase(const std::filesystem::path& grant);

/// Authorised unlock (spec 12.5): every sample identical, checked against the original's pixel hash before
/// anything is written; the original file where the run kept it. Fails closed: a file that does not fit
/// exactly is not written and is listed with its reason.
RestoreDatasetSummary restoreDataset(const RestoreDatasetOptions& options, const RunContext& context);

}  // namespace medlocker::pipelines
