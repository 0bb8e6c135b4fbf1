// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
//
// Messidor-2 with the adjudicated grades: a CSV with the columns image_id (or id_code, image),
// adjudicated_dr_grade (or diagnosis) and adjudicated_gradable; images in any folder beside it. The
// semicolon-separated list of eye pairs that comes with the images (messidor-2.csv: left;right), when
// present, tells which two are one patient.
#include <unordered_map>

#include "core/data/loaders/label_table.h"
#include "core/data/loaders/layouts.h"

namespace medlocker::data {
namespace {

struct Columns {
  std::size_t name = 0;
  std::size_t grade = 0;
  std::optional<std::size_t> gradable;
};

std::optional<Columns> gradeColumns(const CsvTable& table) {
  const auto name = table.column({"image_id", "image", "id_code"});
  const auto adjudicated = table.column({"adjudicated_dr_grade"});
  const auto gradable = table.column({"adjudicated_gradable"});
  const auto grade = adjudicated ? adjudicated : table.column({"diagnosis"});
  if (!name || !grade || (!adjudicated && !gradable)) return std::nullopt;
  return Columns{*name, *grade, gradable};
}

/// Patient of an image's stem, from the pair lists.
std::unordered_map<std::string, std::string> readPairs(ManifestBuilder& builder) {
  const DatasetTree& tree = builder.tree();
  std::unordered_map<std::string, std::string> patients;
  for (std::size_t file = 0; file < tree.files.size(); ++file) {
    if (tree.files[file].kind != FileKind::Table) continue;
    const CsvTable header = readTableHeader(tree, file, ';');
    const auto left = header.column({"left"});
    const auto right = header.column({"right"});
    if (!left || !right) continue;
    const CsvTable table = readCsv(tree.pathOf(file), {}, ';');
    for (const CsvRow& row : table.rows) {
      const std::string patient = "pair-" + std::to_string(row.line);
      for (const std::size_t column : {*left, *right})
        if (!row.cell(column).empty())
          patients.emplace(lowerAscii(withoutImageExtension(row.cell(column))), patient);
    }
    builder.markSidecar(file);
  }
  return patients;
}

}  // namespace

std::optional<Manifest> openMessidor2(const DatasetTree& tree) {
  std::vector<LabelTable> tables;
  for (std::size_t file = 0; file < tree.files.size(); ++file) {
    if (!isWantedTable(tree, file) || !gradeColumns(readTableHeader(tree, file))) continue;
    const CsvTable table = readCsv(tree.pathOf(file));
    const Columns columns = *gradeColumns(table);
    LabelTable labels;
    labels.file = file;
    labels.rows = labelRows(table, columns.name, columns.grade);
    if (columns.gradable)
      for (std::size_t i = 0; i < labels.rows.size(); ++i) {
        const std::string_view flag = table.rows[i].cell(*columns.gradable);
        if (flag == "0" || flag == "0.0") {
          labels.rows[i].gradable = false;
          labels.rows[i].label = "";  // a grade beside "not gradable" means nothing
        }
      }
    tables.push_back(std::move(labels));
  }
  if (tables.empty()) return std::nullopt;

  ManifestBuilder builder(tree, "messidor2");
  builder.setClasses(retinopathyGrades());
  joinLabels(builder, tables, {});
  const auto patients = readPairs(builder);
  for (std::size_t file = 0; file < tree.files.size(); ++file)
    if (Sample* sample = builder.findSample(file)) {
      const auto found = patients.find(lowerAscii(baseNameOf(withoutImageExtension(sample->id))));
      if (found != patients.end()) sample->group = found->second;
    }
  return builder.finish();
}

}  // namespace medlocker::data
