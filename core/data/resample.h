// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/data/geometry.h"
#include "core/data/image.h"

namespace medlocker::data {

/// Columns [first, last) of one row that count; the others are read as 0.
struct RowSpan {
  int first = 0;
  int last = 0;
};

/// Resizes the box `region` of `source` to width×height without copying it first. Per axis: exact area
/// averaging (every source pixel weighs by the share of it that an output pixel covers) when shrinking,
/// bilinear with pixel centres at +0.5 and clamped edges when enlarging, untouched when equal. The region may
/// reach beyond the source; what lies outside is 0. `spanOfRow`, where given, limits each region row
/// (argument: row of the region; result in region columns). Own code rather than a library's, so that a
/// result does not change with the library's version, CPU paths or threads. Deterministic; thread-safe.
/// Throws Error(InvalidArgument) for empty sizes.
FloatImage resizeRegion(const FloatImage& source, const Box& region, int width, int height,
                        const std::function<RowSpan(int)>& spanOfRow = {});

/// The same for a 0/1 mask: an output pixel is 1 where at least half of it is covered.
std::vector<std::uint8_t> resizeMask(const std::vector<std::uint8_t>& mask, int sourceWidth, int sourceHeight,
                                     const Box& region, int width, int height);

}  // namespace medlocker::data
