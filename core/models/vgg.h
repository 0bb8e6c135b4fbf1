// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/models/layers.h"

namespace medlocker::models {

/// VGG-16 with batch normalisation: Simonyan and Zisserman 2015, arXiv:1409.1556, configuration D, with a
/// batch norm after every convolution. State-dict names are torchvision's (features.0.weight …,
/// classifier.6.weight).
class Vgg16 : public Network {
 public:
  explicit Vgg16(const NetworkOptions& options);
  torch::Tensor forward(torch::Tensor images) override;
  void initialise() override;
  std::vector<ConvNormPair> convNormPairs() override;

 private:
  struct Unit {
    Conv conv;
    BatchNorm norm;
    bool poolAfter = false;
  };
  std::vector<Unit> units_;
  std::vector<Linear> classifier_;
  double dropout_;
};

}  // namespace medlocker::models
