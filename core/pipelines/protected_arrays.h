// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/data/image.h"
#include "core/data/manifest.h"
#include "core/data/npz.h"
#include "core/pipelines/protection_folder.h"
#include "core/pipelines/protection_inputs.h"

namespace medlocker::pipelines {

/// Image arrays of one npz file that are being filled anew, item by item. An item that is not set stays blank
/// (every sample 0), so that an image is never passed on by leaving it out of account. Not thread-safe.
class ArrayImages {
 public:
  /// `samples`: the items of the file. Reads headers only.
  ArrayImages(const std::filesystem::path& source, const std::vector<const data::Sample*>& samples);
  /// Throws Error(InvalidArgument) where the image has not the array's size and depth.
  void set(const data::ArrayRef& item, const data::Image& image);
  /// The source with these arrays in place of its own; all else as it is. `note` becomes the archive's
  /// comment, empty: none.
  Bytes toNpz(const std::string& note) const;

 private:
  std::filesystem::path source_;
  std::map<std::string, data::NpyArray> arrays_;
};

/// Every sample of the image is 0.
bool isBlank(const data::Image& image);

/// Writes the protected npz files of a run from its parts. Repeatable; writes the same bytes.
void assembleArrays(const ProtectionInputs& inputs, const ProtectionFolder& folder);

}  // namespace medlocker::pipelines
