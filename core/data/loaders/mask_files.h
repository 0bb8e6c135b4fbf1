// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/data/loaders/manifest_builder.h"
#include "core/data/manifest.h"

namespace medlocker::data {

/// What the name of a mask file says: "IDRiD_01_MA" is the microaneurysms of IDRiD_01, "x_mask" and "x" are
/// unspecified lesions of x.
struct MaskName {
  std::string stem;  ///< of the image
  LesionKind kind = LesionKind::Other;
  bool hasSuffix = false;  ///< a lesion code or "mask" stood at the end
};
MaskName parseMaskName(std::string_view stem);

/// A lesion code or a name such as "1. Microaneurysms"; nothing for other folders.
std::optional<LesionKind> lesionOfFolder(std::string_view folderName);

/// The split that the folders of a relative name tell; the outermost such folder decides.
Split splitOfPath(std::string_view name);

/// True for files below a folder whose name speaks of ground truths (IDRiD).
bool isInGroundTruths(std::string_view name);

/// Gives every free image in a ground-truth folder to its photograph: same stem before the lesion code, same
/// split. A mask without photograph or without a known code becomes an issue. Call when all samples are made.
void attachGroundTruths(ManifestBuilder& builder);

/// Masks from a folder of their own (`--masks`), by file name: relative folder and stem first, else the stem
/// alone where only one sample has it. The kind comes from the suffix, else from the folder's name. Masks
/// that fit no sample or more than one become issues. The manifest's accounting does not count them: the
/// folder is not part of the dataset.
void attachMasksFolder(Manifest& manifest, const std::filesystem::path& folder);

}  // namespace medlocker::data
