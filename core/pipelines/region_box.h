// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/data/manifest.h"
#include "core/pipelines/dataset_browser.h"
#include "core/segmentation/protected_regions.h"

namespace medlocker::pipelines {

/// A protected box for people to look at: `shown` is where it lies in display orientation.
inline RegionBox regionBox(const segmentation::ProtectedBox& box, const data::Box& shown) {
  return {shown.x0,
          shown.y0,
          shown.x1,
          shown.y1,
          std::string(data::toString(box.kind)),
          std::string(segmentation::toString(box.source))};
}

}  // namespace medlocker::pipelines
