// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "core/attacks/defences/defence.h"
#include "core/common/device.h"

namespace medlocker::models {
class Network;
}

namespace medlocker::attacks {

enum class LearnedDefenceKind;

inline constexpr const char* kDefenceSchema = "medlocker/defence/1";

/// What defence.json says about a trained defence.
struct LearnedDefenceInfo {
  LearnedDefenceKind kind{};
  int inputSize = 0;   ///< side of the images it was trained on
  std::string sha256;  ///< of the weights file
  Json training;       ///< record of the training
};

/// A trained defence in evaluation mode with frozen weights; images of another side than it was trained on
/// are resized there and back. NRP's `dynamic` form first adds N(0, 0.05²) clipped to 16/255.
class LearnedDefence : public Defence {
 public:
  LearnedDefence(std::shared_ptr<models::Network> network, LearnedDefenceInfo info, bool dynamic = false);
  std::string name() const override;
  DefenceProperties properties() const override;
  Json settings() const override;
  at::Tensor transform(const at::Tensor& images, std::span<const RandomStream> streams,
                       int pass) const override;
  const LearnedDefenceInfo& info() const { return info_; }

 private:
  std::shared_ptr<models::Network> network_;
  LearnedDefenceInfo info_;
  bool dynamic_;
};

/// Writes defence.safetensors and defence.json into `folder` (atomically, weights first); returns the info
/// with sha256 filled in.
LearnedDefenceInfo saveDefence(const std::filesystem::path& folder, const models::Network& network,
                               LearnedDefenceInfo info);
/// Opens such a folder; checks the SHA-256. Throws Error(NotFound/InputRejected) naming the file.
std::shared_ptr<const LearnedDefence> loadDefence(const std::filesystem::path& folder, bool dynamic = false);

}  // namespace medlocker::attacks
