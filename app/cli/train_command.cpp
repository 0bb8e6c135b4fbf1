// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "core/common/error.h"
#include "core/pipelines/train_model.h"

namespace medlocker::cli {
namespace {

/// Flags are written over the JSON form of the default options, so names, defaults and checks live in one
/// place.
class TrainCommand : public Command {
 public:
  std::string name() const override { return "train"; }
  std::string description() const override { return "Train a classifier"; }
  std::string footer() const override {
    return "Example:\n"
           "  medlocker train fundus/ --arch resnet18 --input-size 224 --epochs 30 --out runs/resnet18\n"
           "Writes model.safetensors, model.json, history.csv, history.json, run.json and checkpoint/.\n"
           "The validation part selects the model and is split by patient; the test part is looked at once, "
           "at the end.";
  }

  void addOptions(CLI::App& app) override {
    values_ = pipelines::TrainOptions{}.toJson();
    app.add_option("dataset", options_.dataset, "Dataset in any known layout")
        ->required()
        ->type_name("DATASET");
    app.add_option("--out", options_.out, "Run folder to create")->required()->type_name("DIR");
    app.add_flag("--resume", options_.resume, "Go on with an interrupted run");
    app.add_flag("--dry-run", options_.dryRun, "Only look at the data: counts and splits; write nothing");
    add<std::string>(app, "--method", "/method/name", "Training method", "NAME");
    add<std::string>(app, "--arch", "/arch", "Architecture; `medlocker models` lists them", "NAME");
    add<int>(app, "--epochs", "/epochs", "Epochs", "N");
    add<int>(app, "--batch", "/batch_size", "Batch size", "N");
    add<int>(app, "--input-size", "/input_size", "Side of the network's input; 0: the architecture's own",
             "PX");
    add<std::string>(app, "--name", "/name", "Display name of the model", "TEXT");
    add<std::string>(app, "--layout", "/layout", "Dataset layout, where it is not recognised", "NAME");
    add<std::string>(app, "--init", "/init", "Start from this model's weights", "M");
    add<std::string>(app, "--labels", "/labels", "all; referable (grade 2 and above); any-dr", "NAME");
    add<std::string>(app, "--profile", "/profile", "Preprocessing: squash, pad, circle, localmean, clahe",
                     "NAME");
    add<std::string>(app, "--normalisation", "/normalisation", "dataset, imagenet or none", "NAME");
    add<double>(app, "--validation-fraction", "/validation_fraction",
                "Share held out for selection, by patient", "F");
    add<double>(app, "--test-fraction", "/test_fraction", "Share held out for the final test, by patient",
                "F");
    add<std::string>(app, "--balance", "/balance", "Against class imbalance: none, sampling or weights",
                     "NAME");
    add<std::string>(app, "--optimiser", "/optimiser/kind", "adamw or sgd", "NAME");
    add<double>(app, "--lr", "/optimiser/learning_rate", "Learning rate", "R");
    add<double>(app, "--weight-decay", "/optimiser/weight_decay", "Weight decay", "W");
    add<double>(app, "--momentum", "/optimiser/momentum", "Momentum of sgd", "M");
    add<std::string>(app, "--schedule", "/schedule/kind", "Learning rate over time: cosine, step or constant",
                     "NAME");
    add<double>(app, "--warmup", "/schedule/warmup_epochs", "Epochs of linear warm-up", "N");
    add<double>(app, "--ema", "/ema_decay", "Decay of averaged weights; 0: off", "D");
    add<std::string>(app, "--precision", "/precision", "float32 or bf16", "NAME");
    add<std::string>(app, "--select", "/select", "Figure of the validation part that selects the model",
                     "NAME");
    add<int>(app, "--patience", "/patience", "Stop after so many epochs without a better model; 0: never",
             "N");
    app.add_option("--augment", augment_, "Augmentation preset: fundus, cifar or none")->type_name("NAME");
    add<std::uint64_t>(app, "--cache-mib", "/cache_mib",
                       "Decoded images kept in memory; the rest goes to a file", "MIB");
    add<int>(app, "--loader-threads", "/loader_threads", "Threads that prepare batches; 0: number of cores",
             "N");
  }

  CommandResult run(const CommonOptions& common, const RunContext& context) override {
    values_["dataset"] = options_.dataset.string();
    values_["out"] = options_.out.string();
    values_["resume"] = options_.resume;
    values_["dry_run"] = options_.dryRun;
    values_["device"] = common.device;
    values_["threads"] = common.threads;
    values_["seed"] = common.seedOrZero();
    // Another method has other fields; its own defaults apply then.
    const std::string method = values_["method"]["name"].get<std::string>();
    if (method != pipelines::TrainOptions{}.toJson()["method"]["name"])
      values_["method"] = {{"name", method}};
    pipelines::TrainOptions options = pipelines::TrainOptions::fromJson(values_);
    if (!augment_.empty()) options.trainer.augment = training::augmentPreset(augment_);
    const pipelines::TrainSummary summary = pipelines::trainModel(options, context);
    return {statusOf(summary.outcome, summary.hasItemIssues()), summary.briefReport(), summary.toJson()};
  }

 private:
  template <typename T>
  void add(CLI::App& app, const std::string& flag, const std::string& pointer, const std::string& text,
           const std::string& type) {
    const Json::json_pointer place(pointer);
    const Json& current = values_.at(place);
    const std::string shown = current.is_string() ? current.get<std::string>() : current.dump();
    app.add_option_function<T>(
           flag, [this, place](const T& value) { values_[place] = value; }, text)
        ->type_name(type)
        ->default_str(shown);
  }

  pipelines::TrainOptions options_;
  Json values_;
  std::string augment_;
};

}  // namespace

std::unique_ptr<Command> makeTrainCommand() {
  return std::make_unique<TrainCommand>();
}

}  // namespace medlocker::cli
