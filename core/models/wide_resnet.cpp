// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/wide_resnet.h"

namespace medlocker::models {

/// bn, relu, conv, bn, relu, conv; where the shape changes, the shortcut is a 1×1 convolution of the
/// activated input.
class WideBlockImpl : public torch::nn::Module {
 public:
  WideBlockImpl(std::int64_t in, std::int64_t out, std::int64_t stride)
      : bn1(register_module("bn1", BatchNorm(in))),
        conv1(register_module("conv1", Conv(squareConv(in, out, 3, stride)))),
        bn2(register_module("bn2", BatchNorm(out))),
        conv2(register_module("conv2", Conv(squareConv(out, out, 3)))) {
    if (stride != 1 || in != out)
      shortcut = register_module("convShortcut", Conv(squareConv(in, out, 1, stride)));
  }

  torch::Tensor forward(const torch::Tensor& x, double dropout) {
    const torch::Tensor activated = bn1(x).relu_();
    torch::Tensor out = bn2(conv1(activated)).relu_();
    if (dropout > 0) out = torch::dropout(out, dropout, is_training());
    out = conv2(out);
    out += shortcut ? shortcut(activated) : x;
    return out;
  }

  BatchNorm bn1;
  Conv conv1;
  BatchNorm bn2;
  Conv conv2;
  Conv shortcut{nullptr};
};

WideResNet::WideResNet(const WideResNetLayout& layout, const NetworkOptions& options)
    : dropout_(std::max(0.0, options.dropout)) {
  conv1_ = register_module("conv1", Conv(squareConv(3, 16, 3)));
  std::int64_t channels = 16;
  for (int g = 0; g < 3; ++g) {
    Group block = register_module("block" + std::to_string(g + 1), Group());
    Group layer = block->add("layer", Group());
    const std::int64_t width = (std::int64_t{16} << g) * layout.widenFactor;
    for (int i = 0; i < layout.blocksPerGroup; ++i) {
      const std::int64_t stride = g > 0 && i == 0 ? 2 : 1;
      blocks_.push_back(
          layer->add(std::to_string(i), std::make_shared<WideBlockImpl>(channels, width, stride)));
      channels = width;
    }
  }
  bn1_ = register_module("bn1", BatchNorm(channels));
  fc_ = register_module("fc", Linear(channels, options.outputs));
}

torch::Tensor WideResNet::forward(torch::Tensor images) {
  torch::Tensor x = conv1_(normalise(images));
  for (const auto& block : blocks_) x = block->forward(x, dropout_);
  x = bn1_(x).relu_();
  return fc_(torch::adaptive_avg_pool2d(x, {1, 1}).flatten(1));
}

void WideResNet::initialise() {
  initKaimingNormal(conv1_->weight, /*fanOut=*/true);
  for (const auto& block : blocks_) {
    for (const Conv& conv : {block->conv1, block->conv2}) initKaimingNormal(conv->weight, /*fanOut=*/true);
    if (block->shortcut) initKaimingNormal(block->shortcut->weight, /*fanOut=*/true);
    block->bn1->reset_parameters();
    block->bn2->reset_parameters();
  }
  bn1_->reset_parameters();
  initLinearDefault(*fc_);
  torch::nn::init::zeros_(fc_->bias);
}

std::vector<ConvNormPair> WideResNet::convNormPairs() {
  // Pre-activation: only the second normalisation of a block directly follows a convolution that nothing else
  // reads.
  std::vector<ConvNormPair> pairs;
  for (const auto& block : blocks_) pairs.emplace_back(block->conv1.ptr(), block->bn2.ptr());
  return pairs;
}

}  // namespace medlocker::models
