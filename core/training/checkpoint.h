// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/common/json.h"
#include "core/models/safetensors.h"

namespace medlocker::training {

/// The resumable state of a run in a folder: tensors in safetensors files and one `checkpoint.json` that
/// names them with their SHA-256. Files have names of their own per state and the JSON is replaced last, so a
/// crash at any moment leaves the previous state whole. No code is ever stored or executed.
struct Checkpoint {
  Json state;                 ///< everything but tensors; must name no floats that are not finite
  models::TensorMap tensors;  ///< CPU, contiguous, after reading
};

class CheckpointStore {
 public:
  explicit CheckpointStore(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// `name` tells this state from the one before ("3-120"). `best`: tensors of the selected model when it
  /// changed since the last save, else null: the file of the last one stays.
  void save(const std::string& name, const Checkpoint& checkpoint, const models::TensorMap* best);
  /// Empty where there is none. Throws Error(InputRejected) for a damaged one.
  std::optional<Checkpoint> load();
  /// Tensors of the selected model as of the last save or load; empty map where there is none.
  models::TensorMap loadBest() const;

 private:
  models::TensorMap readVerified(const Json& reference) const;
  void removeOthers() const;

  std::filesystem::path folder_;
  Json files_ = Json::object();  // "tensors" and "best": {file, sha256}
};

}  // namespace medlocker::training
