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
  bool trustForeignModels = false;                ///< allow TorchScript programs as models
  std::optional<std::filesystem::path> masks;     ///< empty: those of the run
  std::optional<std::filesystem::path> logo;      ///< for the random baseline; empty: the run's own
  std::optional<std::filesystem::path> restored;  ///< folder written by `restore`: also compared
  std::filesystem::path out;  ///< evaluation.json, .csv and report.html; empty: nothing is written
  std::uint64_t seed = 0;
  int bootstrapResamples = 1000;
  int randomDraws = 3;         ///< random placements averaged over as many draws per image
  bool robustness = false;     ///< the table of spec 10.4: about 30 further predictions per version
  bool singleSources = false;  ///< rows of the transfer matrix for each source model alone: a search each
  int transferBudget = 200;    ///< candidates of those searches; 0: as in the run
  int examples = 4;            ///< image triplets in the report
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
  /// Restored images whose raw outputs equal those of the originals bit for bit (spec 10.6).
  std::int64_t restoredOutputsEqual = 0;
  std::int64_t restoredOutputsCompared = 0;
  double mcnemarP = 1;  ///< protected against random placement, on right/wrong per image (first random draw)
  std::string labelOrigin;  ///< given, or pseudo: the model's own clean grade
};

/// One row of the transfer matrix (spec 10.3): images protected against `source`, seen by every model.
struct TransferMatrixRow {
  std::string source;  ///< a model's name, ensemble, random or none
  struct Cell {
    audit::RatedValue accuracy;
    audit::RatedValue asr;
    bool whiteBox = false;  ///< the model took part in the search
    std::int64_t samples = 0;
  };
  std::vector<Cell> cells;  ///< one per model
  /// Over the cells that are not white box; NaN where all are. Worst for the owner: the highest accuracy.
  double blackBoxMean = 0;
  double blackBoxWorst = 0;
};

/// One row of the robustness table (spec 10.4); NaN where a version does not exist.
struct RobustnessRow {
  std::string name;  ///< for example jpeg-75
  struct Cell {
    double clean = 0;  ///< accuracies
    double protectedImages = 0;
    double random = 0;
    double asr = 0;  ///< against the untransformed originals' right answers
  };
  std::vector<Cell> cells;  ///< one per model
};

/// Spread of a value over the images (spec 9.3).
struct Distribution {
  std::string name;
  std::int64_t images = 0;
  double mean = 0;
  double median = 0;
  double low = 0;   ///< 5 % point
  double high = 0;  ///< 95 % point
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
  std::vector<Distribution> distributions;
};

/// An image that needs a second look: nothing was changed about it, or it was not written.
struct ListedItem {
  std::string id;
  std::string status;  ///< PARTIAL, WEAK, INFEASIBLE, SKIPPED, ERROR
  std::string reason;
};

struct EvaluateDatasetSummary {
  Outcome outcome = Outcome::Completed;
  std::vector<EvaluatedModel> models;
  VisibilitySummary visibility;
  std::vector<TransferMatrixRow> transfer;
  std::vector<RobustnessRow> robustness;  ///< empty unless asked for
  std::map<std::string, std::int64_t> statusCounts;
  std::vector<ListedItem> listed;
  std::int64_t pairs = 0;
  std::string labelOrigin;             ///< given or pseudo
  std::int64_t restoredIdentical = 0;  ///< restored samples with the original's pixel hash
  std::int64_t restoredCompared = 0;
  std::vector<ItemIssue> issues;
  std::vector<std::string> notices;
  std::vector<std::string> examples;  ///< HTML of the report's image triplets; not part of the JSON
  double seconds = 0;

  bool hasItemIssues() const { return !issues.empty(); }
  std::string briefReport() const;
  Json toJson() const;
};

/// What the watermark did (spec 10.2, 10.3): every model on clean, protected, randomly marked and restored
/// images, and the guarantees G1 and G2 measured from the files on disk.
EvaluateDatasetSummary evaluateDataset(const EvaluateDatasetOptions& options, const RunContext& context);

}  // namespace medlocker::pipelines
