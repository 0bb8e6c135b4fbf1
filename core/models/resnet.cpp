// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/resnet.h"

namespace medlocker::models {

class ResidualBlockImpl : public torch::nn::Module {
 public:
  ResidualBlockImpl(std::int64_t in, std::int64_t width, std::int64_t stride, bool bottleneck) {
    const std::int64_t out = bottleneck ? 4 * width : width;
    if (bottleneck) {
      add(squareConv(in, width, 1));
      add(squareConv(width, width, 3, stride));
      add(squareConv(width, out, 1));
    } else {
      add(squareConv(in, width, 3, stride));
      add(squareConv(width, out, 3));
    }
    if (stride != 1 || in != out) {
      Group group = register_module("downsample", Group());
      shortcutConv_ = group->add("0", Conv(squareConv(in, out, 1, stride)));
      shortcutNorm_ = group->add("1", BatchNorm(out));
    }
  }

  torch::Tensor forward(const torch::Tensor& x) {
    torch::Tensor out = x;
    for (std::size_t i = 0; i < convs_.size(); ++i) {
      out = norms_[i](convs_[i](out));
      if (i + 1 < convs_.size()) out = out.relu_();
    }
    out += shortcutConv_ ? shortcutNorm_(shortcutConv_(x)) : x;
    return out.relu_();
  }

  void collectPairs(std::vector<ConvNormPair>& pairs) const {
    for (std::size_t i = 0; i < convs_.size(); ++i) pairs.emplace_back(convs_[i].ptr(), norms_[i].ptr());
    if (shortcutConv_) pairs.emplace_back(shortcutConv_.ptr(), shortcutNorm_.ptr());
  }

 private:
  void add(const ConvShape& shape) {
    const std::string number = std::to_string(convs_.size() + 1);
    convs_.push_back(register_module("conv" + number, Conv(shape)));
    norms_.push_back(register_module("bn" + number, BatchNorm(shape.out)));
  }

  std::vector<Conv> convs_;
  std::vector<BatchNorm> norms_;
  Conv shortcutConv_{nullptr};
  BatchNorm shortcutNorm_{nullptr};
};

ResNet::ResNet(const ResNetLayout& layout, const NetworkOptions& options)
    : smallStem_(layout.smallStem), dropout_(std::max(0.0, options.dropout)) {
  std::int64_t channels = layout.stageWidths.front();
  conv1_ = register_module(
      "conv1", Conv(smallStem_ ? squareConv(3, channels, 3) : squareConv(3, channels, 7, /*stride=*/2)));
  bn1_ = register_module("bn1", BatchNorm(channels));
  for (std::size_t stage = 0; stage < layout.blocksPerStage.size(); ++stage) {
    Group group = register_module("layer" + std::to_string(stage + 1), Group());
    const std::int64_t width = layout.stageWidths[stage];
    for (int i = 0; i < layout.blocksPerStage[stage]; ++i) {
      const std::int64_t stride = stage > 0 && i == 0 ? 2 : 1;
      blocks_.push_back(group->add(std::to_string(i), std::make_shared<ResidualBlockImpl>(
                                                          channels, width, stride, layout.bottleneck)));
      channels = layout.bottleneck ? 4 * width : width;
    }
  }
  fc_ = register_module("fc", Linear(channels, options.outputs));
}

torch::Tensor ResNet::forward(torch::Tensor images) {
  torch::Tensor x = bn1_(conv1_(normalise(images))).relu_();
  if (!smallStem_) x = torch::max_pool2d(x, 3, 2, 1);
  for (const auto& block : blocks_) x = block->forward(x);
  x = torch::adaptive_avg_pool2d(x, {1, 1}).flatten(1);
  if (dropout_ > 0) x = torch::dropout(x, dropout_, is_training());
  return fc_(x);
}

void ResNet::initialise() {
  for (const auto& [conv, norm] : convNormPairs()) {
    initKaimingNormal(conv->weight, /*fanOut=*/true);
    norm->reset_parameters();
  }
  initLinearDefault(*fc_);
}

std::vector<ConvNormPair> ResNet::convNormPairs() {
  std::vector<ConvNormPair> pairs{{conv1_.ptr(), bn1_.ptr()}};
  for (const auto& block : blocks_) block->collectPairs(pairs);
  return pairs;
}

ResNetLayout resnet18Layout() {
  return {{2, 2, 2, 2}, {64, 128, 256, 512}, false, false};
}

ResNetLayout resnet18SmallLayout() {
  return {{2, 2, 2, 2}, {64, 128, 256, 512}, false, true};
}

ResNetLayout resnet34Layout() {
  return {{3, 4, 6, 3}, {64, 128, 256, 512}, false, false};
}

ResNetLayout resnet50Layout() {
  return {{3, 4, 6, 3}, {64, 128, 256, 512}, true, false};
}

ResNetLayout resnet8Layout() {
  return {{1, 1, 1}, {16, 32, 64}, false, true};
}

}  // namespace medlocker::models
