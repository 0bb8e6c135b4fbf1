// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/common/error.h"

namespace medlocker::data {

/// What a file in a dataset folder is, judged by its name; DICOM files also by their first bytes.
enum class FileKind {
  Image,             ///< a format that photographs are read from
  UnsupportedImage,  ///< an image, but not of a format that is read
  Dicom,
  Table,  ///< .csv or .txt
  Npz,
  Other,
};

struct TreeFile {
  std::string name;  ///< relative to the root, '/' separators; safe to join and to show
  FileKind kind = FileKind::Other;
};

/// All files below a folder, listed once and shared by the recognisers. Links that lead out of the folder,
/// links to folders, special files and files whose names are not plain UTF-8 are not listed; image-like ones
/// become problems. Immutable; safe to share.
struct DatasetTree {
  std::filesystem::path root;      ///< canonical
  std::vector<TreeFile> files;     ///< sorted by name
  std::vector<ItemIssue> refused;  ///< image-like entries that are not in `files`
  std::vector<std::string> notices;
  std::string onlyFile;  ///< the dataset was named by this file (relative to root): a label table, an npz or
                         ///< one image

  /// Indices of the files below `folder` (relative, no trailing slash; empty: all), at any depth.
  std::vector<std::size_t> below(std::string_view folder) const;
  /// Index of a file by its exact relative name.
  std::optional<std::size_t> find(std::string_view name) const;
  /// The same with ASCII letter case ignored; empty where it is ambiguous.
  std::optional<std::size_t> findIgnoringCase(std::string_view name) const;
  std::filesystem::path pathOf(std::size_t file) const { return root / files[file].name; }
};

/// Lists `root`, leaving out the folder `leaveOut` (empty: none). Throws Error(NotFound/Io/InputRejected).
DatasetTree scanFolder(const std::filesystem::path& root, const std::filesystem::path& leaveOut = {});
/// A tree that holds this one file and nothing else of its folder; `onlyFile` is set.
DatasetTree treeOfFile(const std::filesystem::path& file);

// Parts of relative names.
std::string_view folderOf(std::string_view name);    ///< "a/b/c.png" → "a/b"; "" at the root
std::string_view baseNameOf(std::string_view name);  ///< "a/b/c.png" → "c.png"
/// Without a known image extension: "a/b/c.png" → "a/b/c", "a/b/c.v2" stays.
std::string_view withoutImageExtension(std::string_view name);
/// First folder of a relative name; empty for a file at the root.
std::string_view topFolderOf(std::string_view name);

}  // namespace medlocker::data
