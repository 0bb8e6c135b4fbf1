// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/models/layers.h"

namespace medlocker::models {

class EncoderBlockImpl;

/// Vision Transformer ViT-B/16: Dosovitskiy et al. 2021, arXiv:2010.11929. Twelve pre-norm encoder blocks of
/// width 768 with 12 heads; patches of 16×16. State-dict names are torchvision's (class_token, conv_proj,
/// encoder.pos_embedding, encoder.layers.encoder_layer_0.ln_1 …, heads.head). The number of positions follows
/// from the input size, which is a multiple of 16.
class VisionTransformerB16 : public Network {
 public:
  explicit VisionTransformerB16(const NetworkOptions& options);
  torch::Tensor forward(torch::Tensor images) override;
  void initialise() override;

 private:
  torch::Tensor classToken_;    // 1×1×768
  torch::Tensor posEmbedding_;  // 1×(positions+1)×768
  Conv projection_{nullptr};
  std::vector<std::shared_ptr<EncoderBlockImpl>> layers_;
  torch::nn::LayerNorm norm_{nullptr};
  Linear head_{nullptr};
  double dropout_;
};

}  // namespace medlocker::models
