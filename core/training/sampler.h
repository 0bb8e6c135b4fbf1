// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/common/json_fields.h"
#include "core/common/random.h"

namespace medlocker::training {

/// What is done about classes of different size.
enum class ClassBalance {
  None,
  Sampling,  ///< every class is drawn equally often
  Weights,   ///< every sample once, its loss weighted by N/(C·n_c)
};

std::string_view toString(ClassBalance balance);
/// Names: none, sampling, weights. Throws Error(InvalidArgument).
ClassBalance parseClassBalance(std::string_view name);

/// One draw of an epoch.
struct Draw {
  std::int64_t item = 0;        ///< position in the list of training items
  std::int64_t repetition = 0;  ///< how often the item was drawn before in this epoch; keys its augmentation
};

/// Order of the training items in each epoch: a pure function of (seed, epoch), so the sampler has no state
/// to save and an epoch can be entered anywhere. Immutable; thread-safe.
///
/// Balanced sampling keeps one endless sequence of shuffled passes per class and lets epoch e take the next
/// ceil(N/C) entries of each: every image of a large class is seen before one comes again, also across
/// epochs.
class EpochSampler {
 public:
  /// `labels`: class of every training item, 0..classes-1. Classes without items are left out.
  EpochSampler(std::vector<int> labels, int classes, ClassBalance balance, std::uint64_t seed);

  /// `epoch` counts from 1.
  std::vector<Draw> epochOrder(int epoch) const;
  std::int64_t drawsPerEpoch() const { return drawsPerEpoch_; }

 private:
  ClassBalance balance_;
  RandomStream stream_;
  std::vector<std::vector<std::int64_t>> itemsOfClass_;  // only classes that have items
  std::int64_t items_ = 0;
  std::int64_t drawsPerClass_ = 0;
  std::int64_t drawsPerEpoch_ = 0;
};

/// Loss weight per class, N/(C'·n_c) over the C' classes that have samples (0 for the others); the mean over
/// the samples is 1.
std::vector<double> balancedClassWeights(const std::vector<int>& labels, int classes);

}  // namespace medlocker::training

template <>
struct medlocker::EnumText<medlocker::training::ClassBalance> {
  static std::string_view text(training::ClassBalance value) { return training::toString(value); }
  static training::ClassBalance parse(std::string_view name) { return training::parseClassBalance(name); }
};
