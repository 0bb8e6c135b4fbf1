// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/pipelines/train_model.h"
#include "core/training/history.h"

namespace medlocker::pipelines {

/// A training run of a classifier as its folder tells. A plain value.
struct TrainingRun {
  std::filesystem::path folder;
  std::string outcome;  ///< running, completed, cancelled or failed; a killed run stays "running"
  std::string failure;  ///< why it failed
  std::string written;  ///< when the record was written, "YYYY-MM-DDThh:mm:ssZ"
  std::string method;
  std::string arch;
  std::filesystem::path dataset;
  int plannedEpochs = 0;
  int selectedEpoch = 0;  ///< from 1; 0: none yet
  std::vector<std::string> classes;
  std::vector<training::EpochRecord> history;  ///< epochs that were finished
  bool hasModel = false;
  bool hasCheckpoint = false;
  /// As recorded, `out` being the folder; empty where this version of the program does not know them.
  std::optional<TrainOptions> options;
  std::string problem;  ///< what of the folder could not be read; empty: nothing

  /// Stopped before its end, and can go on from its checkpoint.
  bool canResume() const { return outcome != "completed" && hasCheckpoint && options.has_value(); }
  /// Of the selected epoch; null where none is selected.
  const training::EpochRecord* selected() const;
};

/// Empty where `folder` holds no training run. A damaged record or history is told in `problem`.
std::optional<TrainingRun> readTrainingRun(const std::filesystem::path& folder);

/// The runs in `places` and up to two levels below them, each once, latest record first. A place may be a
/// model file; one that does not exist is passed over. Links are not followed.
std::vector<TrainingRun> findTrainingRuns(const std::vector<std::filesystem::path>& places);

}  // namespace medlocker::pipelines
