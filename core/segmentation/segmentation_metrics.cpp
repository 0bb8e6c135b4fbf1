// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/segmentation/segmentation_metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/common/error.h"

namespace medlocker::segmentation {
namespace {

double ratio(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole)
                   : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

void SegmentationTally::add(std::span<const float> probabilities, std::span<const std::uint8_t> truth) {
  if (probabilities.size() != truth.size())
    throw Error(ErrorCode::InvalidArgument, "as many truths as probabilities are needed");
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const float p = std::isfinite(probabilities[i]) ? std::clamp(probabilities[i], 0.F, 1.F) : 0.F;
    // The small addition keeps a probability that equals a threshold (0.35) in the threshold's bin.
    const auto bin = static_cast<std::size_t>(std::min(static_cast<double>(p) * kBins + 1e-4, double{kBins}));
    ++(truth[i] != 0 ? positives_ : negatives_)[bin];
  }
}

SegmentationFigures SegmentationTally::figures(double threshold) const {
  SegmentationFigures result;
  for (const std::int64_t count : positives_) result.truePixels += count;
  const auto from = static_cast<int>(std::lround(threshold * kBins));
  std::int64_t hits = 0;
  std::int64_t found = 0;
  double area = 0;
  std::int64_t before = 0;
  for (int bin = kBins; bin >= 0; --bin) {
    hits += positives_[static_cast<std::size_t>(bin)];
    found += positives_[static_cast<std::size_t>(bin)] + negatives_[static_cast<std::size_t>(bin)];
    if (found > 0 && hits > before && result.truePixels > 0)
      area += ratio(hits - before, result.truePixels) * ratio(hits, found);
    before = hits;
    if (bin == from) {
      result.dice = ratio(2 * hits, found + result.truePixels);
      result.iou = ratio(hits, found + result.truePixels - hits);
      result.precision = ratio(hits, found);
      result.recall = ratio(hits, result.truePixels);
    }
  }
  result.aupr = result.truePixels > 0 ? area : std::numeric_limits<double>::quiet_NaN();
  return result;
}

std::optional<double> SegmentationTally::bestDiceThreshold() const {
  std::int64_t truePixels = 0;
  for (const std::int64_t count : positives_) truePixels += count;
  if (truePixels == 0) return std::nullopt;
  std::int64_t hits = 0;
  std::int64_t found = 0;
  double best = -1;
  int at = kBins;
  // At 0 every pixel counts, which is no threshold.
  for (int bin = kBins; bin >= 1; --bin) {
    hits += positives_[static_cast<std::size_t>(bin)];
    found += positives_[static_cast<std::size_t>(bin)] + negatives_[static_cast<std::size_t>(bin)];
    const double dice = ratio(2 * hits, found + truePixels);
    if (dice <= best) continue;
    best = dice;
    at = bin;
  }
  return static_cast<double>(at) / kBins;
}

double BoxRecall::share() const {
  return ratio(coveredPixels, truePixels);
}

BoxRecall& BoxRecall::operator+=(const BoxRecall& other) {
  truePixels += other.truePixels;
  coveredPixels += other.coveredPixels;
  return *this;
}

BoxRecall boxRecall(std::span<const std::uint8_t> truth, int width, std::span<const data::Box> boxes) {
  BoxRecall recall;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (truth[i] == 0) continue;
    ++recall.truePixels;
    const int x = static_cast<int>(i % static_cast<std::size_t>(width));
    const int y = static_cast<int>(i / static_cast<std::size_t>(width));
    if (std::any_of(boxes.begin(), boxes.end(),
                    [&](const data::Box& b) { return x >= b.x0 && x < b.x1 && y >= b.y0 && y < b.y1; }))
      ++recall.coveredPixels;
  }
  return recall;
}

}  // namespace medlocker::segmentation
