// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace medlocker::models {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

std::int64_t rowSum(const ConfusionMatrix& matrix, int truth) {
  std::int64_t sum = 0;
  for (int p = 0; p < matrix.classes; ++p) sum += matrix.at(truth, p);
  return sum;
}

std::int64_t columnSum(const ConfusionMatrix& matrix, int predicted) {
  std::int64_t sum = 0;
  for (int t = 0; t < matrix.classes; ++t) sum += matrix.at(t, predicted);
  return sum;
}

double ratio(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? kUndefined : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

std::int64_t ConfusionMatrix::total() const {
  return std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
}

double accuracy(const ConfusionMatrix& matrix) {
  std::int64_t hits = 0;
  for (int c = 0; c < matrix.classes; ++c) hits += matrix.at(c, c);
  return ratio(hits, matrix.total());
}

double balancedAccuracy(const ConfusionMatrix& matrix) {
  double sum = 0;
  int present = 0;
  for (int c = 0; c < matrix.classes; ++c) {
    const std::int64_t n = rowSum(matrix, c);
    if (n == 0) continue;
    sum += ratio(matrix.at(c, c), n);
    ++present;
  }
  return present == 0 ? kUndefined : sum / present;
}

double macroF1(const ConfusionMatrix& matrix) {
  double sum = 0;
  int present = 0;
  for (int c = 0; c < matrix.classes; ++c) {
    const std::int64_t n = rowSum(matrix, c);
    if (n == 0) continue;
    // 2·TP / (2·TP + FP + FN); the denominator is row plus column and so at least n.
    sum += ratio(2 * matrix.at(c, c), n + columnSum(matrix, c));
    ++present;
  }
  return present == 0 ? kUndefined : sum / present;
}

double quadraticKappa(const ConfusionMatrix& matrix) {
  const auto n = static_cast<double>(matrix.total());
  if (n == 0) return kUndefined;
  double observed = 0;
  double expected = 0;
  for (int t = 0; t < matrix.classes; ++t) {
    const auto row = static_cast<double>(rowSum(matrix, t));
    for (int p = 0; p < matrix.classes; ++p) {
      const double weight = static_cast<double>(t - p) * (t - p);
      observed += weight * static_cast<double>(matrix.at(t, p));
      expected += weight * row * static_cast<double>(columnSum(matrix, p)) / n;
    }
  }
  // Without any expected disagreement truth and prediction are the same single class.
  return expected == 0 ? 1.0 : 1.0 - observed / expected;
}

double referableSensitivity(const ConfusionMatrix& matrix, int from) {
  std::int64_t positives = 0;
  std::int64_t found = 0;
  for (int t = std::max(0, from); t < matrix.classes; ++t) {
    positives += rowSum(matrix, t);
    for (int p = std::max(0, from); p < matrix.classes; ++p) found += matrix.at(t, p);
  }
  return ratio(found, positives);
}

double referableSpecificity(const ConfusionMatrix& matrix, int from) {
  std::int64_t negatives = 0;
  std::int64_t cleared = 0;
  const int end = std::min(from, matrix.classes);
  for (int t = 0; t < end; ++t) {
    negatives += rowSum(matrix, t);
    for (int p = 0; p < end; ++p) cleared += matrix.at(t, p);
  }
  return ratio(cleared, negatives);
}

Interval wilsonInterval(std::int64_t successes, std::int64_t trials, double z) {
  if (trials <= 0) return {0.0, 1.0};
  const auto n = static_cast<double>(trials);
  const double p = static_cast<double>(successes) / n;
  const double z2 = z * z;
  const double centre = (p + z2 / (2 * n)) / (1 + z2 / n);
  const double half = z / (1 + z2 / n) * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n));
  // At 0 and n successes the bound is exact; rounding must not leave a residue.
  return {successes == 0 ? 0.0 : std::max(0.0, centre - half),
          successes == trials ? 1.0 : std::min(1.0, centre + half)};
}

}  // namespace medlocker::models
