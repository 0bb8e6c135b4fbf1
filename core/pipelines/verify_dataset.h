// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/common/error.h"
#include "core/common/json.h"
#include "core/common/run_context.h"

namespace medlocker::pipelines {

struct VerifyDatasetOptions {
  std::filesystem::path certificate;         ///< certificate.json; its signature lies beside it
  std::vector<std::filesystem::path> files;  ///< files and folders; empty: certificate only
  std::filesystem::path publicKey;           ///< the owner's; empty: the signer cannot be known

  std::vector<OptionIssue> validate() const;
};

struct VerifiedFile {
  std::string file;
  std::string outcome;  ///< VALID VALID_REWRAPPED NOT_IN_RUN BLANK ERROR
  std::string reason;   ///< plain sentence
};

struct VerifyDatasetSummary {
  Outcome outcome = Outcome::Completed;
  std::string certificateOutcome;  ///< VALID UNSIGNED BAD_SIGNATURE UNKNOWN_SIGNER BAD_CERTIFICATE
  std::string certificateReason;
  Json certificate;  ///< the signed content, only when the signature holds
  std::vector<VerifiedFile> files;
  std::map<std::string, std::int64_t> counts;

  /// True when the certificate and every file are authentic. Blank places of an npz do not count.
  bool allValid() const;
  std::string briefReport() const;
  Json toJson() const;
};

/// Authenticity of a certificate and of files (spec 11.5, steps 1 and 2).
VerifyDatasetSummary verifyDataset(const VerifyDatasetOptions& options, const RunContext& context);

}  // namespace medlocker::pipelines
