// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/common/random.h"
#include "core/models/metrics.h"

namespace medlocker::audit {

/// A rate with its 95 % Wilson interval. NaN value where there was no trial.
struct Rate {
  std::int64_t correct = 0;
  std::int64_t n = 0;
  double value = 0;
  double low = 0;
  double high = 1;
};
Rate makeRate(std::int64_t correct, std::int64_t n);

/// How one model does on one version of a labelled set, per class (robust training specification, 9; attack
/// specification, 11). Classes without images are left out of everything but the list. Fractions in 0..1; NaN
/// where undefined.
struct ClassMetrics {
  Rate overall;
  std::vector<Rate> perClass;
  std::optional<int> worstClass;  ///< lowest accuracy, lowest index on ties
  double worstAccuracy = 0;
  double worstGroup = 0;  ///< mean of the worst tenth of the classes, at least one
  double classMean = 0;   ///< mean over classes: balanced accuracy
  double deviation = 0;   ///< population standard deviation over classes
  double spread = 0;      ///< best minus worst class
  double nsd = 0;         ///< deviation / classMean, lower is fairer; NaN where the mean is 0
  double kappa = 0;       ///< Cohen's, quadratic weights
  double referableSensitivity = 0;
  double referableSpecificity = 0;
  models::ConfusionMatrix confusion;
};

inline constexpr double kWorstShare = 0.1;

/// `truth` and `predicted` have one entry per image. Throws Error(InvalidArgument) for other lengths or
/// values outside 0..classes-1.
ClassMetrics computeClassMetrics(std::span<const int> truth, std::span<const int> predicted, int classes,
                                 int referableFrom, double worstShare = kWorstShare);

/// (clean + robust)/2.
inline double wRobust(double cleanAccuracy, double robustAccuracy) {
  return (cleanAccuracy + robustAccuracy) / 2;
}

/// The per-sample worst case over attacks: for each image the wrong class an attack reached (the first in the
/// list that did), else the clean class. An image counts as robust only if it is right when clean and under
/// every attack.
std::vector<int> worstCasePredictions(std::span<const int> truth, std::span<const int> clean,
                                      const std::vector<std::vector<int>>& attacked);

/// Attack success rate: broken / right when clean; NaN where nothing was right.
double attackSuccessRate(std::span<const int> truth, std::span<const int> clean, std::span<const int> worst);

/// A difference between two models on the same images, with its percentile bootstrap interval (95 %).
struct PairedDifference {
  double value = 0;
  double low = 0;
  double high = 0;
};
enum class PairedStatistic { Accuracy, WorstClass, ClassMean };
/// statistic(second) - statistic(first). Images are resampled together for both models; deterministic in
/// `stream`.
PairedDifference pairedBootstrap(std::span<const int> truth, std::span<const int> first,
                                 std::span<const int> second, int classes, PairedStatistic statistic,
                                 int resamples, RandomStream stream);

}  // namespace medlocker::audit
