// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/robustness_commands.h"
#include "core/pipelines/attack_dataset.h"

namespace medlocker::cli {
namespace {

class AttackCommand : public Command {
 public:
  std::string name() const override { return "attack"; }
  std::string description() const override {
    return "Attack every image of a dataset and save the changed images";
  }
  std::string footer() const override {
    return "Example:\n  medlocker attack fundus/ --model runs/a --attack pgd-100 --eps 4/255 --out "
           "attacked/\n"
           "Images are 16-bit PNG at the model's input size; attack.json says what the model answers to each "
           "file.";
  }

  void addOptions(CLI::App& app) override {
    app.add_option("dataset", options_.dataset, "Labelled images")->required()->type_name("DATASET");
    app.add_option("--model", options_.model, "Model to attack")->required()->type_name("M");
    app.add_option("--attack", options_.attack, "Name of the attack")
        ->capture_default_str()
        ->type_name("NAME");
    app.add_option("--eps", options_.epsilon, "Largest change, as 8/255 or 0.03; default: by image size")
        ->type_name("SIZE");
    app.add_option("--norm", options_.norm, "linf or l2")->capture_default_str()->type_name("NORM");
    app.add_option("--split", options_.split, "Only this part: train, val or test")->type_name("SPLIT");
    app.add_option("--per-class", options_.perClass, "At most N images of each class")->type_name("N");
    app.add_option("--steps", options_.steps, "Iterations")->type_name("N");
    app.add_option("--step", options_.step, "Step size")->type_name("SIZE");
    app.add_option("--restarts", options_.restarts, "Random starts per image")->type_name("N");
    app.add_option("--queries", options_.queries, "Queries of the square attack")->type_name("N");
    app.add_option("--batch-size", options_.batchSize, "Images attacked at once; 0: chosen by image size")
        ->type_name("N");
    app.add_flag("--trust-foreign-model", options_.trustForeignModels,
                 "Allow a TorchScript file, which is a program, as model; FILE@SIDE gives its input side");
    app.add_option("--out", options_.out, "Folder for adversarial/ and attack.json")
        ->required()
        ->type_name("DIR");
    app.add_flag("--resume", options_.resume, "Go on with the run in --out");
  }

  CommandResult run(const CommonOptions& common, const RunContext& context) override {
    options_.seed = common.seedOrZero();
    options_.device = parseDeviceChoice(common.device);
    const pipelines::AttackDatasetSummary summary = pipelines::attackDataset(options_, context);
    return {statusOf(summary.outcome, summary.hasItemIssues()), summary.briefReport(), summary.toJson()};
  }

 private:
  pipelines::AttackDatasetOptions options_;
};

}  // namespace

std::unique_ptr<Command> makeAttackCommand() {
  return std::make_unique<AttackCommand>();
}

}  // namespace medlocker::cli
