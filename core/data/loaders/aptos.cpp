// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
//
// APTOS 2019: train.csv (id_code, diagnosis) with train_images/, test.csv (id_code alone) with test_images/,
// and the re-uploads of it that add valid.csv or give grades for the test images.
#include "core/data/loaders/label_table.h"
#include "core/data/loaders/layouts.h"

namespace medlocker::data {
namespace {

struct KnownTable {
  std::string_view name;
  Split split;
  std::vector<std::string> folders;
};

const std::vector<KnownTable>& knownTables() {
  static const std::vector<KnownTable> kTables{
      {"train.csv", Split::Train, {"train_images", "train"}},
      {"train_1.csv", Split::Train, {"train_images", "train"}},
      {"valid.csv", Split::Validation, {"val_images", "valid_images", "val", "valid"}},
      {"val.csv", Split::Validation, {"val_images", "valid_images", "val", "valid"}},
      {"test.csv", Split::Test, {"test_images", "test"}},
  };
  return kTables;
}

const KnownTable* knownTable(std::string_view fileName) {
  for (const KnownTable& known : knownTables())
    if (lowerAscii(fileName) == known.name) return &known;
  return nullptr;
}

}  // namespace

std::optional<Manifest> openAptos(const DatasetTree& tree) {
  std::vector<std::size_t> labelled;    // tables with grades
  std::vector<std::size_t> candidates;  // tables with id_code
  for (std::size_t file = 0; file < tree.files.size(); ++file) {
    if (!isWantedTable(tree, file) || !folderOf(tree.files[file].name).empty()) continue;
    const CsvTable header = readTableHeader(tree, file);
    if (!header.column({"id_code"})) continue;
    candidates.push_back(file);
    if (header.column({"diagnosis"})) labelled.push_back(file);
  }
  if (labelled.empty()) return std::nullopt;
  // Other tables may stand beside the known ones (extra columns, all labels in one): they would say
  // everything twice. Only where no known one has grades is a single other one taken.
  std::vector<std::size_t> chosen;
  bool knownLabelled = false;
  for (const std::size_t file : candidates)
    if (knownTable(tree.files[file].name)) {
      chosen.push_back(file);
      knownLabelled |= readTableHeader(tree, file).column({"diagnosis"}).has_value();
    }
  if (!tree.onlyFile.empty())
    chosen = candidates;
  else if (!knownLabelled && labelled.size() > 1)
    return std::nullopt;
  else if (!knownLabelled)
    chosen.push_back(labelled.front());

  std::vector<LabelTable> tables;
  for (const std::size_t file : chosen) {
    const CsvTable table = readCsv(tree.pathOf(file));
    LabelTable labels;
    labels.file = file;
    labels.rows = labelRows(table, *table.column({"id_code"}), table.column({"diagnosis"}));
    if (const KnownTable* known = knownTable(tree.files[file].name)) {
      labels.folders = known->folders;
      // A training table alone divides nothing.
      if (chosen.size() > 1) labels.split = known->split;
    }
    tables.push_back(std::move(labels));
  }
  ManifestBuilder builder(tree, "aptos");
  builder.setClasses(retinopathyGrades());
  joinLabels(builder, tables, {});
  return builder.finish();
}

}  // namespace medlocker::data
