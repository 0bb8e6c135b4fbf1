// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/models/layers.h"

namespace medlocker::models {

enum class Activation { None, Relu, Relu6, HardSwish, Silu, HardSigmoid, Sigmoid };
torch::Tensor activate(const torch::Tensor& x, Activation activation);

/// Convolution, batch norm, activation, named "0" and "1" as in torchvision's Conv2dNormActivation.
class ConvNormActivationImpl : public torch::nn::Module {
 public:
  ConvNormActivationImpl(const ConvShape& shape, Activation activation, double eps, double momentum);
  torch::Tensor forward(const torch::Tensor& x);
  void initialise();
  ConvNormPair pair() const { return {conv_.ptr(), norm_.ptr()}; }

 private:
  Conv conv_;
  BatchNorm norm_;
  Activation activation_;
};
TORCH_MODULE(ConvNormActivation);

/// Squeeze and excitation: Hu et al. 2018, arXiv:1709.01507, figure 1; 1×1 convolutions named "fc1", "fc2".
class SqueezeExcitationImpl : public torch::nn::Module {
 public:
  SqueezeExcitationImpl(std::int64_t channels, std::int64_t squeezed, Activation inner, Activation gate);
  torch::Tensor forward(const torch::Tensor& x);
  void initialise();

 private:
  Conv fc1_;
  Conv fc2_;
  Activation inner_;
  Activation gate_;
};
TORCH_MODULE(SqueezeExcitation);

/// One inverted residual block: expand, depthwise, squeeze, project (Sandler et al. 2018, arXiv:1801.04381).
struct InvertedResidualShape {
  std::int64_t in = 16;
  std::int64_t expanded = 16;
  std::int64_t out = 16;
  std::int64_t kernel = 3;
  std::int64_t stride = 1;
  std::int64_t squeezed = 0;  ///< 0: no squeeze and excitation
  Activation activation = Activation::Relu;
  Activation gate = Activation::HardSigmoid;
  Activation squeezeActivation = Activation::Relu;
  double dropPath =
      0;  ///< probability of leaving out the branch per sample while training (arXiv:1603.09382)
  double eps = 1e-3;
  double momentum = 0.01;
};

class InvertedResidualImpl : public torch::nn::Module {
 public:
  explicit InvertedResidualImpl(const InvertedResidualShape& shape);
  torch::Tensor forward(const torch::Tensor& x);
  void initialise();
  void collectPairs(std::vector<ConvNormPair>& pairs) const;

 private:
  InvertedResidualShape shape_;
  ConvNormActivation expand_{nullptr};
  ConvNormActivation depthwise_{nullptr};
  SqueezeExcitation squeeze_{nullptr};
  ConvNormActivation project_{nullptr};
};
TORCH_MODULE(InvertedResidual);

/// Rounds a channel count to a multiple of 8 without losing more than a tenth.
std::int64_t roundChannels(double channels);

}  // namespace medlocker::models
