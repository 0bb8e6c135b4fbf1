// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/cli/console.h"
#include "core/common/json.h"
#include "core/common/run_context.h"

namespace medlocker::cli {

/// Exit statuses scripts rely on.
enum ExitStatus : int {
  kDone = 0,
  kFailed = 1,
  kUsage = 2,
  kInputRejected = 3,
  kVerificationFailed = 4,
  kSomeItemsFailed = 5,
  kCancelled = 6,
};

/// Flags that every sub-command has.
struct CommonOptions {
  std::optional<std::uint64_t> seed;
  std::string device = "auto";
  int threads = 0;
  bool quiet = false;
  bool json = false;

  std::uint64_t seedOrZero() const { return seed.value_or(0); }
};

/// What a finished command has to say: text for people on stdout, or one JSON result line.
struct CommandResult {
  int status = kDone;
  std::string text;  ///< brief report; ends without a newline
  Json summary;      ///< becomes {"event":"result", …}
};

/// One sub-command: adds its options to a CLI11 app, then runs. Only argument parsing and wiring live here.
class Command {
 public:
  virtual ~Command() = default;
  virtual std::string name() const = 0;
  virtual std::string description() const = 0;
  virtual void addOptions(CLI::App& app) = 0;
  virtual CommandResult run(const CommonOptions& common, const RunContext& context) = 0;
  /// Further text for --help and the manual page: examples, outputs.
  virtual std::string footer() const { return {}; }
};

using CommandList = std::vector<std::unique_ptr<Command>>;

/// All sub-commands in the order in which help lists them.
CommandList makeCommands();

// One maker per command; each lives in a file of its own.
std::unique_ptr<Command> makeBenchCommand();
std::unique_ptr<Command> makeDemoCommand();
std::unique_ptr<Command> makeEvaluateCommand();
std::unique_ptr<Command> makeGrantCommand();
std::unique_ptr<Command> makeImportCommand();
std::unique_ptr<Command> makeInspectCommand();
std::unique_ptr<Command> makeKeygenCommand();
std::unique_ptr<Command> makeMergeCommand();
std::unique_ptr<Command> makeModelsCommand();
std::unique_ptr<Command> makeProtectCommand();
std::unique_ptr<Command> makeRestoreCommand();
std::unique_ptr<Command> makeSegmentCommand();
std::unique_ptr<Command> makeStressCommand();
std::unique_ptr<Command> makeSynthCommand();
std::unique_ptr<Command> makeTradeOffCommand();
std::unique_ptr<Command> makeTrainCommand();
std::unique_ptr<Command> makeTrainDefenceCommand();
std::unique_ptr<Command> makeTrainSegmenterCommand();
std::unique_ptr<Command> makeTransferCommand();
std::unique_ptr<Command> makeVerifyCommand();

/// Status of a run that may have been cancelled or have left items behind.
inline int statusOf(Outcome outcome, bool itemIssues) {
  if (outcome == Outcome::Cancelled) return kCancelled;
  return itemIssues ? kSomeItemsFailed : kDone;
}

}  // namespace medlocker::cli
