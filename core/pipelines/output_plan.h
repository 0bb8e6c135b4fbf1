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
  bool formatChanged = false;  ///< a lossy or unwritable source becomes PNG
};

/// The copy of `original` that lies below `folder`, which stands for the run's images/ folder.
data::Sample copyOf(const data::Sample& original, const OutputTarget& target,
                    const std::filesystem::path& folder);

/// One target per sample, in sample order. The type is kept where it is lossless and can be written; anything
/// else becomes PNG. Two sources that would get one name ("a.jpg", "a.png") keep their full names
/// ("a.jpg.png"). Items of an npz come together in an npz of the same name. Depends on names alone.
std::vector<OutputTarget> planOutputs(const data::Manifest& manifest);

/// Copies label files and masks that lie inside the dataset, so that the protected set has the source's
/// shape. Existing equal files are left alone. Returns the files written or found, relative to the run
/// folder.
std::vector<std::string> copySidecars(const data::Manifest& manifest, const std::filesystem::path& run);

}  // namespace medlocker::pipelines
