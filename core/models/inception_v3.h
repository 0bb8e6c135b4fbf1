// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/models/layers.h"

namespace medlocker::models {

class InceptionUnitImpl;
class InceptionBlock;

/// Inception-v3: Szegedy et al. 2016, arXiv:1512.00567, with torchvision's layout and state-dict names
/// (Conv2d_1a_3x3.conv.weight …, AuxLogits.fc.weight, fc.weight) and its transform_input=False: the network's
/// own mean and standard deviation are the only normalisation. While training, forward() also computes the
/// auxiliary head where the features are large enough for it (inputs of 299 and more); evaluation gives the
/// logits alone.
class InceptionV3 : public Network {
 public:
  explicit InceptionV3(const NetworkOptions& options);
  ~InceptionV3() override;
  torch::Tensor forward(torch::Tensor images) override;
  torch::Tensor auxiliaryOutput() const override { return auxiliary_; }
  void initialise() override;
  std::vector<ConvNormPair> convNormPairs() override;

 private:
  using Unit = std::shared_ptr<InceptionUnitImpl>;

  std::vector<Unit> stem_;
  std::vector<std::unique_ptr<InceptionBlock>> blocks_;
  std::size_t auxiliaryAfter_ = 0;  // index of the block whose output feeds the auxiliary head
  Unit auxiliaryConv0_, auxiliaryConv1_;
  Linear auxiliaryFc_{nullptr};
  Linear fc_{nullptr};
  double dropout_;
  std::vector<Unit> units_;  // all of them
  torch::Tensor auxiliary_;
};

}  // namespace medlocker::models
