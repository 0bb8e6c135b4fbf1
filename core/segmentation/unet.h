// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <vector>

#include "core/models/layers.h"

namespace medlocker::segmentation {

class UNetLevelImpl;

/// U-Net (Ronneberger et al. 2015, arXiv:1505.04597) with batch normalisation, padded 3×3 convolutions, max
/// pooling down and bilinear interpolation up. `width` channels at full resolution, twice as many at each
/// level below, half that growth at the lowest. Input N×channels×h×w with h and w multiples of 2^depth,
/// output N×outputs×h×w logits. Parameters are drawn from the global torch generator (seed it first).
/// Concurrent forwards are safe in evaluation mode only.
class UNet : public torch::nn::Module {
 public:
  /// `initialise` false: parameters are left unset, for a caller that fills them.
  UNet(int channels, int outputs, int width, int depth, bool initialise = true);
  torch::Tensor forward(const torch::Tensor& images);
  /// Merges batch norms into the convolutions, for evaluation alone.
  void fold();
  /// Adds to the logits of one output, for good.
  void shiftOutput(int output, double shift);
  int sizeMultiple() const { return 1 << depth_; }

 private:
  int depth_;
  std::vector<std::shared_ptr<UNetLevelImpl>> down_;
  std::vector<std::shared_ptr<UNetLevelImpl>> up_;
  models::Conv head_{nullptr};
};

}  // namespace medlocker::segmentation
