// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/common/device.h"
#include "core/common/error.h"
#include "core/common/json.h"
#include "core/common/run_context.h"

namespace medlocker::pipelines {

/// Options of `attack`: one attack on one model, with the changed images saved.
struct AttackDatasetOptions {
  std::filesystem::path dataset;
  std::filesystem::path model;
  std::string attack = "pgd-20";
  std::string epsilon;  ///< as in AuditOptions
  std::string norm = "linf";
  std::string split;
  int perClass = 0;
  std::optional<int> steps, restarts, queries;
  std::optional<std::string> step;
  bool trustForeignModels = false;
  std::filesystem::path out;
  bool resume = false;
  std::uint64_t seed = 0;
  DeviceChoice device = DeviceChoice::Auto;
  int batchSize = 0;

  std::vector<OptionIssue> validate() const;
  Json toJson() const;
};

struct AttackedImage {
  std::string id;
  int label = 0;
  int cleanPredicted = 0;
  int predicted = 0;     ///< of the saved file, decoded again and given to the exact model
  bool success = false;  ///< right when clean and wrong for the saved file
  double distance = 0;   ///< between saved file and clean model input
  std::string file;      ///< below out
  std::string sha256;
  bool lostBySaving = false;  ///< the attack succeeded, but its 16-bit file does not
};

struct AttackDatasetSummary {
  Outcome outcome = Outcome::Completed;
  std::string model;
  std::string attack;
  Json params;
  double epsilon = 0;
  std::vector<std::string> classes;
  std::vector<AttackedImage> images;
  std::vector<ItemIssue> issues;
  std::filesystem::path out;
  double seconds = 0;

  bool hasItemIssues() const { return !issues.empty(); }
  std::string briefReport() const;
  Json toJson() const;  ///< attack.json, schema medlocker/attack/1
};

/// Attacks every image and saves what the model saw as 16-bit PNG at the model's input size, below
/// out/adversarial/, named after the sample. Values are rounded towards the clean image, so that the file
/// keeps the budget (to one step of 1/65535). What attack.json says of an image is measured on the saved
/// file, read again. Journalled; resumable to the same bytes. Throws Error.
AttackDatasetSummary attackDataset(const AttackDatasetOptions& options, const RunContext& context);

}  // namespace medlocker::pipelines
