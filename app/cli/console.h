// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <ostream>
#include <stop_token>
#include <string>

#include "core/common/run_context.h"

namespace medlocker::cli {

/// Progress for people and scripts: on a terminal a bar with rate, time left and the current item; without
/// one a line every few seconds; with --json an event per report on stdout. Thread-safe.
class ConsoleSink : public ProgressSink {
 public:
  enum class Style { Bar, Lines, Json, Silent };

  ConsoleSink(Style style, std::ostream& out) : style_(style), out_(out) {}
  ~ConsoleSink() override;
  void report(const Progress& progress) override;
  /// Removes the bar so that other text can follow.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  std::string remaining(const Progress& progress, Clock::time_point now) const;

  Style style_;
  std::ostream& out_;
  std::mutex mutex_;
  std::string stage_;
  std::int64_t stageFirst_ = 0;
  Clock::time_point stageBegin_;
  Clock::time_point lastShown_;
  bool barShown_ = false;
};

/// True where the file descriptor is a terminal.
bool isTerminal(int fd);

/// SIGINT and SIGTERM request a stop through the returned source; a second SIGINT ends the process at once.
std::stop_source& installSignalHandlers();

/// Where a key's passphrase comes from: file, then the environment variable MEDLOCKER_PASSPHRASE, then a
/// question on the terminal (twice when `confirm`). Empty optional: none of them is there. Without
/// `environment` the variable is not looked at.
std::optional<std::string> obtainPassphrase(const std::optional<std::filesystem::path>& file,
                                            const std::string& question, bool confirm,
                                            bool environment = true);

}  // namespace medlocker::cli
