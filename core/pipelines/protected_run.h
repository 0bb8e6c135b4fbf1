// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/common/json.h"
#include "core/pipelines/run_journal.h"

namespace medlocker::pipelines {

/// What a finished protection run says of itself without any key: run.json, certificate.json and the journal.
struct ProtectedRun {
  std::filesystem::path folder;
  std::string runId;
  std::set<std::string> sourceModels;  ///< SHA-256 of the source models' weights
  std::map<std::string, std::int64_t> statusCounts;
  Json options;                                 ///< of `protect`
  std::map<std::string, JournalEntry> entries;  ///< by sample id
};

/// Throws Error where the folder is not a finished run of `protect`. The certificate's signature is not
/// checked here.
ProtectedRun readProtectedRun(const std::filesystem::path& folder);

}  // namespace medlocker::pipelines
