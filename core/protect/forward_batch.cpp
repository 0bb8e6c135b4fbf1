// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/forward_batch.h"

#include <torch/torch.h>

#include <vector>

#include "core/protect/shared_batches.h"

namespace medlocker::protect {
namespace {

constexpr int kCpuBatch = 8;
constexpr int kGpuBatch = 64;

}  // namespace

int forwardBatch(DeviceKind device) {
  return device == DeviceKind::Cuda ? kGpuBatch : kCpuBatch;
}

at::Tensor filledUp(const at::Tensor& images, std::int64_t batch) {
  const std::int64_t missing = (batch - images.size(0) % batch) % batch;
  if (missing == 0) return images;
  return torch::cat({images, images.narrow(0, images.size(0) - 1, 1).expand({missing, -1, -1, -1})}, 0);
}

at::Tensor forwardWholeBatch(const models::Classifier& model, const at::Tensor& images, bool exact) {
  const torch::InferenceMode guard;
  const at::Tensor input = model.device() == DeviceKind::Cuda ? images.to(torch::kCUDA) : images;
  return (exact ? model.logits(input) : model.fastLogits(input)).to(torch::kCPU, torch::kFloat);
}

at::Tensor batchedLogits(const models::Classifier& model, const at::Tensor& images, bool exact,
                         BatchParticipant* shared) {
  if (shared != nullptr) return shared->logits(model, images, exact);
  const torch::InferenceMode guard;
  const std::int64_t batch = forwardBatch(model.device());
  const at::Tensor filled = filledUp(images, batch);
  std::vector<at::Tensor> parts;
  for (std::int64_t start = 0; start < filled.size(0); start += batch)
    parts.push_back(forwardWholeBatch(model, filled.narrow(0, start, batch), exact));
  return torch::cat(parts, 0).narrow(0, 0, images.size(0));
}

}  // namespace medlocker::protect
