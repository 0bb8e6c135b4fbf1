// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>

#include "core/certificate/private_store.h"
#include "core/pipelines/output_plan.h"
#include "core/pipelines/protect_dataset.h"
#include "core/pipelines/run_journal.h"

namespace medlocker::pipelines {

/// The run folder while a protection run goes on: journal and sealed store, new or taken up again.
class ProtectionFolder {
 public:
  /// Starts the run, or resumes it where `options.resume` says so and `identity` is the one it began with.
  /// Removes what a crash left half-written. Throws Error(InputRejected) for a folder that holds anything
  /// else.
  static ProtectionFolder open(const ProtectDatasetOptions& options, const Json& identity,
                               const certificate::OwnerSecretKey& owner);

  const std::filesystem::path& path() const { return path_; }
  RunJournal& journal() { return *journal_; }
  const RunJournal& journal() const { return *journal_; }
  /// Of an unfinished run only.
  const certificate::RunStore& store() const { return *store_; }
  const std::string& runId() const { return runId_; }

  /// The journal has the item, and its files are there with the journalled hashes. Unreadable items count as
  /// not done, since they may be readable now.
  bool isDone(const std::string& item, const OutputTarget& target) const;

 private:
  explicit ProtectionFolder(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;
  std::optional<RunJournal> journal_;
  std::optional<certificate::RunStore> store_;
  std::string runId_;
};

}  // namespace medlocker::pipelines
