// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/segmentation/segmentation_metrics.h"

namespace medlocker::segmentation {

/// Share of true pixels inside boxes over several images, and how low it may lie for others like them.
struct RecallEstimate {
  double recall = 0;      ///< pooled over all pixels; NaN without true pixels
  double lowerBound = 0;  ///< 5 % quantile of the pooled recall over 2000 bootstrap draws of the images
};

/// `images`: one entry per image, those without true pixels too. The images are drawn, not the pixels, which
/// depend on each other within an image (Efron 1979, bootstrap). Deterministic in the seed; thread-safe.
RecallEstimate estimateRecall(std::span<const BoxRecall> images, std::uint64_t seed);

/// Thresholds worth trying, highest first: 0.9 down to 0.005 in equal steps of log odds.
std::vector<double> thresholdCandidates();

/// Index of the highest threshold whose lower bound reaches `wanted`; where none does, of the one with the
/// highest bound. `images`: by threshold (highest first), then by image. Empty: no true pixel anywhere.
std::optional<std::size_t> chooseThreshold(std::span<const std::vector<BoxRecall>> images, double wanted,
                                           std::uint64_t seed);

/// What to add to a logit for probability `from` to read `to`; both inside (0,1).
double logitShift(double from, double to);

}  // namespace medlocker::segmentation
