// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/models/network.h"

namespace medlocker::models {

struct ConvShape {
  std::int64_t in = 3;
  std::int64_t out = 64;
  std::array<std::int64_t, 2> kernel{3, 3};
  std::array<std::int64_t, 2> stride{1, 1};
  std::array<std::int64_t, 2> padding{0, 0};
  std::int64_t groups = 1;
  bool bias = false;
};

/// Square kernel with "same" padding for odd kernels.
ConvShape squareConv(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride = 1,
                     std::int64_t groups = 1, bool bias = false);

/// 2-d convolution. Unlike torch's own module it leaves its parameters unset: every network draws them once,
/// in initialise(), and a network that is about to be loaded draws nothing.
class ConvImpl : public torch::nn::Module {
 public:
  explicit ConvImpl(const ConvShape& shape);
  torch::Tensor forward(const torch::Tensor& x) const;
  const ConvShape& shape() const { return shape_; }

  torch::Tensor weight;
  torch::Tensor bias;  ///< undefined without bias

 private:
  ConvShape shape_;
};
TORCH_MODULE(Conv);

/// Fully connected layer with bias, parameters unset.
class LinearImpl : public torch::nn::Module {
 public:
  LinearImpl(std::int64_t in, std::int64_t out);
  torch::Tensor forward(const torch::Tensor& x) const;

  torch::Tensor weight;
  torch::Tensor bias;
};
TORCH_MODULE(Linear);

/// torch's batch normalisation that can be switched to the identity once it is folded away.
class BatchNormImpl : public torch::nn::BatchNorm2dImpl {
 public:
  explicit BatchNormImpl(std::int64_t channels, double eps = 1e-5, double momentum = 0.1);
  torch::Tensor forward(const torch::Tensor& x);
  /// Merges this layer into `conv`.
  void foldInto(ConvImpl& conv);

 private:
  bool folded_ = false;
};
TORCH_MODULE(BatchNorm);

/// A module that only holds named children, for nested state-dict names.
class GroupImpl : public torch::nn::Module {
 public:
  template <typename Holder>
  Holder add(const std::string& name, Holder module) {
    return register_module(name, std::move(module));
  }
};
TORCH_MODULE(Group);

/// kaiming_normal with the gain of ReLU.
void initKaimingNormal(const torch::Tensor& weight, bool fanOut);
/// Uniform in ±1/sqrt(fan in) for weight and bias: what torch's Linear does by default.
void initLinearDefault(LinearImpl& layer);
/// Normal distribution cut at ±2 (absolute), as torch.nn.init.trunc_normal_ with its default bounds.
void initTruncatedNormal(const torch::Tensor& weight, double stddev);

}  // namespace medlocker::models
