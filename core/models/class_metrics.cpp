// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/class_metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace medlocker::models {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

}  // namespace

ClassMetrics classMetrics(const std::vector<bool>& correct, const std::vector<int>& labels, int classes,
                          double worstFraction, int ddof) {
  std::vector<double> hits(static_cast<std::size_t>(classes)), counts(hits.size());
  double all = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto c = static_cast<std::size_t>(labels[i]);
    counts.at(c) += 1;
    if (correct[i]) {
      hits[c] += 1;
      all += 1;
    }
  }
  ClassMetrics metrics;
  std::vector<double> rates;
  metrics.worst = std::numeric_limits<double>::infinity();
  for (std::size_t c = 0; c < hits.size(); ++c) {
    metrics.perClass.push_back(counts[c] > 0 ? hits[c] / counts[c] : kUndefined);
    if (counts[c] == 0) continue;
    rates.push_back(metrics.perClass[c]);
    if (metrics.perClass[c] < metrics.worst) {
      metrics.worst = metrics.perClass[c];
      metrics.worstClass = static_cast<int>(c);
    }
  }
  if (rates.empty()) {
    metrics.average = metrics.classMean = metrics.worst = metrics.worstGroup = kUndefined;
    metrics.deviation = metrics.nsd = metrics.gap = kUndefined;
    return metrics;
  }
  metrics.average = all / static_cast<double>(labels.size());
  std::sort(rates.begin(), rates.end());
  const auto count = static_cast<double>(rates.size());
  metrics.classMean = std::accumulate(rates.begin(), rates.end(), 0.0) / count;
  // A fraction such as 0.1 of 10 classes must give one class whatever its last bit is.
  const auto group = static_cast<std::size_t>(std::max(1.0, std::ceil(worstFraction * count - 1e-9)));
  const std::size_t size = std::min(group, rates.size());
  metrics.worstGroup =
      std::accumulate(rates.begin(), rates.begin() + static_cast<std::ptrdiff_t>(size), 0.0) /
      static_cast<double>(size);
  double squares = 0;
  for (const double rate : rates) squares += (rate - metrics.classMean) * (rate - metrics.classMean);
  metrics.deviation = count > ddof ? std::sqrt(squares / (count - ddof)) : kUndefined;
  metrics.nsd = metrics.classMean > 0 ? metrics.deviation / metrics.classMean : kUndefined;
  metrics.gap = rates.back() - rates.front();
  return metrics;
}

double relativeFairnessGain(double average, double worst, double baseAverage, double baseWorst) {
  if (baseAverage == 0 || baseWorst == 0) return kUndefined;
  return (worst - baseWorst) / baseWorst - (baseAverage - average) / baseAverage;
}

}  // namespace medlocker::models
