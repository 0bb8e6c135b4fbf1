// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "core/data/geometry.h"
#include "core/data/synthetic/fundus_anatomy.h"

namespace medlocker::data::synthetic {

struct Colour {
  float r = 0;
  float g = 0;
  float b = 0;
};

/// Where the eye lies in the picture.
struct EyeFrame {
  int width = 0;
  int height = 0;
  double centreX = 0;  ///< pixels; pixel centres lie at +0.5
  double centreY = 0;
  double radius = 1;  ///< pixels per eye unit
  bool mirrored = false;

  double eyeX(double px) const { return (mirrored ? -1 : 1) * (px - centreX) / radius; }
  double eyeY(double py) const { return (py - centreY) / radius; }
  double pixelX(double x) const { return centreX + (mirrored ? -x : x) * radius; }
  double pixelY(double y) const { return centreY + y * radius; }
  /// Pixels whose centres may lie within `reach` (eye units) of p.
  Box around(Point p, double reach) const;
};

/// The photograph while it is made: planes of width*height values in [0,1] of the finished tone curve.
struct FundusCanvas {
  EyeFrame frame;
  std::vector<float> red, green, blue;
  std::vector<float> light;          ///< illumination, about 1 in the middle
  std::vector<float> vesselDensity;  ///< 0..1, how much of the light a vessel takes
  std::vector<float> coverage;       ///< 0 outside the field of view, 1 inside, between at its rim
  Colour base;                       ///< retina's colour at light 1
  double softness = 1;               ///< optical blur, pixels
};

/// Distances to a set of vessels inside one box of the picture.
struct VesselRaster {
  explicit VesselRaster(const Box& area);

  Box box;
  std::vector<float> edge;    ///< pixels from the nearest vessel wall, negative inside; 1e9 far away
  std::vector<float> radius;  ///< that vessel's radius, pixels

  void stroke(const Vessel& vessel, const EyeFrame& frame, double reach);
};

/// How dark a vessel is: 0 outside, up to 1 in the middle of a large one. With `reflex` (arteries) the light
/// streak along the middle is spared.
float vesselProfile(float edge, float radius, float softness, float reflex);

}  // namespace medlocker::data::synthetic
