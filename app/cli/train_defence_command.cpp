// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "app/cli/number_text.h"
#include "core/pipelines/train_defence.h"

namespace medlocker::cli {
namespace {

class TrainDefenceCommand : public Command {
 public:
  std::string name() const override { return "train-defence"; }
  std::string description() const override {
    return "Train an input-transform defence (hgd, comdefend, nrp)";
  }
  std::string footer() const override {
    return "Example:\n  medlocker train-defence fundus/ --kind hgd --model runs/a --out defences/hgd\n"
           "Writes defence.safetensors and defence.json; give the folder to transfer's --defences.";
  }

  void addOptions(CLI::App& app) override {
    app.add_option("dataset", options_.dataset, "Dataset in any known layout; labels are not used")
        ->required()
        ->type_name("DATASET");
    app.add_option("--kind", options_.kind, "hgd, comdefend or nrp")
        ->capture_default_str()
        ->type_name("NAME");
    app.add_option("--model", options_.model, "Classifier that hgd and nrp learn from")->type_name("M");
    app.add_flag(
        "--trust-foreign-model", options_.trustForeignModel,
        "Allow a TorchScript file, which is a program, as classifier; FILE@SIDE gives its input side");
    app.add_option("--input-size", options_.inputSize, "Image side for comdefend without a model; 0: 64")
        ->capture_default_str()
        ->type_name("PX");
    app.add_option("--epochs", options_.epochs, "Epochs")->capture_default_str()->type_name("N");
    app.add_option("--batch", options_.batchSize, "Batch size")->capture_default_str()->type_name("N");
    app.add_option("--lr", options_.learningRate, "Learning rate of Adam")
        ->capture_default_str()
        ->type_name("R");
    app.add_option("--eps", epsilon_, "Budget of the adversarial images learned from")
        ->default_str("8/255")
        ->type_name("E");
    app.add_option("--attack-steps", options_.attackSteps, "Steps of the attack that makes them")
        ->capture_default_str()
        ->type_name("N");
    app.add_option("--limit", options_.limit, "At most so many training images; 0: all")
        ->capture_default_str()
        ->type_name("N");
    app.add_option("--layout", options_.layout, "Dataset layout, where it is not recognised")
        ->type_name("NAME");
    app.add_option("--out", options_.out, "Run folder to create")->required()->type_name("DIR");
    app.add_flag("--resume", options_.resume, "Go on with an interrupted run");
  }

  CommandResult run(const CommonOptions& common, const RunContext& context) override {
    options_.seed = common.seedOrZero();
    options_.threads = common.threads;
    if (!epsilon_.empty()) options_.epsilon = parseRatio("--eps", epsilon_);
    const pipelines::TrainDefenceSummary summary = pipelines::trainDefence(options_, context);
    return {statusOf(summary.outcome, summary.hasItemIssues()), summary.briefReport(), summary.toJson()};
  }

 private:
  pipelines::TrainDefenceOptions options_;
  std::string epsilon_;
};

}  // namespace

std::unique_ptr<Command> makeTrainDefenceCommand() {
  return std::make_unique<TrainDefenceCommand>();
}

}  // namespace medlocker::cli
