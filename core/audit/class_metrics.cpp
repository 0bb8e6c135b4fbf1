// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/audit/class_metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "core/common/error.h"
#include "core/models/class_metrics.h"

namespace medlocker::audit {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

void requireClasses(std::span<const int> truth, std::span<const int> predicted, int classes) {
  if (truth.size() != predicted.size())
    throw Error(ErrorCode::InvalidArgument, "there must be one prediction for each label");
  const auto outside = [classes](int value) { return value < 0 || value >= classes; };
  if (std::any_of(truth.begin(), truth.end(), outside) ||
      std::any_of(predicted.begin(), predicted.end(), outside))
    throw Error(ErrorCode::InvalidArgument,
                "labels and predictions must lie in 0.." + std::to_string(classes - 1));
}

/// Accuracy per class; NaN for classes without images. `pick`: which images, with repetitions.
template <typename Pick>
double statisticOf(std::span<const int> truth, std::span<const int> predicted, int classes,
                   PairedStatistic statistic, std::size_t count, Pick pick) {
  std::vector<std::int64_t> right(static_cast<std::size_t>(classes));
  std::vector<std::int64_t> all(static_cast<std::size_t>(classes));
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t image = pick(i);
    const auto label = static_cast<std::size_t>(truth[image]);
    ++all[label];
    if (predicted[image] == truth[image]) ++right[label];
  }
  double worst = std::numeric_limits<double>::infinity();
  double sum = 0;
  int present = 0;
  std::int64_t rightAll = 0;
  for (std::size_t c = 0; c < all.size(); ++c) {
    rightAll += right[c];
    if (all[c] == 0) continue;
    const double accuracy = static_cast<double>(right[c]) / static_cast<double>(all[c]);
    worst = std::min(worst, accuracy);
    sum += accuracy;
    ++present;
  }
  if (present == 0) return kNaN;
  switch (statistic) {
    case PairedStatistic::Accuracy:
      return static_cast<double>(rightAll) / static_cast<double>(count);
    case PairedStatistic::WorstClass:
      return worst;
    case PairedStatistic::ClassMean:
      return sum / present;
  }
  return kNaN;
}

}  // namespace

Rate makeRate(std::int64_t correct, std::int64_t n) {
  Rate rate{correct, n, kNaN, 0, 1};
  if (n > 0) rate.value = static_cast<double>(correct) / static_cast<double>(n);
  const models::Interval interval = models::wilsonInterval(correct, n);
  rate.low = interval.low;
  rate.high = interval.high;
  return rate;
}

ClassMetrics computeClassMetrics(std::span<const int> truth, std::span<const int> predicted, int classes,
                                 int referableFrom, double worstShare) {
  requireClasses(truth, predicted, classes);
  ClassMetrics metrics;
  metrics.confusion = models::ConfusionMatrix(classes);
  for (std::size_t i = 0; i < truth.size(); ++i) metrics.confusion.add(truth[i], predicted[i]);
  std::vector<bool> correct(truth.size());
  for (std::size_t i = 0; i < truth.size(); ++i) correct[i] = truth[i] == predicted[i];
  for (int c = 0; c < classes; ++c) {
    std::int64_t n = 0;
    for (int p = 0; p < classes; ++p) n += metrics.confusion.at(c, p);
    metrics.perClass.push_back(makeRate(metrics.confusion.at(c, c), n));
  }
  metrics.overall =
      makeRate(std::count(correct.begin(), correct.end(), true), static_cast<std::int64_t>(truth.size()));
  metrics.kappa = models::quadraticKappa(metrics.confusion);
  metrics.referableSensitivity = models::referableSensitivity(metrics.confusion, referableFrom);
  metrics.referableSpecificity = models::referableSpecificity(metrics.confusion, referableFrom);
  const models::ClassMetrics spread =
      models::classMetrics(correct, {truth.begin(), truth.end()}, classes, worstShare);
  if (spread.worstClass >= 0) metrics.worstClass = spread.worstClass;
  metrics.worstAccuracy = spread.worst;
  metrics.worstGroup = spread.worstGroup;
  metrics.classMean = spread.classMean;
  metrics.deviation = spread.deviation;
  metrics.spread = spread.gap;
  metrics.nsd = spread.nsd;
  return metrics;
}

std::vector<int> worstCasePredictions(std::span<const int> truth, std::span<const int> clean,
                                      const std::vector<std::vector<int>>& attacked) {
  std::vector<int> worst(clean.begin(), clean.end());
  for (std::size_t i = 0; i < worst.size(); ++i)
    for (const std::vector<int>& predictions : attacked) {
      if (worst[i] != truth[i]) break;
      worst[i] = predictions.at(i);
    }
  return worst;
}

double attackSuccessRate(std::span<const int> truth, std::span<const int> clean, std::span<const int> worst) {
  std::int64_t right = 0;
  std::int64_t broken = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (clean[i] != truth[i]) continue;
    ++right;
    if (worst[i] != truth[i]) ++broken;
  }
  return right == 0 ? kNaN : static_cast<double>(broken) / static_cast<double>(right);
}

PairedDifference pairedBootstrap(std::span<const int> truth, std::span<const int> first,
                                 std::span<const int> second, int classes, PairedStatistic statistic,
                                 int resamples, RandomStream stream) {
  requireClasses(truth, first, classes);
  requireClasses(truth, second, classes);
  const auto difference = [&](auto pick) {
    return statisticOf(truth, second, classes, statistic, truth.size(), pick) -
           statisticOf(truth, first, classes, statistic, truth.size(), pick);
  };
  PairedDifference result;
  result.value = difference([](std::size_t i) { return i; });
  result.low = result.high = result.value;
  if (truth.empty() || resamples <= 0) return result;
  std::vector<double> values;
  std::vector<std::size_t> picked(truth.size());
  for (int r = 0; r < resamples; ++r) {
    for (std::size_t& image : picked) image = stream.below(truth.size());
    values.push_back(difference([&picked](std::size_t i) { return picked[i]; }));
  }
  std::sort(values.begin(), values.end());
  const auto at = [&values](double share) {
    const auto index = static_cast<std::size_t>(std::lround(share * static_cast<double>(values.size() - 1)));
    return values[index];
  };
  result.low = at(0.025);
  result.high = at(0.975);
  return result;
}

}  // namespace medlocker::audit
