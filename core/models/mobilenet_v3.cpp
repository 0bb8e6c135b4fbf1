// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/mobilenet_v3.h"

namespace medlocker::models {
namespace {

constexpr double kEps = 1e-3;
constexpr double kMomentum = 0.01;

/// One row of table 1: kernel, expanded, out, squeeze and excitation, hard swish, stride.
struct Row {
  std::int64_t kernel, expanded, out;
  bool squeeze, hardSwish;
  std::int64_t stride;
};

constexpr std::array<Row, 15> kRows{{
    {3, 16, 16, false, false, 1},
    {3, 64, 24, false, false, 2},
    {3, 72, 24, false, false, 1},
    {5, 72, 40, true, false, 2},
    {5, 120, 40, true, false, 1},
    {5, 120, 40, true, false, 1},
    {3, 240, 80, false, true, 2},
    {3, 200, 80, false, true, 1},
    {3, 184, 80, false, true, 1},
    {3, 184, 80, false, true, 1},
    {3, 480, 112, true, true, 1},
    {3, 672, 112, true, true, 1},
    {5, 672, 160, true, true, 2},
    {5, 960, 160, true, true, 1},
    {5, 960, 160, true, true, 1},
}};

}  // namespace

MobileNetV3Large::MobileNetV3Large(const NetworkOptions& options)
    : dropout_(options.dropout < 0 ? 0.2 : options.dropout) {
  Group features = register_module("features", Group());
  int index = 0;
  const auto add = [&](auto module) { return features->add(std::to_string(index++), module); };
  std::int64_t channels = 16;
  stem_ = add(ConvNormActivation(squareConv(3, channels, 3, 2), Activation::HardSwish, kEps, kMomentum));
  for (const Row& row : kRows) {
    InvertedResidualShape shape;
    shape.in = channels;
    shape.expanded = row.expanded;
    shape.out = row.out;
    shape.kernel = row.kernel;
    shape.stride = row.stride;
    shape.squeezed = row.squeeze ? roundChannels(static_cast<double>(row.expanded / 4)) : 0;
    shape.activation = row.hardSwish ? Activation::HardSwish : Activation::Relu;
    blocks_.push_back(add(InvertedResidual(shape)));
    channels = row.out;
  }
  last_ =
      add(ConvNormActivation(squareConv(channels, 6 * channels, 1), Activation::HardSwish, kEps, kMomentum));
  Group classifier = register_module("classifier", Group());
  hidden_ = classifier->add("0", Linear(6 * channels, 1280));
  head_ = classifier->add("3", Linear(1280, options.outputs));
}

torch::Tensor MobileNetV3Large::forward(torch::Tensor images) {
  torch::Tensor x = stem_(normalise(images));
  for (InvertedResidual& block : blocks_) x = block(x);
  x = torch::adaptive_avg_pool2d(last_(x), {1, 1}).flatten(1);
  x = torch::dropout(torch::hardswish(hidden_(x)), dropout_, is_training());
  return head_(x);
}

void MobileNetV3Large::initialise() {
  stem_->initialise();
  for (InvertedResidual& block : blocks_) block->initialise();
  last_->initialise();
  for (const Linear& layer : {hidden_, head_}) {
    torch::nn::init::normal_(layer->weight, 0, 0.01);
    torch::nn::init::zeros_(layer->bias);
  }
}

std::vector<ConvNormPair> MobileNetV3Large::convNormPairs() {
  std::vector<ConvNormPair> pairs{stem_->pair(), last_->pair()};
  for (const InvertedResidual& block : blocks_) block->collectPairs(pairs);
  return pairs;
}

}  // namespace medlocker::models
