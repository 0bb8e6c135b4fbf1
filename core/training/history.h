// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/common/json_fields.h"
#include "core/models/metrics.h"

namespace medlocker::training {

/// Figures of one labelled set. Fractions 0..1; NaN where undefined.
struct EvaluationResult {
  std::int64_t samples = 0;
  double loss = 0;  ///< mean cross-entropy (float64 mean of float32 losses)
  double accuracy = 0;
  double balancedAccuracy = 0;
  double quadraticKappa = 0;
  double macroF1 = 0;
  models::ConfusionMatrix confusion;

  /// NaN where the class has no sample.
  std::vector<double> perClassAccuracy() const;
  /// Over the classes that have samples; NaN without any.
  double worstClassAccuracy() const;
};

/// Fills everything but the loss.
EvaluationResult figuresOf(models::ConfusionMatrix confusion);
/// Rates with Wilson intervals, per class and overall, and the matrix; undefined values are null.
Json toJson(const EvaluationResult& result, const std::vector<std::string>& classes, int referableFrom);
/// Several lines for people.
std::string describeForPeople(const EvaluationResult& result, const std::vector<std::string>& classes);

struct EpochRecord {
  int epoch = 0;             ///< from 1
  double learningRate = 0;   ///< at the epoch's last step
  double trainLoss = 0;      ///< mean over the epoch's samples, as optimised
  double trainAccuracy = 0;  ///< of the training batches as they were seen
  bool validated = false;
  EvaluationResult validation;
  bool robustValidated = false;
  EvaluationResult
      robust;         ///< of the validation part under attack: a sample counts where x and x' are correct
  bool best = false;  ///< became the selected model
  std::int64_t skippedSteps = 0;        ///< steps with a loss or gradient that was not finite
  std::map<std::string, double> extra;  ///< figures of the method
  // Timings are not part of what a resumed run repeats.
  double seconds = 0;
  double imagesPerSecond = 0;  ///< of the training part
  double idleShare = 0;        ///< share of the training time in which the compute thread waited for data
};

/// The figure that decides which epoch's model is kept.
enum class SelectionCriterion {
  Method,  ///< what the training method's recipe names (robust training specification, 4.6)
  BalancedAccuracy,
  Accuracy,
  Kappa,
  Loss,
  Robust,               ///< robust accuracy
  CleanAndRobust,       ///< (clean + robust accuracy) / 2
  RobustAndWorstClass,  ///< robust accuracy + robust accuracy of the worst class
};
std::string_view toString(SelectionCriterion criterion);
/// Names: method, balanced-accuracy, accuracy, kappa, loss, robust, clean-robust, robust-worst. Throws
/// Error(InvalidArgument).
SelectionCriterion parseSelectionCriterion(std::string_view name);
/// Strictly better by the criterion; ties by kappa, then by lower loss. Undefined counts as worst.
bool isBetter(const EvaluationResult& candidate, const EvaluationResult& current,
              SelectionCriterion criterion);
/// The same for criteria that look at robust accuracy too; ties by clean accuracy, then by lower clean loss.
bool isBetter(const EpochRecord& candidate, const EpochRecord& current, SelectionCriterion criterion);
/// The score itself; not a number where it is undefined.
double selectionScore(const EpochRecord& record, SelectionCriterion criterion);
bool needsRobustAccuracy(SelectionCriterion criterion);

/// Exact round trip, also of undefined values.
Json toJson(const EpochRecord& record);
EpochRecord epochRecordFromJson(const Json& json);

/// history.csv and history.json in `folder`, atomically.
void writeHistory(const std::filesystem::path& folder, const std::vector<EpochRecord>& history,
                  const std::vector<std::string>& classes);

}  // namespace medlocker::training

template <>
struct medlocker::EnumText<medlocker::training::SelectionCriterion> {
  static std::string_view text(training::SelectionCriterion value) { return training::toString(value); }
  static training::SelectionCriterion parse(std::string_view name) {
    return training::parseSelectionCriterion(name);
  }
};
