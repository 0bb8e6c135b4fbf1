// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/common/error.h"
#include "core/common/json.h"
#include "core/common/run_context.h"

namespace medlocker::pipelines {

/// Everything `medlocker train-segmenter` takes. The network's details have defaults of their own; see
/// training::SegmenterTrainOptions.
struct TrainSegmenterOptions {
  std::filesystem::path dataset;
  std::filesystem::path out;    ///< run folder; created
  std::filesystem::path masks;  ///< extra folder with masks, by file name; empty: the dataset's own
  std::string layout;           ///< empty: recognise
  bool resume = false;
  bool finish =
      false;         ///< with resume: train no further; threshold, test and model from the best epoch so far
  std::string name;  ///< display name; empty: the name of `out`
  int width = 16;    ///< channels at full resolution
  int shortSide = 1024;  ///< images are reduced to this; never enlarged
  int tileSide = 256;
  int tilesPerImage = 4;  ///< per epoch
  int batchSize = 4;
  int epochs = 60;
  double learningRate = 2e-3;
  double validationFraction = 0.15;  ///< of the training part, for choosing the epoch and the threshold
  /// Probability from which a pixel counts; goes into the model. Empty: 0.35, and with a validation part the
  /// probabilities of lesions are shifted so that boxes from 0.35 on hold enough lesion pixels there.
  std::optional<double> threshold;
  std::uint64_t seed = 0;
  int threads = 0;

  std::vector<OptionIssue> validate() const;
  Json toJson() const;
};

/// Figures of one structure on one part. Fractions 0..1; NaN where undefined.
struct StructureFigures {
  std::string kind;  ///< MA HE EX SE OD
  std::int64_t truePixels = 0;
  double dice = 0;
  double iou = 0;
  double precision = 0;
  double recall = 0;
  double aupr = 0;
  double boxRecall = 0;  ///< share of true pixels inside protected boxes at default margin; test part only
  /// Dice and IoU where the threshold is the one with the best Dice on the validation part.
  double outlineThreshold = 0;
  double outlineDice = 0;
  double outlineIou = 0;
};

struct TrainSegmenterSummary {
  Outcome outcome = Outcome::Completed;
  TrainSegmenterOptions options;
  std::string modelFile;
  std::string modelSha256;
  std::int64_t trainImages = 0;
  std::int64_t validationImages = 0;
  std::int64_t testImages = 0;
  std::int64_t unusedImages = 0;  ///< unreadable, or without any mask
  int epochs = 0;                 ///< done
  int selectedEpoch = 0;
  double threshold = 0.35;
  std::string thresholdOrigin = "default";  ///< given, validation or default
  double learntThreshold = 0.35;            ///< what `threshold` was before the probabilities were shifted
  double validationBoxRecall = 0;           ///< at the threshold; NaN without validation part
  double validationRecallBound = 0;         ///< the same, 5 % quantile over draws of the images
  std::vector<StructureFigures> test;       ///< empty without a test part
  double lesionBoxRecall = 0;               ///< over all lesion pixels (not the disc) of the test part
  double boxedShare = 0;                    ///< of the field of view of the test part that boxes take
  std::vector<ItemIssue> issues;
  double trainSeconds = 0;
  double totalSeconds = 0;

  bool hasItemIssues() const { return !issues.empty(); }
  std::string briefReport() const;
  Json toJson() const;
};

/// Trains a lesion segmenter (U-Net for MA, HE, EX, SE and the optic disc) on images with masks. Writes
/// model.safetensors, model.json, history.csv, run.json and checkpoint/ to `out`; a stopped run goes on with
/// `resume`, to the same bytes on the CPU. The dataset's own training and test parts are kept; the test part
/// is looked at once, at the end.
TrainSegmenterSummary trainSegmenter(const TrainSegmenterOptions& options, const RunContext& context = {});

}  // namespace medlocker::pipelines
