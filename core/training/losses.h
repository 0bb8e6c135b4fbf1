// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

namespace medlocker::training {

/// Losses are pure functions of float32 logits [B,C] and int64 labels [B]; they cast to float32 themselves,
/// so networks may run in reduced precision (robust training specification, 2.1).

/// [B] cross-entropy per sample against (1-s)·one-hot + s/C (Szegedy et al. 2016), s = `labelSmoothing`.
at::Tensor crossEntropyPerSample(const at::Tensor& logits, const at::Tensor& labels,
                                 double labelSmoothing = 0);

/// mean_b w_{y_b}·CE_b. `classWeights` [C] or undefined (all 1). The divisor is B, not the sum of weights, so
/// the gradient's expectation is that of the weighted risk whatever classes a batch happens to hold.
at::Tensor weightedCrossEntropy(const at::Tensor& logits, const at::Tensor& labels,
                                const at::Tensor& classWeights, double labelSmoothing = 0);

}  // namespace medlocker::training
