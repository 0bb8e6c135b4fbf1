// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/transfer_attacks.h"

#include <torch/torch.h>

#include <chrono>

#include "core/common/files.h"
#include "core/common/outcome_name.h"
#include "core/common/run_record.h"
#include "core/pipelines/transfer_run.h"

namespace medlocker::pipelines {

std::vector<OptionIssue> TransferAttacksOptions::validate() const {
  std::vector<OptionIssue> issues;
  if (dataset.empty()) issues.push_back({"dataset", "is required"});
  if (sources.empty()) issues.push_back({"source", "at least one source model is required"});
  if (targets.empty()) issues.push_back({"target", "at least one target model is required"});
  if (attacks.empty()) issues.push_back({"attack", "at least one attack is required"});
  if (out.empty()) issues.push_back({"out", "is required"});
  if (maskProfile != "full" && maskProfile != "fast") issues.push_back({"mask-profile", "is full or fast"});
  if (maskPopulation < 0) issues.push_back({"mask-population", "must be 0 or more"});
  if (maskGenerations < -1) issues.push_back({"mask-generations", "must be 0 or more"});
  if (patch < 0) issues.push_back({"patch", "must be 0 or more"});
  if (eotDraws < 1 || eotDraws > 10'000) issues.push_back({"eot-draws", "must lie in 1..10000"});
  if (epsilon && !(*epsilon >= 0 && *epsilon <= 1)) issues.push_back({"eps", "must lie in 0..1"});
  if (steps < 1 || steps > 10'000) issues.push_back({"steps", "must lie in 1..10000"});
  if (stepSize && !(*stepSize > 0 && *stepSize <= 1)) issues.push_back({"step-size", "must lie in (0, 1]"});
  if (limit < 0) issues.push_back({"limit", "must be 0 or more"});
  if (batchSize < 1 || batchSize > 65'536) issues.push_back({"batch", "must lie in 1..65536"});
  return issues;
}

TransferAttacksSummary runTransferAttacks(const TransferAttacksOptions& options, const RunContext& context) {
  throwIfInvalid(options.validate());
  const auto begin = std::chrono::steady_clock::now();
  const torch::NoGradGuard noGradients;
  TransferAttacksSummary summary = TransferRun(options, context).run();
  summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  Json record = {{"command", "transfer"},
                 {"outcome", outcomeName(summary.outcome)},
                 {"seed", options.seed},
                 {"device", summary.device},
                 {"dataset_fingerprint", summary.datasetFingerprint},
                 {"counts", {{"images", summary.images}, {"rows", summary.rows.size()}}},
                 {"timings", {{"total_seconds", summary.seconds}}},
                 {"written", utcNow()}};
  if (summary.outcome == Outcome::Completed) {
    writeFileAtomically(options.out / "transfer.json", summary.toJson().dump(1) + "\n");
    writeFileAtomically(options.out / "transfer.csv", summary.toCsv());
  }
  writeRunJson(options.out, std::move(record));
  return summary;
}

}  // namespace medlocker::pipelines
