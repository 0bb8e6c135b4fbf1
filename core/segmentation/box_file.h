// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/segmentation/protected_regions.h"

namespace medlocker::segmentation {

/// The boxes of one image as boxes.json holds them.
struct ImageBoxes {
  int width = 0;  ///< of the image, in pixels
  int height = 0;
  int margin = 0;
  std::vector<ProtectedBox> boxes;    ///< all that are protected, whatever their source
  std::vector<ProtectedBox> removed;  ///< automatic boxes that a person removed
};

/// By sample id.
using BoxFile = std::map<std::string, ImageBoxes>;

/// Parses boxes.json strictly: known keys alone, integer coordinates with 0 <= x0 < x1 <= width (y alike),
/// known kinds and sources. Throws Error(InputRejected). Thread-safe.
BoxFile parseBoxFile(std::string_view text);
/// As above with the file as context; also throws Error(NotFound/Io).
BoxFile readBoxFile(const std::filesystem::path& path);
/// Sorted keys; the same content gives the same bytes.
std::string formatBoxFile(const BoxFile& file);
void writeBoxFile(const std::filesystem::path& path, const BoxFile& file);

ImageBoxes imageBoxesOf(const ProtectedRegions& regions);

/// Protected regions from boxes.json alone, where nothing else says where lesions are: every box of the file
/// counts as it is, disc and fovea as anatomy. The lesion mask is all of the lesion boxes. Removed ones are a
/// record. Throws Error(InputRejected) when the image sizes differ.
ProtectedRegions regionsFromBoxes(const ImageBoxes& boxes, const data::FieldOfView& fieldOfView);

/// A person's edits win (spec 2.5): boxes with source User are added, and every automatic box that lies
/// within a removed box goes, together with the lesion pixels there that no remaining lesion box covers.
/// Other boxes of `edits` are ignored: they are computed anew. Throws Error(InputRejected) when the image
/// sizes differ.
void applyEdits(ProtectedRegions& regions, const ImageBoxes& edits);

}  // namespace medlocker::segmentation
