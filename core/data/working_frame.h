// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "core/data/field_of_view.h"
#include "core/data/geometry.h"
#include "core/data/image.h"

namespace medlocker::data {

/// The analysis frame G at search resolution (spec 1.4). A value type; coordinates are relative to G.
struct WorkingFrame {
  int shortSide = 0;  ///< R: as asked for, or the short side of G when that is smaller (no upsampling)
  double rho = 1;     ///< R / min(Gw, Gh), at most 1
  int width = 0;      ///< Rw = round(rho·Gw)
  int height = 0;     ///< Rh = round(rho·Gh)
  Box frame;          ///< G in native pixels
  FloatImage image;   ///< Rw×Rh, area averaged
  std::vector<std::uint8_t> mask;  ///< Rw*Rh; 1 where at least half of the pixel lies in the field of view

  /// Native position of a working position: gx0 + round(x/rho) (spec 7.8).
  int nativeX(double x) const;
  int nativeY(double y) const;
  /// The least working box that covers a native box (edges rounded outwards), clipped to the frame. May be
  /// empty.
  Box coveringBox(const Box& native) const;
};

constexpr int kDefaultWorkingShortSide = 448;

/// `shortSide` 224..1024. Deterministic; thread-safe. Throws Error(InvalidArgument) outside that range or
/// where `fov` does not belong to `view`.
WorkingFrame makeWorkingFrame(const FloatImage& view, const FieldOfView& fov,
                              int shortSide = kDefaultWorkingShortSide);

}  // namespace medlocker::data
