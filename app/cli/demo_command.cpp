// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "core/pipelines/run_demo.h"

namespace medlocker::cli {
namespace {

class DemoCommand : public Command {
 public:
  std::string name() const override { return "demo"; }
  std::string description() const override {
    return "The whole tour on synthetic images: train, protect, verify, restore, evaluate";
  }

  void addOptions(CLI::App& app) override {
    app.add_option("--out", options_.out, "Folder for the results")->required()->type_name("DIR");
    app.add_option("--size", options_.size, "small (under three minutes on two cores) or full")
        ->capture_default_str()
        ->type_name("NAME");
  }

  CommandResult run(const CommonOptions& common, const RunContext& context) override {
    if (common.seed) options_.seed = *common.seed;
    options_.device = parseDeviceChoice(common.device);
    const pipelines::DemoSummary summary = pipelines::runDemo(options_, context);
    return {statusOf(summary.outcome, false), summary.briefReport(), summary.toJson()};
  }

 private:
  pipelines::DemoOptions options_;
};

}  // namespace

std::unique_ptr<Command> makeDemoCommand() {
  return std::make_unique<DemoCommand>();
}

}  // namespace medlocker::cli
