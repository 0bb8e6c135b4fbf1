// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/data/csv.h"
#include "core/data/loaders/manifest_builder.h"

namespace medlocker::data {

struct LabelRow {
  std::size_t line = 0;
  std::string name;                  ///< of the image, with or without extension; untrusted
  std::optional<std::string> label;  ///< text of the label; nothing: this table lists images without labels
  bool gradable = true;
  std::string problem;  ///< not empty: the row itself is broken
};

/// Rows that belong to one label file.
struct LabelTable {
  std::size_t file = 0;  ///< index in the tree
  Split split = Split::Unspecified;
  std::vector<LabelRow> rows;
  /// Folders (relative, with everything below) in which the images are looked for; the ones that hold images
  /// are all used. None holds any: the whole tree.
  std::vector<std::string> folders;
};

struct JoinOptions {
  int classes = 5;
  std::optional<int> ungradableLabel;  ///< a label that says "cannot be graded" (DDR: 5)
  /// Images that are masks and must not become samples. Unset: none.
  std::function<bool(std::size_t file)> isMask;
};

/// Finds the file of every row, tolerant in extension and letter case, and makes the samples. A row without a
/// file, with a bad or contradictory label, or a repeated row becomes an issue; an image without a row
/// becomes a sample without label and a note, unless the user named one label file: then its rows alone are
/// the dataset.
void joinLabels(ManifestBuilder& builder, const std::vector<LabelTable>& tables, const JoinOptions& options);

/// Rows of a CSV with these columns; rows with more cells than the header are marked broken.
std::vector<LabelRow> labelRows(const CsvTable& table, std::size_t nameColumn,
                                std::optional<std::size_t> labelColumn);

/// The header line of a table file, without rows; an empty header where the first line is none. Only the
/// first line is looked at, so a table that is broken further down is still recognised and then refused by
/// name.
CsvTable readTableHeader(const DatasetTree& tree, std::size_t file, char delimiter = ',');

/// Whether a label file may be used: all of them, or only the one that the user named.
bool isWantedTable(const DatasetTree& tree, std::size_t file);

}  // namespace medlocker::data
