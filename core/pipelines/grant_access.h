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

/// Options of a grant. Exactly one of `recipient` and `grantPassphrase` says who may open it.
struct GrantAccessOptions {
  std::filesystem::path run;                       ///< the owner's own run folder, with its private part
  std::filesystem::path ownerKey;                  ///< owner.key
  std::string passphrase;                          ///< of the owner key; empty: key without one
  std::optional<std::filesystem::path> recipient;  ///< recipient.pub
  std::string grantPassphrase;                     ///< a passphrase agreed upon on another way
  /// Protected files or folders of the run (full paths, or paths below the run or its images/ folder), or
  /// image ids of the certificate. Empty: the whole run.
  std::vector<std::string> images;
  std::string expires;        ///< YYYY-MM-DD, a full UTC time, or a number of days as "30d"; empty: never
  std::filesystem::path out;  ///< the grant file; an existing one is not overwritten

  std::vector<OptionIssue> validate() const;
};

struct GrantAccessSummary {
  Outcome outcome = Outcome::Completed;
  std::filesystem::path out;
  std::string runId;
  std::string recipientFingerprint;  ///< empty: passphrase grant
  bool wholeRun = true;
  std::int64_t images = 0;  ///< images the grant opens
  std::string expiresUtc;   ///< empty: never
  std::vector<std::string> notices;

  std::string briefReport() const;
  Json toJson() const;
};

/// Lets a recipient restore originals of a run, all or some of them (spec 12.3). Throws Error where the key
/// is not the owner's, or naming the image that is not in the run.
GrantAccessSummary grantAccess(const GrantAccessOptions& options, const RunContext& context);

}  // namespace medlocker::pipelines
