// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/common/error.h"
#include "core/common/json.h"
#include "core/common/run_context.h"

namespace medlocker::pipelines {

struct MatchCopiesOptions {
  std::vector<std::filesystem::path> runs;   ///< the owner's own run folders, with their private parts
  std::filesystem::path ownerKey;            ///< owner.key
  std::string passphrase;                    ///< of that key
  std::vector<std::filesystem::path> files;  ///< suspects
  int draws = 999;                           ///< random feasible places the score is ranked among
  std::uint64_t seed = 0;                    ///< of these places

  std::vector<OptionIssue> validate() const;
};

/// One suspect against one run.
struct CopyMatch {
  std::string file;
  std::string run;          ///< run folder as given
  std::string outcome;      ///< MATCH, NO_MATCH, NOT_REGISTERED, ERROR
  std::string reason;       ///< plain sentence
  std::string image;        ///< protected file of the run that it resembles; empty: none
  double registration = 0;  ///< correlation with the original outside the logo
  double score = 0;         ///< of the recorded logo at its recorded place
  double pValue = 1;
  bool positionAgrees = false;
  bool opacityAgrees = false;
  double bits = 0;  ///< evidence this image adds
};

struct RunEvidence {
  std::string run;
  std::string runId;
  std::string owner;  ///< of the certificate
  std::string title;
  std::int64_t matches = 0;
  double bits = 0;
  std::string level;  ///< strong, supporting, none
};

struct MatchCopiesSummary {
  Outcome outcome = Outcome::Completed;
  std::vector<CopyMatch> matches;
  std::vector<RunEvidence> runs;  ///< most evidence first
  std::string named;              ///< folder of the run the copies come from; empty: none can be named
  std::string conclusion;         ///< plain sentence
  std::vector<ItemIssue> issues;  ///< images of the runs that could not be used

  std::string briefReport() const;
  Json toJson() const;
};

/// Whether changed copies (compressed again, resized, cropped, adjusted) carry the logos that the records of
/// these runs describe (spec 11.5, steps 3 to 5). Needs the private part, the vault and the protected files.
/// Evidence of several images adds up.
MatchCopiesSummary matchCopies(const MatchCopiesOptions& options, const RunContext& context);

}  // namespace medlocker::pipelines
