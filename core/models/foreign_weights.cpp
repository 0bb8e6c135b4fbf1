// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/foreign_weights.h"

#include <torch/torch.h>

#include <cstring>
#include <map>
#include <regex>

#include "core/common/error.h"
#include "core/common/files.h"
#include "core/models/model_file.h"
#include "core/models/torch_file.h"

namespace medlocker::models {
namespace {

constexpr std::uint64_t kMaxFileBytes = 8ULL << 30;

torch::Dtype typeOf(StorageType type) {
  switch (type) {
    case StorageType::Float64:
      return torch::kDouble;
    case StorageType::Float32:
      return torch::kFloat;
    case StorageType::Float16:
      return torch::kHalf;
    case StorageType::Bfloat16:
      return torch::kBFloat16;
    case StorageType::Int64:
      return torch::kLong;
    case StorageType::Int32:
      return torch::kInt;
    case StorageType::Int16:
      return torch::kShort;
    case StorageType::Int8:
      return torch::kChar;
    case StorageType::Uint8:
      return torch::kByte;
    case StorageType::Bool:
      return torch::kBool;
  }
  return torch::kFloat;
}

/// One tensor per storage; the tensors of the state dict are views of them, so nothing grows.
TensorMap tensorsOf(const TorchFile& file) {
  std::map<PickleRef, torch::Tensor> storages;
  TensorMap tensors;
  for (const auto& [name, value] : stateDictOf(file.root())) {
    torch::Tensor& storage = storages[value->storage];
    if (!storage.defined()) {
      const ByteView bytes = file.storage(value->storage);
      storage = torch::empty({static_cast<std::int64_t>(value->storage->elements)},
                             typeOf(value->storage->storageType));
      // A byte other than 0 and 1 must not become a bool.
      if (value->storage->storageType == StorageType::Bool)
        for (std::size_t i = 0; i < bytes.size(); ++i) storage.data_ptr<bool>()[i] = bytes[i] != 0;
      else if (!bytes.empty())
        std::memcpy(storage.data_ptr(), bytes.data(), bytes.size());
    }
    tensors.emplace(
        name, storage.as_strided(value->shape, value->strides, static_cast<std::int64_t>(value->offset)));
  }
  return tensors;
}

/// "denselayer1.norm.1.weight" became "denselayer1.norm1.weight" in torchvision 0.3.
std::string currentName(const std::string& name) {
  static const std::regex old(R"(^(.*denselayer\d+\.(?:norm|relu|conv))\.([12]\..*)$)");
  return std::regex_replace(name, old, "$1$2");
}

}  // namespace

ForeignWeights readForeignWeights(const std::filesystem::path& path) {
  Bytes bytes = readFile(path, kMaxFileBytes);
  ForeignWeights weights;
  weights.sha256 = sha256(bytes);
  try {
    // A safetensors file begins with the length of its header and a brace.
    if (bytes.size() > 8 && bytes[8] == '{' && !isZip(bytes)) {
      weights.format = "safetensors";
      weights.tensors = parseSafetensors(bytes).tensors;
      return weights;
    }
    const TorchFile file(std::move(bytes));
    weights.format = file.layout() == TorchFile::Layout::Zip ? "torch-zip" : "torch-legacy";
    weights.tensors = tensorsOf(file);
    return weights;
  } catch (const Error& e) {
    throw e.withContext(path.string());
  }
}

void loadForeignWeights(Network& network, const TensorMap& tensors) {
  TensorMap named;
  for (const auto& [name, tensor] : tensors) {
    const std::string current = network.arch() == "densenet121" ? currentName(name) : name;
    if (!named.emplace(current, tensor).second)
      throw Error(ErrorCode::InputRejected, "the weights hold '" + current + "' twice");
  }
  const int outputs = network.options().outputs;
  for (const auto& [name, target] : stateDict(network)) {
    if (target.dim() != 2 || target.size(0) != outputs) continue;
    const auto found = named.find(name);
    if (found != named.end() && found->second.dim() == 2 && found->second.size(1) == target.size(1) &&
        found->second.size(0) != outputs)
      throw Error(ErrorCode::InputRejected, "the weights are those of a network with " +
                                                std::to_string(found->second.size(0)) + " outputs (" + name +
                                                "), but " + std::to_string(outputs) + " were asked for");
  }
  loadStateDict(network, named);
}

}  // namespace medlocker::models
