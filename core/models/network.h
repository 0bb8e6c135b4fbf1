// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/nn/module.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/models/classifier.h"

namespace medlocker::models {

class ConvImpl;
class BatchNormImpl;

struct NetworkOptions {
  int outputs = 5;
  int inputSize = 224;
  double dropout = -1;     ///< < 0: the architecture's own default
  bool initialise = true;  ///< false: parameters are left unset, for a caller that loads them
};

/// A convolution and the batch normalisation that directly follows it.
using ConvNormPair = std::pair<std::shared_ptr<ConvImpl>, std::shared_ptr<BatchNormImpl>>;

/// Base of all trainable networks. Parameter and buffer names equal torchvision's state dict (without
/// prefix); normalisation uses non-persistent mean/std applied in forward(). Input [0,1] N×3×n×n, output
/// N×outputs. Concurrent forwards are safe in evaluation mode only.
class Network : public torch::nn::Module {
 public:
  virtual torch::Tensor forward(torch::Tensor images) = 0;
  /// Auxiliary output of the last forward while training (Inception-v3); undefined tensor elsewhere, and
  /// where the input is too small for the auxiliary head (below 299).
  virtual torch::Tensor auxiliaryOutput() const { return {}; }
  void setNormalisation(const std::array<float, 3>& mean, const std::array<float, 3>& stddev);

  /// Draws new parameters from the global torch generator, distributed as torchvision does it.
  virtual void initialise() {}
  /// What foldBatchNorm() may merge. Empty: nothing.
  virtual std::vector<ConvNormPair> convNormPairs() { return {}; }

  /// Registry name and options this network was made with; empty name for a network made elsewhere.
  const std::string& arch() const { return arch_; }
  const NetworkOptions& options() const { return options_; }

  // The normalisation constants are no buffers, so they follow the module here. They stay float32.
  void to(torch::Device device, torch::Dtype dtype, bool nonBlocking = false) override;
  void to(torch::Dtype dtype, bool nonBlocking = false) override;
  void to(torch::Device device, bool nonBlocking = false) override;

 protected:
  torch::Tensor normalise(const torch::Tensor& images) const;

 private:
  friend std::shared_ptr<Network> makeNetwork(const std::string& arch, const NetworkOptions& options);
  friend std::shared_ptr<Network> cloneNetwork(const Network& network);

  torch::Tensor mean_;  // 1×3×1×1; undefined: no normalisation
  torch::Tensor stddev_;
  std::string arch_;
  NetworkOptions options_;
};

struct ArchitectureInfo {
  std::string name;         ///< "resnet18" …
  std::string description;  ///< one line
  int defaultInputSize = 224;
  int minInputSize = 32;
};

/// All architectures, in the order in which they are listed to users.
const std::vector<ArchitectureInfo>& architectures();
/// Throws Error(InvalidArgument) for an unknown name, listing the known ones, and for options that the
/// architecture cannot take. Weights are initialised from the global torch generator as torchvision does;
/// seed it first for reproducible weights.
std::shared_ptr<Network> makeNetwork(const std::string& arch, const NetworkOptions& options);
/// A deep copy: parameters, buffers, normalisation, training mode, device. Throws Error(Unsupported) for a
/// network that was not made by makeNetwork.
std::shared_ptr<Network> cloneNetwork(const Network& network);
/// Merges every batch norm of convNormPairs() into its convolution, using the running statistics. The network
/// then computes the same function in evaluation mode (up to rounding) and is of no use for training or
/// saving.
void foldBatchNorm(Network& network);

/// All parameters and buffers by name, as torchvision names them; the tensors are shared with the network.
std::vector<std::pair<std::string, torch::Tensor>> stateDict(const Network& network);

/// Native format. Writes model.safetensors and model.json (atomically, weights first) and returns the info
/// with sha256 filled in. A `folder` that ends in ".safetensors" is taken as the weights file itself; the
/// .json then lies beside it.
ModelInfo saveModel(const std::filesystem::path& folder, const Network& network, ModelInfo info);
/// The network itself, for further training (parameters require gradients; evaluation mode is not set);
/// checks names, shapes and SHA-256.
std::shared_ptr<Network> loadNetwork(const std::filesystem::path& path, ModelInfo& info);
/// Wraps a network for evaluation (eval mode, frozen). The network is not copied.
ClassifierPtr makeClassifier(std::shared_ptr<Network> network, ModelInfo info,
                             DeviceKind device = DeviceKind::Cpu);

}  // namespace medlocker::models
