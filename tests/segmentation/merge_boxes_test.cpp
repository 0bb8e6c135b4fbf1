// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/segmentation/merge_boxes.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/common/random.h"

namespace medlocker::segmentation {
namespace {

using data::Box;

std::vector<ProtectedBox> randomBoxes(RandomStream& random, int count, int frame) {
  std::vector<ProtectedBox> boxes;
  for (int i = 0; i < count; ++i) {
    ProtectedBox item;
    item.box.x0 = static_cast<int>(random.below(static_cast<std::uint64_t>(frame)));
    item.box.y0 = static_cast<int>(random.below(static_cast<std::uint64_t>(frame)));
    item.box.x1 = item.box.x0 + 1 + static_cast<int>(random.below(20));
    item.box.y1 = item.box.y0 + 1 + static_cast<int>(random.below(20));
    item.kind = data::kLesionKinds[random.below(4)];
    item.lesionPixels = 1 + static_cast<std::int64_t>(random.below(50));
    boxes.push_back(item);
  }
  return boxes;
}

/// Least gap over all pairs of pixels of two boxes, squared; 0 when they share a pixel. Neighbours have 0
/// too.
std::int64_t bruteGap(const Box& a, const Box& b) {
  std::int64_t least = 1LL << 40;
  for (int ya = a.y0; ya < a.y1; ++ya)
    for (int xa = a.x0; xa < a.x1; ++xa)
      for (int yb = b.y0; yb < b.y1; ++yb)
        for (int xb = b.x0; xb < b.x1; ++xb) {
          const std::int64_t dx = std::max(0, std::abs(xa - xb) - 1);
          const std::int64_t dy = std::max(0, std::abs(ya - yb) - 1);
          least = std::min(least, dx * dx + dy * dy);
        }
  return least;
}

/// The same definition without any shortcut.
std::vector<Box> bruteMerge(std::vector<Box> boxes, int margin, double limit) {
  const auto less = [](const Box& a, const Box& b) {
    return std::tuple(a.y0, a.x0, a.y1, a.x1) < std::tuple(b.y0, b.x0, b.y1, b.x1);
  };
  for (bool changed = true; changed;) {
    changed = false;
    std::sort(boxes.begin(), boxes.end(), less);
    for (std::size_t i = 0; i < boxes.size(); ++i)
      for (std::size_t j = i + 1; j < boxes.size();) {
        if (mayMerge(boxes[i], boxes[j], margin, limit)) {
          boxes[i] = data::boundingBox(boxes[i], boxes[j]);
          boxes.erase(boxes.begin() + static_cast<std::ptrdiff_t>(j));
          changed = true;
          j = i + 1;
        } else {
          ++j;
        }
      }
  }
  std::sort(boxes.begin(), boxes.end(), less);
  return boxes;
}

bool within(const Box& inner, const Box& outer) {
  return data::intersect(inner, outer) == inner;
}

TEST(MergeBoxes, MeasuresTheGapBetweenEdges) {
  RandomStream random = RandomStream::fromSeed(1, "gaps");
  for (int i = 0; i < 300; ++i) {
    const auto pair = randomBoxes(random, 2, 30);
    EXPECT_EQ(squaredGap(pair[0].box, pair[1].box), bruteGap(pair[0].box, pair[1].box));
  }
  EXPECT_EQ(squaredGap({0, 0, 2, 2}, {5, 6, 7, 8}), 3 * 3 + 4 * 4);
}

TEST(MergeBoxes, MergesNeighboursThatFillTheirCommonBox) {
  // Side by side, 2 px apart: 22×10 = 220 against 1.3 · 200 = 260.
  const Box a{0, 0, 10, 10};
  const Box b{12, 0, 22, 10};
  EXPECT_TRUE(mayMerge(a, b, 3, 1.3));
  EXPECT_FALSE(mayMerge(a, b, 2, 1.3));  // "closer than", so 2 is not close enough
  EXPECT_FALSE(mayMerge(a, b, 3, 1.05));
  // At a corner: 22×22 = 484 against 260.
  EXPECT_FALSE(mayMerge(a, {12, 12, 22, 22}, 30, 1.3));
  // Overlap counts whatever the margin; touching does not when the margin is 0.
  EXPECT_TRUE(mayMerge(a, {9, 0, 19, 10}, 0, 1.3));
  EXPECT_FALSE(mayMerge(a, {10, 0, 20, 10}, 0, 1.3));
  EXPECT_TRUE(mayMerge(a, {10, 0, 20, 10}, 1, 1.3));
}

TEST(MergeBoxes, AgreesWithBruteForceAndIsStable) {
  RandomStream random = RandomStream::fromSeed(2, "merging");
  for (int i = 0; i < 1000; ++i) {
    const int count = 1 + static_cast<int>(random.below(40));
    const int frame = 30 + static_cast<int>(random.below(200));
    const int margin = static_cast<int>(random.below(8));
    std::vector<ProtectedBox> boxes = randomBoxes(random, count, frame);
    const auto merged = mergeBoxes(boxes, margin, 1.3);

    std::vector<Box> plain;
    std::vector<Box> result;
    std::int64_t pixels = 0;
    for (const auto& item : boxes) plain.push_back(item.box);
    for (const auto& item : boxes) pixels += item.lesionPixels;
    for (const auto& item : merged) result.push_back(item.box);
    for (const auto& item : merged) pixels -= item.lesionPixels;
    ASSERT_EQ(result, bruteMerge(plain, margin, 1.3));
    EXPECT_EQ(pixels, 0);
    for (std::size_t p = 0; p < result.size(); ++p)
      for (std::size_t q = p + 1; q < result.size(); ++q)
        ASSERT_FALSE(mayMerge(result[p], result[q], margin, 1.3));
    for (const Box& box : plain)
      EXPECT_TRUE(
          std::any_of(result.begin(), result.end(), [&](const Box& outer) { return within(box, outer); }));

    random.shuffle(boxes);
    std::vector<Box> again;
    for (const auto& item : mergeBoxes(boxes, margin, 1.3)) again.push_back(item.box);
    EXPECT_EQ(again, result);
  }
}

TEST(MergeBoxes, TakesTheKindOfMostPixels) {
  ProtectedBox small{{0, 0, 10, 10}, data::LesionKind::Haemorrhage, BoxSource::Annotation, 5};
  ProtectedBox large{{5, 0, 15, 10}, data::LesionKind::HardExudate, BoxSource::Annotation, 9};
  const auto merged = mergeBoxes({small, large}, 0, 1.3);
  ASSERT_EQ(merged.size(), 1U);
  EXPECT_EQ(merged[0].kind, data::LesionKind::HardExudate);
  EXPECT_EQ(merged[0].lesionPixels, 14);
}

}  // namespace
}  // namespace medlocker::segmentation
