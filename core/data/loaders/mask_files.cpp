// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/loaders/mask_files.h"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>

#include "core/common/files.h"
#include "core/data/csv.h"
#include "core/data/dicom/segmentation.h"

namespace medlocker::data {
namespace {

struct Code {
  std::string_view text;
  LesionKind kind;
};
constexpr std::array<Code, 8> kCodes{{{"ma", LesionKind::Microaneurysm},
                                      {"he", LesionKind::Haemorrhage},
                                      {"ex", LesionKind::HardExudate},
                                      {"se", LesionKind::SoftExudate},
                                      {"od", LesionKind::OpticDisc},
                                      {"fovea", LesionKind::Fovea},
                                      {"other", LesionKind::Other},
                                      {"mask", LesionKind::Other}}};

std::optional<LesionKind> lesionOfCode(std::string_view text) {
  for (const Code& code : kCodes)
    if (text == code.text) return code.kind;
  return std::nullopt;
}

template <typename Visit>
void forEachFolder(std::string_view name, Visit visit) {
  std::string_view folders = folderOf(name);
  while (!folders.empty()) {
    const std::size_t slash = folders.find('/');
    visit(folders.substr(0, slash));
    folders = slash == std::string_view::npos ? std::string_view{} : folders.substr(slash + 1);
  }
}

/// Samples by stem and by relative name without extension.
class SampleIndex {
 public:
  explicit SampleIndex(const Manifest& manifest) : manifest_(manifest) {
    for (std::size_t i = 0; i < manifest.samples.size(); ++i) {
      const std::string full = lowerAscii(withoutImageExtension(manifest.samples[i].id));
      byName_[full].push_back(i);
      byStem_[std::string(baseNameOf(full))].push_back(i);
    }
  }

  std::vector<std::size_t> find(const std::string& folder, const std::string& stem) const {
    const std::string full = folder.empty() ? stem : folder + "/" + stem;
    if (const auto exact = byName_.find(full); exact != byName_.end()) return exact->second;
    const auto found = byStem_.find(stem);
    if (found == byStem_.end()) return {};
    if (found->second.size() == 1) return found->second;
    // The same name in several folders: the split or a folder name in common must decide.
    std::vector<std::size_t> same;
    const Split split = splitOfPath(full);
    for (const std::size_t i : found->second) {
      const std::string id = lowerAscii(manifest_.samples[i].id);
      if (split != Split::Unspecified ? splitOfPath(id) == split
                                      : !folder.empty() && folderOf(id).ends_with(baseNameOf(folder)))
        same.push_back(i);
    }
    return same.empty() ? found->second : same;
  }

 private:
  const Manifest& manifest_;
  std::unordered_map<std::string, std::vector<std::size_t>> byName_;
  std::unordered_map<std::string, std::vector<std::size_t>> byStem_;
};

}  // namespace

MaskName parseMaskName(std::string_view stem) {
  const std::size_t mark = stem.find_last_of("_-");
  if (mark != std::string_view::npos && mark > 0)
    if (const auto kind = lesionOfCode(lowerAscii(stem.substr(mark + 1))))
      return {std::string(stem.substr(0, mark)), *kind, true};
  return {std::string(stem), LesionKind::Other, false};
}

std::optional<LesionKind> lesionOfFolder(std::string_view folderName) {
  const std::string name = lowerAscii(trimBlanks(folderName));
  if (const auto kind = lesionOfCode(name); kind && name != "mask" && name != "other") return kind;
  static constexpr std::array<Code, 9> kWords{{{"microaneurysm", LesionKind::Microaneurysm},
                                               {"haemorrhage", LesionKind::Haemorrhage},
                                               {"hemorrhage", LesionKind::Haemorrhage},
                                               {"hard exudate", LesionKind::HardExudate},
                                               {"hard_exudate", LesionKind::HardExudate},
                                               {"soft exudate", LesionKind::SoftExudate},
                                               {"soft_exudate", LesionKind::SoftExudate},
                                               {"optic", LesionKind::OpticDisc},
                                               {"fovea", LesionKind::Fovea}}};
  for (const Code& word : kWords)
    if (name.find(word.text) != std::string::npos) return word.kind;
  return std::nullopt;
}

Split splitOfPath(std::string_view name) {
  Split found = Split::Unspecified;
  forEachFolder(name, [&](std::string_view folder) {
    if (found == Split::Unspecified) found = splitOfFolder(folder);
  });
  return found;
}

bool isInGroundTruths(std::string_view name) {
  bool found = false;
  forEachFolder(name, [&](std::string_view folder) {
    const std::string lower = lowerAscii(folder);
    found |=
        lower.find("groundtruth") != std::string::npos || lower.find("ground truth") != std::string::npos;
  });
  return found;
}

void attachGroundTruths(ManifestBuilder& builder) {
  const DatasetTree& tree = builder.tree();
  std::unordered_map<std::string, std::vector<std::size_t>> photographs;
  for (std::size_t file = 0; file < tree.files.size(); ++file) {
    const std::string& name = tree.files[file].name;
    if (builder.findSample(file))
      photographs[lowerAscii(baseNameOf(withoutImageExtension(name)))].push_back(file);
  }
  for (const std::size_t file : builder.freeImages()) {
    const std::string& name = tree.files[file].name;
    if (!isInGroundTruths(name)) continue;
    const MaskName mask = parseMaskName(baseNameOf(withoutImageExtension(name)));
    if (!mask.hasSuffix) {
      builder.refuse(file, "its name does not end in a lesion code (_MA _HE _EX _SE _OD)");
      continue;
    }
    std::vector<std::size_t> fitting;
    if (const auto found = photographs.find(lowerAscii(mask.stem)); found != photographs.end())
      for (const std::size_t photograph : found->second)
        if (splitOfPath(tree.files[photograph].name) == splitOfPath(name)) fitting.push_back(photograph);
    if (fitting.size() == 1)
      builder.addMask(file, fitting.front(), mask.kind);
    else
      builder.refuse(file, fitting.empty() ? "the mask belongs to no photograph of the same set"
                                           : "the mask fits more than one photograph");
  }
}

namespace {

/// All kinds of a DICOM SEG; else why it is not used.
std::optional<std::string> addSegmentation(const std::filesystem::path& file, Sample& sample) {
  if (!dicom::isSegmentationFile(file)) return "it is a DICOM file but no segmentation";
  try {
    const DecodeLimits limits;
    for (const LesionKind kind :
         dicom::readSegmentationInfo(readFile(file, limits.maxFileBytes), file.string(), limits).kinds)
      sample.masks.push_back({kind, file});
  } catch (const Error& e) {
    return e.message();
  }
  return std::nullopt;
}

}  // namespace

void attachMasksFolder(Manifest& manifest, const std::filesystem::path& folder) {
  const DatasetTree tree = scanFolder(folder);
  const SampleIndex index(manifest);
  const auto itemOf = [](std::string_view name) { return "masks/" + std::string(name); };
  for (ItemIssue refused : tree.refused) {
    refused.item = itemOf(refused.item);
    manifest.issues.push_back(std::move(refused));
  }
  std::size_t attached = 0;
  for (std::size_t file = 0; file < tree.files.size(); ++file) {
    const TreeFile& entry = tree.files[file];
    const auto refuse = [&](const std::string& reason) {
      manifest.issues.push_back({itemOf(entry.name), reason, true});
    };
    if (entry.kind == FileKind::UnsupportedImage) {
      refuse("masks of this format are not read");
      continue;
    }
    if (entry.kind != FileKind::Image && entry.kind != FileKind::Dicom) continue;
    const std::string stem = lowerAscii(baseNameOf(withoutImageExtension(entry.name)));
    const std::string place = lowerAscii(folderOf(entry.name));
    if (entry.kind == FileKind::Dicom) {
      const std::vector<std::size_t> samples = index.find(place, stem);
      if (samples.size() != 1)
        refuse(samples.empty() ? "no image of the dataset has this name"
                               : std::to_string(samples.size()) + " images of the dataset have this name");
      else if (const auto reason = addSegmentation(tree.pathOf(file), manifest.samples[samples.front()]))
        refuse(*reason);
      else
        ++attached;
      continue;
    }
    MaskName mask = parseMaskName(stem);
    std::vector<std::size_t> samples = index.find(place, mask.stem);
    if (samples.empty() && mask.hasSuffix) {
      // The "suffix" may be part of the photograph's own name, as in 12_OD.png for a right eye.
      samples = index.find(place, stem);
      mask = {stem, LesionKind::Other, false};
    }
    if (samples.empty()) {
      refuse("no image of the dataset has this name");
      continue;
    }
    if (samples.size() > 1) {
      refuse(std::to_string(samples.size()) + " images of the dataset have this name");
      continue;
    }
    if (!mask.hasSuffix || mask.kind == LesionKind::Other)
      forEachFolder(entry.name, [&](std::string_view parent) {
        if (const auto kind = lesionOfFolder(parent)) mask.kind = *kind;
      });
    Sample& sample = manifest.samples[samples.front()];
    const std::filesystem::path path = tree.pathOf(file);
    const bool known = std::any_of(sample.masks.begin(), sample.masks.end(),
                                   [&](const MaskRef& ref) { return ref.path == path; });
    if (!known) sample.masks.push_back({mask.kind, path});
    ++attached;
  }
  for (Sample& sample : manifest.samples)
    std::sort(sample.masks.begin(), sample.masks.end(), [](const MaskRef& a, const MaskRef& b) {
      return a.kind != b.kind ? a.kind < b.kind : a.path < b.path;
    });
  manifest.notices.push_back(std::to_string(attached) +
                             " masks from the masks folder belong to images of the dataset");
}

}  // namespace medlocker::data
