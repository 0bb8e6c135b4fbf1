// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
//
// IDRiD, part A: photographs in "1. Original Images/a. Training Set", masks in "2. All Segmentation
// Groundtruths/ a. Training Set/1. Microaneurysms/IDRiD_01_MA.tif" and so on. A missing mask file means that
// the photograph has no such lesion. There are no labels.
#include <algorithm>

#include "core/data/loaders/layouts.h"
#include "core/data/loaders/mask_files.h"

namespace medlocker::data {

std::optional<Manifest> openIdridSegmentation(const DatasetTree& tree) {
  if (!tree.onlyFile.empty()) return std::nullopt;
  bool photographs = false;
  bool masks = false;
  for (const TreeFile& file : tree.files) {
    if (file.kind != FileKind::Image) continue;
    const bool truth = isInGroundTruths(file.name);
    photographs |= !truth;
    masks |= truth && parseMaskName(baseNameOf(withoutImageExtension(file.name))).hasSuffix;
  }
  if (!photographs || !masks) return std::nullopt;

  ManifestBuilder builder(tree, "idrid-segmentation");
  bool several = false;
  std::optional<Split> first;
  for (const std::size_t file : builder.freeImages()) {
    if (isInGroundTruths(tree.files[file].name)) continue;
    const Split split = splitOfPath(tree.files[file].name);
    several |= first && *first != split;
    if (!first) first = split;
  }
  for (const std::size_t file : builder.freeImages()) {
    const std::string& name = tree.files[file].name;
    if (isInGroundTruths(name)) continue;
    Sample& sample = builder.sampleOf(file);
    if (several) sample.split = splitOfPath(name);  // one set alone divides nothing
  }
  attachGroundTruths(builder);
  return builder.finish();
}

}  // namespace medlocker::data
