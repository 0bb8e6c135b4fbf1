// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <vector>

#include "core/protect/compositor.h"

namespace medlocker::protect {

/// Differentiable placement of a logo on a float picture (spec 7.5): bilinear sampling in the pixel-centre
/// convention, zero outside, with exact derivatives by the corner and the opacity. Written out instead of
/// taped, so that its sums have one order whatever the number of threads, and only the logo's surroundings
/// are touched.

/// One row of the 2×3 matrix from canvas to tile coordinates, both −1..1: [scale, 0, offset] across,
/// [0, scale, offset] down. `canvas` and `tile` are extents, `corner` the tile's first edge, all in canvas
/// pixels, any real.
struct AffineRow {
  double scale = 1;
  double offset = 0;
};
constexpr AffineRow affineRow(double canvas, double tile, double corner) {
  return {canvas / tile, (canvas - 2 * corner - tile) / tile};
}

/// Texels of a logo. `opacity` = opacityFixed + α·opacityScaled under law matte (the fixed part is an opaque
/// core), max(fixed, min(cap, α)) under law cap.
struct TileTexture {
  int width = 0;
  int height = 0;
  OpacityLaw law = OpacityLaw::Matte;
  std::vector<float> colour;         ///< straight, width*height*3
  std::vector<float> opacityScaled;  ///< law matte: m; law cap: luma·m
  std::vector<float> opacityFixed;   ///< empty: zero everywhere
};

/// Where the logo lies: corner in canvas pixels and opacity.
struct SoftPlacement {
  double x = 0;
  double y = 0;
  double alpha = 0;
};

struct SoftGradient {
  double dx = 0;
  double dy = 0;
  double dAlpha = 0;
};

/// One logo over pictures of one size. Immutable; thread-safe.
class TilePlacer {
 public:
  /// `extentX`, `extentY`: size of the logo in canvas pixels, positive reals.
  TilePlacer(TileTexture texture, double extentX, double extentY, int canvasWidth, int canvasHeight);

  /// I' = I·(1 − a) + visible·a·c in place; `planes`: 3×height×width. `visible`: height*width share of each
  /// pixel where the logo shows; null: 1.
  void compose(float* planes, const SoftPlacement& at, const float* visible = nullptr) const;

  /// Derivatives of a function of the composed picture. `before`: the picture without this logo; `upstream`:
  /// derivative by the composed picture; both 3×height×width. `colourGradient`, where given (texels*3), has
  /// the derivative by the texels' colours added.
  SoftGradient gradient(const float* before, const float* upstream, const SoftPlacement& at,
                        const float* visible = nullptr, double* colourGradient = nullptr) const;

  const TileTexture& texture() const { return texture_; }

 private:
  struct Prepared;
  struct Window;
  Prepared prepare(double alpha) const;
  Window window(const SoftPlacement& at) const;

  TileTexture texture_;
  double extentX_;
  double extentY_;
  int width_;
  int height_;
};

}  // namespace medlocker::protect
