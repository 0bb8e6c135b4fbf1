// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/audit/transfer_metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/common/error.h"
#include "core/common/percentile.h"
#include "core/models/metrics.h"

namespace medlocker::audit {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

void requireEqual(std::size_t a, std::size_t b) {
  if (a != b) throw Error(ErrorCode::InvalidArgument, "predictions and labels differ in number");
}

}  // namespace

RatedValue wilsonRate(std::int64_t successes, std::int64_t trials) {
  if (trials <= 0) return {kNaN, kNaN, kNaN};
  const models::Interval interval = models::wilsonInterval(successes, trials);
  return {static_cast<double>(successes) / static_cast<double>(trials), interval.low, interval.high};
}

TransferCell transferCell(std::span<const int> labels, std::span<const int> clean,
                          std::span<const int> attacked) {
  requireEqual(labels.size(), clean.size());
  requireEqual(labels.size(), attacked.size());
  TransferCell cell;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (clean[i] != labels[i]) continue;
    ++cell.base;
    if (attacked[i] == labels[i]) continue;
    ++cell.successes;
    if (attacked[i] < 0) ++cell.abstained;
  }
  cell.rate = wilsonRate(cell.successes, cell.base);
  return cell;
}

PairedEffect pairedEffect(std::span<const int> labels, const std::vector<PairedAnswers>& pairs, int resamples,
                          RandomStream stream) {
  PairedEffect effect;
  std::vector<std::int64_t> base(labels.size(), 0);
  std::vector<std::int64_t> gain(labels.size(), 0);
  for (const PairedAnswers& pair : pairs) {
    requireEqual(labels.size(), pair.clean.size());
    requireEqual(labels.size(), pair.first.size());
    requireEqual(labels.size(), pair.second.size());
    for (std::size_t i = 0; i < labels.size(); ++i) {
      if (pair.clean[i] != labels[i]) continue;
      const bool first = pair.first[i] != labels[i];
      const bool second = pair.second[i] != labels[i];
      ++base[i];
      gain[i] += static_cast<int>(first) - static_cast<int>(second);
      effect.onlyFirst += first && !second;
      effect.onlySecond += second && !first;
    }
  }
  for (const std::int64_t count : base) effect.base += count;
  effect.pairs = static_cast<std::int64_t>(pairs.size());
  effect.mcnemarP = pairs.size() == 1 ? mcnemarExactP(effect.onlyFirst, effect.onlySecond) : kNaN;
  if (effect.base == 0) {
    effect.difference = {kNaN, kNaN, kNaN};
    return effect;
  }
  const double value =
      static_cast<double>(effect.onlyFirst - effect.onlySecond) / static_cast<double>(effect.base);
  std::vector<double> drawn;
  for (int r = 0; r < resamples; ++r) {
    std::int64_t bases = 0;
    std::int64_t gains = 0;
    for (std::size_t k = 0; k < labels.size(); ++k) {
      const auto i = static_cast<std::size_t>(stream.below(labels.size()));
      bases += base[i];
      gains += gain[i];
    }
    if (bases > 0) drawn.push_back(static_cast<double>(gains) / static_cast<double>(bases));
  }
  std::sort(drawn.begin(), drawn.end());
  effect.difference = drawn.empty() ? RatedValue{value, value, value}
                                    : RatedValue{value, percentile(drawn, 0.025), percentile(drawn, 0.975)};
  return effect;
}

}  // namespace medlocker::audit
