// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
//
// Whatever is left: a folder with images somewhere below, or one image. No labels. A top folder named train,
// val or test gives the split; a top folder named masks beside the images holds their masks.
#include <unordered_map>

#include "core/data/csv.h"
#include "core/data/loaders/layouts.h"
#include "core/data/loaders/mask_files.h"

namespace medlocker::data {
namespace {

bool isMasksFolder(std::string_view folder) {
  const std::string name = lowerAscii(folder);
  return name == "masks" || name == "mask";
}

void attachMasksBeside(ManifestBuilder& builder) {
  const DatasetTree& tree = builder.tree();
  std::unordered_map<std::string, std::vector<std::size_t>> byStem;
  for (std::size_t file = 0; file < tree.files.size(); ++file)
    if (builder.findSample(file))
      byStem[lowerAscii(baseNameOf(withoutImageExtension(tree.files[file].name)))].push_back(file);
  for (const std::size_t file : builder.freeImages()) {
    const std::string& name = tree.files[file].name;
    const std::string stem = lowerAscii(baseNameOf(withoutImageExtension(name)));
    MaskName mask = parseMaskName(stem);
    auto found = byStem.find(mask.stem);
    if (found == byStem.end()) found = byStem.find(stem);
    if (found == byStem.end()) {
      builder.refuse(file, "the mask belongs to no image of the dataset");
    } else if (found->second.size() > 1) {
      builder.refuse(file, "the mask fits more than one image");
    } else {
      if (const auto kind = lesionOfFolder(baseNameOf(folderOf(name))); kind && !mask.hasSuffix)
        mask.kind = *kind;
      builder.addMask(file, found->second.front(), mask.kind);
    }
  }
}

}  // namespace

std::optional<Manifest> openPlainFolder(const DatasetTree& tree) {
  bool masksFolder = false;
  bool otherImages = false;
  for (const TreeFile& file : tree.files) {
    if (file.kind != FileKind::Image) continue;
    (isMasksFolder(topFolderOf(file.name)) ? masksFolder : otherImages) = true;
  }
  if (!masksFolder && !otherImages) return std::nullopt;
  if (!tree.onlyFile.empty() && tree.find(tree.onlyFile) &&
      tree.files[*tree.find(tree.onlyFile)].kind != FileKind::Image)
    return std::nullopt;

  ManifestBuilder builder(tree, "folder");
  const bool useMasks = masksFolder && otherImages;
  for (const std::size_t file : builder.freeImages()) {
    const std::string& name = tree.files[file].name;
    if (useMasks && isMasksFolder(topFolderOf(name))) continue;
    Sample& sample = builder.sampleOf(file);
    if (!topFolderOf(name).empty()) sample.split = splitOfFolder(topFolderOf(name));
  }
  if (useMasks) {
    builder.notice("the folder 'masks' was taken for lesion masks of the other images");
    attachMasksBeside(builder);
  }
  return builder.finish();
}

}  // namespace medlocker::data
