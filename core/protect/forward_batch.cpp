// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/forward_batch.h"

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <vector>

#include "core/common/one_compute_thread.h"
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
  const std::int64_t passes = filled.size(0) / batch;
  std::vector<at::Tensor> parts(static_cast<std::size_t>(passes));
  const auto run = [&](std::int64_t begin, std::int64_t end) {
    // In a parallel region too: how a convolution is cut into pieces follows the setting, not the threads it
    // gets.
    const OneComputeThread one;
    for (std::int64_t pass = begin; pass < end; ++pass)
      parts[static_cast<std::size_t>(pass)] =
          forwardWholeBatch(model, filled.narrow(0, pass * batch, batch), exact);
  };
  // Passes side by side keep the cores busy; inside of each there is one thread, as in SharedBatches. Models
  // from elsewhere answer one question at a time.
  const bool oneByOne =
      passes < 2 || model.device() == DeviceKind::Cuda || model.info().arch == "torchscript";
  if (oneByOne)
    run(0, passes);
  else
    at::parallel_for(0, passes, 1, run);
  return torch::cat(parts, 0).narrow(0, 0, images.size(0));
}

}  // namespace medlocker::protect
