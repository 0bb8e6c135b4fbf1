// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/common/error.h"
#include "core/common/json.h"
#include "core/common/run_context.h"

namespace medlocker::pipelines {

struct MergeRunsOptions {
  std::vector<std::filesystem::path> shards;  ///< finished run folders of all shards, in any order
  std::filesystem::path ownerKey;             ///< owner.key
  std::string passphrase;                     ///< of that key
  std::filesystem::path out;                  ///< created; must not hold anything

  std::vector<OptionIssue> validate() const;
};

struct MergeRunsSummary {
  Outcome outcome = Outcome::Completed;
  std::filesystem::path out;
  std::string runId;
  std::int64_t shards = 0;
  std::int64_t samples = 0;
  std::map<std::string, std::int64_t> statusCounts;

  std::string briefReport() const;
  Json toJson() const;
};

/// Joins the shards of one run to the run itself: images, vault, private part and one certificate, equal byte
/// for byte to that of a run without shards with the same run key. The shards are only read. Throws Error
/// naming the shard that is missing, repeated, unfinished, changed or of another run.
MergeRunsSummary mergeRuns(const MergeRunsOptions& options, const RunContext& context);

}  // namespace medlocker::pipelines
