// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/data/geometry.h"

namespace medlocker::segmentation {

/// Pixel-wise figures of one structure. Fractions in 0..1; NaN where undefined.
struct SegmentationFigures {
  std::int64_t truePixels = 0;
  double dice = 0;  ///< 2|A∩B| / (|A|+|B|) at the threshold
  double iou = 0;   ///< |A∩B| / |A∪B|
  double precision = 0;
  double recall = 0;
  double aupr = 0;  ///< area under the precision-recall curve, as average precision; NaN without true pixels
};

/// Counts of pixels by probability and truth, from which every figure follows. Adding is order-independent,
/// so results do not depend on threads. A value type.
class SegmentationTally {
 public:
  static constexpr int kBins = 1000;  ///< probabilities are rounded down to thousandths
  /// `truth` 0 or 1, as many as probabilities.
  void add(std::span<const float> probabilities, std::span<const std::uint8_t> truth);
  /// `threshold` in thousandths exactly. Empty: nothing was ever added.
  SegmentationFigures figures(double threshold) const;
  /// The highest threshold, in thousandths, of the highest Dice; empty without true pixels.
  std::optional<double> bestDiceThreshold() const;

 private:
  std::array<std::int64_t, kBins + 1> positives_{};
  std::array<std::int64_t, kBins + 1> negatives_{};
};

/// Pixels of a mask, and those of them that lie in any box.
struct BoxRecall {
  std::int64_t truePixels = 0;
  std::int64_t coveredPixels = 0;

  double share() const;  ///< 0..1; NaN without true pixels
  BoxRecall& operator+=(const BoxRecall& other);
};
/// `truth`: 0 or 1, rows of `width` values; may be empty.
BoxRecall boxRecall(std::span<const std::uint8_t> truth, int width, std::span<const data::Box> boxes);

}  // namespace medlocker::segmentation
