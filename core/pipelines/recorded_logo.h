// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/certificate/record.h"
#include "core/protect/protect_image.h"

namespace medlocker::pipelines {

/// The logos of a protected image as its private record describes them. One tile at one or more places;
/// spec 11.2 names the first place, the others and what made the tile are in the record's extras:
/// {"version": 1, "layout": …, "logos": [[x, y, alpha_code], …], "tile": TileRecipe}.
struct RecordedLogos {
  protect::LogoTile tile;
  std::vector<protect::FilePlacement> placements;
  protect::OpacityLaw law = protect::OpacityLaw::Matte;
};

/// Fills in seeds and extras of a record.
void recordLogos(const protect::ProtectedImage& result, certificate::PrivateRecord& record);

/// Makes the tile again. With `original`, compose(original, placements) gives the protected samples. Throws
/// Error(InputRejected) when the logo is another one, or the tile does not have the recorded hash.
RecordedLogos rebuildLogos(const certificate::PrivateRecord& record, const protect::Logo& logo);

}  // namespace medlocker::pipelines
