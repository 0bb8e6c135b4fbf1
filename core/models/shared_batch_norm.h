// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

namespace medlocker::models {

/// Replaces a contiguous float64 tensor on the CPU by its sum over all processes of a data-parallel run.
/// Every process must come here equally often, in the same order.
using SumOverProcesses = std::function<void(at::Tensor&)>;

/// Within its life, on its thread, batch normalisation in training mode takes its statistics over the batches
/// of all processes together, so that a batch cut into parts is normalised as if it were whole. `sum` must
/// outlive the backward passes of what is computed here.
class SharedStatisticsScope {
 public:
  explicit SharedStatisticsScope(const SumOverProcesses* sum);
  ~SharedStatisticsScope();
  SharedStatisticsScope(const SharedStatisticsScope&) = delete;
  SharedStatisticsScope& operator=(const SharedStatisticsScope&) = delete;

  /// Null outside of every scope.
  static const SumOverProcesses* current();

 private:
  const SumOverProcesses* before_;
};

/// Batch normalisation of N×C×H×W (N may differ between processes) by the statistics of all processes.
/// Running statistics move as torch moves them (unbiased variance). The gradient of `weight` and `bias` is
/// this process's part of it, that of `x` is whole.
at::Tensor sharedBatchNorm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                           const at::Tensor& runningMean, const at::Tensor& runningVar, double momentum,
                           double eps, const SumOverProcesses& sum);

}  // namespace medlocker::models
