// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
//
// IDRiD, part B: "2. Groundtruths/a. … Training Labels.csv" (Image name, Retinopathy grade, Risk of macular
// edema, then empty columns) with images in "1. Original Images/a. Training Set". The two sets use the same
// names for different photographs, so a table is matched inside its own set only. A segmentation tree (part
// A) beside it keeps its masks.
#include <algorithm>

#include "core/data/loaders/label_table.h"
#include "core/data/loaders/layouts.h"
#include "core/data/loaders/mask_files.h"

namespace medlocker::data {
namespace {

Split splitOfTable(std::string_view fileName) {
  const std::string name = lowerAscii(fileName);
  if (name.find("training") != std::string::npos) return Split::Train;
  if (name.find("validation") != std::string::npos) return Split::Validation;
  if (name.find("testing") != std::string::npos) return Split::Test;
  return Split::Unspecified;
}

/// Folders below `base` that hold photographs of this set.
std::vector<std::string> imageFolders(const DatasetTree& tree, const std::string& base, Split split) {
  std::vector<std::string> folders;
  for (const std::size_t file : tree.below(base)) {
    const std::string& name = tree.files[file].name;
    if (tree.files[file].kind != FileKind::Image || isInGroundTruths(name)) continue;
    const std::string_view inside = std::string_view(name).substr(base.empty() ? 0 : base.size() + 1);
    if (splitOfPath(inside) != split) continue;
    folders.emplace_back(folderOf(name));
  }
  std::sort(folders.begin(), folders.end());
  folders.erase(std::unique(folders.begin(), folders.end()), folders.end());
  return folders;
}

}  // namespace

std::optional<Manifest> openIdridGrading(const DatasetTree& tree) {
  std::vector<LabelTable> tables;
  for (std::size_t file = 0; file < tree.files.size(); ++file) {
    if (!isWantedTable(tree, file)) continue;
    const CsvTable header = readTableHeader(tree, file);
    if (!header.column({"image name"}) || !header.column({"retinopathy grade"})) continue;
    const CsvTable table = readCsv(tree.pathOf(file));
    const std::string& name = tree.files[file].name;
    LabelTable labels;
    labels.file = file;
    labels.split = splitOfTable(baseNameOf(name));
    labels.rows = labelRows(table, *table.column({"image name"}), table.column({"retinopathy grade"}));
    labels.folders = imageFolders(tree, std::string(folderOf(folderOf(name))), labels.split);
    tables.push_back(std::move(labels));
  }
  if (tables.empty()) return std::nullopt;
  if (tables.size() == 1) tables.front().split = Split::Unspecified;  // one set alone divides nothing

  ManifestBuilder builder(tree, "idrid-grading");
  builder.setClasses(retinopathyGrades());
  // Photographs of a segmentation tree are samples too; they have to exist before masks can be given to them.
  JoinOptions options;
  options.isMask = [&tree](std::size_t file) { return isInGroundTruths(tree.files[file].name); };
  joinLabels(builder, tables, options);
  attachGroundTruths(builder);
  return builder.finish();
}

}  // namespace medlocker::data
