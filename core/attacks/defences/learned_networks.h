// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/models/network.h"

/// Networks of the trained defences. forward() takes images N×3×n×n in [0,1] and gives purified ones; values
/// may lie outside [0,1]. Initialisation draws from the global torch generator.
namespace medlocker::attacks {

enum class LearnedDefenceKind { Hgd, ComDefend, Nrp };
std::string_view toString(LearnedDefenceKind kind);
/// Names: hgd, comdefend, nrp. Throws Error(InvalidArgument).
LearnedDefenceKind parseLearnedDefence(std::string_view name);

/// HGD, high-level representation guided denoiser (Liao et al. 2018): x + U(x), U a U-Net. Sides up to 64
/// pixels: three levels of 32, 64, 128 channels; larger ones five of 64, 128, 256, 256, 256.
class GuidedDenoiserImpl : public models::Network {
 public:
  explicit GuidedDenoiserImpl(int side);
  torch::Tensor forward(torch::Tensor images) override;
  void initialise() override;

 private:
  std::vector<torch::nn::Sequential> encoder_;  // one per level, the first at full side
  std::vector<torch::nn::Sequential> decoder_;  // from the coarsest upwards
  torch::nn::Conv2d output_{nullptr};
};

/// ComDefend (Jia et al. 2019): an image is squeezed into 12 nearly binary planes and rebuilt.
class CompressionNetworkImpl : public models::Network {
 public:
  CompressionNetworkImpl();
  torch::Tensor forward(torch::Tensor images) override;  ///< with the rounded code
  void initialise() override;

  static constexpr double kNoise = 20;  ///< standard deviation of the noise that makes codes binary
  /// Before the sigmoid, [N,12,n,n].
  torch::Tensor encode(const torch::Tensor& images);
  /// Of codes in [0,1], to images in [0,1].
  torch::Tensor decode(const torch::Tensor& code);

 private:
  torch::nn::Sequential encoder_;
  torch::nn::Sequential decoder_;
};

/// NRP, neural representation purifier (Naseer et al. 2020): residual-in-residual dense blocks, 64 features,
/// growth 32; 23 blocks, 4 for sides up to 64 pixels.
class PurifierNetworkImpl : public models::Network {
 public:
  explicit PurifierNetworkImpl(int side);
  torch::Tensor forward(torch::Tensor images) override;
  void initialise() override;

 private:
  torch::nn::Conv2d first_{nullptr};
  std::vector<std::vector<std::vector<torch::nn::Conv2d>>> blocks_;  // block, dense part, convolution
  torch::nn::Conv2d trunk_{nullptr};
  torch::nn::Conv2d last_{nullptr};
};

/// Drawn from the global torch generator.
std::shared_ptr<models::Network> makeDefenceNetwork(LearnedDefenceKind kind, int side);

}  // namespace medlocker::attacks
