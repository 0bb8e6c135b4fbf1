// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "core/data/geometry.h"
#include "core/data/image.h"

namespace medlocker::data {

/// The lit retina and its bounding box (spec 1.3). Everything about position is relative to `frame`.
struct FieldOfView {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> mask;  ///< width*height, 0 or 1
  Box frame;                       ///< the analysis frame G
  bool fallback = false;           ///< FOV_FALLBACK: nothing plausible was found, the whole image is used
  std::int64_t area = 0;           ///< number of ones

  bool contains(int x, int y) const { return mask[static_cast<std::size_t>(y) * width + x] != 0; }
};

/// Median 5×5 on max over channels, threshold 10/255, largest 8-connected component, holes filled; fallback
/// below 20 % of the area or under 64 px. Deterministic; thread-safe.
FieldOfView detectFieldOfView(const FloatImage& view);

}  // namespace medlocker::data
