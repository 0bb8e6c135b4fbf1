// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace medlocker::test {

/// A small world for whole-run tests: a synthetic dataset with masks, two tiny networks, keys without
/// passphrase, a logo.
struct ProtectionWorld {
  std::filesystem::path root;
  std::filesystem::path dataset;
  std::filesystem::path ownerKey;
  std::filesystem::path ownerPublic;
  std::vector<std::filesystem::path> models;
  std::filesystem::path logo;

  /// `medlocker protect` with a fixed seed and small budget into `out`.
  std::vector<std::string> protectCommand(const std::filesystem::path& out,
                                          const std::vector<std::string>& more = {}) const;
};

/// Deterministic in its arguments. Throws when a step fails.
ProtectionWorld makeProtectionWorld(const std::filesystem::path& root, int images, int side);

}  // namespace medlocker::test
