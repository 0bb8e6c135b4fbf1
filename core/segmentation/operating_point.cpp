// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/segmentation/operating_point.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/common/percentile.h"
#include "core/common/random.h"

namespace medlocker::segmentation {
namespace {

constexpr int kDraws = 2000;
constexpr double kQuantile = 0.05;
constexpr double kHighest = 0.9;
constexpr double kLowest = 0.005;
constexpr double kLogitStep = 0.125;

double logit(double p) {
  return std::log(p / (1 - p));
}

}  // namespace

RecallEstimate estimateRecall(std::span<const BoxRecall> images, std::uint64_t seed) {
  BoxRecall all;
  for (const BoxRecall& image : images) all += image;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  if (all.truePixels == 0) return {nan, nan};
  RandomStream stream = RandomStream::fromSeed(seed, "recall bootstrap");
  std::vector<double> shares;
  for (int draw = 0; draw < kDraws; ++draw) {
    BoxRecall drawn;
    for (std::size_t i = 0; i < images.size(); ++i) drawn += images[stream.below(images.size())];
    // A draw of lesion-free images says nothing about recall.
    if (drawn.truePixels > 0) shares.push_back(drawn.share());
  }
  if (shares.empty()) return {all.share(), all.share()};
  std::sort(shares.begin(), shares.end());
  return {all.share(), percentile(shares, kQuantile)};
}

std::vector<double> thresholdCandidates() {
  std::vector<double> candidates;
  for (double x = logit(kHighest); x >= logit(kLowest); x -= kLogitStep)
    candidates.push_back(1 / (1 + std::exp(-x)));
  return candidates;
}

std::optional<std::size_t> chooseThreshold(std::span<const std::vector<BoxRecall>> images, double wanted,
                                           std::uint64_t seed) {
  std::optional<std::size_t> best;
  double highest = -1;
  for (std::size_t t = 0; t < images.size(); ++t) {
    const double bound = estimateRecall(images[t], seed).lowerBound;
    if (bound > highest) {
      highest = bound;
      best = t;
    }
    if (bound >= wanted) return t;
  }
  return best;
}

double logitShift(double from, double to) {
  return logit(to) - logit(from);
}

}  // namespace medlocker::segmentation
