// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/norm_statistics.h"

#include <torch/torch.h>

namespace medlocker::training {

struct NormStatistics::Layer {
  std::shared_ptr<torch::nn::BatchNorm2dImpl> module;
  std::optional<double> momentum;
};

NormStatistics::NormStatistics(models::Network& network) : network_(network) {
  network_.eval();
  for (const auto& module : network_.modules(/*include_self=*/false))
    if (auto norm = std::dynamic_pointer_cast<torch::nn::BatchNorm2dImpl>(module))
      layers_.push_back({norm, norm->options.momentum()});
}

NormStatistics::~NormStatistics() {
  for (Layer& layer : layers_) layer.module->options.momentum(layer.momentum);
  network_.eval();
}

void NormStatistics::add(const at::Tensor& images) {
  const torch::NoGradGuard noGrad;
  ++batches_;
  for (Layer& layer : layers_) {
    // A momentum of 1/k turns the running average into the mean of k batches; the first one overwrites.
    layer.module->options.momentum(1.0 / batches_);
    layer.module->train();
  }
  network_.forward(images);
  for (Layer& layer : layers_) layer.module->eval();
}

}  // namespace medlocker::training
