// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/certificate/owner_keys.h"
#include "core/certificate/run_secrets.h"
#include "core/data/image.h"

namespace medlocker::test {

struct HandmadeRunOptions {
  int images = 3;
  int side = 192;
  std::string payload = "roi";  ///< roi, residual, patch or file
  std::uint64_t placement = 1;  ///< where the logos lie; the photographs do not depend on it
  std::string format = "png";   ///< of the originals: png, tif or jpg (protected as png)
  std::string owner = "a hospital";
  bool sameEye = false;        ///< PNG: all photographs have the same samples, in files that differ by a text
  bool embed = false;          ///< protected files carry their payload
  bool distinctFiles = false;  ///< protected files differ by a text
};

/// A finished protection run made without any model: synthetic photographs, a logo at a place drawn at
/// random, certificate, private part and vault. For tests of what comes after protection.
struct HandmadeRun {
  std::filesystem::path folder;     ///< the run
  std::filesystem::path originals;  ///< folder with the original files
  certificate::OwnerSecretKey owner;
  std::filesystem::path ownerKey;  ///< without passphrase
  std::filesystem::path ownerPublic;
  std::vector<std::string> names;           ///< of the originals
  std::vector<std::string> protectedNames;  ///< below images/
  std::vector<data::Image> images;          ///< original samples
  std::vector<Id16> ids;

  std::filesystem::path protectedFile(std::size_t i) const { return folder / "images" / protectedNames[i]; }
};

/// Below `root`: originals/, keys/ and `name`/. Deterministic apart from keys, ids and nonces.
HandmadeRun makeHandmadeRun(const std::filesystem::path& root, const std::string& name,
                            const HandmadeRunOptions& options = {});

}  // namespace medlocker::test
