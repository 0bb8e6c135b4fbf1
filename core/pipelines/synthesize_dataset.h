// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/common/error.h"
#include "core/common/json.h"
#include "core/common/run_context.h"

namespace medlocker::pipelines {

/// Options of one synthetic dataset. A plain value, copied into the run and written to run.json.
struct SynthOptions {
  std::filesystem::path out;  ///< created; a folder that is not empty is refused
  int count = 100;            ///< photographs; two per patient, left and right eye
  int width = 512;            ///< pixels
  int height = 512;
  /// class-folders (folders), aptos, eyepacs, idrid-grading (idrid), idrid-segmentation, ddr, messidor2, npz,
  /// folder (plain).
  std::string layout = "class-folders";
  std::string format = "png";  ///< png, tiff or bmp; without meaning for npz
  int bits = 8;                ///< 8 or 16 per sample
  /// Share of each grade 0..4, of any sum. The counts are exact: the largest remainders are rounded up.
  std::array<double, 5> gradeWeights{1, 1, 1, 1, 1};
  double difficulty = 0.3;        ///< 0: large, plain lesions; 1: realistically small and faint ones
  double validationFraction = 0;  ///< of the patients; the layout must have a place for a validation set
  double testFraction = 0;        ///< of the patients; the layout must have a place for a test set
  bool masks = true;              ///< exact lesion masks
  std::uint64_t seed = 0;         ///< the same seed and options give the same bytes
  int threads = 0;                ///< 0: one per core; never changes the bytes
  /// Goes on in `out` when it holds an interrupted run with the same options: every image is drawn and
  /// written again with the same bytes.
  bool resume = false;
  bool dryRun = false;  ///< plan and count only; nothing is written

  std::vector<OptionIssue> validate() const;
  Json toJson() const;
};

struct SynthSummary {
  Outcome outcome = Outcome::Completed;
  SynthOptions options;
  std::int64_t planned = 0;  ///< images asked for
  std::int64_t images = 0;   ///< images written; fewer than planned only when cancelled, 0 in a dry run
  std::int64_t masks = 0;    ///< mask files written
  std::int64_t patients = 0;
  std::array<std::int64_t, 5> perGrade{};        ///< planned
  std::map<std::string, std::int64_t> perSplit;  ///< planned: train, val, test
  std::map<std::string, std::int64_t> lesions;   ///< drawn, by kind: MA HE EX (clusters) SE OTHER
  std::string fingerprint;                       ///< of the written dataset; empty in a dry run
  double seconds = 0;

  std::string briefReport() const;
  /// Schema medlocker/synth/1.
  Json toJson() const;
};

/// Draws a graded synthetic dataset with exact lesion masks and writes it in one of the layouts that
/// openDataset() recognises, clearly labelled as synthetic. Files appear as they are ready; a stop request
/// leaves a smaller but consistent dataset and Outcome::Cancelled. Writes run.json. Throws Error for invalid
/// options, a folder that cannot be used, or a failed write.
SynthSummary synthesizeDataset(const SynthOptions& options, const RunContext& context = {});

}  // namespace medlocker::pipelines
