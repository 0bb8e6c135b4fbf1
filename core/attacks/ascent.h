// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

#include "core/attacks/gradient.h"
#include "core/attacks/threat.h"

namespace medlocker::attacks {

/// Which iterate is the answer.
enum class Keep {
  Best,  ///< the first misclassified one, else the one of highest loss; the start counts as an iterate
  Last,  ///< the last one
};

/// Judges iterates that the objective's logits call misclassified: [n] bool for the given rows. For targets
/// that are attacked in another numerical form than the one success is judged by.
using Confirm = std::function<at::Tensor(const at::Tensor& images, const at::Tensor& rows)>;

struct AscentOptions {
  Norm norm = Norm::Linf;
  PerSample epsilon = 8.0 / 255;
  PerSample step = 2.0 / 255;
  int steps = 10;
  Keep keep = Keep::Last;
  bool evaluateLast = false;  ///< also evaluate the objective at the last iterate; Keep::Best always does
  Confirm confirm;            ///< empty: the objective's own logits decide
};

/// One evaluated iterate: 0 is the start, `steps` the last one.
struct AscentIterate {
  int index = 0;
  const at::Tensor& rows;    ///< [n] int64, rows of the batch that are still attacked
  const at::Tensor& images;  ///< [n,…]
  const at::Tensor& loss;    ///< [n]
  const at::Tensor& logits;  ///< [n,K] or undefined
};
using AscentObserver = std::function<void(const AscentIterate&)>;

struct AscentResult {
  at::Tensor images;         ///< [N,…] within the budget and in [0,1] once steps >= 1
  at::Tensor loss;           ///< [N] at `images`; undefined for Keep::Last without evaluateLast
  at::Tensor misclassified;  ///< [N] bool; undefined where no labels were given or no logits known
};

/// Projected gradient ascent: the one such loop (I-FGSM, PGD, CW-inf and the inner maximisation of robust
/// training). x_{t+1} = ascentStep(x_t, gradient of the objective at x_t). `clean` and `start` [N,…];
/// `labels` [N] int64 or undefined (then Keep::Best looks at the loss alone). With Keep::Best a misclassified
/// sample leaves the batch, which changes nothing for the others. The module's gradients and mode are left
/// alone. Deterministic; throws what the objective throws.
AscentResult ascend(const at::Tensor& clean, const at::Tensor& start, const at::Tensor& labels,
                    const Objective& objective, const AscentOptions& options, PassCounts& counts,
                    const AscentObserver& observer = {});

}  // namespace medlocker::attacks
