// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/models/mobile_blocks.h"

namespace medlocker::models {

/// EfficientNet-B0: Tan and Le 2019, arXiv:1905.11946, table 1, with stochastic depth up to 0.2. State-dict
/// names are torchvision's (features.0.0.weight …, classifier.1.weight).
class EfficientNetB0 : public Network {
 public:
  explicit EfficientNetB0(const NetworkOptions& options);
  torch::Tensor forward(torch::Tensor images) override;
  void initialise() override;
  std::vector<ConvNormPair> convNormPairs() override;

 private:
  ConvNormActivation stem_{nullptr};
  std::vector<InvertedResidual> blocks_;
  ConvNormActivation last_{nullptr};
  Linear head_{nullptr};
  double dropout_;
};

}  // namespace medlocker::models
