// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "core/pipelines/evaluate_dataset.h"

namespace medlocker::cli {
namespace {

class EvaluateCommand : public Command {
 public:
  std::string name() const override { return "evaluate"; }
  std::string description() const override {
    return "Measure what the watermark did to models, against random placement";
  }
  std::string footer() const override {
    return "Example:\n  medlocker evaluate fundus/ shared/ --model runs/a --model runs/heldout --out "
           "evaluation/\n"
           "Models named in the certificate are sources, all others targets.";
  }

  void addOptions(CLI::App& app) override {
    app.add_option("original", options_.original, "The original dataset")->required()->type_name("ORIGINAL");
    app.add_option("protected", options_.protectedFolder, "Run folder written by protect")
        ->required()
        ->type_name("PROTECTED");
    app.add_option("--model", options_.models, "Model to evaluate (repeatable)")->required()->type_name("M");
    app.add_flag("--trust-foreign-model", options_.trustForeignModels,
                 "Allow TorchScript files, which are programs, as models; FILE@SIDE gives the input side");
    app.add_option("--masks", options_.masks, "Folder with lesion masks; default: that of the run")
        ->type_name("DIR");
    app.add_option("--logo", options_.logo, "Logo for the random baseline; default: that of the run")
        ->type_name("PNG");
    app.add_option("--restored", options_.restored, "Folder written by restore, compared as well")
        ->type_name("DIR");
    app.add_option("--out", options_.out, "Folder for evaluation.json, evaluation.csv and report.html")
        ->type_name("DIR");
    app.add_option("--bootstrap", options_.bootstrapResamples, "Resamples for the intervals")
        ->capture_default_str()
        ->type_name("N");
    app.add_flag(
        "--robustness", options_.robustness,
        "Also after JPEG, resizing, crops, blur, contrast, CLAHE and more (about 30 predictions per image "
        "and version)");
    app.add_flag("--transfer", options_.singleSources,
                 "Rows of the transfer matrix for every source model alone (a search per image and model)");
    app.add_option("--transfer-budget", options_.transferBudget,
                   "Candidates of those searches; 0: as in the run")
        ->capture_default_str()
        ->type_name("N");
    app.add_option("--examples", options_.examples, "Image triplets in the report")
        ->capture_default_str()
        ->type_name("N");
    app.add_option("--random-draws", options_.randomDraws, "Random placements per image")
        ->capture_default_str()
        ->type_name("N");
  }

  CommandResult run(const CommonOptions& common, const RunContext& context) override {
    options_.seed = common.seedOrZero();
    options_.device = parseDeviceChoice(common.device);
    const pipelines::EvaluateDatasetSummary summary = pipelines::evaluateDataset(options_, context);
    return {statusOf(summary.outcome, summary.hasItemIssues()), summary.briefReport(), summary.toJson()};
  }

 private:
  pipelines::EvaluateDatasetOptions options_;
};

}  // namespace

std::unique_ptr<Command> makeEvaluateCommand() {
  return std::make_unique<EvaluateCommand>();
}

}  // namespace medlocker::cli
