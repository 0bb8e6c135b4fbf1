// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/common/device.h"
#include "core/common/error.h"
#include "core/common/json.h"
#include "core/common/run_context.h"

namespace medlocker::pipelines {

/// Everything `medlocker segment` takes.
struct SegmentDatasetOptions {
  std::filesystem::path dataset;
  std::filesystem::path model;  ///< a segmenter's run folder or its .safetensors
  std::filesystem::path out;    ///< created
  std::string layout;           ///< empty: recognise
  bool resume = false;          ///< go on with a stopped run of the same options: finished images are kept
  std::optional<std::filesystem::path> boxes;  ///< a person's edits, which win over what is found
  std::optional<double> threshold;             ///< empty: the model's own
  int shortSide = 0;                           ///< images are reduced to it; 0: as the segmenter was trained
  DeviceChoice device = DeviceChoice::Auto;
  int threads = 0;

  std::vector<OptionIssue> validate() const;
  Json toJson() const;
};

struct SegmentDatasetSummary {
  Outcome outcome = Outcome::Completed;
  std::int64_t samples = 0;  ///< = segmented + failed + not reached
  std::int64_t segmented = 0;
  std::int64_t withoutLesions = 0;  ///< of these: nothing was found
  std::int64_t failed = 0;
  double threshold = 0;  ///< used
  std::int64_t maskFiles = 0;
  std::int64_t segmentationFiles = 0;  ///< DICOM SEG
  std::int64_t boxes = 0;
  std::map<std::string, std::int64_t> imagesPerKind;
  std::string modelSha256;
  std::vector<ItemIssue> issues;
  double seconds = 0;

  bool hasItemIssues() const { return failed > 0; }
  std::string briefReport() const;
  Json toJson() const;
};

/// Marks lesions in every image of a dataset. Writes to `out`: masks/<image>_<KIND>.png (255 = lesion, size
/// and orientation of the stored picture; none for a kind that was not found), segmentations/<image>.dcm (the
/// same as one DICOM SEG; none where nothing was found, nor for frames of a multi-frame file), boxes.json in
/// display orientation, and run.json. `protect --masks` takes either folder. An image that cannot be read
/// becomes an issue and the run goes on.
SegmentDatasetSummary segmentDataset(const SegmentDatasetOptions& options, const RunContext& context = {});

}  // namespace medlocker::pipelines
