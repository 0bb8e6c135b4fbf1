// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/common/hash.h"
#include "core/common/json.h"

namespace medlocker::pipelines {

/// What the journal says of one finished item.
struct JournalEntry {
  std::string item;        ///< sample id
  std::string status;      ///< PROTECTED, PARTIAL, WEAK, INFEASIBLE, SKIPPED, ERROR
  std::string output;      ///< path below the run folder; empty when no file was written
  std::string fileSha256;  ///< of that file
  std::string sealed;      ///< sealed item file below the run folder; empty when no file was written
  std::string sealedSha256;
  Json details;  ///< what the summary needs: reason, predictions, visibility …; no parameters

  Json toJson() const;
  static JournalEntry fromJson(const Json& json);
};

/// Append-only record of a run: one JSON object per line, each line synced before append() returns. The first
/// line names the run (options fingerprint); a last line torn by a crash is dropped on opening. One process
/// at a time (advisory lock).
class RunJournal {
 public:
  /// Starts a new journal; throws Error(InputRejected) when one exists.
  static RunJournal create(const std::filesystem::path& file, const Json& header);
  /// Opens an existing one for going on. Throws Error(NotFound/InputRejected).
  static RunJournal open(const std::filesystem::path& file);
  /// Only reads: no lock, nothing is repaired, append() is not possible.
  static RunJournal read(const std::filesystem::path& file);
  RunJournal(RunJournal&&) noexcept;
  RunJournal& operator=(RunJournal&&) = delete;
  ~RunJournal();

  const Json& header() const { return header_; }
  const std::map<std::string, JournalEntry>& entries() const { return entries_; }
  bool finalised() const { return finalised_; }

  /// A later entry for the same item replaces the earlier one.
  void append(const JournalEntry& entry);
  /// Everything is written; what was kept only for resuming may go.
  void markFinalised();

 private:
  explicit RunJournal(int fd) : fd_(fd) {}
  void writeLine(const Json& line);
  /// Takes in the journal's text; returns the length of its complete lines.
  std::size_t parse(const std::string& text, const std::filesystem::path& file);

  int fd_ = -1;
  Json header_;
  std::map<std::string, JournalEntry> entries_;
  bool finalised_ = false;
};

}  // namespace medlocker::pipelines
