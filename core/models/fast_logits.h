// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/models/classifier.h"

// Faster forms of a classifier's forward pass. Every form is differentiable with respect to the input and
// thread-safe, as Classifier::logits() is; the converted copy of the network that they need is made at their
// first call, so later changes of the weights are not seen.
namespace medlocker::models {

/// A classifier that knows the two faster forms apart. Classifier::fastLogits() is the fastest of them:
/// folded, and in bfloat16 where the device has instructions for it.
class FastForms {
 public:
  virtual ~FastForms() = default;
  /// Batch norm folded into the convolutions, channels-last, float32.
  virtual at::Tensor foldedLogits(const at::Tensor& images) const = 0;
  /// Whether fastLogits() computes in bfloat16.
  virtual bool fastIsBfloat16() const = 0;
};

/// logits() with batch norm folded into the convolutions and channels-last, in float32: differs from logits()
/// by rounding alone. For attacks and searches whose result logits() confirms. A classifier without such a
/// form gives logits().
inline at::Tensor foldedLogits(const Classifier& classifier, const at::Tensor& images) {
  const auto* forms = dynamic_cast<const FastForms*>(&classifier);
  return forms ? forms->foldedLogits(images) : classifier.logits(images);
}

/// Whether fastLogits() keeps only bfloat16's 8 bits of every intermediate value, so that near ties may fall
/// either way. False: it is as exact as foldedLogits().
inline bool fastIsBfloat16(const Classifier& classifier) {
  const auto* forms = dynamic_cast<const FastForms*>(&classifier);
  return forms && forms->fastIsBfloat16();
}

}  // namespace medlocker::models
