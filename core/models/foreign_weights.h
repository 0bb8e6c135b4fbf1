// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "core/models/network.h"
#include "core/models/safetensors.h"

namespace medlocker::models {

/// Weights from elsewhere.
struct ForeignWeights {
  TensorMap tensors;   ///< by name, as the file has them; several may share memory
  std::string format;  ///< "safetensors", "torch-zip" or "torch-legacy"
  Digest sha256{};     ///< of the file
};

/// Reads a safetensors file or a state dict written by torch.save (.pth, .pt), told apart by content. Nothing
/// in the file is executed (see TorchFile). Throws Error(NotFound/Io/InputRejected/Unsupported) naming the
/// file.
ForeignWeights readForeignWeights(const std::filesystem::path& file);

/// Copies foreign weights into a network, as loadStateDict does, after renaming what torchvision itself
/// renames (the "norm.1" of old DenseNet files). Weights for another number of classes are named as such.
/// Throws Error(InputRejected).
void loadForeignWeights(Network& network, const TensorMap& tensors);

}  // namespace medlocker::models
