// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/common/random.h"

namespace medlocker::audit {

/// A rate with its 95 % interval, all in 0..1; NaN where it is undefined.
struct RatedValue {
  double value = 0;
  double low = 0;
  double high = 0;
};

/// What one model said about one version of a labelled image set. All vectors have one entry per image.
struct PredictionSet {
  int classes = 0;
  std::vector<int> truth;               ///< ground truth or pseudo label
  std::vector<int> cleanPredicted;      ///< the model on the originals
  std::vector<int> predicted;           ///< the model on this version
  std::vector<double> trueProbability;  ///< probability of the true class on this version
};

/// How one model does on one version of the set (spec 10.2).
struct ModelMetrics {
  std::int64_t samples = 0;
  RatedValue accuracy;
  RatedValue balancedAccuracy;
  RatedValue kappa;  ///< quadratic weighted; its interval by bootstrap
  double macroF1 = 0;
  double referableSensitivity = 0;
  double referableSpecificity = 0;
  double meanTrueProbability = 0;
  double meanAbsGradeShift = 0;  ///< mean |predicted - cleanPredicted|
  RatedValue asr;                ///< (clean-correct and now wrong) / clean-correct
  std::int64_t asrBase = 0;      ///< number of clean-correct images
};

/// Intervals are percentiles of `resamples` bootstrap resamples of images, drawn from `stream`; 0 resamples:
/// intervals equal the value. Deterministic in the stream. Throws Error(InvalidArgument) for vectors of
/// different length or values outside the classes.
ModelMetrics computeModelMetrics(const PredictionSet& set, int referableFrom, int resamples,
                                 RandomStream stream);

/// Two-sided exact McNemar test: `onlyFirst` = images only the first is right on, `onlySecond` = only the
/// second. 1 when both are 0.
double mcnemarExactP(std::int64_t onlyFirst, std::int64_t onlySecond);

}  // namespace medlocker::audit
