// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/mobilenet_v2.h"

namespace medlocker::models {
namespace {

constexpr double kEps = 1e-5;
constexpr double kMomentum = 0.1;

/// One row of table 2: expansion, channels, repetitions, stride of the first.
struct Row {
  std::int64_t expansion, out, count, stride;
};
constexpr std::array<Row, 7> kRows{{
    {1, 16, 1, 1},
    {6, 24, 2, 1},  // 2 in the paper
    {6, 32, 3, 2},
    {6, 64, 4, 2},
    {6, 96, 3, 1},
    {6, 160, 3, 2},
    {6, 320, 1, 1},
}};

}  // namespace

/// Children of "conv" are the expansion (if any), the depthwise convolution, the projection and its norm.
class MobileV2BlockImpl : public torch::nn::Module {
 public:
  MobileV2BlockImpl(std::int64_t in, std::int64_t expansion, std::int64_t out, std::int64_t stride)
      : residual_(stride == 1 && in == out) {
    Group block = register_module("conv", Group());
    int index = 0;
    const auto add = [&](auto module) { return block->add(std::to_string(index++), module); };
    const std::int64_t hidden = in * expansion;
    if (expansion != 1)
      expand_ = add(ConvNormActivation(squareConv(in, hidden, 1), Activation::Relu6, kEps, kMomentum));
    depthwise_ = add(ConvNormActivation(squareConv(hidden, hidden, 3, stride, hidden), Activation::Relu6,
                                        kEps, kMomentum));
    project_ = add(Conv(squareConv(hidden, out, 1)));
    norm_ = add(BatchNorm(out, kEps, kMomentum));
  }

  torch::Tensor forward(const torch::Tensor& x) {
    torch::Tensor y = depthwise_(expand_ ? expand_(x) : x);
    y = norm_(project_(y));
    return residual_ ? y + x : y;
  }

  void initialise() {
    if (expand_) expand_->initialise();
    depthwise_->initialise();
    initKaimingNormal(project_->weight, /*fanOut=*/true);
    norm_->reset_parameters();
  }

  void collectPairs(std::vector<ConvNormPair>& pairs) const {
    if (expand_) pairs.push_back(expand_->pair());
    pairs.push_back(depthwise_->pair());
    pairs.emplace_back(project_.ptr(), norm_.ptr());
  }

 private:
  bool residual_;
  ConvNormActivation expand_{nullptr};
  ConvNormActivation depthwise_{nullptr};
  Conv project_{nullptr};
  BatchNorm norm_{nullptr};
};

MobileNetV2Small::MobileNetV2Small(const NetworkOptions& options)
    : dropout_(options.dropout < 0 ? 0.2 : options.dropout) {
  Group features = register_module("features", Group());
  int index = 0;
  const auto add = [&](auto module) { return features->add(std::to_string(index++), module); };
  std::int64_t channels = 32;
  stem_ = add(ConvNormActivation(squareConv(3, channels, 3), Activation::Relu6, kEps, kMomentum));
  for (const Row& row : kRows)
    for (std::int64_t i = 0; i < row.count; ++i) {
      blocks_.push_back(add(
          std::make_shared<MobileV2BlockImpl>(channels, row.expansion, row.out, i == 0 ? row.stride : 1)));
      channels = row.out;
    }
  last_ = add(ConvNormActivation(squareConv(channels, 1280, 1), Activation::Relu6, kEps, kMomentum));
  head_ = register_module("classifier", Group())->add("1", Linear(1280, options.outputs));
}

torch::Tensor MobileNetV2Small::forward(torch::Tensor images) {
  torch::Tensor x = stem_(normalise(images));
  for (const auto& block : blocks_) x = block->forward(x);
  x = torch::adaptive_avg_pool2d(last_(x), {1, 1}).flatten(1);
  return head_(torch::dropout(x, dropout_, is_training()));
}

void MobileNetV2Small::initialise() {
  stem_->initialise();
  for (const auto& block : blocks_) block->initialise();
  last_->initialise();
  torch::nn::init::normal_(head_->weight, 0, 0.01);
  torch::nn::init::zeros_(head_->bias);
}

std::vector<ConvNormPair> MobileNetV2Small::convNormPairs() {
  std::vector<ConvNormPair> pairs{stem_->pair(), last_->pair()};
  for (const auto& block : blocks_) block->collectPairs(pairs);
  return pairs;
}

}  // namespace medlocker::models
