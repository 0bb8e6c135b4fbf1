// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/models/layers.h"

namespace medlocker::models {

/// Building blocks of AW-Net (attacks specification, 10.2 to 10.4).

/// Which kind of image a training batch holds.
enum class AwDomain { Clean, Adversarial };

/// Signals in (0,2) from the router's pre-activations: 2·sigmoid(u); u = 0 gives the plain network.
torch::Tensor awSignals(const torch::Tensor& preActivations);

/// conv(h, s·W) for per-sample signals [B,C]: convolution is linear, so scaling the output channels equals
/// modulating the filters, at the cost of one multiplication per element.
torch::Tensor scaleChannels(const torch::Tensor& convolved, const torch::Tensor& signals);

/// How one forward pass treats its images.
struct AwPass {
  bool batchStatistics = false;  ///< training: the branch of `domain` normalises with batch statistics
  AwDomain domain = AwDomain::Clean;
  torch::Tensor adversarial;           ///< [B] evaluation: share of the adversarial branch, 0..1
  std::vector<torch::Tensor> signals;  ///< per dynamic layer [B,C]; empty: all 1
  bool signalsAfterNorm = false;       ///< ablation site post_bn
};

/// Batch normalisation with a branch for clean and one for adversarial images (Xie et al. 2020,
/// arXiv:1911.09665). Training uses and moves one branch. Evaluation mixes the outputs of both by the running
/// statistics, (1-p)·BN_c(h) + p·BN_a(h), as one scale and shift per sample and channel.
class MixBatchNormImpl : public torch::nn::Module {
 public:
  explicit MixBatchNormImpl(std::int64_t channels);
  torch::Tensor forward(const torch::Tensor& h, const AwPass& pass);
  void initialise();

  BatchNorm clean;
  BatchNorm adversarial;
};
TORCH_MODULE(MixBatchNorm);

/// The router, which is also the detector of adversarial images: a small trunk with group normalisation (so
/// that samples stay independent), one linear head per dynamic layer, one for the detector.
class AwRouterImpl : public torch::nn::Module {
 public:
  AwRouterImpl(const std::vector<std::int64_t>& dynamicWidths, int inputSize);
  /// [B,64] from normalised images.
  torch::Tensor features(const torch::Tensor& normalised);
  /// [B] logit of "adversarial".
  torch::Tensor detector(const torch::Tensor& features);
  /// Per dynamic layer [B,C].
  std::vector<torch::Tensor> signals(const torch::Tensor& features);
  void initialise();

 private:
  std::vector<Conv> convs_;
  std::vector<torch::nn::GroupNorm> norms_;
  std::vector<Linear> heads_;
  Linear detector_{nullptr};
};
TORCH_MODULE(AwRouter);

}  // namespace medlocker::models
