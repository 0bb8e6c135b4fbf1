// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/loaders/manifest_builder.h"

#include <algorithm>
#include <array>

#include "core/data/csv.h"

namespace medlocker::data {

ManifestBuilder::ManifestBuilder(const DatasetTree& tree, std::string_view layout)
    : tree_(tree), uses_(tree.files.size(), Use::Free) {
  manifest_.root = tree.root;
  manifest_.layout = layout;
}

Sample& ManifestBuilder::sampleOf(std::size_t file) {
  if (Sample* known = findSample(file)) return *known;
  Sample sample;
  sample.id = tree_.files[file].name;
  sample.path = tree_.pathOf(file);
  sample.group = patientOfName(baseNameOf(withoutImageExtension(sample.id)));
  sampleOfFile_.emplace(file, manifest_.samples.size());
  manifest_.samples.push_back(std::move(sample));
  uses_[file] = Use::Sample;
  ++manifest_.accounting.images;
  return manifest_.samples.back();
}

Sample* ManifestBuilder::findSample(std::size_t file) {
  const auto found = sampleOfFile_.find(file);
  return found == sampleOfFile_.end() ? nullptr : &manifest_.samples[found->second];
}

void ManifestBuilder::addMask(std::size_t file, std::size_t ofFile, LesionKind kind) {
  sampleOf(ofFile).masks.push_back({kind, tree_.pathOf(file)});
  uses_[file] = Use::Mask;
  ++manifest_.accounting.images;
  ++manifest_.accounting.masks;
}

void ManifestBuilder::addArraySample(Sample sample) {
  manifest_.samples.push_back(std::move(sample));
  ++manifest_.accounting.images;
}

void ManifestBuilder::markSidecar(std::size_t file) {
  if (uses_[file] == Use::Free) {
    uses_[file] = Use::Sidecar;
    manifest_.sidecars.emplace_back(tree_.files[file].name);
  }
}

void ManifestBuilder::refuse(std::size_t file, const std::string& reason) {
  uses_[file] = Use::Refused;
  ++manifest_.accounting.images;
  ++manifest_.accounting.refusedImages;
  issue(tree_.files[file].name, reason);
}

std::vector<std::size_t> ManifestBuilder::freeImages() const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < tree_.files.size(); ++i)
    if (tree_.files[i].kind == FileKind::Image && isFree(i)) found.push_back(i);
  return found;
}

void ManifestBuilder::settleRest() {
  std::vector<std::string> others;
  for (std::size_t i = 0; i < tree_.files.size(); ++i) {
    if (!isFree(i)) continue;
    switch (tree_.files[i].kind) {
      case FileKind::Image:
        refuse(i, "does not belong to this layout (" + manifest_.layout + ")");
        break;
      case FileKind::UnsupportedImage:
        refuse(i, "images of this format are not read");
        break;
      case FileKind::Dicom:
        refuse(i, "DICOM files are not read in this layout (" + manifest_.layout + ")");
        break;
      case FileKind::Npz:
        refuse(i,
               "npz arrays are not read in this layout (" + manifest_.layout + "); open the file by itself");
        break;
      case FileKind::Table:
      case FileKind::Other:
        others.push_back(tree_.files[i].name);
        break;
    }
  }
  for (const ItemIssue& refused : tree_.refused) {
    manifest_.issues.push_back(refused);
    ++manifest_.accounting.images;
    ++manifest_.accounting.refusedImages;
  }
  manifest_.notices.insert(manifest_.notices.end(), tree_.notices.begin(), tree_.notices.end());
  manifest_.accounting.otherFiles += static_cast<std::int64_t>(others.size());
  if (others.empty()) return;
  std::string text = std::to_string(others.size()) +
                     (others.size() == 1 ? " other file is not read: " : " other files are not read: ");
  for (std::size_t i = 0; i < std::min<std::size_t>(others.size(), 3); ++i)
    text += (i ? ", " : "") + others[i];
  if (others.size() > 3) text += ", …";
  notice(text);
}

Manifest ManifestBuilder::finish() {
  // Where the user named one file, what lies beside it is not of the dataset.
  if (tree_.onlyFile.empty()) settleRest();
  std::sort(manifest_.samples.begin(), manifest_.samples.end(),
            [](const Sample& a, const Sample& b) { return a.id < b.id; });
  for (Sample& sample : manifest_.samples)
    std::sort(sample.masks.begin(), sample.masks.end(), [](const MaskRef& a, const MaskRef& b) {
      return a.kind != b.kind ? a.kind < b.kind : a.path < b.path;
    });
  std::sort(manifest_.sidecars.begin(), manifest_.sidecars.end());
  std::stable_sort(manifest_.issues.begin(), manifest_.issues.end(),
                   [](const ItemIssue& a, const ItemIssue& b) { return a.item < b.item; });
  return std::move(manifest_);
}

std::string patientOfName(std::string_view baseName) {
  static constexpr std::array<std::string_view, 6> kEyes{"left", "right", "l", "r", "od", "os"};
  const std::size_t mark = baseName.find_last_of("_-");
  if (mark == std::string_view::npos || mark == 0) return {};
  const std::string eye = lowerAscii(baseName.substr(mark + 1));
  if (std::find(kEyes.begin(), kEyes.end(), eye) == kEyes.end()) return {};
  return std::string(baseName.substr(0, mark));
}

Split splitOfFolder(std::string_view folderName) {
  std::string word = lowerAscii(trimBlanks(folderName));
  // IDRiD: "a. Training Set", "b. Testing Set".
  if (word.size() > 3 && word[1] == '.' && word[2] == ' ') word = word.substr(3);
  if (word.ends_with(" set")) word.resize(word.size() - 4);
  if (word.ends_with("_images")) word.resize(word.size() - 7);
  if (word == "train" || word == "training") return Split::Train;
  if (word == "val" || word == "valid" || word == "validation") return Split::Validation;
  if (word == "test" || word == "testing") return Split::Test;
  return Split::Unspecified;
}

std::vector<std::string> retinopathyGrades() {
  return {"no_dr", "mild", "moderate", "severe", "proliferative"};
}

}  // namespace medlocker::data
