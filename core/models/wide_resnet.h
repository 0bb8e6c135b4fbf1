// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/models/layers.h"

namespace medlocker::models {

/// Depth 6n + 4: three groups of n pre-activation blocks, 16·k, 32·k and 64·k channels wide.
struct WideResNetLayout {
  int blocksPerGroup = 5;         ///< n
  std::int64_t widenFactor = 10;  ///< k
};

class WideBlockImpl;

/// Wide residual networks for small inputs: Zagoruyko and Komodakis 2016, arXiv:1605.07146, table 1.
/// State-dict names are those of the public robust-training code (conv1, block1.layer.0.bn1 …, bn1, fc).
class WideResNet : public Network {
 public:
  WideResNet(const WideResNetLayout& layout, const NetworkOptions& options);
  torch::Tensor forward(torch::Tensor images) override;
  void initialise() override;
  std::vector<ConvNormPair> convNormPairs() override;

 private:
  double dropout_;
  Conv conv1_{nullptr};
  std::vector<std::shared_ptr<WideBlockImpl>> blocks_;
  BatchNorm bn1_{nullptr};
  Linear fc_{nullptr};
};

}  // namespace medlocker::models
