// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/robustness_commands.h"
#include "core/pipelines/compare_audits.h"

namespace medlocker::cli {
namespace {

class CompareCommand : public Command {
 public:
  std::string name() const override { return "compare"; }
  std::string description() const override { return "Put several audits side by side"; }
  std::string footer() const override {
    return "Example:\n  medlocker compare audit-a/ audit-b/ --out comparison/";
  }

  void addOptions(CLI::App& app) override {
    app.add_option("audits", options_.audits, "Folders written by audit")->required()->type_name("AUDIT");
    app.add_option("--bootstrap", options_.bootstrapResamples, "Resamples for the intervals")
        ->capture_default_str()
        ->type_name("N");
    app.add_option("--out", options_.out, "Folder for compare.json and report.html")
        ->required()
        ->type_name("DIR");
  }

  CommandResult run(const CommonOptions& common, const RunContext& context) override {
    options_.seed = common.seedOrZero();
    const pipelines::CompareAuditsSummary summary = pipelines::compareAudits(options_, context);
    return {kDone, summary.briefReport(), summary.toJson()};
  }

 private:
  pipelines::CompareAuditsOptions options_;
};

}  // namespace

std::unique_ptr<Command> makeCompareCommand() {
  return std::make_unique<CompareCommand>();
}

}  // namespace medlocker::cli
