// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/audit/transfer_metrics.h"
#include "core/common/device.h"
#include "core/common/error.h"
#include "core/common/json.h"
#include "core/common/run_context.h"

namespace medlocker::pipelines {

/// Randomised smoothing (Cohen et al. 2019): within which L2 distance a smoothed model provably keeps its
/// answer.
struct CertifyDatasetOptions {
  std::filesystem::path dataset;
  std::string layout;
  std::filesystem::path model;
  bool trustForeignModel = false;  ///< allow a TorchScript program as model
  double sigma = 0.25;             ///< standard deviation of the noise, pixel range [0,1]
  int selectionDraws = 100;        ///< n0
  int draws = 1000;                ///< n
  double alpha = 0.001;            ///< a certificate is wrong with at most this probability
  std::vector<double> radii{0, 0.25, 0.5, 0.75, 1.0};  ///< L2 radii of the certified accuracies
  std::string part = "auto";                           ///< auto, all, train, val, test
  int limit = 0;
  std::filesystem::path
      journalFolder;  ///< finished images are kept here and not computed again; empty: nowhere
  std::uint64_t seed = 0;
  DeviceChoice device = DeviceChoice::Auto;
  int batchSize = 100;  ///< noisy copies at once; changes nothing

  std::vector<OptionIssue> validate() const;
};

struct CertifiedClass {
  std::string name;  ///< class, or "all"
  std::int64_t images = 0;
  std::int64_t abstained = 0;
  std::int64_t correct = 0;                 ///< certified with the right class at radius 0
  double meanRadius = 0;                    ///< over images; wrong or abstained ones count 0
  std::vector<audit::RatedValue> accuracy;  ///< certified accuracy at each radius, with Wilson interval
};

struct CertifyDatasetSummary {
  Outcome outcome = Outcome::Completed;
  std::string model;
  std::string sha256;
  std::vector<double> radii;
  std::vector<CertifiedClass> classes;  ///< in label order
  CertifiedClass all;
  std::vector<ItemIssue> issues;

  Json toJson() const;
};

/// Certified accuracy per class. Deterministic in the seed; every image has its own noise. Throws Error.
CertifyDatasetSummary certifyDataset(const CertifyDatasetOptions& options, const RunContext& context);

}  // namespace medlocker::pipelines
