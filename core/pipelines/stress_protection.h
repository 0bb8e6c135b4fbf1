// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/audit/watermark_metrics.h"
#include "core/common/device.h"
#include "core/common/error.h"
#include "core/common/json.h"
#include "core/common/run_context.h"

namespace medlocker::pipelines {

struct StressProtectionOptions {
  std::filesystem::path run;       ///< the owner's own run folder, with its private part
  std::filesystem::path ownerKey;  ///< owner.key: the attacks that know everything need the records
  std::string passphrase;          ///< of that key
  std::vector<std::filesystem::path> models;
  std::optional<std::filesystem::path> logo;  ///< the clean logo file; empty: the run's own
  std::filesystem::path out;   ///< stress.json, stress.csv, report.html; empty: nothing is written
  std::int64_t limit = 0;      ///< images, spread evenly over the run; 0: all
  bool fineTune = true;        ///< also the attack that trains on marked images
  double fineTuneShare = 0.1;  ///< of the images, marked and labelled, to train on
  int fineTuneEpochs = 10;
  std::uint64_t seed = 0;
  int bootstrapResamples = 1000;
  int examples = 3;  ///< pictures in the report
  DeviceChoice device = DeviceChoice::Auto;

  std::vector<OptionIssue> validate() const;
};

/// One attack on one model.
struct StressResult {
  std::string attack;       ///< for example inpaint-telea
  std::string adversary;    ///< T2, T3 or T4 of spec 0
  audit::RatedValue clean;  ///< accuracies on the images the attack was judged on
  audit::RatedValue protectedImages;
  audit::RatedValue attacked;
  double recovered = 0;  ///< rho_rec; NaN where protection cost the model nothing
  std::int64_t images = 0;
  std::string note;
};

struct StressedModel {
  std::string name;
  std::string sha256;
  std::string role;         ///< source or target
  std::string labelOrigin;  ///< given, or pseudo: the model's own grade of the original
  std::vector<StressResult> results;
};

struct StressProtectionSummary {
  Outcome outcome = Outcome::Completed;
  std::string runId;
  std::int64_t images = 0;
  std::vector<StressedModel> models;
  double locatedShare = 0;  ///< images in which the clean logo file alone led to the true place
  std::vector<ItemIssue> issues;
  std::vector<std::string> notices;
  std::vector<std::string> examples;  ///< HTML of the report's pictures; not part of the JSON
  double seconds = 0;

  bool hasItemIssues() const { return !issues.empty(); }
  std::string briefReport() const;
  Json toJson() const;
};

/// How much of a model's accuracy comes back when somebody tries to get rid of the logo (spec 10.5). The
/// figures are published as they are: a share near 1 for inpainting is to be expected, because lesions stay
/// visible by design.
StressProtectionSummary stressProtection(const StressProtectionOptions& options, const RunContext& context);

}  // namespace medlocker::pipelines
