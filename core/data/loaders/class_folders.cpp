// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
//
// One folder per class, <class>/<image> or <split>/<class>/<image>. Folder names are the class names.
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "core/data/csv.h"
#include "core/data/loaders/layouts.h"
#include "core/data/loaders/mask_files.h"

namespace medlocker::data {
namespace {

constexpr std::size_t kMaxClasses = 1000;

/// Folder names that say what kind of file lies inside, not what is seen on it.
bool isGenericFolder(std::string_view folder) {
  static constexpr std::array<std::string_view, 14> kGeneric{
      "images", "image", "imgs",   "img",         "photos",     "photographs", "pictures",
      "masks",  "mask",  "labels", "annotations", "annotation", "groundtruth", "groundtruths"};
  const std::string name = lowerAscii(folder);
  return std::find(kGeneric.begin(), kGeneric.end(), name) != kGeneric.end() ||
         isInGroundTruths(std::string(folder) + "/x") || lesionOfFolder(folder).has_value();
}

/// "no_dr" also as "0_no_dr" or "0. No DR".
bool meansHealthy(std::string_view name) {
  std::string plain;
  for (const char c : lowerAscii(name))
    if (c >= 'a' && c <= 'z') plain += c;
  static constexpr std::array<std::string_view, 5> kHealthy{"normal", "healthy", "negative", "nodr",
                                                            "nofinding"};
  return std::find(kHealthy.begin(), kHealthy.end(), plain) != kHealthy.end();
}

/// Digit runs compare as numbers, so that "2_x" comes before "10_x".
bool naturalLess(std::string_view a, std::string_view b) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    if (digit(a[i]) && digit(b[j])) {
      const auto run = [&](std::string_view text, std::size_t& at) {
        while (at + 1 < text.size() && text[at] == '0' && digit(text[at + 1])) ++at;
        const std::size_t begin = at;
        while (at < text.size() && digit(text[at])) ++at;
        return text.substr(begin, at - begin);
      };
      const std::string_view x = run(a, i);
      const std::string_view y = run(b, j);
      if (x.size() != y.size()) return x.size() < y.size();
      if (x != y) return x < y;
    } else {
      if (a[i] != b[j]) return a[i] < b[j];
      ++i;
      ++j;
    }
  }
  if (a.size() - i != b.size() - j) return a.size() - i < b.size() - j;
  return a < b;  // "01" and "1"
}

std::string_view part(std::string_view name, std::size_t index) {
  for (; index > 0; --index) {
    const std::size_t slash = name.find('/');
    if (slash == std::string_view::npos) return {};
    name = name.substr(slash + 1);
  }
  return name.substr(0, name.find('/'));
}

std::size_t depthOf(std::string_view name) {
  return static_cast<std::size_t>(std::count(name.begin(), name.end(), '/'));
}

}  // namespace

std::optional<Manifest> openClassFolders(const DatasetTree& tree) {
  if (!tree.onlyFile.empty()) return std::nullopt;
  // Which depth do the images lie at, and what are the folders there called?
  std::array<std::size_t, 3> atDepth{};
  std::size_t images = 0;
  bool allSplits = true;
  for (const TreeFile& file : tree.files) {
    if (file.kind != FileKind::Image) continue;
    ++images;
    if (depthOf(file.name) < atDepth.size()) ++atDepth[depthOf(file.name)];
    if (depthOf(file.name) > 0) allSplits &= splitOfFolder(part(file.name, 0)) != Split::Unspecified;
  }
  const std::size_t level = atDepth[2] > atDepth[1] && allSplits ? 1 : 0;  // which folder is the class
  // A few stray files are issues; where many lie elsewhere, it is another layout.
  if (images == 0 || atDepth[level + 1] * 10 < images * 9) return std::nullopt;

  std::set<std::string> names;
  for (const TreeFile& file : tree.files) {
    if (file.kind != FileKind::Image || depthOf(file.name) != level + 1) continue;
    const std::string_view name = part(file.name, level);
    if (isGenericFolder(name) || splitOfFolder(name) != Split::Unspecified) return std::nullopt;
    names.emplace(name);
  }
  if (names.size() < 2 || names.size() > kMaxClasses) return std::nullopt;
  std::vector<std::string> classes(names.begin(), names.end());
  std::sort(classes.begin(), classes.end(), naturalLess);
  std::stable_partition(classes.begin(), classes.end(), meansHealthy);

  std::map<std::string, int, std::less<>> indexOf;
  for (std::size_t i = 0; i < classes.size(); ++i) indexOf[classes[i]] = static_cast<int>(i);
  ManifestBuilder builder(tree, "class-folders");
  builder.setClasses(classes);
  for (const std::size_t file : builder.freeImages()) {
    const std::string& name = tree.files[file].name;
    Sample& sample = builder.sampleOf(file);
    if (level == 1) sample.split = splitOfFolder(part(name, 0));
    if (depthOf(name) == level + 1)
      sample.label = indexOf.find(part(name, level))->second;
    else
      builder.note(name, "lies outside the class folders; kept without a label");
  }
  return builder.finish();
}

}  // namespace medlocker::data
