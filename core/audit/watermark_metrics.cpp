// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/audit/watermark_metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/common/error.h"
#include "core/common/percentile.h"
#include "core/models/metrics.h"

namespace medlocker::audit {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

void check(const PredictionSet& set) {
  const std::size_t n = set.truth.size();
  if (set.cleanPredicted.size() != n || set.predicted.size() != n || set.trueProbability.size() != n)
    throw Error(ErrorCode::InvalidArgument, "predictions and labels differ in number");
  const auto inside = [&](int value) { return value >= 0 && value < set.classes; };
  for (std::size_t i = 0; i < n; ++i)
    if (!inside(set.truth[i]) || !inside(set.predicted[i]) || !inside(set.cleanPredicted[i]))
      throw Error(ErrorCode::InvalidArgument, "a label or prediction lies outside the classes");
}

struct Rates {
  double accuracy = kNaN;
  double balanced = kNaN;
  double kappa = kNaN;
  double asr = kNaN;
  std::int64_t asrBase = 0;
  models::ConfusionMatrix matrix;
};

/// The rates over the images with the given indices (with repetition, for resampling).
template <typename Index>
Rates ratesOf(const PredictionSet& set, std::size_t count, Index index) {
  Rates rates;
  rates.matrix = models::ConfusionMatrix(set.classes);
  std::int64_t fooled = 0;
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t i = index(k);
    rates.matrix.add(set.truth[i], set.predicted[i]);
    if (set.cleanPredicted[i] == set.truth[i]) {
      ++rates.asrBase;
      if (set.predicted[i] != set.truth[i]) ++fooled;
    }
  }
  if (count > 0) {
    rates.accuracy = models::accuracy(rates.matrix);
    rates.balanced = models::balancedAccuracy(rates.matrix);
    rates.kappa = models::quadraticKappa(rates.matrix);
  }
  if (rates.asrBase > 0) rates.asr = static_cast<double>(fooled) / static_cast<double>(rates.asrBase);
  return rates;
}

/// Value with the 2.5 % and 97.5 % points of the defined resampled values.
RatedValue withInterval(double value, std::vector<double> resampled) {
  std::erase_if(resampled, [](double x) { return std::isnan(x); });
  if (resampled.empty() || std::isnan(value)) return {value, value, value};
  std::sort(resampled.begin(), resampled.end());
  return {value, percentile(resampled, 0.025), percentile(resampled, 0.975)};
}

}  // namespace

ModelMetrics computeModelMetrics(const PredictionSet& set, int referableFrom, int resamples,
                                 RandomStream stream) {
  check(set);
  const std::size_t n = set.truth.size();
  const Rates rates = ratesOf(set, n, [](std::size_t k) { return k; });

  std::vector<double> accuracy;
  std::vector<double> balanced;
  std::vector<double> kappa;
  std::vector<double> asr;
  if (n > 0) {
    for (int r = 0; r < resamples; ++r) {
      const Rates drawn =
          ratesOf(set, n, [&](std::size_t) { return static_cast<std::size_t>(stream.below(n)); });
      accuracy.push_back(drawn.accuracy);
      balanced.push_back(drawn.balanced);
      kappa.push_back(drawn.kappa);
      asr.push_back(drawn.asr);
    }
  }

  ModelMetrics metrics;
  metrics.samples = static_cast<std::int64_t>(n);
  metrics.accuracy = withInterval(rates.accuracy, std::move(accuracy));
  metrics.balancedAccuracy = withInterval(rates.balanced, std::move(balanced));
  metrics.kappa = withInterval(rates.kappa, std::move(kappa));
  metrics.asr = withInterval(rates.asr, std::move(asr));
  metrics.asrBase = rates.asrBase;
  metrics.macroF1 = n > 0 ? models::macroF1(rates.matrix) : kNaN;
  const bool hasReferable = referableFrom > 0 && referableFrom < set.classes && n > 0;
  metrics.referableSensitivity =
      hasReferable ? models::referableSensitivity(rates.matrix, referableFrom) : kNaN;
  metrics.referableSpecificity =
      hasReferable ? models::referableSpecificity(rates.matrix, referableFrom) : kNaN;
  double probability = 0;
  double shift = 0;
  for (std::size_t i = 0; i < n; ++i) {
    probability += set.trueProbability[i];
    shift += std::abs(set.predicted[i] - set.cleanPredicted[i]);
  }
  metrics.meanTrueProbability = n > 0 ? probability / static_cast<double>(n) : kNaN;
  metrics.meanAbsGradeShift = n > 0 ? shift / static_cast<double>(n) : kNaN;
  return metrics;
}

double mcnemarExactP(std::int64_t onlyFirst, std::int64_t onlySecond) {
  const std::int64_t n = onlyFirst + onlySecond;
  if (n == 0) return 1;
  // Twice the smaller tail of Binomial(n, 1/2), in logarithms so that large n neither overflow nor vanish.
  const std::int64_t smaller = std::min(onlyFirst, onlySecond);
  double tail = 0;
  for (std::int64_t k = 0; k <= smaller; ++k)
    tail += std::exp(std::lgamma(static_cast<double>(n) + 1) - std::lgamma(static_cast<double>(k) + 1) -
                     std::lgamma(static_cast<double>(n - k) + 1) - static_cast<double>(n) * std::log(2.0));
  return std::min(1.0, 2 * tail);
}

}  // namespace medlocker::audit
