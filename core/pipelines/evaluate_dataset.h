// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/audit/watermark_metrics.h"
#include "core/common/device.h"
#include "core/common/error.h"
#include "core/common/json.h"
#include "core/common/run_context.h"

namespace medlocker::pipelines {

struct EvaluateDatasetOptions {
  std::filesystem::path original;
  std::filesystem::path protectedFolder;  ///< run folder of `protect`
  std::vector<std::filesystem::path>
      models;  ///< source and target models; roles come from the certificate's fingerprints
  std::optional<std::filesystem::path> masks;     ///< empty: those of the run
  std::optional<std::filesystem::path> logo;      ///< for the random baseline; empty: the run's own
  std::optional<std::filesystem::path> restored;  ///< folder written by `restore`: also compared
  std::filesystem::path out;  ///< evaluation.json, evaluation.csv; empty: nothing is written
  std::uint64_t seed = 0;
  int bootstrapResamples = 1000;
  int randomDraws = 3;  ///< random placements averaged over as many draws per image
  DeviceChoice device = DeviceChoice::Auto;
  int batchSize = 32;

  std::vector<OptionIssue> validate() const;
};

struct EvaluatedModel {
  std::string name;
  std::string arch;
  std::string sha256;
  std::string role;  ///< source or target
  audit::ModelMetrics clean;
  audit::ModelMetrics protectedImages;
  audit::ModelMetrics random;
  std::optional<audit::ModelMetrics> restored;
  double mcnemarP = 1;  ///< protected against random placement, on right/wrong per image (first random draw)
  std::string labelOrigin;  ///< given, or pseudo: the model's own clean grade
};

/// Guarantees and visibility over the written images (spec 9).
struct VisibilitySummary {
  double coveredFov = 0;  ///< mean share of the field of view under the logo
  double changedFov = 0;  ///< mean share of it whose samples differ, measured from the two files
  std::int64_t lesionOverlapPixels =
      0;  ///< lesion pixels whose samples differ, summed, measured from the two files
  std::int64_t outsideMaxAbsDiff =
      0;            ///< largest change outside the logo, as measured by `protect` on the encoded bytes
  double ssim = 1;  ///< mean over images
  double psnr = 0;  ///< mean over images, decibels
};

struct EvaluateDatasetSummary {
  Outcome outcome = Outcome::Completed;
  std::vector<EvaluatedModel> models;
  VisibilitySummary visibility;
  std::map<std::string, std::int64_t> statusCounts;
  std::int64_t pairs = 0;
  std::string labelOrigin;             ///< given or pseudo
  std::int64_t restoredIdentical = 0;  ///< restored samples with the original's pixel hash
  std::int64_t restoredCompared = 0;
  std::vector<ItemIssue> issues;
  std::vector<std::string> notices;
  double seconds = 0;

  bool hasItemIssues() const { return !issues.empty(); }
  std::string briefReport() const;
  Json toJson() const;
};

/// What the watermark did (spec 10.2, 10.3): every model on clean, protected, randomly marked and restored
/// images, and the guarantees G1 and G2 measured from the files on disk.
EvaluateDatasetSummary evaluateDataset(const EvaluateDatasetOptions& options, const RunContext& context);

}  // namespace medlocker::pipelines
