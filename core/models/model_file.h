// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>

#include "core/common/error.h"
#include "core/models/network.h"
#include "core/models/safetensors.h"

namespace medlocker::models {

inline constexpr const char* kModelSchema = "medlocker/model/1";

/// The two files of a native model.
struct ModelFiles {
  std::filesystem::path weights;
  std::filesystem::path description;
};

/// A run folder (or a folder to be) gives model.safetensors and model.json in it; "X.safetensors" gives
/// itself and "X.json".
ModelFiles modelFiles(const std::filesystem::path& path);

/// Reads and writes model.json. Strict: every field must be present, of its type and in its range, and no
/// other may be there. Throws Error(InputRejected).
Json modelInfoToJson(const ModelInfo& info);
ModelInfo modelInfoFromJson(const Json& json);
ModelInfo readModelInfo(const std::filesystem::path& file);

/// Field by field; empty = valid. What saveModel and makeClassifier insist on.
std::vector<OptionIssue> validate(const ModelInfo& info);

/// Copies `tensors` into the network. Every parameter and buffer must be there with its shape and nothing
/// else may be; only num_batches_tracked may be missing (it is then set to 0). Floating-point types are
/// converted. Throws Error(InputRejected) that lists the first few differences.
void loadStateDict(Network& network, const TensorMap& tensors);

}  // namespace medlocker::models
