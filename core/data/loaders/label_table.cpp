// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/loaders/label_table.h"

#include <algorithm>
#include <fstream>

#include "core/common/files.h"

namespace medlocker::data {
namespace {

/// "3", "3.0" (as spreadsheets write it) or nothing.
std::optional<int> parseLabel(std::string_view text) {
  const std::size_t point = text.find('.');
  if (point != std::string_view::npos) {
    const std::string_view zeros = text.substr(point + 1);
    if (zeros.empty() || zeros.find_first_not_of('0') != std::string_view::npos) return std::nullopt;
    text = text.substr(0, point);
  }
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty() || text.size() > 6 || text.find_first_not_of("0123456789") != std::string_view::npos)
    return std::nullopt;
  int value = 0;
  for (const char c : text) value = value * 10 + (c - '0');
  return negative ? -value : value;
}

/// Finds images by the names that label files use.
class NameIndex {
 public:
  NameIndex(const DatasetTree& tree, std::vector<std::size_t> files) : tree_(tree) {
    for (const std::size_t file : files) {
      const std::string_view base = baseNameOf(tree.files[file].name);
      byStem_[lowerAscii(withoutImageExtension(base))].push_back(file);
    }
  }

  /// The file, or a reason.
  std::optional<std::size_t> find(const std::string& name, std::string& reason) const {
    try {
      safeJoin(tree_.root, name);
    } catch (const Error& error) {
      reason = "the name '" + printable(name) + "' is not allowed: " + error.message();
      return std::nullopt;
    }
    const std::string base = lowerAscii(baseNameOf(name));
    const std::string wanted = lowerAscii(name);
    std::vector<std::size_t> found;
    for (const std::string_view stem : {std::string_view(base), withoutImageExtension(base)}) {
      const auto at = byStem_.find(std::string(stem));
      if (at != byStem_.end()) found.insert(found.end(), at->second.begin(), at->second.end());
      if (stem.size() == withoutImageExtension(base).size()) break;  // both spellings are one
    }
    // A name with folders must match them; a bare name may lie in any of the folders searched.
    if (wanted.find('/') != std::string::npos) {
      const std::string folder(folderOf(wanted));
      std::erase_if(found, [&](std::size_t file) {
        const std::string place = lowerAscii(folderOf(tree_.files[file].name));
        return place != folder && !place.ends_with("/" + folder);
      });
    }
    if (found.empty()) {
      reason = "no image file is called '" + printable(name) + "'";
      return std::nullopt;
    }
    // The closest spelling wins: the very name, then the name in other case, then another extension.
    for (const bool ignoreCase : {false, true}) {
      std::vector<std::size_t> exact;
      for (const std::size_t file : found) {
        const std::string_view candidate = baseNameOf(tree_.files[file].name);
        if (ignoreCase ? lowerAscii(candidate) == base : candidate == baseNameOf(name)) exact.push_back(file);
      }
      if (!exact.empty()) {
        found = exact;
        break;
      }
    }
    if (found.size() > 1) {
      reason = std::to_string(found.size()) + " image files fit the name '" + printable(name) + "'";
      return std::nullopt;
    }
    return found.front();
  }

 private:
  const DatasetTree& tree_;
  std::unordered_map<std::string, std::vector<std::size_t>> byStem_;
};

std::vector<std::size_t> searched(ManifestBuilder& builder, const LabelTable& table) {
  const auto imagesOf = [&](std::string_view folder) {
    std::vector<std::size_t> images;
    for (const std::size_t file : builder.tree().below(folder))
      if (builder.tree().files[file].kind == FileKind::Image ||
          (builder.tree().files[file].kind == FileKind::Dicom && builder.findSample(file)))
        images.push_back(file);
    return images;
  };
  std::vector<std::size_t> images;
  for (const std::string& folder : table.folders) {
    const auto more = imagesOf(folder);
    images.insert(images.end(), more.begin(), more.end());
  }
  if (images.empty()) return imagesOf("");
  std::sort(images.begin(), images.end());
  images.erase(std::unique(images.begin(), images.end()), images.end());
  return images;
}

/// What the first row of a file said.
struct Origin {
  std::string where;
  std::optional<int> label;
  bool gradable = true;
  Split split = Split::Unspecified;
};

class Joiner {
 public:
  Joiner(ManifestBuilder& builder, const JoinOptions& options) : builder_(builder), options_(options) {}

  void join(const LabelTable& table) {
    const std::string& name = builder_.tree().files[table.file].name;
    builder_.markSidecar(table.file);
    const NameIndex index(builder_.tree(), searched(builder_, table));
    for (const LabelRow& row : table.rows) {
      ++builder_.accounting().labelRows;
      joinRow(table, row, index, name + ":" + std::to_string(row.line));
    }
  }

  void keepUnlisted() {
    if (!builder_.tree().onlyFile.empty()) return;
    for (const std::size_t file : builder_.freeImages()) {
      if (options_.isMask && options_.isMask(file)) continue;
      const Sample& sample = builder_.sampleOf(file);
      builder_.note(sample.id, "no row of a label file names it; kept without a label");
    }
  }

 private:
  void refuseRow(const std::string& where, const std::string& reason) {
    ++builder_.accounting().refusedRows;
    builder_.issue(where, reason);
  }

  void joinRow(const LabelTable& table, const LabelRow& row, const NameIndex& index,
               const std::string& where) {
    if (!row.problem.empty()) return refuseRow(where, row.problem);
    std::string reason;
    const auto file = index.find(row.name, reason);
    if (!file) return refuseRow(where, reason);

    Origin said{where, std::nullopt, row.gradable, table.split};
    if (row.label && !(row.label->empty() && !row.gradable)) {
      const auto value = parseLabel(*row.label);
      if (value && options_.ungradableLabel && *value == *options_.ungradableLabel) {
        said.gradable = false;
      } else if (value && *value >= 0 && *value < options_.classes) {
        said.label = value;
      } else {
        const std::string why = row.label->empty() ? "the label is empty"
                                : !value ? "the label '" + printable(*row.label) + "' is not an integer"
                                         : "the label " + *row.label + " is out of range (0 to " +
                                               std::to_string(options_.classes - 1) + ")";
        keepWithoutLabel(*file, table.split);
        return refuseRow(where,
                         why + " for '" + printable(row.name) + "'; the image is kept without a label");
      }
    }
    if (const auto known = origins_.find(*file); known != origins_.end())
      return joinRepeated(*file, known->second, said);

    Sample& sample = builder_.sampleOf(*file);
    sample.label = said.label;
    sample.gradable = said.gradable;
    sample.split = table.split;
    origins_.emplace(*file, said);
    ++builder_.accounting().usedRows;
  }

  void keepWithoutLabel(std::size_t file, Split split) {
    if (builder_.findSample(file)) return;
    builder_.sampleOf(file).split = split;
  }

  void joinRepeated(std::size_t file, Origin& first, const Origin& said) {
    Sample& sample = builder_.sampleOf(file);
    const bool sameLabel = first.label == said.label && first.gradable == said.gradable;
    if (sameLabel && first.split == said.split) {
      ++builder_.accounting().repeatedRows;
      builder_.note(said.where, "repeats " + first.where + " ('" + sample.id + "')");
      return;
    }
    if (first.label && said.label && first.label != said.label) {
      // Nobody can tell which one is right, and a wrong grade is worse than none.
      sample.label.reset();
      return refuseRow(said.where, "contradicts " + first.where + " about '" + sample.id + "' (label " +
                                       std::to_string(*said.label) + " against " +
                                       std::to_string(*first.label) + "); the image is kept without a label");
    }
    refuseRow(said.where, "names '" + sample.id + "' again, which " + first.where + " has already placed");
  }

  ManifestBuilder& builder_;
  const JoinOptions& options_;
  std::unordered_map<std::size_t, Origin> origins_;
};

}  // namespace

void joinLabels(ManifestBuilder& builder, const std::vector<LabelTable>& tables, const JoinOptions& options) {
  Joiner joiner(builder, options);
  for (const LabelTable& table : tables) joiner.join(table);
  joiner.keepUnlisted();
}

std::vector<LabelRow> labelRows(const CsvTable& table, std::size_t nameColumn,
                                std::optional<std::size_t> labelColumn) {
  std::vector<LabelRow> rows;
  rows.reserve(table.rows.size());
  for (const CsvRow& source : table.rows) {
    LabelRow row;
    row.line = source.line;
    row.name = source.cell(nameColumn);
    if (labelColumn) row.label = std::string(source.cell(*labelColumn));
    for (std::size_t i = table.header.size(); i < source.cells.size(); ++i)
      if (!source.cell(i).empty()) row.problem = "the row has more cells than the header";
    if (row.problem.empty() && row.name.empty()) row.problem = "the row names no image";
    rows.push_back(std::move(row));
  }
  return rows;
}

CsvTable readTableHeader(const DatasetTree& tree, std::size_t file, char delimiter) {
  constexpr std::size_t kMaxHeader = 64 * 1024;
  std::string line(kMaxHeader, '\0');
  std::ifstream in(tree.pathOf(file), std::ios::binary);
  in.read(line.data(), static_cast<std::streamsize>(line.size()));
  line.resize(static_cast<std::size_t>(in.gcount()));
  const std::size_t end = line.find('\n');
  if (end != std::string::npos)
    line.resize(end + 1);
  else if (line.ends_with('\r'))
    line.pop_back();
  try {
    return parseCsv(line, {}, delimiter);
  } catch (const Error&) {
    return {};
  }
}

bool isWantedTable(const DatasetTree& tree, std::size_t file) {
  return tree.files[file].kind == FileKind::Table &&
         (tree.onlyFile.empty() || tree.files[file].name == tree.onlyFile);
}

}  // namespace medlocker::data
