// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

#include "core/training/process_group.h"

namespace medlocker::training {

/// A function of a batch, each process computing its own rows. A process gives in the whole batch and gets
/// the whole result, so that losses and the state of methods are the same everywhere and no method knows of
/// processes. The gradient with respect to the batch is whole; that with respect to parameters is the part of
/// the own rows, to be summed over the processes.
class RowSharding {
 public:
  explicit RowSharding(const ProcessGroup& group) : group_(group) {}

  /// False for batches with fewer rows than processes: they are then computed whole, by everybody.
  bool applies(const at::Tensor& batch) const { return batch.size(0) >= group_.size(); }
  at::Tensor takeRows(const at::Tensor& batch) const;
  /// `rows` of all processes, in order; `total` rows.
  at::Tensor gatherRows(const at::Tensor& rows, std::int64_t total) const;
  const ProcessGroup& group() const { return group_; }

 private:
  std::int64_t firstRow(std::int64_t total, int rank) const { return total * rank / group_.size(); }

  const ProcessGroup& group_;
};

}  // namespace medlocker::training
