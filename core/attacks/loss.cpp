// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/loss.h"

#include <torch/torch.h>

#include "core/common/error.h"

namespace medlocker::attacks {
namespace {

constexpr double kTiny = 1e-12;

at::Tensor fullPrecision(const at::Tensor& logits) {
  return logits.scalar_type() == torch::kFloat64 ? logits : logits.to(torch::kFloat32);
}

void requireShapes(const at::Tensor& logits, const at::Tensor& labels) {
  if (!logits.defined() || logits.dim() != 2 || logits.size(1) < 2)
    throw Error(ErrorCode::InvalidArgument, "an attack loss needs logits of at least two classes");
  if (!labels.defined() || labels.dim() != 1 || labels.size(0) != logits.size(0))
    throw Error(ErrorCode::InvalidArgument, "there must be one label for each row of logits");
}

at::Tensor pick(const at::Tensor& logits, const at::Tensor& classes) {
  return logits.gather(1, classes.unsqueeze(1)).squeeze(1);
}

at::Tensor ranked(const at::Tensor& logits, const at::Tensor& order, std::int64_t rank) {
  return logits.gather(1, order.narrow(1, rank, 1)).squeeze(1);
}

/// Index of the largest logit other than y's.
at::Tensor otherIndex(const at::Tensor& order, const at::Tensor& labels) {
  const at::Tensor first = order.select(1, 0);
  return torch::where(first == labels, order.select(1, 1), first);
}

}  // namespace

at::Tensor classOrder(const at::Tensor& logits) {
  return std::get<1>(logits.detach().sort(/*stable=*/true, /*dim=*/1, /*descending=*/true));
}

at::Tensor topClass(const at::Tensor& logits) {
  return classOrder(logits).select(1, 0);
}

at::Tensor bestOther(const at::Tensor& logits, const at::Tensor& labels) {
  requireShapes(logits, labels);
  const at::Tensor z = fullPrecision(logits);
  return pick(z, otherIndex(classOrder(z), labels));
}

at::Tensor crossEntropyLoss(const at::Tensor& logits, const at::Tensor& labels) {
  requireShapes(logits, labels);
  return -pick(torch::log_softmax(fullPrecision(logits), 1), labels);
}

at::Tensor marginLoss(const at::Tensor& logits, const at::Tensor& labels) {
  return bestOther(logits, labels) - pick(fullPrecision(logits), labels);
}

at::Tensor clampedMarginLoss(const at::Tensor& logits, const at::Tensor& labels, double kappa) {
  return -torch::relu(kappa - marginLoss(logits, labels));
}

at::Tensor dlrLoss(const at::Tensor& logits, const at::Tensor& labels) {
  requireShapes(logits, labels);
  if (logits.size(1) < kDlrNeedsClasses) return marginLoss(logits, labels);
  const at::Tensor z = fullPrecision(logits);
  const at::Tensor order = classOrder(z);
  const at::Tensor spread = ranked(z, order, 0) - ranked(z, order, 2);
  return -(pick(z, labels) - pick(z, otherIndex(order, labels))) / (spread + kTiny);
}

at::Tensor targetedDlrLoss(const at::Tensor& logits, const at::Tensor& labels, const at::Tensor& targets) {
  requireShapes(logits, labels);
  requireShapes(logits, targets);
  const at::Tensor z = fullPrecision(logits);
  const at::Tensor difference = pick(z, labels) - pick(z, targets);
  if (logits.size(1) < kTargetedDlrNeedsClasses) return -difference;
  const at::Tensor order = classOrder(z);
  const at::Tensor spread = ranked(z, order, 0) - 0.5 * (ranked(z, order, 2) + ranked(z, order, 3));
  return -difference / (spread + kTiny);
}

at::Tensor hingeLoss(const at::Tensor& logits, const at::Tensor& labels, double kappa) {
  return torch::relu(kappa - marginLoss(logits, labels));
}

at::Tensor targetedHingeLoss(const at::Tensor& logits, const at::Tensor& targets, double kappa) {
  return torch::relu(marginLoss(logits, targets) + kappa);
}

at::Tensor klLoss(const at::Tensor& logits, const at::Tensor& probabilities, double guard) {
  if (!logits.defined() || logits.dim() != 2 || !probabilities.defined() ||
      probabilities.sizes() != logits.sizes())
    throw Error(ErrorCode::InvalidArgument, "logits and target probabilities must have the same shape");
  const at::Tensor logProbabilities = torch::log_softmax(fullPrecision(logits), 1);
  const at::Tensor p = fullPrecision(probabilities);
  return (torch::xlogy(p, p + guard) - p * logProbabilities).sum(1);
}

}  // namespace medlocker::attacks
