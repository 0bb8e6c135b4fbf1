// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/data/geometry.h"
#include "core/data/image.h"

/// Finding a picture, or a part of it, in a changed copy (spec 11.5 step 3, 12.5): a search over scales and
/// shifts, then an affine fit. Free functions without state: thread-safe, and deterministic for one version
/// of OpenCV.
namespace medlocker::protect {

/// One channel, values about 0..1, row-major.
struct GreyImage {
  int width = 0;
  int height = 0;
  std::vector<float> values;

  float at(int x, int y) const { return values[static_cast<std::size_t>(y) * width + x]; }
};

/// BT.709 luma.
GreyImage toGrey(const data::FloatImage& image);

/// (x, y) → (a·x + b·y + tx, c·x + d·y + ty) between pixel coordinates in which a pixel's centre is at +0.5.
struct AffineMap {
  double a = 1;
  double b = 0;
  double tx = 0;
  double c = 0;
  double d = 1;
  double ty = 0;

  double x(double px, double py) const { return a * px + b * py + tx; }
  double y(double px, double py) const { return c * px + d * py + ty; }
  /// First `first`, then this map.
  AffineMap after(const AffineMap& first) const;
  /// Throws Error(InvalidArgument) for a map that flattens the plane.
  AffineMap inverse() const;
  /// Square root of the area that a unit square gets.
  double scale() const;
};

struct RegistrationOptions {
  double minScale = 0.2;  ///< pixels of the copy per pixel of the reference
  double maxScale = 5;
  bool flips = true;  ///< try mirrored copies too
  /// Weight of each reference pixel, 0..1; empty: 1. Pixels under a logo weigh nothing.
  std::vector<float> weights;
};

struct Registration {
  AffineMap map;       ///< reference to copy
  double score = 0;    ///< weighted correlation of the two after the fit, fine structure only; at most 1
  double overlap = 0;  ///< share of the reference that lies inside the copy
};

/// Below this correlation the two are not the same picture. Different fundus photographs stay under 0.25.
inline constexpr double kRegisteredScore = 0.5;

/// The best fit that was found; it may be a bad one, the score tells. Throws Error(InvalidArgument) for
/// images under 16 pixels on a side.
Registration registerCopy(const GreyImage& reference, const GreyImage& copy,
                          const RegistrationOptions& options = {});

/// Where a part of a picture belongs in a copy that shows something else there (a logo): `place` is the
/// part's box in the picture. The copy may have been compressed again or resized as a whole, not cropped or
/// adjusted. Judged by the seam alone: the score is 1 minus the squared difference across it over the
/// variance along it. Throws Error(InvalidArgument) for parts under 4 pixels or of another size than the
/// place.
Registration fitSeam(const GreyImage& part, const GreyImage& copy, const data::Box& place);
/// Below this a part does not continue into its surroundings.
inline constexpr double kSeamScore = 0.6;

/// The copy as seen from the reference's frame, bilinear; `inside` becomes 1 where the copy has a value.
GreyImage warpToReference(const GreyImage& copy, const AffineMap& referenceToCopy, int width, int height,
                          std::vector<std::uint8_t>* inside = nullptr);

/// The image minus its local mean (Gaussian of `sigma` pixels, weighted where weights are given): what is
/// left when slow changes of brightness do not count.
GreyImage highPass(const GreyImage& image, double sigma, const std::vector<float>& weights = {});

/// Weighted normalised correlation of two images of one size; 0 where either is constant.
double correlation(const std::vector<float>& a, const std::vector<float>& b,
                   const std::vector<float>& weights = {});

}  // namespace medlocker::protect
