// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/mobile_blocks.h"

namespace medlocker::models {

torch::Tensor activate(const torch::Tensor& x, Activation activation) {
  switch (activation) {
    case Activation::None:
      return x;
    case Activation::Relu:
      return torch::relu(x);
    case Activation::Relu6:
      return torch::clamp(x, 0, 6);
    case Activation::HardSwish:
      return torch::hardswish(x);
    case Activation::Silu:
      return torch::silu(x);
    case Activation::HardSigmoid:
      return torch::hardsigmoid(x);
    case Activation::Sigmoid:
      return torch::sigmoid(x);
  }
  return x;
}

std::int64_t roundChannels(double channels) {
  const auto rounded = std::max<std::int64_t>(8, static_cast<std::int64_t>(channels + 4) / 8 * 8);
  return static_cast<double>(rounded) < 0.9 * channels ? rounded + 8 : rounded;
}

ConvNormActivationImpl::ConvNormActivationImpl(const ConvShape& shape, Activation activation, double eps,
                                               double momentum)
    : conv_(register_module("0", Conv(shape))),
      norm_(register_module("1", BatchNorm(shape.out, eps, momentum))),
      activation_(activation) {
}

torch::Tensor ConvNormActivationImpl::forward(const torch::Tensor& x) {
  return activate(norm_(conv_(x)), activation_);
}

void ConvNormActivationImpl::initialise() {
  initKaimingNormal(conv_->weight, /*fanOut=*/true);
  norm_->reset_parameters();
}

SqueezeExcitationImpl::SqueezeExcitationImpl(std::int64_t channels, std::int64_t squeezed, Activation inner,
                                             Activation gate)
    : fc1_(register_module("fc1", Conv(squareConv(channels, squeezed, 1, 1, 1, true)))),
      fc2_(register_module("fc2", Conv(squareConv(squeezed, channels, 1, 1, 1, true)))),
      inner_(inner),
      gate_(gate) {
}

torch::Tensor SqueezeExcitationImpl::forward(const torch::Tensor& x) {
  const torch::Tensor pooled = torch::adaptive_avg_pool2d(x, {1, 1});
  return activate(fc2_(activate(fc1_(pooled), inner_)), gate_) * x;
}

void SqueezeExcitationImpl::initialise() {
  for (const Conv& conv : {fc1_, fc2_}) {
    initKaimingNormal(conv->weight, /*fanOut=*/true);
    torch::nn::init::zeros_(conv->bias);
  }
}

InvertedResidualImpl::InvertedResidualImpl(const InvertedResidualShape& shape) : shape_(shape) {
  Group block = register_module("block", Group());
  int index = 0;
  const auto add = [&](auto module) { return block->add(std::to_string(index++), module); };
  if (shape.expanded != shape.in)
    expand_ = add(ConvNormActivation(squareConv(shape.in, shape.expanded, 1), shape.activation, shape.eps,
                                     shape.momentum));
  depthwise_ = add(ConvNormActivation(
      squareConv(shape.expanded, shape.expanded, shape.kernel, shape.stride, shape.expanded),
      shape.activation, shape.eps, shape.momentum));
  if (shape.squeezed > 0)
    squeeze_ = add(SqueezeExcitation(shape.expanded, shape.squeezed, shape.squeezeActivation, shape.gate));
  project_ = add(ConvNormActivation(squareConv(shape.expanded, shape.out, 1), Activation::None, shape.eps,
                                    shape.momentum));
}

torch::Tensor InvertedResidualImpl::forward(const torch::Tensor& x) {
  torch::Tensor y = expand_ ? expand_(x) : x;
  y = depthwise_(y);
  if (squeeze_) y = squeeze_(y);
  y = project_(y);
  if (shape_.stride != 1 || shape_.in != shape_.out) return y;
  if (is_training() && shape_.dropPath > 0) {
    const double kept = 1.0 - shape_.dropPath;
    y = y * torch::empty({x.size(0), 1, 1, 1}, x.options()).bernoulli_(kept).div_(kept);
  }
  return y + x;
}

void InvertedResidualImpl::initialise() {
  if (expand_) expand_->initialise();
  depthwise_->initialise();
  if (squeeze_) squeeze_->initialise();
  project_->initialise();
}

void InvertedResidualImpl::collectPairs(std::vector<ConvNormPair>& pairs) const {
  if (expand_) pairs.push_back(expand_->pair());
  pairs.push_back(depthwise_->pair());
  pairs.push_back(project_->pair());
}

}  // namespace medlocker::models
