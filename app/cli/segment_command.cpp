// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "core/common/error.h"
#include "core/pipelines/segment_dataset.h"
#include "core/pipelines/train_segmenter.h"

namespace medlocker::cli {
namespace {

class TrainSegmenterCommand : public Command {
 public:
  std::string name() const override { return "train-segmenter"; }
  std::string description() const override { return "Train a lesion segmenter on images with masks"; }
  std::string footer() const override {
    return "Example:\n  medlocker train-segmenter idrid/ --epochs 60 --out runs/segmenter\n"
           "Writes model.safetensors, model.json, history.csv, run.json and checkpoint/. The dataset's own "
           "test part is "
           "looked at once, at the end.";
  }

  void addOptions(CLI::App& app) override {
    app.add_option("dataset", options_.dataset, "Dataset with lesion masks")
        ->required()
        ->type_name("DATASET");
    app.add_option("--out", options_.out, "Run folder to create")->required()->type_name("DIR");
    app.add_option("--masks", options_.masks, "Folder with masks, matched by file name")->type_name("DIR");
    app.add_option("--layout", options_.layout, "Layout, where it is not recognised")->type_name("NAME");
    app.add_flag("--resume", options_.resume, "Go on with an interrupted run");
    app.add_flag("--finish", options_.finish,
                 "With --resume: train no further and take the best epoch so far");
    app.add_option("--name", options_.name, "Display name of the model")->type_name("TEXT");
    app.add_option("--width", options_.width, "Channels at full resolution")
        ->type_name("N")
        ->capture_default_str();
    app.add_option("--short-side", options_.shortSide,
                   "Images are reduced to this short side; never enlarged")
        ->type_name("PX")
        ->capture_default_str();
    app.add_option("--tile", options_.tileSide, "Side of training tiles")
        ->type_name("PX")
        ->capture_default_str();
    app.add_option("--tiles-per-image", options_.tilesPerImage, "Tiles per image and epoch")
        ->type_name("N")
        ->capture_default_str();
    app.add_option("--batch", options_.batchSize, "Batch size")->type_name("N")->capture_default_str();
    app.add_option("--epochs", options_.epochs, "Epochs")->type_name("N")->capture_default_str();
    app.add_option("--lr", options_.learningRate, "Learning rate")->type_name("R")->capture_default_str();
    app.add_option("--validation-fraction", options_.validationFraction,
                   "Share held out to choose epoch and threshold")
        ->type_name("F")
        ->capture_default_str();
    app.add_option(
           "--threshold", options_.threshold,
           "Probability from which a pixel counts, 0.1 to 0.9; without it 0.35, where the probabilities "
           "are brought so that it suits the validation images")
        ->type_name("P");
  }

  CommandResult run(const CommonOptions& common, const RunContext& context) override {
    options_.seed = common.seedOrZero();
    options_.threads = common.threads;
    const pipelines::TrainSegmenterSummary summary = pipelines::trainSegmenter(options_, context);
    return {statusOf(summary.outcome, summary.hasItemIssues()), summary.briefReport(), summary.toJson()};
  }

 private:
  pipelines::TrainSegmenterOptions options_;
};

class SegmentCommand : public Command {
 public:
  std::string name() const override { return "segment"; }
  std::string description() const override { return "Mark lesions in a dataset with a trained segmenter"; }
  std::string footer() const override {
    return "Example:\n  medlocker segment fundus/ --model runs/segmenter --out lesions\n"
           "  medlocker protect fundus/ --masks lesions/masks …\n"
           "Writes masks/, boxes.json and run.json. A segmenter misses lesions: look at the boxes before you "
           "rely on them.";
  }

  void addOptions(CLI::App& app) override {
    app.add_option("dataset", options_.dataset, "Dataset in any known layout")
        ->required()
        ->type_name("DATASET");
    app.add_option("--model", options_.model, "Segmenter: a run folder of train-segmenter")
        ->required()
        ->type_name("M");
    app.add_option("--out", options_.out, "Folder to create")->required()->type_name("DIR");
    app.add_option("--layout", options_.layout, "Layout, where it is not recognised")->type_name("NAME");
    app.add_flag("--resume", options_.resume, "Go on with an interrupted run");
    app.add_option_function<std::string>(
           "--boxes", [this](const std::string& file) { options_.boxes = file; },
           "boxes.json with a person's edits, which always win")
        ->type_name("FILE");
    app.add_option("--threshold", options_.threshold,
                   "Probability from which a pixel counts, 0.1 to 0.9; without it the model's own")
        ->type_name("P");
    app.add_option("--short-side", options_.shortSide,
                   "Images are reduced to this short side, never enlarged; without it to that of the "
                   "segmenter's training images")
        ->type_name("PX");
  }

  CommandResult run(const CommonOptions& common, const RunContext& context) override {
    options_.device = parseDeviceChoice(common.device);
    options_.threads = common.threads;
    const pipelines::SegmentDatasetSummary summary = pipelines::segmentDataset(options_, context);
    return {statusOf(summary.outcome, summary.hasItemIssues()), summary.briefReport(), summary.toJson()};
  }

 private:
  pipelines::SegmentDatasetOptions options_;
};

}  // namespace

std::unique_ptr<Command> makeTrainSegmenterCommand() {
  return std::make_unique<TrainSegmenterCommand>();
}

std::unique_ptr<Command> makeSegmentCommand() {
  return std::make_unique<SegmentCommand>();
}

}  // namespace medlocker::cli
