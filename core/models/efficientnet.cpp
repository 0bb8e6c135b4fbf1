// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/efficientnet.h"

namespace medlocker::models {
namespace {

constexpr double kEps = 1e-5;
constexpr double kMomentum = 0.1;
constexpr double kStochasticDepth = 0.2;

/// One row of table 1: expansion, kernel, stride of the first block, out, number of blocks.
struct Row {
  std::int64_t expansion, kernel, stride, out;
  int blocks;
};

constexpr std::array<Row, 7> kRows{{
    {1, 3, 1, 16, 1},
    {6, 3, 2, 24, 2},
    {6, 5, 2, 40, 2},
    {6, 3, 2, 80, 3},
    {6, 5, 1, 112, 3},
    {6, 5, 2, 192, 4},
    {6, 3, 1, 320, 1},
}};

}  // namespace

EfficientNetB0::EfficientNetB0(const NetworkOptions& options)
    : dropout_(options.dropout < 0 ? 0.2 : options.dropout) {
  int total = 0;
  for (const Row& row : kRows) total += row.blocks;
  Group features = register_module("features", Group());
  std::int64_t channels = 32;
  stem_ = features->add("0",
                        ConvNormActivation(squareConv(3, channels, 3, 2), Activation::Silu, kEps, kMomentum));
  for (std::size_t r = 0; r < kRows.size(); ++r) {
    const Row& row = kRows[r];
    Group stage = features->add(std::to_string(r + 1), Group());
    for (int i = 0; i < row.blocks; ++i) {
      InvertedResidualShape shape;
      shape.in = channels;
      shape.expanded = channels * row.expansion;
      shape.out = row.out;
      shape.kernel = row.kernel;
      shape.stride = i == 0 ? row.stride : 1;
      shape.squeezed = std::max<std::int64_t>(1, channels / 4);
      shape.activation = Activation::Silu;
      shape.squeezeActivation = Activation::Silu;
      shape.gate = Activation::Sigmoid;
      shape.dropPath = kStochasticDepth * static_cast<double>(blocks_.size()) / total;
      shape.eps = kEps;
      shape.momentum = kMomentum;
      blocks_.push_back(stage->add(std::to_string(i), InvertedResidual(shape)));
      channels = row.out;
    }
  }
  last_ = features->add(
      "8", ConvNormActivation(squareConv(channels, 4 * channels, 1), Activation::Silu, kEps, kMomentum));
  Group classifier = register_module("classifier", Group());
  head_ = classifier->add("1", Linear(4 * channels, options.outputs));
}

torch::Tensor EfficientNetB0::forward(torch::Tensor images) {
  torch::Tensor x = stem_(normalise(images));
  for (InvertedResidual& block : blocks_) x = block(x);
  x = torch::adaptive_avg_pool2d(last_(x), {1, 1}).flatten(1);
  return head_(torch::dropout(x, dropout_, is_training()));
}

void EfficientNetB0::initialise() {
  stem_->initialise();
  for (InvertedResidual& block : blocks_) block->initialise();
  last_->initialise();
  const double bound = 1.0 / std::sqrt(static_cast<double>(head_->weight.size(0)));
  torch::nn::init::uniform_(head_->weight, -bound, bound);
  torch::nn::init::zeros_(head_->bias);
}

std::vector<ConvNormPair> EfficientNetB0::convNormPairs() {
  std::vector<ConvNormPair> pairs{stem_->pair(), last_->pair()};
  for (const InvertedResidual& block : blocks_) block->collectPairs(pairs);
  return pairs;
}

}  // namespace medlocker::models
