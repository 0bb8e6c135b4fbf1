// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/models/mobile_blocks.h"

namespace medlocker::models {

class MobileV2BlockImpl;

/// MobileNetV2 for small inputs: Sandler et al. 2018, arXiv:1801.04381, table 2, with stride 1 in the stem
/// and in the first stage that halves the side, as is usual for 32×32 images. State-dict names and parameter
/// count are torchvision's (features.0.0.weight …, classifier.1.weight), so weights are interchangeable.
class MobileNetV2Small : public Network {
 public:
  explicit MobileNetV2Small(const NetworkOptions& options);
  torch::Tensor forward(torch::Tensor images) override;
  void initialise() override;
  std::vector<ConvNormPair> convNormPairs() override;

 private:
  ConvNormActivation stem_{nullptr};
  std::vector<std::shared_ptr<MobileV2BlockImpl>> blocks_;
  ConvNormActivation last_{nullptr};
  Linear head_{nullptr};
  double dropout_;
};

}  // namespace medlocker::models
