// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

#include <string>
#include <utility>
#include <vector>

#include "core/models/classifier.h"

namespace medlocker::protect::test {

/// A classifier whose logits are a fixed linear function of the patch means: logit_c = bias_c + Σ w_c,ij ·
/// mean of patch ij over all channels. Its best logo position is therefore known.
class PatchMeanClassifier : public models::Classifier {
 public:
  /// weights: classes × grid × grid.
  PatchMeanClassifier(int side, at::Tensor weights, std::vector<float> bias, std::string name = "patches",
                      data::PreprocessProfile profile = data::PreprocessProfile::Squash)
      : weights_(std::move(weights)), bias_(torch::tensor(bias)) {
    info_.name = std::move(name);
    info_.arch = "analytic";
    info_.sha256 = std::string(64, 'a');
    for (std::size_t c = 0; c < bias.size(); ++c) info_.classes.push_back("grade " + std::to_string(c));
    info_.inputSize = side;
    info_.profile = profile;
  }

  const models::ModelInfo& info() const override { return info_; }
  DeviceKind device() const override { return DeviceKind::Cpu; }
  at::Tensor logits(const at::Tensor& images) const override {
    const at::Tensor means =
        torch::adaptive_avg_pool2d(images.mean(1, true), {weights_.size(1), weights_.size(2)});
    return torch::matmul(means.flatten(1), weights_.flatten(1).t()) + bias_;
  }

 private:
  models::ModelInfo info_;
  at::Tensor weights_;
  at::Tensor bias_;
};

}  // namespace medlocker::protect::test
