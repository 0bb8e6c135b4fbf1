// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

/// Per-sample attack losses (specification, 1): logits [N,K], labels [N] int64, result [N] in float32
/// (float64 for float64 logits), differentiable. The attacker maximises them unless stated. Logits in reduced
/// precision are cast to float32 first. Where a formula orders logits, ties go to the lowest class index, in
/// the value and in the gradient. Thread-safe. K >= 2; Error(InvalidArgument) otherwise, and where shapes do
/// not fit.
namespace medlocker::attacks {

/// logsumexp(z) - z_y.
at::Tensor crossEntropyLoss(const at::Tensor& logits, const at::Tensor& labels);
/// max_{i≠y} z_i - z_y.
at::Tensor marginLoss(const at::Tensor& logits, const at::Tensor& labels);
/// CW-inf, the clamped margin -max(z_y - max_{i≠y} z_i + kappa, 0) (Carlini & Wagner 2017, as in PGD).
at::Tensor clampedMarginLoss(const at::Tensor& logits, const at::Tensor& labels, double kappa = 50);
/// Difference of logits ratio (Croce & Hein 2020, equation 6): -(z_y - max_{i≠y} z_i)/(z_π1 - z_π3 + 1e-12).
/// With two classes there is no third logit: the plain margin (callers warn; see dlrNeedsClasses).
at::Tensor dlrLoss(const at::Tensor& logits, const at::Tensor& labels);
/// Targeted form (equation 7): -(z_y - z_t)/(z_π1 - (z_π3 + z_π4)/2 + 1e-12); up to three classes: z_t - z_y.
at::Tensor targetedDlrLoss(const at::Tensor& logits, const at::Tensor& labels, const at::Tensor& targets);

/// Fewest classes for which the two ratios exist.
inline constexpr int kDlrNeedsClasses = 3;
inline constexpr int kTargetedDlrNeedsClasses = 4;

/// C&W L2 hinge, *minimised*: max(0, z_y - max_{i≠y} z_i + kappa).
at::Tensor hingeLoss(const at::Tensor& logits, const at::Tensor& labels, double kappa = 0);
/// Targeted, *minimised*: max(0, max_{i≠t} z_i - z_t + kappa).
at::Tensor targetedHingeLoss(const at::Tensor& logits, const at::Tensor& targets, double kappa = 0);

/// KL(p ‖ softmax(z)) = Σ_k p_k (log(p_k + guard) - logsoftmax(z)_k), with 0·log 0 = 0; `probabilities` [N,K]
/// is used as given and keeps its graph if it has one.
at::Tensor klLoss(const at::Tensor& logits, const at::Tensor& probabilities, double guard = 0);

/// [N] int64: the largest logit's class, lowest index on ties.
at::Tensor topClass(const at::Tensor& logits);
/// [N,K] int64: classes from largest to smallest logit, lowest index first on ties.
at::Tensor classOrder(const at::Tensor& logits);
/// max_{i≠y} z_i, [N].
at::Tensor bestOther(const at::Tensor& logits, const at::Tensor& labels);

using LossFunction = std::function<at::Tensor(const at::Tensor& logits, const at::Tensor& labels)>;

}  // namespace medlocker::attacks
