// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/densenet.h"

namespace medlocker::models {
namespace {

constexpr std::int64_t kGrowth = 32;
constexpr std::int64_t kBottleneck = 4 * kGrowth;

}  // namespace

class DenseLayerImpl : public torch::nn::Module {
 public:
  DenseLayerImpl(std::int64_t in, double dropout)
      : norm1_(register_module("norm1", BatchNorm(in))),
        conv1_(register_module("conv1", Conv(squareConv(in, kBottleneck, 1)))),
        norm2_(register_module("norm2", BatchNorm(kBottleneck))),
        conv2_(register_module("conv2", Conv(squareConv(kBottleneck, kGrowth, 3)))),
        dropout_(dropout) {}

  torch::Tensor forward(const std::vector<torch::Tensor>& features) {
    const torch::Tensor x = norm1_(torch::cat(features, 1)).relu_();
    const torch::Tensor grown = conv2_(norm2_(conv1_(x)).relu_());
    return dropout_ > 0 ? torch::dropout(grown, dropout_, is_training()) : grown;
  }

  void initialise() {
    for (const Conv& conv : {conv1_, conv2_}) initKaimingNormal(conv->weight, /*fanOut=*/false);
    norm1_->reset_parameters();
    norm2_->reset_parameters();
  }

  ConvNormPair pair() const { return {conv1_.ptr(), norm2_.ptr()}; }

 private:
  BatchNorm norm1_;
  Conv conv1_;
  BatchNorm norm2_;
  Conv conv2_;
  double dropout_;
};

DenseNet121::DenseNet121(const NetworkOptions& options) {
  const double dropout = std::max(0.0, options.dropout);
  Group features = register_module("features", Group());
  std::int64_t channels = 64;
  conv0_ = features->add("conv0", Conv(squareConv(3, channels, 7, /*stride=*/2)));
  norm0_ = features->add("norm0", BatchNorm(channels));
  const std::array<int, 4> layersPerBlock{6, 12, 24, 16};
  for (std::size_t b = 0; b < layersPerBlock.size(); ++b) {
    Group block = features->add("denseblock" + std::to_string(b + 1), Group());
    auto& layers = blocks_.emplace_back();
    for (int i = 0; i < layersPerBlock[b]; ++i) {
      layers.push_back(block->add("denselayer" + std::to_string(i + 1),
                                  std::make_shared<DenseLayerImpl>(channels, dropout)));
      channels += kGrowth;
    }
    if (b + 1 == layersPerBlock.size()) break;
    Group transition = features->add("transition" + std::to_string(b + 1), Group());
    transitions_.push_back({transition->add("norm", BatchNorm(channels)),
                            transition->add("conv", Conv(squareConv(channels, channels / 2, 1)))});
    channels /= 2;
  }
  norm5_ = features->add("norm5", BatchNorm(channels));
  classifier_ = register_module("classifier", Linear(channels, options.outputs));
}

torch::Tensor DenseNet121::forward(torch::Tensor images) {
  torch::Tensor x = norm0_(conv0_(normalise(images))).relu_();
  x = torch::max_pool2d(x, 3, 2, 1);
  for (std::size_t b = 0; b < blocks_.size(); ++b) {
    std::vector<torch::Tensor> parts{x};
    for (const auto& layer : blocks_[b]) parts.push_back(layer->forward(parts));
    x = torch::cat(parts, 1);
    if (b < transitions_.size()) {
      x = transitions_[b].conv(transitions_[b].norm(x).relu_());
      x = torch::avg_pool2d(x, 2, 2);
    }
  }
  x = norm5_(x).relu_();
  return classifier_(torch::adaptive_avg_pool2d(x, {1, 1}).flatten(1));
}

void DenseNet121::initialise() {
  initKaimingNormal(conv0_->weight, /*fanOut=*/false);
  norm0_->reset_parameters();
  for (const auto& block : blocks_)
    for (const auto& layer : block) layer->initialise();
  for (Transition& transition : transitions_) {
    transition.norm->reset_parameters();
    initKaimingNormal(transition.conv->weight, /*fanOut=*/false);
  }
  norm5_->reset_parameters();
  initLinearDefault(*classifier_);
  torch::nn::init::zeros_(classifier_->bias);
}

std::vector<ConvNormPair> DenseNet121::convNormPairs() {
  std::vector<ConvNormPair> pairs{{conv0_.ptr(), norm0_.ptr()}};
  for (const auto& block : blocks_)
    for (const auto& layer : block) pairs.push_back(layer->pair());
  return pairs;
}

}  // namespace medlocker::models
