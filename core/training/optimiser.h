// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "core/models/safetensors.h"
#include "core/training/optimiser_options.h"

namespace medlocker::training {

/// How every part of a run hands its state to the checkpoint.
using models::TensorMap;

struct NamedParameter {
  std::string name;
  at::Tensor tensor;  ///< leaf that requires a gradient
};

/// AdamW (Loshchilov and Hutter 2019) or SGD with momentum over torch's fused kernels. Element-wise, so its
/// result does not depend on threads. Not thread-safe.
class Optimiser {
 public:
  Optimiser(std::vector<NamedParameter> parameters, const OptimiserOptions& options);

  void zeroGradients();
  /// Those that are defined, in a fixed order.
  std::vector<at::Tensor> gradients() const;
  /// Euclidean norm over all gradients; not finite where any of them is not.
  double gradientNorm() const;
  /// One update with this learning rate; gradients are scaled by `gradientScale` first (clipping). Parameters
  /// without a gradient are left alone.
  void step(double learningRate, double gradientScale = 1.0);

  /// "<parameter>.<slot>" for every slot, and the number of steps. Loading checks names and shapes and throws
  /// Error(InputRejected).
  void saveState(TensorMap& tensors, const std::string& prefix) const;
  void loadState(const TensorMap& tensors, const std::string& prefix);

 private:
  struct Group {
    double weightDecay = 0;
    std::vector<NamedParameter> parameters;
    std::vector<at::Tensor> first;   // exp_avg or momentum buffer
    std::vector<at::Tensor> second;  // exp_avg_sq
    std::vector<at::Tensor> steps;
  };

  OptimiserOptions options_;
  std::vector<Group> groups_;
};

}  // namespace medlocker::training
