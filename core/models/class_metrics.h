// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

namespace medlocker::models {

/// How accuracy is spread over classes (robust training specification, 9). Fractions; NaN where undefined.
struct ClassMetrics {
  std::vector<double> perClass;  ///< NaN for a class without samples; left out of everything below
  double average = 0;            ///< over all samples
  double classMean = 0;
  double worst = 0;
  int worstClass = -1;    ///< lowest index on ties; -1 without samples
  double worstGroup = 0;  ///< mean of the max(1, ceil(fraction·C)) smallest
  double deviation = 0;   ///< over classes, divisor C - ddof
  double nsd = 0;         ///< deviation / class mean; lower is fairer; NaN where the mean is 0
  double gap = 0;         ///< best minus worst class
};

/// `correct[i]` tells whether the sample of class `labels[i]` counts as correct.
ClassMetrics classMetrics(const std::vector<bool>& correct, const std::vector<int>& labels, int classes,
                          double worstFraction = 0.1, int ddof = 0);

/// Relative fairness gain over a baseline, (w - w0)/w0 - (a0 - a)/a0; NaN where a baseline value is 0.
double relativeFairnessGain(double average, double worst, double baseAverage, double baseWorst);

}  // namespace medlocker::models
