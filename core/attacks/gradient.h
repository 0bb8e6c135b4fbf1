// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

#include "core/attacks/loss.h"
#include "core/attacks/target.h"

namespace medlocker::attacks {

/// What an attack maximises, evaluated at some rows of a batch.
struct ObjectiveValue {
  at::Tensor loss;    ///< [n] per sample, with its graph
  at::Tensor logits;  ///< [n,K]; may be undefined where nobody asks whether a sample is misclassified
};

/// A function of images [n,…], which ask for gradients, and of the rows of the original batch they belong to
/// (int64 [n], on the images' device): attacks drop finished samples, so labels and other constants must be
/// picked by `rows`. `draw` counts evaluations, for random targets. The objective may move from call to call
/// (a teacher that sees x').
using Objective =
    std::function<ObjectiveValue(const at::Tensor& images, const at::Tensor& rows, std::uint64_t draw)>;

/// loss(target(x'), labels[rows]). `samples`: dataset index of each row of the batch, or empty. The target
/// must outlive the objective.
Objective targetObjective(Target& target, LossFunction loss, at::Tensor labels,
                          std::vector<std::int64_t> samples = {});
/// The same for a loss that also needs the rows of the batch its logits belong to (targets, weights …).
using RowLossFunction = std::function<at::Tensor(const at::Tensor& logits, const at::Tensor& rows)>;
Objective targetRowObjective(Target& target, RowLossFunction loss, std::vector<std::int64_t> samples = {});
/// The mean of `draws` evaluations, in loss, gradient and logits (expectation over transformation).
Objective averaged(Objective objective, int draws);

/// All detached.
struct InputGradient {
  at::Tensor gradient;  ///< as the images; zero for samples whose loss or gradient was not finite
  at::Tensor loss;      ///< [n]
  at::Tensor logits;    ///< [n,K] or undefined
};

/// Value and gradient of the summed loss with respect to the images alone, by a functional autograd call:
/// nothing is accumulated into any leaf, so gradients of parameters are neither computed nor touched. Works
/// whatever the caller's gradient mode is. Counts backwards and zero or non-finite gradients into `counts`.
InputGradient inputGradient(const Objective& objective, const at::Tensor& images, const at::Tensor& rows,
                            std::uint64_t draw, PassCounts& counts);
/// The value alone (gradient undefined), without a graph.
InputGradient evaluateObjective(const Objective& objective, const at::Tensor& images, const at::Tensor& rows,
                                std::uint64_t draw);

}  // namespace medlocker::attacks
