// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/synthetic/fundus_canvas.h"

#include <algorithm>
#include <cmath>

#include "core/data/synthetic/noise_field.h"

namespace medlocker::data::synthetic {

Box EyeFrame::around(Point p, double reach) const {
  const double x = pixelX(p.x);
  const double y = pixelY(p.y);
  const double r = reach * radius;
  const Box box{static_cast<int>(std::floor(x - r)), static_cast<int>(std::floor(y - r)),
                static_cast<int>(std::ceil(x + r)) + 1, static_cast<int>(std::ceil(y + r)) + 1};
  return intersect(box, {0, 0, width, height});
}

VesselRaster::VesselRaster(const Box& area)
    : box(area),
      edge(static_cast<std::size_t>(area.area()), 1e9F),
      radius(static_cast<std::size_t>(area.area()), 0.0F) {
}

void VesselRaster::stroke(const Vessel& vessel, const EyeFrame& frame, double reach) {
  const int width = box.width();
  for (std::size_t i = 1; i < vessel.points.size(); ++i) {
    const VesselPoint& from = vessel.points[i - 1];
    const VesselPoint& to = vessel.points[i];
    const auto ax = static_cast<float>(frame.pixelX(from.x));
    const auto ay = static_cast<float>(frame.pixelY(from.y));
    const auto dx = static_cast<float>(frame.pixelX(to.x)) - ax;
    const auto dy = static_cast<float>(frame.pixelY(to.y)) - ay;
    const auto ra = static_cast<float>(from.radius * frame.radius);
    const auto rb = static_cast<float>(to.radius * frame.radius);
    const float pad = std::max(ra, rb) + static_cast<float>(reach);
    const Box part = intersect(box, {static_cast<int>(std::floor(std::min(ax, ax + dx) - pad)),
                                     static_cast<int>(std::floor(std::min(ay, ay + dy) - pad)),
                                     static_cast<int>(std::ceil(std::max(ax, ax + dx) + pad)) + 1,
                                     static_cast<int>(std::ceil(std::max(ay, ay + dy) + pad)) + 1});
    const float inverse = 1.0F / std::max(1e-6F, dx * dx + dy * dy);
    for (int y = part.y0; y < part.y1; ++y) {
      const float py = static_cast<float>(y) + 0.5F - ay;
      float* edges = edge.data() + static_cast<std::size_t>(y - box.y0) * width;
      float* radii = radius.data() + static_cast<std::size_t>(y - box.y0) * width;
      for (int x = part.x0; x < part.x1; ++x) {
        const float px = static_cast<float>(x) + 0.5F - ax;
        const float t = std::clamp((px * dx + py * dy) * inverse, 0.0F, 1.0F);
        const float ex = px - t * dx;
        const float ey = py - t * dy;
        const float r = ra + t * (rb - ra);
        const float distance = std::sqrt(ex * ex + ey * ey) - r;
        if (distance < edges[x - box.x0]) {
          edges[x - box.x0] = distance;
          radii[x - box.x0] = r;
        }
      }
    }
  }
}

float vesselProfile(float edge, float radius, float softness, float reflex) {
  // The wall is as soft as the optics; what is thinner than the blur loses contrast instead of width.
  const float wall = smoothStep(softness, -softness, edge);
  if (wall <= 0) return 0;
  const float across = std::clamp(1.0F + edge / radius, 0.0F, 1.0F);  // 0 on the axis, 1 at the wall
  const float thickness = 0.78F + 0.22F * (1.0F - across * across);
  const float streak = reflex * decay(9.0F * across * across);
  const float contrast = std::min(1.0F, 0.42F + 0.58F * radius / (2.2F * softness));
  return wall * contrast * thickness * (1.0F - streak);
}

}  // namespace medlocker::data::synthetic
