// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/models/mobile_blocks.h"

namespace medlocker::models {

/// MobileNetV3-Large: Howard et al. 2019, arXiv:1905.02244, table 1. State-dict names are torchvision's
/// (features.0.0.weight …, classifier.3.weight).
class MobileNetV3Large : public Network {
 public:
  explicit MobileNetV3Large(const NetworkOptions& options);
  torch::Tensor forward(torch::Tensor images) override;
  void initialise() override;
  std::vector<ConvNormPair> convNormPairs() override;

 private:
  ConvNormActivation stem_{nullptr};
  std::vector<InvertedResidual> blocks_;
  ConvNormActivation last_{nullptr};
  Linear hidden_{nullptr};
  Linear head_{nullptr};
  double dropout_;
};

}  // namespace medlocker::models
