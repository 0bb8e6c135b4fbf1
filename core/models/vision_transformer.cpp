// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/vision_transformer.h"

namespace medlocker::models {
namespace {

constexpr std::int64_t kPatch = 16;
constexpr std::int64_t kWidth = 768;
constexpr std::int64_t kHidden = 3072;
constexpr std::int64_t kHeads = 12;
constexpr int kLayers = 12;

torch::nn::LayerNorm layerNorm() {
  return torch::nn::LayerNorm(torch::nn::LayerNormOptions({kWidth}).eps(1e-6));
}

/// Multi-head self-attention with the parameter names of torch.nn.MultiheadAttention.
class SelfAttentionImpl : public torch::nn::Module {
 public:
  SelfAttentionImpl()
      : weight_(register_parameter("in_proj_weight", torch::empty({3 * kWidth, kWidth}))),
        bias_(register_parameter("in_proj_bias", torch::empty({3 * kWidth}))),
        out_(register_module("out_proj", Linear(kWidth, kWidth))) {}

  torch::Tensor forward(const torch::Tensor& x) {
    const std::int64_t n = x.size(0);
    const std::int64_t length = x.size(1);
    // N×L×3W to three tensors N×heads×L×(W/heads)
    const auto parts = torch::linear(x, weight_, bias_)
                           .view({n, length, 3, kHeads, kWidth / kHeads})
                           .permute({2, 0, 3, 1, 4});
    const torch::Tensor mixed = at::scaled_dot_product_attention(parts[0], parts[1], parts[2]);
    return out_(mixed.transpose(1, 2).reshape({n, length, kWidth}));
  }

  void initialise() {
    torch::nn::init::xavier_uniform_(weight_);
    torch::nn::init::zeros_(bias_);
    initLinearDefault(*out_);
    torch::nn::init::zeros_(out_->bias);
  }

 private:
  torch::Tensor weight_;
  torch::Tensor bias_;
  Linear out_;
};

}  // namespace

/// x + attention(norm(x)), then x + mlp(norm(x)).
class EncoderBlockImpl : public torch::nn::Module {
 public:
  explicit EncoderBlockImpl(double dropout)
      : norm1_(register_module("ln_1", layerNorm())),
        attention_(register_module("self_attention", std::make_shared<SelfAttentionImpl>())),
        norm2_(register_module("ln_2", layerNorm())),
        dropout_(dropout) {
    Group mlp = register_module("mlp", Group());
    widen_ = mlp->add("0", Linear(kWidth, kHidden));
    narrow_ = mlp->add("3", Linear(kHidden, kWidth));
  }

  torch::Tensor forward(const torch::Tensor& input) {
    const torch::Tensor x = input + drop(attention_->forward(norm1_(input)));
    return x + drop(narrow_(drop(torch::gelu(widen_(norm2_(x))))));
  }

  void initialise() {
    attention_->initialise();
    norm1_->reset_parameters();
    norm2_->reset_parameters();
    for (const Linear& layer : {widen_, narrow_}) {
      torch::nn::init::xavier_uniform_(layer->weight);
      torch::nn::init::normal_(layer->bias, 0, 1e-6);
    }
  }

 private:
  torch::Tensor drop(const torch::Tensor& x) const {
    return dropout_ > 0 ? torch::dropout(x, dropout_, is_training()) : x;
  }

  torch::nn::LayerNorm norm1_;
  std::shared_ptr<SelfAttentionImpl> attention_;
  torch::nn::LayerNorm norm2_;
  Linear widen_{nullptr};
  Linear narrow_{nullptr};
  double dropout_;
};

VisionTransformerB16::VisionTransformerB16(const NetworkOptions& options)
    : dropout_(std::max(0.0, options.dropout)) {
  const std::int64_t side = options.inputSize / kPatch;
  classToken_ = register_parameter("class_token", torch::empty({1, 1, kWidth}));
  projection_ = register_module(
      "conv_proj", Conv(ConvShape{3, kWidth, {kPatch, kPatch}, {kPatch, kPatch}, {0, 0}, 1, true}));
  Group encoder = register_module("encoder", Group());
  posEmbedding_ = encoder->register_parameter("pos_embedding", torch::empty({1, side * side + 1, kWidth}));
  Group layers = encoder->add("layers", Group());
  for (int i = 0; i < kLayers; ++i)
    layers_.push_back(
        layers->add("encoder_layer_" + std::to_string(i), std::make_shared<EncoderBlockImpl>(dropout_)));
  norm_ = encoder->add("ln", layerNorm());
  Group heads = register_module("heads", Group());
  head_ = heads->add("head", Linear(kWidth, options.outputs));
}

torch::Tensor VisionTransformerB16::forward(torch::Tensor images) {
  const torch::Tensor patches = projection_(normalise(images)).flatten(2).transpose(1, 2);
  torch::Tensor x = torch::cat({classToken_.expand({patches.size(0), -1, -1}), patches}, 1) + posEmbedding_;
  if (dropout_ > 0) x = torch::dropout(x, dropout_, is_training());
  for (const auto& layer : layers_) x = layer->forward(x);
  return head_(norm_(x.select(1, 0)));
}

void VisionTransformerB16::initialise() {
  torch::nn::init::zeros_(classToken_);
  initTruncatedNormal(projection_->weight, std::sqrt(1.0 / (3 * kPatch * kPatch)));
  torch::nn::init::zeros_(projection_->bias);
  torch::nn::init::normal_(posEmbedding_, 0, 0.02);
  for (const auto& layer : layers_) layer->initialise();
  norm_->reset_parameters();
  // As torchvision has it, the head starts at zero.
  torch::nn::init::zeros_(head_->weight);
  torch::nn::init::zeros_(head_->bias);
}

}  // namespace medlocker::models
