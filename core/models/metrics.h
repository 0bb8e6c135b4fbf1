// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace medlocker::models {

/// Rows = true class, columns = predicted class.
struct ConfusionMatrix {
  int classes = 0;
  std::vector<std::int64_t> counts;  ///< classes*classes, row-major

  explicit ConfusionMatrix(int classCount = 0)
      : classes(classCount), counts(static_cast<std::size_t>(classCount) * classCount) {}
  void add(int truth, int predicted) { ++counts[static_cast<std::size_t>(truth) * classes + predicted]; }
  std::int64_t at(int truth, int predicted) const {
    return counts[static_cast<std::size_t>(truth) * classes + predicted];
  }
  std::int64_t total() const;
};

/// Fractions in 0..1; NaN where a metric is undefined (no sample). Classes without samples are left out of
/// the means.
double accuracy(const ConfusionMatrix& matrix);
double balancedAccuracy(const ConfusionMatrix& matrix);
double macroF1(const ConfusionMatrix& matrix);
/// Cohen's kappa with quadratic weights; 1 when truth and prediction are one and the same single class.
double quadraticKappa(const ConfusionMatrix& matrix);
/// Referable = class >= from.
double referableSensitivity(const ConfusionMatrix& matrix, int from);
double referableSpecificity(const ConfusionMatrix& matrix, int from);

struct Interval {
  double low = 0;
  double high = 0;
};
/// Wilson score interval of a rate (Wilson 1927), 95 % by default; without trials the whole of [0,1].
Interval wilsonInterval(std::int64_t successes, std::int64_t trials, double z = 1.959963984540054);

}  // namespace medlocker::models
