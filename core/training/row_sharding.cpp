// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/row_sharding.h"

#include <torch/torch.h>

namespace medlocker::training {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Rows of one process among zeros, summed over the processes: exact, because x + 0 = x.
at::Tensor allRows(const at::Tensor& rows, std::int64_t first, std::int64_t total,
                   const ProcessGroup& group) {
  std::vector<std::int64_t> sizes = rows.sizes().vec();
  sizes[0] = total;
  at::Tensor whole = torch::zeros(sizes, rows.options().requires_grad(false));
  whole.narrow(0, first, rows.size(0)).copy_(rows.detach());
  group.sum(whole);
  return whole;
}

const ProcessGroup& groupOf(std::int64_t address) {
  return *reinterpret_cast<const ProcessGroup*>(address);
}

class TakeRows : public torch::autograd::Function<TakeRows> {
 public:
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& batch, std::int64_t first,
                            std::int64_t count, std::int64_t group) {
    ctx->saved_data["first"] = first;
    ctx->saved_data["total"] = batch.size(0);
    ctx->saved_data["group"] = group;
    return batch.narrow(0, first, count).clone(at::MemoryFormat::Preserve);
  }
  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    return {allRows(gradients[0], ctx->saved_data["first"].toInt(), ctx->saved_data["total"].toInt(),
                    groupOf(ctx->saved_data["group"].toInt())),
            {},
            {},
            {}};
  }
};

class GatherRows : public torch::autograd::Function<GatherRows> {
 public:
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& rows, std::int64_t first,
                            std::int64_t total, std::int64_t group) {
    ctx->saved_data["first"] = first;
    ctx->saved_data["count"] = rows.size(0);
    return allRows(rows, first, total, groupOf(group));
  }
  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    return {gradients[0].narrow(0, ctx->saved_data["first"].toInt(), ctx->saved_data["count"].toInt()),
            {},
            {},
            {}};
  }
};

}  // namespace

at::Tensor RowSharding::takeRows(const at::Tensor& batch) const {
  const std::int64_t total = batch.size(0), first = firstRow(total, group_.rank());
  return TakeRows::apply(batch, first, firstRow(total, group_.rank() + 1) - first,
                         reinterpret_cast<std::int64_t>(&group_));
}

at::Tensor RowSharding::gatherRows(const at::Tensor& rows, std::int64_t total) const {
  return GatherRows::apply(rows, firstRow(total, group_.rank()), total,
                           reinterpret_cast<std::int64_t>(&group_));
}

}  // namespace medlocker::training
