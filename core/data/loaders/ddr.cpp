// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
//
// DDR, grading part: train.txt, valid.txt and test.txt with lines "name label", images in the folder of the
// same name beside each. Label 5 means that the image cannot be graded; such images are kept and stay
// visible.
#include "core/common/error.h"
#include "core/common/files.h"
#include "core/data/loaders/label_table.h"
#include "core/data/loaders/layouts.h"

namespace medlocker::data {
namespace {

constexpr std::size_t kMaxLines = 5'000'000;
constexpr std::uint64_t kMaxBytes = 128ULL << 20;

bool isDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// The last blank divides the line, so that names may hold blanks.
LabelRow parseLine(std::string_view line, std::size_t number) {
  LabelRow row;
  row.line = number;
  const std::size_t blank = line.find_last_of(" \t");
  if (blank == std::string_view::npos) {
    row.problem = "the line is not 'name label'";
    return row;
  }
  row.name = trimBlanks(line.substr(0, blank));
  row.label = std::string(line.substr(blank + 1));
  return row;
}

std::vector<LabelRow> parseLines(std::string_view text) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  if (!isUtf8(text)) throw Error(ErrorCode::InputRejected, "the file is not valid UTF-8");
  std::vector<LabelRow> rows;
  for (std::size_t number = 1; !text.empty(); ++number) {
    std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    line = trimBlanks(line);
    if (line.empty()) continue;
    if (number > kMaxLines) throw Error(ErrorCode::InputRejected, "the file has too many lines");
    rows.push_back(parseLine(line, number));
  }
  return rows;
}

/// Most lines are "name.jpg 3"; a text file of another kind is not.
bool looksLikeLabels(const std::vector<LabelRow>& rows) {
  std::size_t good = 0;
  for (const LabelRow& row : rows)
    if (row.label && isDigits(*row.label) && withoutImageExtension(row.name).size() < row.name.size()) ++good;
  return good > 0 && good * 2 > rows.size();
}

}  // namespace

std::optional<Manifest> openDdr(const DatasetTree& tree) {
  std::vector<LabelTable> tables;
  for (std::size_t file = 0; file < tree.files.size(); ++file) {
    const std::string& name = tree.files[file].name;
    if (!isWantedTable(tree, file) || !lowerAscii(name).ends_with(".txt")) continue;
    const std::string_view stem = std::string_view(name).substr(0, name.size() - 4);
    const Split split = splitOfFolder(baseNameOf(stem));
    if (split == Split::Unspecified && tree.onlyFile.empty()) continue;
    LabelTable labels;
    labels.file = file;
    labels.split = split;
    try {
      labels.rows = parseLines(readTextFile(tree.pathOf(file), kMaxBytes));
    } catch (const Error& error) {
      if (error.code() != ErrorCode::InputRejected) throw;
      continue;  // not a list of labels
    }
    if (!looksLikeLabels(labels.rows)) continue;
    labels.folders = {std::string(stem)};
    tables.push_back(std::move(labels));
  }
  if (tables.empty()) return std::nullopt;
  if (tables.size() == 1) tables.front().split = Split::Unspecified;

  ManifestBuilder builder(tree, "ddr");
  builder.setClasses(retinopathyGrades());
  JoinOptions options;
  options.ungradableLabel = 5;
  joinLabels(builder, tables, options);
  return builder.finish();
}

}  // namespace medlocker::data
