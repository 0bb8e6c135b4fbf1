// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/models/layers.h"

namespace medlocker::models {

class DenseLayerImpl;

/// DenseNet-121: Huang et al. 2017, arXiv:1608.06993, the BC form with growth rate 32. State-dict names are
/// torchvision's (features.denseblock1.denselayer1.norm1.weight …, classifier.weight).
class DenseNet121 : public Network {
 public:
  explicit DenseNet121(const NetworkOptions& options);
  torch::Tensor forward(torch::Tensor images) override;
  void initialise() override;
  /// A norm that follows a concatenation has no convolution before it and stays.
  std::vector<ConvNormPair> convNormPairs() override;

 private:
  struct Transition {
    BatchNorm norm;
    Conv conv;
  };
  Conv conv0_{nullptr};
  BatchNorm norm0_{nullptr};
  std::vector<std::vector<std::shared_ptr<DenseLayerImpl>>> blocks_;
  std::vector<Transition> transitions_;
  BatchNorm norm5_{nullptr};
  Linear classifier_{nullptr};
};

}  // namespace medlocker::models
