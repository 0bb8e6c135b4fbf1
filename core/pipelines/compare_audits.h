// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/audit/audit_result.h"
#include "core/common/error.h"
#include "core/common/run_context.h"

namespace medlocker::pipelines {

struct CompareAuditsOptions {
  std::vector<std::filesystem::path> audits;  ///< run folders of `audit`, or their audit.json
  std::filesystem::path out;                  ///< compare.json and report.html
  std::uint64_t seed = 0;
  int bootstrapResamples = 1000;

  std::vector<OptionIssue> validate() const;
};

struct CompareAuditsSummary {
  Outcome outcome = Outcome::Completed;
  std::vector<audit::AuditResult> audits;
  std::vector<audit::ModelComparison> comparisons;  ///< models called "N: name", N from 1
  std::vector<std::string> notices;                 ///< why audits are not fully comparable
  std::filesystem::path out;

  std::string briefReport() const;
  Json toJson() const;  ///< compare.json, schema medlocker/compare/1
};

/// Puts audits side by side. Where two models were attacked on the same images, differences get paired
/// bootstrap intervals from the samples.csv beside each audit.json. Differences in dataset, budget, norm or
/// attacks become notices. Throws Error(NotFound/InputRejected) naming the file.
CompareAuditsSummary compareAudits(const CompareAuditsOptions& options, const RunContext& context);

/// A finished audit from its folder, or from its audit.json with the samples.csv beside it: predictions,
/// figures, curve and flags; without training data, counts of passes and distances. Throws
/// Error(NotFound/InputRejected) naming the file.
audit::AuditResult loadAudit(const std::filesystem::path& audit);

}  // namespace medlocker::pipelines
