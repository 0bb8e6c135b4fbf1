// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/common/device.h"
#include "core/common/error.h"
#include "core/common/json.h"
#include "core/common/run_context.h"

namespace medlocker::pipelines {

struct TrainDefenceOptions {
  std::filesystem::path dataset;
  std::string layout;
  std::string kind = "hgd";        ///< hgd, comdefend or nrp
  std::filesystem::path model;     ///< classifier that hgd and nrp learn from; also gives size and profile
  bool trustForeignModel = false;  ///< allow a TorchScript program as classifier
  int inputSize = 0;               ///< for comdefend without a model; 0: 64
  int epochs = 5;
  int batchSize = 16;
  double learningRate = 1e-3;
  double epsilon = 8.0 / 255;  ///< budget of the adversarial images learned from
  int attackSteps = 4;
  int limit = 0;  ///< at most so many training images; 0: all
  std::filesystem::path out;
  bool resume = false;
  std::uint64_t seed = 0;
  int threads = 0;

  std::vector<OptionIssue> validate() const;
};

struct DefenceEpochLoss {
  int epoch = 0;
  double loss = 0;
  double seconds = 0;
};

struct TrainDefenceSummary {
  Outcome outcome = Outcome::Completed;
  std::string kind;
  std::string model;  ///< name of the classifier; empty without
  int inputSize = 0;
  std::int64_t images = 0;
  std::string sha256;
  std::filesystem::path out;
  std::vector<DefenceEpochLoss> history;
  std::vector<ItemIssue> issues;
  double seconds = 0;

  bool hasItemIssues() const { return !issues.empty(); }
  std::string briefReport() const;
  Json toJson() const;
};

/// Trains an input-transform defence on the training part of a dataset (all images where it has no parts;
/// labels are not used). Writes defence.safetensors, defence.json, run.json and checkpoint/ into `out`. Runs
/// on the CPU. Throws Error.
TrainDefenceSummary trainDefence(const TrainDefenceOptions& options, const RunContext& context);

}  // namespace medlocker::pipelines
