// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>

#include "core/common/outcome_name.h"
#include "core/pipelines/inspect_dataset.h"

namespace medlocker::pipelines {
namespace {

constexpr std::size_t kMaxLines = 12;

/// Columns on a terminal; every code point counts as one.
std::size_t columns(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}
std::string left(std::string text, std::size_t width) {
  const std::size_t has = columns(text);
  if (has < width) text.append(width - has, ' ');
  return text;
}
std::string right(const std::string& text, std::size_t width) {
  const std::size_t has = columns(text);
  return has < width ? std::string(width - has, ' ') + text : text;
}
std::string number(std::int64_t value) {
  return std::to_string(value);
}
std::string counted(std::int64_t count, const std::string& one, const std::string& many) {
  return number(count) + " " + (count == 1 ? one : many);
}

/// A table whose first column is text and whose others are counts.
class Table {
 public:
  explicit Table(std::vector<std::string> header) { rows_.push_back(std::move(header)); }
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  std::string text() const {
    std::vector<std::size_t> widths(rows_.front().size());
    for (const auto& row : rows_)
      for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns(row[i]));
    std::string out;
    for (const auto& row : rows_) {
      out += "  " + left(row[0], widths[0]);
      for (std::size_t i = 1; i < row.size(); ++i) out += "  " + right(row[i], widths[i]);
      out += '\n';
    }
    return out;
  }

 private:
  std::vector<std::vector<std::string>> rows_;
};

std::string classTable(const InspectSummary& summary) {
  const SplitCounts& all = summary.splits;
  const bool split = all.unspecified != all.total();
  std::vector<std::string> header{"Class"};
  if (split) header.insert(header.end(), {"train", "val", "test"});
  if (split && all.unspecified > 0) header.emplace_back("no split");
  header.emplace_back("all");
  Table table(header);
  const auto add = [&](const std::string& name, const SplitCounts& counts) {
    std::vector<std::string> row{name};
    if (split) row.insert(row.end(), {number(counts.train), number(counts.validation), number(counts.test)});
    if (split && all.unspecified > 0) row.push_back(number(counts.unspecified));
    row.push_back(number(counts.total()));
    table.add(std::move(row));
  };
  for (const ClassCounts& item : summary.classes) add(item.name, item.counts);
  if (summary.unlabelled.total() > 0) add("(no label)", summary.unlabelled);
  if (summary.ungradable.total() > 0) add("(not gradable)", summary.ungradable);
  add("All", all);
  return table.text();
}

template <typename List, typename Line>
std::string cutList(const List& list, Line line) {
  std::string out;
  std::size_t shown = 0;
  for (const auto& item : list) {
    if (shown == kMaxLines) break;
    out += "  " + line(item) + "\n";
    ++shown;
  }
  if (list.size() > shown) out += "  … and " + std::to_string(list.size() - shown) + " more\n";
  return out;
}

std::string describe(const DepthCount& depth) {
  return std::string(depth.channels == 1 ? "grey" : "colour") + ", " + number(depth.bits) + " bit" +
         (depth.alpha ? ", with alpha" : "");
}

std::string maskTable(const InspectSummary& summary) {
  Table table({"Masks", "files", "empty", "unusable"});
  for (const MaskCounts& mask : summary.masks)
    table.add({mask.kind, number(mask.files), number(mask.empty), number(mask.unusable)});
  return table.text() + "  " + counted(summary.imagesWithMasks, "image has masks", "images have masks") +
         "\n";
}

Json splitJson(const SplitCounts& counts) {
  return {{"train", counts.train},
          {"val", counts.validation},
          {"test", counts.test},
          {"unspecified", counts.unspecified},
          {"all", counts.total()}};
}

}  // namespace

std::int64_t InspectSummary::failedItems() const {
  return std::count_if(issues.begin(), issues.end(),
                       [](const ItemIssue& issue) { return issue.fatalForItem; });
}

std::string InspectSummary::briefReport() const {
  std::string out = counted(samples, "image", "images") + " in the layout '" + layout + "'";
  if (patients > 0) {
    out += ", " + counted(patients, "patient", "patients");
    if (ungrouped > 0) out += " (" + counted(ungrouped, "image names none)", "images name none)");
  }
  out += "\n\n" + classTable(*this);
  if (options.readPixels) {
    Table sizeTable({"Size", "images"});
    for (std::size_t i = 0; i < std::min(sizes.size(), kMaxLines); ++i)
      sizeTable.add({number(sizes[i].width) + " × " + number(sizes[i].height), number(sizes[i].images)});
    if (sizes.size() > kMaxLines)
      sizeTable.add({"… " + std::to_string(sizes.size() - kMaxLines) + " more sizes", ""});
    Table depthTable({"Samples", "images"});
    for (const DepthCount& depth : depths) depthTable.add({describe(depth), number(depth.images)});
    Table formatTable({"Format", "images"});
    for (const auto& [format, count] : formats) formatTable.add({format, number(count)});
    out += "\n" + sizeTable.text() + "\n" + depthTable.text() + "\n" + formatTable.text();
  }
  if (!masks.empty()) out += "\n" + maskTable(*this);
  if (!duplicates.empty())
    out += "\n" +
           counted(static_cast<std::int64_t>(duplicates.size()), "set of identical images",
                   "sets of identical images") +
           "\n" + cutList(duplicates, [](const DuplicateGroup& group) {
             std::string line;
             for (std::size_t i = 0; i < std::min<std::size_t>(group.ids.size(), 3); ++i)
               line += (i ? " = " : "") + group.ids[i];
             if (group.ids.size() > 3) line += " = … (" + std::to_string(group.ids.size()) + ")";
             if (group.labelsDiffer) line += "  [labels differ]";
             if (group.splitsDiffer) line += "  [splits differ]";
             return line;
           });
  std::vector<const ItemIssue*> failed;
  std::vector<const ItemIssue*> noted;
  for (const ItemIssue& issue : issues) (issue.fatalForItem ? failed : noted).push_back(&issue);
  const auto line = [](const ItemIssue* issue) { return issue->item + ": " + issue->reason; };
  if (!failed.empty())
    out += "\n" +
           counted(static_cast<std::int64_t>(failed.size()), "item could not be used",
                   "items could not be used") +
           "\n" + cutList(failed, line);
  if (!noted.empty())
    out += "\n" + counted(static_cast<std::int64_t>(noted.size()), "note", "notes") + "\n" +
           cutList(noted, line);
  if (!notices.empty()) out += "\nRemarks\n" + cutList(notices, [](const std::string& text) { return text; });

  out += "\nFound " + counted(imagesFound, "image file or array item", "image files and array items") +
         " = " + number(samples) + " in the dataset + " + number(masksFound) + " masks + " +
         number(imagesRefused) + " left out";
  if (labelRows > 0)
    out += "; " + counted(labelRows, "label row", "label rows") + " = " + number(labelRowsUsed) + " used + " +
           number(labelRowsRepeated) + " repeated + " + number(labelRowsRefused) + " refused";
  out += "\n";
  if (!fingerprint.empty()) out += "Fingerprint " + fingerprint + "\n";
  if (outcome == Outcome::Cancelled)
    out += "Cancelled after " + number(inspected) + " of " + number(samples) + " images\n";
  return out;
}

Json InspectOptions::toJson() const {
  return {{"dataset", dataset.string()},
          {"masks", masks ? Json(masks->string()) : Json(nullptr)},
          {"layout", layout},
          {"threads", threads},
          {"read_pixels", readPixels}};
}

Json InspectSummary::toJson() const {
  Json json = {{"schema", "medlocker/inspect/1"},
               {"outcome", outcomeName(outcome)},
               {"options", options.toJson()},
               {"layout", layout},
               {"fingerprint", fingerprint},
               {"samples", samples},
               {"inspected", inspected},
               {"unreadable", unreadable},
               {"unlabelled", splitJson(unlabelled)},
               {"ungradable", splitJson(ungradable)},
               {"splits", splitJson(splits)},
               {"patients", patients},
               {"ungrouped", ungrouped},
               {"groups_across_splits", groupsAcrossSplits},
               {"formats", formats},
               {"images_with_masks", imagesWithMasks},
               {"failed_items", failedItems()},
               {"notices", notices},
               {"seconds", seconds}};
  json["accounting"] = {{"images", imagesFound},
                        {"masks", masksFound},
                        {"refused_images", imagesRefused},
                        {"label_rows", labelRows},
                        {"used_rows", labelRowsUsed},
                        {"repeated_rows", labelRowsRepeated},
                        {"refused_rows", labelRowsRefused},
                        {"other_files", otherFiles}};
  for (const char* list : {"classes", "sizes", "depths", "masks", "duplicates", "issues"})
    json[list] = Json::array();
  for (const ClassCounts& item : classes) {
    Json entry = splitJson(item.counts);
    entry["name"] = item.name;
    json["classes"].push_back(std::move(entry));
  }
  for (const SizeCount& size : sizes)
    json["sizes"].push_back({{"width", size.width}, {"height", size.height}, {"images", size.images}});
  for (const DepthCount& depth : depths)
    json["depths"].push_back({{"channels", depth.channels},
                              {"bits", depth.bits},
                              {"alpha", depth.alpha},
                              {"images", depth.images}});
  for (const MaskCounts& mask : masks)
    json["masks"].push_back(
        {{"kind", mask.kind}, {"files", mask.files}, {"empty", mask.empty}, {"unusable", mask.unusable}});
  for (const DuplicateGroup& group : duplicates)
    json["duplicates"].push_back(
        {{"ids", group.ids}, {"labels_differ", group.labelsDiffer}, {"splits_differ", group.splitsDiffer}});
  for (const ItemIssue& issue : issues)
    json["issues"].push_back(
        {{"item", issue.item}, {"reason", issue.reason}, {"failed", issue.fatalForItem}});
  return json;
}

}  // namespace medlocker::pipelines
