// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "core/pipelines/inspect_dataset.h"

namespace medlocker::cli {
namespace {

class InspectCommand : public Command {
 public:
  std::string name() const override { return "inspect"; }
  std::string description() const override {
    return "Recognise a dataset's layout; count classes, sizes, masks, duplicates and problems";
  }
  std::string footer() const override {
    return "Example:\n  medlocker inspect fundus/ --masks masks/\nNothing is written. Exit status 5 says "
           "that some items cannot be used.";
  }

  void addOptions(CLI::App& app) override {
    app.add_option("dataset", options_.dataset, "Folder, label file, npz or one image")
        ->required()
        ->type_name("DATASET");
    app.add_option("--masks", options_.masks, "Folder with lesion masks, matched by file name")
        ->type_name("DIR");
    app.add_option("--layout", options_.layout, "Layout, where it is not recognised")->type_name("NAME");
    app.add_flag("--names-only{false}", options_.readPixels, "Names and labels only; do not read the images");
  }

  CommandResult run(const CommonOptions& common, const RunContext& context) override {
    options_.threads = common.threads;
    const pipelines::InspectSummary summary = pipelines::inspectDataset(options_, context);
    return {statusOf(summary.outcome, summary.hasItemIssues()), summary.briefReport(), summary.toJson()};
  }

 private:
  pipelines::InspectOptions options_;
};

}  // namespace

std::unique_ptr<Command> makeInspectCommand() {
  return std::make_unique<InspectCommand>();
}

}  // namespace medlocker::cli
