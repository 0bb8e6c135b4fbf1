// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/segmentation/merge_boxes.h"

#include <algorithm>
#include <tuple>

namespace medlocker::segmentation {
namespace {

auto placeOf(const ProtectedBox& item) {
  const data::Box& b = item.box;
  return std::tuple(b.y0, b.x0, b.y1, b.x1, item.kind, item.source, item.lesionPixels);
}

ProtectedBox merged(const ProtectedBox& a, const ProtectedBox& b) {
  ProtectedBox sum = a;
  sum.box = data::boundingBox(a.box, b.box);
  sum.lesionPixels = a.lesionPixels + b.lesionPixels;
  const bool bCounts = std::pair(b.lesionPixels, -static_cast<int>(b.kind)) >
                       std::pair(a.lesionPixels, -static_cast<int>(a.kind));
  if (bCounts) sum.kind = b.kind;
  return sum;
}

/// One pass over boxes in order; true when something was merged.
bool mergePass(std::vector<ProtectedBox>& boxes, int margin, double limit) {
  std::vector<bool> gone(boxes.size());
  bool changed = false;
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    if (gone[i]) continue;
    for (std::size_t j = i + 1; j < boxes.size(); ++j) {
      // Sorted by y0: from here on everything lies too far below.
      if (boxes[j].box.y0 >= boxes[i].box.y1 + std::max(margin, 1)) break;
      if (gone[j] || !mayMerge(boxes[i].box, boxes[j].box, margin, limit)) continue;
      boxes[i] = merged(boxes[i], boxes[j]);
      gone[j] = true;
      changed = true;
      j = i;  // the larger box may now reach those passed over
    }
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < boxes.size(); ++i)
    if (!gone[i]) boxes[kept++] = boxes[i];
  boxes.resize(kept);
  return changed;
}

}  // namespace

std::string_view toString(BoxSource source) {
  switch (source) {
    case BoxSource::Segmentation:
      return "segmentation";
    case BoxSource::Annotation:
      return "annotation";
    case BoxSource::Saliency:
      return "saliency";
    case BoxSource::User:
      return "user";
    case BoxSource::None:
      return "none";
  }
  return "none";
}

std::int64_t squaredGap(const data::Box& a, const data::Box& b) {
  const std::int64_t dx = std::max({0, a.x0 - b.x1, b.x0 - a.x1});
  const std::int64_t dy = std::max({0, a.y0 - b.y1, b.y0 - a.y1});
  return dx * dx + dy * dy;
}

bool mayMerge(const data::Box& a, const data::Box& b, int margin, double limit) {
  const bool overlap = !data::intersect(a, b).empty();
  if (!overlap && squaredGap(a, b) >= static_cast<std::int64_t>(margin) * margin) return false;
  return static_cast<double>(data::boundingBox(a, b).area()) <=
         limit * static_cast<double>(a.area() + b.area());
}

std::vector<ProtectedBox> mergeBoxes(std::vector<ProtectedBox> boxes, int margin, double limit) {
  const auto sortByPlace = [&] {
    std::sort(boxes.begin(), boxes.end(),
              [](const ProtectedBox& a, const ProtectedBox& b) { return placeOf(a) < placeOf(b); });
  };
  sortByPlace();
  while (mergePass(boxes, margin, limit)) sortByPlace();
  return boxes;
}

}  // namespace medlocker::segmentation
