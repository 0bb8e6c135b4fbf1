// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

#include "core/attacks/ascent.h"
#include "core/training/inner_attack_options.h"
#include "core/training/method.h"

namespace medlocker::training {

/// Puts a network into training or evaluation mode for one scope.
class ModeScope {
 public:
  ModeScope(models::Network& network, bool train) : network_(network), before_(network.is_training()) {
    network_.train(train);
  }
  ~ModeScope() { network_.train(before_); }
  ModeScope(const ModeScope&) = delete;
  ModeScope& operator=(const ModeScope&) = delete;

 private:
  models::Network& network_;
  bool before_;
};

/// What is maximised: losses [B] from the student's logits at x' and x' itself.
using InnerObjective = std::function<at::Tensor(const at::Tensor& logits, const at::Tensor& images)>;

/// The inner maximisation of one batch: what is maximised, and with which radii.
struct InnerProblem {
  const at::Tensor& images;  ///< x, float32 [B,3,n,n] in [0,1]
  InnerObjective objective;
  RandomStream random;                        ///< row i starts from child("row", i)
  std::optional<attacks::PerSample> epsilon;  ///< absent: that of the options
  std::optional<attacks::PerSample> step;
  attacks::AscentObserver observer;  ///< sees x'_0 … x'_{K-1} with the student's logits
  bool evaluateLast = false;         ///< the observer also sees x'_K
};

/// x' after the projected ascent of the attacks module (robust training specification, 3). Leaves parameters,
/// their gradients and the network's mode as they were; running statistics move only where the options say
/// so. `counts` receives non-finite gradients. Not thread-safe.
at::Tensor maximiseInner(Student& student, const InnerAttackOptions& options, const InnerProblem& problem,
                         attacks::PassCounts& counts);

/// The student's clean logits without a graph under the inner loop's normalisation mode: the constant target
/// of TRADES-type objectives.
at::Tensor innerCleanLogits(Student& student, const InnerAttackOptions& options, const at::Tensor& images);

}  // namespace medlocker::training
