// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/vgg.h"

namespace medlocker::models {

Vgg16::Vgg16(const NetworkOptions& options) : dropout_(options.dropout < 0 ? 0.5 : options.dropout) {
  // torchvision numbers convolution, norm, ReLU and pooling in one sequence.
  Group features = register_module("features", Group());
  const std::vector<std::vector<std::int64_t>> stages = {
      {64, 64}, {128, 128}, {256, 256, 256}, {512, 512, 512}, {512, 512, 512}};
  int index = 0;
  std::int64_t channels = 3;
  for (const auto& stage : stages) {
    for (const std::int64_t width : stage) {
      units_.push_back(
          {features->add(std::to_string(index), Conv(squareConv(channels, width, 3, 1, 1, true))),
           features->add(std::to_string(index + 1), BatchNorm(width))});
      channels = width;
      index += 3;
    }
    units_.back().poolAfter = true;
    ++index;
  }
  Group classifier = register_module("classifier", Group());
  classifier_.push_back(classifier->add("0", Linear(512 * 7 * 7, 4096)));
  classifier_.push_back(classifier->add("3", Linear(4096, 4096)));
  classifier_.push_back(classifier->add("6", Linear(4096, options.outputs)));
}

torch::Tensor Vgg16::forward(torch::Tensor images) {
  torch::Tensor x = normalise(images);
  for (Unit& unit : units_) {
    x = unit.norm(unit.conv(x)).relu_();
    if (unit.poolAfter) x = torch::max_pool2d(x, 2, 2);
  }
  x = torch::adaptive_avg_pool2d(x, {7, 7}).flatten(1);
  for (std::size_t i = 0; i < classifier_.size(); ++i) {
    x = classifier_[i](x);
    if (i + 1 < classifier_.size()) x = torch::dropout(x.relu_(), dropout_, is_training());
  }
  return x;
}

void Vgg16::initialise() {
  for (Unit& unit : units_) {
    initKaimingNormal(unit.conv->weight, /*fanOut=*/true);
    torch::nn::init::zeros_(unit.conv->bias);
    unit.norm->reset_parameters();
  }
  for (Linear& layer : classifier_) {
    torch::nn::init::normal_(layer->weight, 0, 0.01);
    torch::nn::init::zeros_(layer->bias);
  }
}

std::vector<ConvNormPair> Vgg16::convNormPairs() {
  std::vector<ConvNormPair> pairs;
  for (const Unit& unit : units_) pairs.emplace_back(unit.conv.ptr(), unit.norm.ptr());
  return pairs;
}

}  // namespace medlocker::models
