// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/common/run_context.h"
#include "core/data/image.h"
#include "core/segmentation/segmentation_metrics.h"
#include "core/segmentation/segmenter.h"
#include "core/training/optimiser_options.h"
#include "core/training/schedule.h"

namespace medlocker::training {

/// Everything that determines a segmenter's weights, besides the data.
struct SegmenterTrainOptions {
  int width = 16;         ///< channels at full resolution
  int depth = 4;          ///< levels below it
  int shortSide = 1024;   ///< images are reduced to this; never enlarged
  int tileSide = 256;     ///< of a training tile; a multiple of 2^depth
  int tilesPerImage = 4;  ///< per epoch, on average
  int batchSize = 4;
  int epochs = 60;
  double lesionShare = 0.75;  ///< tiles placed on a lesion of a kind drawn evenly; the others anywhere
  double zoomLow = 0.8;       ///< random magnification; use brings photographs to the trained scale
  double zoomHigh = 1.25;
  OptimiserOptions optimiser{.learningRate = 2e-3, .weightDecay = 1e-4};
  ScheduleOptions schedule;
  std::uint64_t seed = 0;
  bool finish = false;  ///< with a checkpoint: train no further, take the best epoch so far. Not in toJson().

  std::vector<OptionIssue> validate() const;
  Json toJson() const;
};

/// One photograph at the training scale.
struct SegmenterImage {
  int width = 0;
  int height = 0;
  std::vector<std::uint16_t> planes;  ///< the six channels of segmenterPlanes(), float16
  std::vector<std::uint8_t> truth;    ///< per pixel, bit k: kSegmentedKinds[k]
  std::uint8_t known = 0;             ///< bit k: the dataset says where such structures are (perhaps none)
};

/// Reduces a photograph and its masks (native size, 0/1; empty: no such structure) to the training scale. A
/// pixel of a reduced mask is set where any part of it was.
SegmenterImage prepareSegmenterImage(const data::FloatImage& view,
                                     const std::array<std::vector<std::uint8_t>, 5>& masks, int shortSide);

/// Where a structure is: 0 or 1 per pixel. `kind`: index into kSegmentedKinds.
std::vector<std::uint8_t> truthOf(const SegmenterImage& image, std::size_t kind);

using KindFigures = std::array<segmentation::SegmentationFigures, 5>;

struct SegmenterEpoch {
  int epoch = 0;
  double learningRate = 0;
  double loss = 0;
  KindFigures validation{};  ///< at threshold 0.35; only with validation images
  double meanAupr = 0;       ///< over kinds with true pixels; NaN without validation
  bool best = false;
  double seconds = 0;
};

struct SegmenterTrainResult {
  Outcome outcome = Outcome::Completed;
  std::vector<SegmenterEpoch> history;
  int selectedEpoch = 0;
  int resumedAtEpoch = 0;
  std::shared_ptr<segmentation::UNet> network;  ///< of the selected epoch
  segmentation::SegmenterInfo info;             ///< without name, digest and record
};

/// Trains a U-Net: class-balanced binary cross-entropy (rare kinds count more) plus soft Dice per kind (the
/// loss and the magnification: ADR 62), on tiles with random flips, quarter turns, zoom and exposure. Selects
/// the epoch with the best mean area under the validation precision-recall curves, else the last. After every
/// epoch the state goes to `runFolder`/checkpoint; `resume` goes on from there with the same bytes on the
/// CPU. A stop loses the epoch in hand. Throws Error where no image has a lesion, or for a checkpoint of
/// other options.
SegmenterTrainResult trainSegmenterNetwork(const SegmenterTrainOptions& options,
                                           const std::vector<SegmenterImage>& train,
                                           const std::vector<SegmenterImage>& validation,
                                           const std::filesystem::path& runFolder, bool resume,
                                           const RunContext& context,
                                           const std::function<void(const SegmenterEpoch&)>& observer = {});

}  // namespace medlocker::training
