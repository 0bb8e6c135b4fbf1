// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/common/hash.h"
#include "core/data/field_of_view.h"
#include "core/data/image.h"
#include "core/data/manifest.h"
#include "core/segmentation/box_file.h"
#include "core/segmentation/protected_regions.h"

namespace medlocker::pipelines {

/// One photograph, read and understood, before any search. Everything but the hashes is in display
/// orientation (spec 13.1).
struct PreparedImage {
  data::Image image;
  int orientation = 1;  ///< EXIF orientation of the stored samples
  Digest fileSha256{};  ///< of the source file; for an array item of its samples
  Digest pixelHash{};   ///< of the stored samples
  data::ValueWindow window;
  data::FloatImage view;
  data::FieldOfView fieldOfView;
  segmentation::ProtectedRegions regions;
  std::vector<std::string> notices;
};

/// Reads one sample with its masks and a person's box edits. Throws Error naming the file. Thread-safe.
PreparedImage prepareImage(const data::Sample& sample, const segmentation::BoxFile& edits,
                           const data::DecodeLimits& limits = {});

}  // namespace medlocker::pipelines
