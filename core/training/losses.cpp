// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/losses.h"

#include <torch/torch.h>

#include "core/training/losses/divergences.h"

namespace medlocker::training {

at::Tensor crossEntropyPerSample(const at::Tensor& logits, const at::Tensor& labels, double labelSmoothing) {
  return torch::nn::functional::cross_entropy(inLossPrecision(logits), labels,
                                              torch::nn::functional::CrossEntropyFuncOptions()
                                                  .reduction(torch::kNone)
                                                  .label_smoothing(labelSmoothing));
}

at::Tensor weightedCrossEntropy(const at::Tensor& logits, const at::Tensor& labels,
                                const at::Tensor& classWeights, double labelSmoothing) {
  const at::Tensor perSample = crossEntropyPerSample(logits, labels, labelSmoothing);
  return classWeights.defined() ? (perSample * classWeights.index_select(0, labels)).mean()
                                : perSample.mean();
}

}  // namespace medlocker::training
