// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/models/layers.h"

namespace medlocker::models {

/// What distinguishes the members of the residual family.
struct ResNetLayout {
  std::vector<int> blocksPerStage;        ///< one entry per stage; stages after the first halve the side
  std::vector<std::int64_t> stageWidths;  ///< channels inside the blocks of each stage
  bool bottleneck = false;                ///< 1×1, 3×3, 1×1 (expansion 4) instead of 3×3, 3×3
  bool smallStem = false;                 ///< 3×3 stem without pooling, for small inputs
};

class ResidualBlockImpl;

/// Residual networks: He et al. 2016, arXiv:1512.03385, sections 3.3 and 4.1; the stride of a bottleneck sits
/// at its 3×3 convolution, as in torchvision. State-dict names are torchvision's (conv1, bn1, layer1.0.conv1
/// …, fc).
class ResNet : public Network {
 public:
  ResNet(const ResNetLayout& layout, const NetworkOptions& options);
  torch::Tensor forward(torch::Tensor images) override;
  void initialise() override;
  std::vector<ConvNormPair> convNormPairs() override;

 private:
  bool smallStem_;
  double dropout_;
  Conv conv1_{nullptr};
  BatchNorm bn1_{nullptr};
  std::vector<std::shared_ptr<ResidualBlockImpl>> blocks_;
  Linear fc_{nullptr};
};

ResNetLayout resnet18Layout();
/// As resnet18 with a 3×3 stem of stride 1 and no pooling, for small inputs.
ResNetLayout resnet18SmallLayout();
ResNetLayout resnet34Layout();
ResNetLayout resnet50Layout();
/// 3×3 stem, three stages of one basic block (16, 32, 64 channels): the CIFAR form of section 4.2 with n = 1.
ResNetLayout resnet8Layout();

}  // namespace medlocker::models
