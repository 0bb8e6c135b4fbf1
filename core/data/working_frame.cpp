// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/working_frame.h"

#include <algorithm>
#include <cmath>

#include "core/common/error.h"
#include "core/data/resample.h"

namespace medlocker::data {
namespace {

constexpr int kLeastShortSide = 224;
constexpr int kMostShortSide = 1024;

}  // namespace

int WorkingFrame::nativeX(double x) const {
  return frame.x0 + static_cast<int>(std::lround(x / rho));
}
int WorkingFrame::nativeY(double y) const {
  return frame.y0 + static_cast<int>(std::lround(y / rho));
}

Box WorkingFrame::coveringBox(const Box& native) const {
  const Box inside = intersect(native, frame);
  if (inside.empty()) return {};
  // Rw/Gw rather than rho: the two differ by the rounding of Rw, and this is the scale of the pixels. In
  // integers, so that an edge on a pixel border is not moved by a rounding error.
  const auto floorScaled = [](std::int64_t v, int to, int from) { return static_cast<int>(v * to / from); };
  const auto ceilScaled = [](std::int64_t v, int to, int from) {
    return static_cast<int>((v * to + from - 1) / from);
  };
  return {floorScaled(inside.x0 - frame.x0, width, frame.width()),
          floorScaled(inside.y0 - frame.y0, height, frame.height()),
          ceilScaled(inside.x1 - frame.x0, width, frame.width()),
          ceilScaled(inside.y1 - frame.y0, height, frame.height())};
}

WorkingFrame makeWorkingFrame(const FloatImage& view, const FieldOfView& fov, int shortSide) {
  if (shortSide < kLeastShortSide || shortSide > kMostShortSide)
    throw Error(ErrorCode::InvalidArgument, "the working frame's short side must be " +
                                                std::to_string(kLeastShortSide) + " to " +
                                                std::to_string(kMostShortSide) + " pixels");
  if (fov.width != view.width || fov.height != view.height || fov.frame.empty() ||
      intersect(fov.frame, {0, 0, view.width, view.height}) != fov.frame)
    throw Error(ErrorCode::InvalidArgument, "the field of view belongs to an image of another size");
  WorkingFrame out;
  out.frame = fov.frame;
  const int nativeShort = std::min(fov.frame.width(), fov.frame.height());
  out.shortSide = std::min(shortSide, nativeShort);
  out.rho = static_cast<double>(out.shortSide) / nativeShort;
  out.width = static_cast<int>(std::lround(out.rho * fov.frame.width()));
  out.height = static_cast<int>(std::lround(out.rho * fov.frame.height()));
  out.image = resizeRegion(view, fov.frame, out.width, out.height);
  out.mask = resizeMask(fov.mask, fov.width, fov.height, fov.frame, out.width, out.height);
  return out;
}

}  // namespace medlocker::data
