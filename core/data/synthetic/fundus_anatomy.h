// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "core/common/random.h"

// The eye behind a synthetic photograph. Unit: radius of the field of view; origin: its centre; y down. Every
// eye is built as a right eye (optic disc at positive x) and mirrored when a left one is drawn.
namespace medlocker::data::synthetic {

struct Point {
  double x = 0;
  double y = 0;
};

inline Point operator+(Point a, Point b) {
  return {a.x + b.x, a.y + b.y};
}
inline Point operator-(Point a, Point b) {
  return {a.x - b.x, a.y - b.y};
}
inline Point operator*(double k, Point a) {
  return {k * a.x, k * a.y};
}
inline double length(Point a) {
  return std::sqrt(a.x * a.x + a.y * a.y);
}

struct VesselPoint {
  float x = 0;
  float y = 0;
  float radius = 0;
};

/// One unbranched run of an artery or vein, from the disc outwards.
struct Vessel {
  bool artery = false;
  std::vector<VesselPoint> points;
};

struct OpticDisc {
  Point centre;
  double radius = 0.14;      ///< mean of the semi-axes
  double elongation = 1.08;  ///< vertical to horizontal
  double tilt = 0;           ///< radians
  double cupRatio = 0.4;     ///< cup to disc diameter
  Point cupOffset;           ///< in disc radii
  double wobble[3][2] = {};  ///< cosine and sine amplitudes of the outline's harmonics 2..4
};

/// Where vessels already run; keeps new branches apart and lesions off the large vessels.
class OccupancyGrid {
 public:
  OccupancyGrid();
  /// Id of the vessel at p; 0: none, or p is outside.
  std::uint16_t at(Point p) const;
  /// True where a vessel lies within `distance` of p.
  bool near(Point p, double distance) const;
  void mark(Point p, double radius, std::uint16_t id);

 private:
  static constexpr int kSide = 256;
  static constexpr double kExtent = 1.15;
  static int cell(double value) {
    return static_cast<int>(std::floor((value + kExtent) * kSide / (2 * kExtent)));
  }
  std::vector<std::uint16_t> cells_;
};

struct FundusAnatomy {
  OpticDisc disc;
  Point fovea;
  std::vector<Vessel> vessels;
  OccupancyGrid occupied;
};

/// Deterministic in the stream's key.
FundusAnatomy growAnatomy(const RandomStream& eye);

/// A few thin coiled vessels around `centre`, as neovascularisation looks like.
std::vector<Vessel> growTuft(Point centre, double radius, RandomStream& stream);

}  // namespace medlocker::data::synthetic
