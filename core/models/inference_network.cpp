// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/inference_network.h"

#include <ATen/Context.h>
#include <ATen/autocast_mode.h>
#include <torch/torch.h>

#include <unordered_set>

#include "core/models/layers.h"

namespace medlocker::models {
namespace {

void convertBody(Network& network) {
  std::unordered_set<const c10::TensorImpl*> kept;
  for (const auto& module : network.modules(/*include_self=*/false))
    if (const auto norm = std::dynamic_pointer_cast<BatchNormImpl>(module))
      for (const torch::Tensor& parameter : norm->parameters()) kept.insert(parameter.unsafeGetTensorImpl());
  for (torch::Tensor& parameter : network.parameters())
    if (!kept.contains(parameter.unsafeGetTensorImpl())) parameter.set_data(parameter.to(torch::kBFloat16));
}

/// Autocast to bfloat16 on this thread for the object's life.
class AutocastScope {
 public:
  explicit AutocastScope(at::DeviceType device)
      : device_(device),
        before_(at::autocast::is_autocast_enabled(device)),
        typeBefore_(at::autocast::get_autocast_dtype(device)) {
    at::autocast::set_autocast_enabled(device_, true);
    at::autocast::set_autocast_dtype(device_, at::kBFloat16);
    at::autocast::increment_nesting();
  }
  ~AutocastScope() {
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(device_, before_);
    at::autocast::set_autocast_dtype(device_, typeBefore_);
  }
  AutocastScope(const AutocastScope&) = delete;
  AutocastScope& operator=(const AutocastScope&) = delete;

 private:
  at::DeviceType device_;
  bool before_;
  at::ScalarType typeBefore_;
};

}  // namespace

bool bfloat16IsNative(DeviceKind device) {
  if (device == DeviceKind::Cuda)
    // cuDNN's own condition for bfloat16 convolutions is compute capability 8.0.
    return at::hasCUDA() && at::detail::getCUDAHooks().supportsBFloat16ConvolutionWithCuDNNv8();
#if defined(__x86_64__)
  // Every processor with AMX tiles has these instructions as well.
  return __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw");
#else
  return false;
#endif
}

InferenceNetwork::InferenceNetwork(const Network& network, InferencePrecision precision)
    : precision_(precision) {
  // Tensors made in inference mode could never take part in a gradient.
  const c10::InferenceMode ordinary(false);
  const torch::NoGradGuard frozen;
  network_ = cloneNetwork(network);
  network_->eval();
  foldBatchNorm(*network_);
  if (precision == InferencePrecision::Bfloat16) convertBody(*network_);
  for (torch::Tensor& parameter : network_->parameters()) {
    if (parameter.dim() == 4) parameter.set_data(parameter.contiguous(torch::MemoryFormat::ChannelsLast));
    parameter.set_requires_grad(false);
  }
}

at::Tensor InferenceNetwork::forward(const at::Tensor& images) const {
  const at::Tensor input = images.contiguous(torch::MemoryFormat::ChannelsLast);
  if (precision_ == InferencePrecision::Float32) return network_->forward(input);
  // The weights are bfloat16 already; autocast converts what meets them, and nothing twice.
  const AutocastScope autocast(images.device().type());
  return network_->forward(input).to(torch::kFloat);
}

}  // namespace medlocker::models
