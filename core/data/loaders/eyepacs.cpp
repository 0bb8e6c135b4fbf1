// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
//
// EyePACS (Kaggle 2015): trainLabels.csv (image, level), images such as train/10_left.jpeg; the two eyes of a
// patient share the number. The later released retinopathy_solution.csv or testLabels.csv does the same for
// the test images.
#include "core/data/loaders/label_table.h"
#include "core/data/loaders/layouts.h"

namespace medlocker::data {

std::optional<Manifest> openEyePacs(const DatasetTree& tree) {
  std::vector<LabelTable> tables;
  for (std::size_t file = 0; file < tree.files.size(); ++file) {
    if (!isWantedTable(tree, file) || !folderOf(tree.files[file].name).empty()) continue;
    const CsvTable header = readTableHeader(tree, file);
    if (!header.column({"image"}) || !header.column({"level"})) continue;
    const CsvTable table = readCsv(tree.pathOf(file));
    LabelTable labels;
    labels.file = file;
    labels.rows = labelRows(table, *table.column({"image"}), table.column({"level"}));
    const std::string name = lowerAscii(tree.files[file].name);
    if (name.starts_with("train")) {
      labels.split = Split::Train;
      labels.folders = {"train", "train_images", "images"};
    } else if (name.starts_with("test") || name.starts_with("retinopathy_solution")) {
      labels.split = Split::Test;
      labels.folders = {"test", "test_images", "images"};
    }
    tables.push_back(std::move(labels));
  }
  if (tables.empty()) return std::nullopt;
  if (tables.size() == 1) tables.front().split = Split::Unspecified;  // one table divides nothing

  ManifestBuilder builder(tree, "eyepacs");
  builder.setClasses(retinopathyGrades());
  joinLabels(builder, tables, {});
  return builder.finish();
}

}  // namespace medlocker::data
