// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/gradient.h"

#include <torch/torch.h>

#include "core/common/error.h"

namespace medlocker::attacks {
namespace {

void requireLoss(const ObjectiveValue& value, const at::Tensor& images) {
  if (!value.loss.defined() || value.loss.dim() != 1 || value.loss.size(0) != images.size(0))
    throw Error(ErrorCode::Internal, "an objective must return one loss for each sample");
}

}  // namespace

Objective targetRowObjective(Target& target, RowLossFunction loss, std::vector<std::int64_t> samples) {
  return [&target, loss = std::move(loss), samples = std::move(samples)](
             const at::Tensor& images, const at::Tensor& rows, std::uint64_t draw) {
    Pass pass{{}, draw};
    if (!samples.empty()) {
      const at::Tensor hostRows = rows.cpu().contiguous();
      const auto* row = hostRows.data_ptr<std::int64_t>();
      for (std::int64_t i = 0; i < hostRows.numel(); ++i)
        pass.samples.push_back(samples[static_cast<std::size_t>(row[i])]);
    }
    ObjectiveValue value;
    value.logits = target.logits(images, pass);
    value.loss = loss(value.logits, rows);
    return value;
  };
}

Objective targetObjective(Target& target, LossFunction loss, at::Tensor labels,
                          std::vector<std::int64_t> samples) {
  return targetRowObjective(
      target,
      [loss = std::move(loss), labels = std::move(labels)](const at::Tensor& logits, const at::Tensor& rows) {
        return loss(logits, labels.index_select(0, rows));
      },
      std::move(samples));
}

Objective averaged(Objective objective, int draws) {
  if (draws <= 1) return objective;
  return [objective = std::move(objective), draws](const at::Tensor& images, const at::Tensor& rows,
                                                   std::uint64_t draw) {
    ObjectiveValue mean;
    for (int i = 0; i < draws; ++i) {
      const ObjectiveValue one = objective(images, rows, draw * static_cast<std::uint64_t>(draws) + i);
      mean.loss = mean.loss.defined() ? mean.loss + one.loss : one.loss;
      if (one.logits.defined()) mean.logits = mean.logits.defined() ? mean.logits + one.logits : one.logits;
    }
    mean.loss = mean.loss / draws;
    if (mean.logits.defined()) mean.logits = mean.logits / draws;
    return mean;
  };
}

InputGradient inputGradient(const Objective& objective, const at::Tensor& images, const at::Tensor& rows,
                            std::uint64_t draw, PassCounts& counts) {
  InputGradient result;
  if (images.size(0) == 0) {
    result.gradient = torch::zeros_like(images);
    result.loss = torch::zeros({0}, images.options());
    return result;
  }
  const torch::AutoGradMode withGradient(true);
  const at::Tensor leaf = images.detach().requires_grad_(true);
  const ObjectiveValue value = objective(leaf, rows, draw);
  requireLoss(value, images);
  // A constant objective has no graph at all; its gradient is zero, which the counters then show.
  at::Tensor gradient;
  if (value.loss.requires_grad())
    gradient = torch::autograd::grad({value.loss.sum()}, {leaf}, {}, /*retain_graph=*/false,
                                     /*create_graph=*/false, /*allow_unused=*/true)[0];
  if (!gradient.defined()) gradient = torch::zeros_like(leaf);
  counts.backwards += images.size(0);

  const torch::NoGradGuard noGrad;
  result.loss = value.loss.detach();
  if (value.logits.defined()) result.logits = value.logits.detach();
  gradient = gradient.detach();
  const at::Tensor largest =
      gradient.flatten(1).abs().amax(1);  // NaN wins amax, so one look finds all three cases
  const at::Tensor finite = torch::isfinite(largest) & torch::isfinite(result.loss);
  const std::int64_t bad = images.size(0) - finite.sum().item<std::int64_t>();
  if (bad > 0) {
    counts.nonFiniteGradients += bad;
    std::vector<std::int64_t> shape(static_cast<std::size_t>(gradient.dim()), 1);
    shape[0] = gradient.size(0);
    gradient = torch::where(finite.view(shape), gradient, torch::zeros_like(gradient));
  }
  counts.zeroGradients += (finite & largest.eq(0)).sum().item<std::int64_t>();
  result.gradient = gradient;
  return result;
}

InputGradient evaluateObjective(const Objective& objective, const at::Tensor& images, const at::Tensor& rows,
                                std::uint64_t draw) {
  InputGradient result;
  if (images.size(0) == 0) {
    result.loss = torch::zeros({0}, images.options());
    return result;
  }
  const torch::NoGradGuard noGrad;
  const ObjectiveValue value = objective(images.detach(), rows, draw);
  requireLoss(value, images);
  result.loss = value.loss.detach();
  if (value.logits.defined()) result.logits = value.logits.detach();
  return result;
}

}  // namespace medlocker::attacks
