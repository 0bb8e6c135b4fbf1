// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/nn/module.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/models/classifier.h"

namespace medlocker::models {

/// Base of all trainable networks. Parameter and buffer names equal torchvision's state dict (without
/// prefix); normalisation uses non-persistent mean/std applied in forward(). Input [0,1] N×3×n×n, output
/// N×outputs.
class Network : public torch::nn::Module {
 public:
  virtual torch::Tensor forward(torch::Tensor images) = 0;
  /// Auxiliary output while training (Inception-v3); undefined tensor elsewhere.
  virtual torch::Tensor auxiliaryOutput() const { return {}; }
  void setNormalisation(const std::array<float, 3>& mean, const std::array<float, 3>& stddev);

 protected:
  torch::Tensor normalise(const torch::Tensor& images) const;

 private:
  torch::Tensor mean_;
  torch::Tensor stddev_;
};

struct NetworkOptions {
  int outputs = 5;
  int inputSize = 224;
  double dropout = -1;  ///< < 0: the architecture's own default
};

struct ArchitectureInfo {
  std::string name;         ///< "resnet18" …
  std::string description;  ///< one line
  int defaultInputSize = 224;
  int minInputSize = 32;
};

/// All architectures, in the order in which they are listed to users.
const std::vector<ArchitectureInfo>& architectures();
/// Throws Error(InvalidArgument) for an unknown name, listing the known ones. Weights are initialised from
/// the global torch generator as torchvision does; seed it first for reproducible weights.
std::shared_ptr<Network> makeNetwork(const std::string& arch, const NetworkOptions& options);

/// Native format. Writes model.safetensors and model.json (atomically, weights first) and returns the info
/// with sha256 filled in.
ModelInfo saveModel(const std::filesystem::path& folder, const Network& network, ModelInfo info);
/// The network itself, for further training; checks names, shapes and SHA-256.
std::shared_ptr<Network> loadNetwork(const std::filesystem::path& path, ModelInfo& info);
/// Wraps a network for evaluation (eval mode, frozen). The network is not copied.
ClassifierPtr makeClassifier(std::shared_ptr<Network> network, ModelInfo info,
                             DeviceKind device = DeviceKind::Cpu);

}  // namespace medlocker::models
