// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <exception>
#include <iostream>
#include <new>

#include "app/cli/command.h"
#include "app/cli/generated_docs.h"
#include "core/common/device.h"
#include "core/common/error.h"
#include "core/common/run_record.h"
#include "core/pipelines/model_worker.h"

namespace medlocker::cli {
namespace {

int statusOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::InvalidArgument:
      return kUsage;
    case ErrorCode::InputRejected:
    case ErrorCode::NotFound:
    case ErrorCode::Unsupported:
      return kInputRejected;
    case ErrorCode::VerificationFailed:
      return kVerificationFailed;
    case ErrorCode::Io:
    case ErrorCode::Internal:
      return kFailed;
  }
  return kFailed;
}

void addCommonOptions(CLI::App& app, CommonOptions& common) {
  app.add_option("--seed", common.seed,
                 "Seed of all random choices; the same seed gives the same bytes on the CPU")
      ->type_name("N");
  app.add_option("--device", common.device, "Where to compute: cpu, cuda or auto")
      ->type_name("NAME")
      ->capture_default_str();
  app.add_option("--threads", common.threads, "Compute threads; 0 = all cores")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_flag("--quiet", common.quiet, "No progress on stderr");
  app.add_flag("--json", common.json, "One JSON object per line on stdout: progress events, then one result");
}

int fail(const CommonOptions& common, int status, std::string_view kind, const std::string& message) {
  std::cerr << "medlocker: " << message << "\n";
  if (common.json)
    std::cout << Json({{"event", "result"},
                       {"status", status},
                       {"error", {{"kind", kind}, {"message", message}}}})
                     .dump(-1, ' ', false, Json::error_handler_t::replace)
              << std::endl;
  return status;
}

int runCommand(Command& command, const CommonOptions& common) {
  // One place turns every escape into a sentence and an exit status.
  try {
    const std::stop_source& stop = installSignalHandlers();
    parseDeviceChoice(common.device);  // a wrong name is a usage error for every command
    setComputeThreads(common.threads);
    const ConsoleSink::Style style = common.json                 ? ConsoleSink::Style::Json
                                     : common.quiet              ? ConsoleSink::Style::Silent
                                     : isTerminal(STDERR_FILENO) ? ConsoleSink::Style::Bar
                                                                 : ConsoleSink::Style::Lines;
    const auto sink = std::make_shared<ConsoleSink>(style, common.json ? std::cout : std::cerr);
    CommandResult result = command.run(common, RunContext(stop.get_token(), sink));
    sink->clear();
    if (common.json) {
      if (!result.summary.is_object()) result.summary = Json::object();
      result.summary["event"] = "result";
      result.summary["status"] = result.status;
      std::cout << result.summary.dump(-1, ' ', false, Json::error_handler_t::replace) << std::endl;
    } else if (!result.text.empty()) {
      std::cout << result.text << std::endl;
    }
    return result.status;
  } catch (const Error& e) {
    return fail(common, statusOf(e.code()), toString(e.code()), e.what());
  } catch (const std::bad_alloc&) {
    return fail(common, kFailed, "memory",
                "the machine ran out of memory; fewer threads or a smaller batch may help");
  } catch (const std::exception& e) {
    return fail(common, kFailed, "internal", std::string("unexpected failure: ") + e.what());
  }
}

}  // namespace
}  // namespace medlocker::cli

int main(int argc, char** argv) {
  using namespace medlocker;
  using namespace medlocker::cli;

  if (const std::optional<int> status = pipelines::runModelWorkerIfAsked(argc, argv)) return *status;

  CLI::App app(
      "Protects retinal image datasets with an adversarial visible watermark, certifies and restores them, "
      "and audits "
      "diagnosis models per class.",
      "medlocker");
  app.set_version_flag("--version", std::string("medlocker ") + kVersion);
  app.require_subcommand(0, 1);
  app.get_formatter()->column_width(34);
  bool printCompletion = false;
  bool printManual = false;
  app.add_flag("--print-completion", printCompletion, "Print a bash completion script")
      ->group("Generated files");
  app.add_flag("--print-manual", printManual, "Print the manual page (roff)")->group("Generated files");
  app.footer(
      "`medlocker COMMAND --help` explains a command. A tour without data of your own: medlocker demo --out "
      "DIR");

  CommonOptions common;
  const CommandList commands = makeCommands();
  std::vector<std::pair<CLI::App*, Command*>> apps;
  for (const auto& command : commands) {
    CLI::App* sub = app.add_subcommand(command->name(), command->description());
    command->addOptions(*sub);
    addCommonOptions(*sub, common);
    sub->footer(command->footer());
    apps.emplace_back(sub, command.get());
  }

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? kDone : kUsage;
  }
  if (printCompletion) {
    std::cout << bashCompletion(app);
    return kDone;
  }
  if (printManual) {
    std::cout << manualPage(app);
    return kDone;
  }
  for (const auto& [sub, command] : apps)
    if (sub->parsed()) return runCommand(*command, common);
  std::cout << app.help();
  return kUsage;
}
