// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/data/geometry.h"
#include "core/data/manifest.h"

namespace medlocker::segmentation {

/// Who says that a region must stay uncovered (spec 2.6).
enum class BoxSource { Segmentation, Annotation, Saliency, User, None };
/// segmentation annotation saliency user none.
std::string_view toString(BoxSource source);

/// A box in native pixels that no logo may touch.
struct ProtectedBox {
  data::Box box;
  data::LesionKind kind = data::LesionKind::Other;  ///< of most of its lesion pixels
  BoxSource source = BoxSource::Annotation;
  std::int64_t lesionPixels = 0;  ///< inside the box, of the components it was made from; 0: not from a mask
};

/// Gap between two boxes in pixels, squared: 0 when they touch or overlap.
std::int64_t squaredGap(const data::Box& a, const data::Box& b);

/// Spec 2.4: whether two boxes are to become one. They overlap, or lie closer than `margin` pixels (Euclidean
/// gap between their edges), and their common bounding box has at most `limit` × the sum of their areas.
bool mayMerge(const data::Box& a, const data::Box& b, int margin, double limit);

/// Merges until no two boxes may be merged. Every box of the input lies in a box of the result. Deterministic
/// and independent of the order of the input: boxes are visited by (y0, x0, y1, x1), each one takes in the
/// first later box that it may be merged with and looks again from its next neighbour on, and passes repeat
/// until one changes nothing. The result is in that order.
std::vector<ProtectedBox> mergeBoxes(std::vector<ProtectedBox> boxes, int margin, double limit);

}  // namespace medlocker::segmentation
