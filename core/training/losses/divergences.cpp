// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/losses/divergences.h"

#include <torch/torch.h>

namespace medlocker::training {

at::Tensor inLossPrecision(const at::Tensor& values) {
  return values.scalar_type() == torch::kDouble ? values : values.to(torch::kFloat);
}

at::Tensor temperatureSoftmax(const at::Tensor& logits, double temperature) {
  const at::Tensor z = inLossPrecision(logits);
  return (temperature == 1 ? z : z / temperature).softmax(-1);
}

at::Tensor temperatureSoftmax(const at::Tensor& logits, const at::Tensor& temperature) {
  const at::Tensor z = inLossPrecision(logits);
  return (z / temperature.to(z.options()).unsqueeze(-1)).softmax(-1);
}

at::Tensor entropyPerSample(const at::Tensor& probabilities, double guard) {
  const at::Tensor p = inLossPrecision(probabilities);
  return -torch::xlogy(p, guard > 0 ? p + guard : p).sum(-1);
}

at::Tensor klBetween(const at::Tensor& logits, const at::Tensor& otherLogits) {
  const at::Tensor logP = inLossPrecision(logits).log_softmax(-1);
  return (logP.exp() * (logP - inLossPrecision(otherLogits).log_softmax(-1))).sum(-1);
}

}  // namespace medlocker::training
