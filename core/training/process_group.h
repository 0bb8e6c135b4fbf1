// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "core/models/shared_batch_norm.h"

namespace medlocker::training {

/// The processes that train one network together, over LibTorch's own c10d with Gloo. Each holds the whole
/// network and computes its rows of every batch; what a step needs of all rows is summed here. Every process
/// must make the same calls in the same order, on one thread.
class ProcessGroup {
 public:
  /// The group described by RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT, as torchrun and Slurm scripts set
  /// them; made once per program. Null where WORLD_SIZE is unset or 1. Throws Error(InvalidArgument) for
  /// variables that make no sense, Error(Unsupported) where the program was built without Gloo's headers,
  /// Error(Io) where the others cannot be reached.
  static std::shared_ptr<ProcessGroup> fromEnvironment();

  virtual ~ProcessGroup() = default;
  int rank() const { return rank_; }
  int size() const { return size_; }

  /// Replaces the tensor (any device, float32, float64 or int64) by its sum over all processes; the result
  /// has the same bytes everywhere.
  void sum(at::Tensor& tensor) const;
  /// The same for many float32 tensors in one exchange.
  void sum(const std::vector<at::Tensor>& tensors) const;
  bool any(bool value) const;
  void barrier() const;
  /// Throws Error(InvalidArgument) with `message` where the processes hold different values.
  void requireEqual(std::uint64_t value, const char* message) const;

  /// sum() in the form that batch normalisation takes.
  const models::SumOverProcesses& sumFunction() const { return sumFunction_; }

 protected:
  ProcessGroup(int rank, int size);
  /// Sums a contiguous tensor on the CPU in place.
  virtual void allReduce(at::Tensor& tensor) const = 0;

 private:
  int rank_;
  int size_;
  models::SumOverProcesses sumFunction_;
};

}  // namespace medlocker::training
