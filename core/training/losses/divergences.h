// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

namespace medlocker::training {

/// Softmax targets and Kullback-Leibler terms that all distillation and TRADES-type losses are built from
/// (robust training specification, 1 and 2). Pure functions; differentiable unless stated. Half precision is
/// raised to float32; float64 stays float64. Thread-safe. The divergence of a prediction from given target
/// probabilities is attacks::klLoss.

/// At least float32: losses never run in reduced precision.
at::Tensor inLossPrecision(const at::Tensor& values);

/// [B,C] softmax of logits / temperature.
at::Tensor temperatureSoftmax(const at::Tensor& logits, double temperature = 1);
/// The same with one temperature per sample: [B].
at::Tensor temperatureSoftmax(const at::Tensor& logits, const at::Tensor& temperature);

/// [B] -sum_k p log(p + guard), with 0 log 0 = 0.
at::Tensor entropyPerSample(const at::Tensor& probabilities, double guard = 0);

/// [B] KL between two predictions given as logits; both carry gradient.
at::Tensor klBetween(const at::Tensor& logits, const at::Tensor& otherLogits);

}  // namespace medlocker::training
