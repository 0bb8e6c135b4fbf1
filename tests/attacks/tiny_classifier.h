// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>

#include "core/models/classifier.h"

namespace medlocker::attacks::test {

/// A fixed random convolutional classifier for images of one side; smooth and non-linear.
class TinyClassifier : public models::Classifier {
 public:
  TinyClassifier(int side, int classes, std::uint64_t seed, std::string name) {
    auto generator = at::detail::createCPUGenerator(seed);
    convolution_ = torch::randn({6, 3, 5, 5}, generator) * 0.4;
    dense_ = torch::randn({classes, 6 * 16}, generator);
    info_.name = std::move(name);
    info_.arch = "tiny";
    info_.sha256 = std::string(62, 'a') + (seed < 10 ? "0" : "") + std::to_string(seed);
    for (int c = 0; c < classes; ++c) info_.classes.push_back("class " + std::to_string(c));
    info_.inputSize = side;
  }

  const models::ModelInfo& info() const override { return info_; }
  DeviceKind device() const override { return DeviceKind::Cpu; }
  at::Tensor logits(const at::Tensor& images) const override {
    const at::Tensor features = torch::tanh(torch::conv2d(images - 0.5, convolution_, {}, 2, 2));
    return torch::matmul(torch::adaptive_avg_pool2d(features, {4, 4}).flatten(1), dense_.t());
  }

 private:
  models::ModelInfo info_;
  at::Tensor convolution_;
  at::Tensor dense_;
};

inline models::ClassifierPtr tinyClassifier(int side, std::uint64_t seed, int classes = 3) {
  return std::make_shared<TinyClassifier>(side, classes, seed, "tiny" + std::to_string(seed));
}

}  // namespace medlocker::attacks::test
