// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/data/image_io.h"
#include "core/data/manifest.h"

namespace medlocker::pipelines {

/// Where the protected copy of one sample goes, and in which format (spec 13.1, 13.2, 13.3a).
struct OutputTarget {
  /// Below the run folder, '/' separators: a file, or "<container>/<array>/<index>".
  std::string path;
  std::string file;       ///< written when the item is done: `path`, or a part of the container
  std::string container;  ///< the npz that holds the item at last; empty: the item is a file of its own
  data::FileFormat format = data::FileFormat::Png;
  bool formatChanged = false;  ///< a lossy or unwritable source becomes PNG (or TIFF)
  bool jpegBlocks = false;     ///< Jpeg: replace the blocks under the logo alone, else compress anew
};

/// The copy of `original` that lies below `folder`, which stands for the run's images/ folder.
data::Sample copyOf(const data::Sample& original, const OutputTarget& target,
                    const std::filesystem::path& folder);

/// What becomes of JPEG sources: "png", "tiff" (their decoded samples), "keep" (compressed again with the
/// source's tables), "blocks" (only the DCT blocks under the logo change).
inline constexpr const char* kJpegOutputs[] = {"png", "tiff", "keep", "blocks"};

/// One target per sample, in sample order; frames of one file share theirs. The type is kept where it is
/// lossless and can be written; anything else becomes PNG. Two sources that would get one name ("a.jpg",
/// "a.png") keep their full names ("a.jpg.png"). Items of an npz come together in an npz of the same name.
/// Depends on names alone.
std::vector<OutputTarget> planOutputs(const data::Manifest& manifest, const std::string& jpeg = "png");

/// Copies label files and masks that lie inside the dataset, so that the protected set has the source's
/// shape. Existing equal files are left alone. Returns the files written or found, relative to the run
/// folder.
std::vector<std::string> copySidecars(const data::Manifest& manifest, const std::filesystem::path& run);

}  // namespace medlocker::pipelines
