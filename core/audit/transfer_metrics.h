// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/audit/watermark_metrics.h"
#include "core/common/random.h"

namespace medlocker::audit {

/// Success of one attack on one target. Only images that the target gets right when clean count.
struct TransferCell {
  std::int64_t base = 0;       ///< images the target gets right when clean
  std::int64_t successes = 0;  ///< of these: no longer right when attacked
  std::int64_t abstained = 0;  ///< of the successes: the target gave no answer
  RatedValue rate;             ///< successes / base with its 95 % Wilson interval; NaN without images
};

/// One answer per image: a class, or -1 for an abstention, which is never right.
TransferCell transferCell(std::span<const int> labels, std::span<const int> clean,
                          std::span<const int> attacked);

/// One target's answers to two attacks on the same images.
struct PairedAnswers {
  std::span<const int> clean;
  std::span<const int> first;
  std::span<const int> second;
};

/// How much more often the first attack succeeds than the second.
struct PairedEffect {
  std::int64_t pairs = 0;      ///< pairs of models that were pooled
  std::int64_t base = 0;       ///< images that are right when clean, summed over pairs
  std::int64_t onlyFirst = 0;  ///< of these: only the first attack succeeds
  std::int64_t onlySecond = 0;
  RatedValue difference;  ///< rate of the first minus rate of the second; see pairedEffect()
  double mcnemarP = 1;    ///< exact McNemar test; NaN where several pairs were pooled
};
/// Pools pairs (of models). Its interval resamples images, all pairs of an image together, because answers of
/// several models to one image are not independent; percentiles of `resamples` draws from `stream`.
PairedEffect pairedEffect(std::span<const int> labels, const std::vector<PairedAnswers>& pairs, int resamples,
                          RandomStream stream);

/// Rate with its Wilson interval; NaN without trials.
RatedValue wilsonRate(std::int64_t successes, std::int64_t trials);

}  // namespace medlocker::audit
