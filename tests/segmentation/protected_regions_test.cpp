// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/segmentation/protected_regions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/common/random.h"

namespace medlocker::segmentation {
namespace {

using data::Box;
using data::FieldOfView;
using data::LesionKind;
using ::testing::Contains;
using ::testing::HasSubstr;

/// A lit disc that touches the edges of `frame`.
FieldOfView disc(int width, int height, Box frame) {
  FieldOfView fov;
  fov.width = width;
  fov.height = height;
  fov.frame = frame;
  fov.mask.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  const double cx = (frame.x0 + frame.x1) / 2.0;
  const double cy = (frame.y0 + frame.y1) / 2.0;
  const double rx = frame.width() / 2.0;
  const double ry = frame.height() / 2.0;
  for (int y = frame.y0; y < frame.y1; ++y)
    for (int x = frame.x0; x < frame.x1; ++x)
      if (std::hypot((x + 0.5 - cx) / rx, (y + 0.5 - cy) / ry) <= 1)
        fov.mask[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                 static_cast<std::size_t>(x)] = 1;
  fov.area = std::count(fov.mask.begin(), fov.mask.end(), std::uint8_t{1});
  return fov;
}

LesionMask emptyMask(const FieldOfView& fov, LesionKind kind) {
  LesionMask mask;
  mask.kind = kind;
  mask.name = "m.png";
  mask.mask.width = fov.width;
  mask.mask.height = fov.height;
  mask.mask.values.resize(fov.mask.size());
  return mask;
}

void paint(LesionMask& mask, const Box& box) {
  for (int y = box.y0; y < box.y1; ++y)
    for (int x = box.x0; x < box.x1; ++x)
      mask.mask.values[static_cast<std::size_t>(y) * static_cast<std::size_t>(mask.mask.width) +
                       static_cast<std::size_t>(x)] = 1;
}

bool covers(const std::vector<ProtectedBox>& boxes, int x, int y) {
  return std::any_of(boxes.begin(), boxes.end(), [&](const ProtectedBox& item) {
    return x >= item.box.x0 && x < item.box.x1 && y >= item.box.y0 && y < item.box.y1;
  });
}

TEST(ProtectedRegions, UseOnePercentOfTheFrameAsMargin) {
  EXPECT_EQ(defaultMargin({0, 0, 300, 200}), 4);
  EXPECT_EQ(defaultMargin({100, 100, 500, 900}), 4);
  EXPECT_EQ(defaultMargin({0, 0, 3400, 2848}), 29);
  EXPECT_EQ(defaultMargin({0, 0, 2800, 2848}), 28);
}

TEST(ProtectedRegions, PutABoxWithMarginAroundEachLesion) {
  const FieldOfView fov = disc(300, 300, {10, 10, 290, 290});
  LesionMask he = emptyMask(fov, LesionKind::Haemorrhage);
  LesionMask ex = emptyMask(fov, LesionKind::HardExudate);
  paint(he, {100, 100, 110, 105});
  paint(ex, {200, 150, 203, 153});
  const LesionMask masks[] = {he, ex};
  const ProtectedRegions regions = regionsFromMasks(masks, fov);
  ASSERT_EQ(regions.boxes.size(), 2U);
  EXPECT_EQ(regions.boxes[0].box, (Box{96, 96, 114, 109}));
  EXPECT_EQ(regions.boxes[0].kind, LesionKind::Haemorrhage);
  EXPECT_EQ(regions.boxes[0].lesionPixels, 50);
  EXPECT_EQ(regions.boxes[1].kind, LesionKind::HardExudate);
  EXPECT_EQ(regions.tightBoxes[0].box, (Box{100, 100, 110, 105}));
  EXPECT_EQ(regions.lesionPixels(), 59);
  EXPECT_EQ(regions.source, BoxSource::Annotation);

  RegionOptions options;
  options.margin = 0;
  EXPECT_EQ(regionsFromMasks(masks, fov, options).boxes[0].box, (Box{100, 100, 110, 105}));
}

TEST(ProtectedRegions, ClipToTheFrame) {
  const FieldOfView fov = disc(300, 300, {10, 10, 290, 290});
  LesionMask mask = emptyMask(fov, LesionKind::Other);
  paint(mask, {11, 140, 20, 160});
  const ProtectedRegions regions = regionsFromMasks({&mask, 1}, fov);
  ASSERT_EQ(regions.boxes.size(), 1U);
  EXPECT_EQ(regions.boxes[0].box, (Box{10, 136, 24, 164}));
}

TEST(ProtectedRegions, JoinDiagonalPixels) {
  const FieldOfView fov = disc(200, 200, {0, 0, 200, 200});
  LesionMask mask = emptyMask(fov, LesionKind::Microaneurysm);
  for (int i = 0; i < 6; ++i) paint(mask, {80 + i, 80 + i, 81 + i, 81 + i});
  EXPECT_EQ(regionsFromMasks({&mask, 1}, fov).tightBoxes.size(), 1U);
}

TEST(ProtectedRegions, KeepEveryPixelAPersonMarkedButDropASegmentersSpecks) {
  const FieldOfView fov = disc(200, 200, {0, 0, 200, 200});
  LesionMask mask = emptyMask(fov, LesionKind::Microaneurysm);
  paint(mask, {100, 100, 101, 103});  // 3 pixels
  paint(mask, {50, 100, 52, 102});    // 4 pixels
  paint(mask, {1, 1, 4, 4});          // in the frame's dark corner
  const ProtectedRegions annotated = regionsFromMasks({&mask, 1}, fov);
  EXPECT_EQ(annotated.boxes.size(), 3U);
  EXPECT_EQ(annotated.lesionPixels(), 3 + 4 + 9);

  RegionOptions options;
  options.source = BoxSource::Segmentation;
  const ProtectedRegions segmented = regionsFromMasks({&mask, 1}, fov, options);
  ASSERT_EQ(segmented.boxes.size(), 1U);
  EXPECT_EQ(segmented.tightBoxes[0].box, (Box{50, 100, 52, 102}));
  EXPECT_EQ(segmented.lesionPixels(), 4);
  EXPECT_THAT(segmented.notes, Contains(HasSubstr("9 marked pixels lie outside")));
  EXPECT_THAT(segmented.notes, Contains(HasSubstr("1 regions under 4 pixels")));
}

TEST(ProtectedRegions, HaveBoxesForDiscAndFovea) {
  const FieldOfView fov = disc(400, 400, {0, 0, 400, 400});
  LesionMask od = emptyMask(fov, LesionKind::OpticDisc);
  LesionMask fovea = emptyMask(fov, LesionKind::Fovea);
  paint(od, {100, 180, 140, 216});
  paint(od, {5, 200, 7, 201});  // a speck far away
  paint(fovea, {250, 200, 254, 204});
  const LesionMask both[] = {od, fovea};
  ProtectedRegions regions = regionsFromMasks(both, fov);
  EXPECT_TRUE(regions.boxes.empty());
  EXPECT_EQ(regions.lesionPixels(), 0);
  EXPECT_THAT(regions.notes, Contains(HasSubstr("NO_BOXES")));
  ASSERT_EQ(regions.anatomy.size(), 2U);
  EXPECT_EQ(regions.anatomy[0].box, (Box{96, 176, 144, 220}));
  EXPECT_EQ(regions.anatomy[1].kind, LesionKind::Fovea);
  EXPECT_EQ(regions.anatomy[1].box, (Box{252 - 40, 202 - 40, 252 + 40, 202 + 40}));

  RegionOptions off;
  off.opticDisc = false;
  off.fovea = false;
  EXPECT_TRUE(regionsFromMasks(both, fov, off).anatomy.empty());
  const ProtectedRegions alone = regionsFromMasks({&fovea, 1}, fov);
  ASSERT_EQ(alone.anatomy.size(), 1U);
  EXPECT_EQ(alone.anatomy[0].box, (Box{246, 196, 258, 208}));
}

TEST(ProtectedRegions, RefuseAMaskOfAnotherSize) {
  const FieldOfView fov = disc(200, 200, {0, 0, 200, 200});
  const FieldOfView other = disc(200, 199, {0, 0, 200, 199});
  const LesionMask mask = emptyMask(other, LesionKind::Other);
  try {
    regionsFromMasks({&mask, 1}, fov);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InputRejected);
    EXPECT_THAT(error.what(), HasSubstr("m.png"));
    EXPECT_THAT(error.what(), HasSubstr("200×199"));
  }
}

TEST(ProtectedRegions, CheckTheirOptions) {
  EXPECT_TRUE(RegionOptions{}.validate().empty());
  RegionOptions bad;
  bad.margin = -1;
  bad.mergeLimit = 0.5;
  bad.minComponentPixels = 0;
  EXPECT_EQ(bad.validate().size(), 3U);
  const FieldOfView fov = disc(200, 200, {0, 0, 200, 200});
  EXPECT_THROW(regionsFromMasks({}, fov, bad), Error);
}

TEST(ProtectedRegions, WithoutMasksSayWhereTheyComeFrom) {
  const FieldOfView fov = disc(200, 200, {0, 0, 200, 200});
  data::Sample sample;
  const ProtectedRegions regions = regionsOfSample(sample, fov);
  EXPECT_EQ(regions.source, BoxSource::None);
  EXPECT_THAT(regions.notes, Contains(HasSubstr("NO_BOXES")));
  EXPECT_EQ(regions.lesionMask.size(), 200U * 200U);
}

/// Flood fill, the slow way: the definition of an 8-connected component.
std::vector<Box> floodBoxes(std::vector<std::uint8_t> map, int width, int height) {
  std::vector<Box> boxes;
  for (int sy = 0; sy < height; ++sy)
    for (int sx = 0; sx < width; ++sx) {
      if (!map[static_cast<std::size_t>(sy * width + sx)]) continue;
      Box box{sx, sy, sx + 1, sy + 1};
      std::vector<std::pair<int, int>> open{{sx, sy}};
      map[static_cast<std::size_t>(sy * width + sx)] = 0;
      while (!open.empty()) {
        const auto [x, y] = open.back();
        open.pop_back();
        box = data::boundingBox(box, {x, y, x + 1, y + 1});
        for (int ny = std::max(0, y - 1); ny < std::min(height, y + 2); ++ny)
          for (int nx = std::max(0, x - 1); nx < std::min(width, x + 2); ++nx)
            if (std::uint8_t& next = map[static_cast<std::size_t>(ny * width + nx)]; next) {
              next = 0;
              open.emplace_back(nx, ny);
            }
      }
      boxes.push_back(box);
    }
  return boxes;
}

TEST(ProtectedRegions, AgreeWithBruteForceOnRandomMasks) {
  RandomStream random = RandomStream::fromSeed(5, "regions");
  for (int round = 0; round < 60; ++round) {
    const FieldOfView fov = disc(120, 100, {5, 3, 117, 98});
    std::vector<LesionMask> masks{emptyMask(fov, LesionKind::Microaneurysm),
                                  emptyMask(fov, LesionKind::HardExudate)};
    for (int i = 0; i < 30; ++i) {
      const int x = static_cast<int>(random.below(110));
      const int y = static_cast<int>(random.below(90));
      paint(masks[random.below(2)],
            {x, y, x + 1 + static_cast<int>(random.below(6)), y + 1 + static_cast<int>(random.below(6))});
    }
    RegionOptions options;
    options.margin = static_cast<int>(random.below(6));
    const ProtectedRegions regions = regionsFromMasks(masks, fov, options);

    std::vector<std::uint8_t> expected(fov.mask.size());
    for (int y = 0; y < 100; ++y)
      for (int x = 0; x < 120; ++x) {
        const auto at = static_cast<std::size_t>(y * 120 + x);
        const bool marked = masks[0].mask.values[at] || masks[1].mask.values[at];
        expected[at] = marked && x >= 5 && x < 117 && y >= 3 && y < 98;
      }
    ASSERT_EQ(regions.lesionMask, expected);
    std::vector<ProtectedBox> tight;
    std::vector<ProtectedBox> wide;
    for (const Box& box : floodBoxes(expected, 120, 100)) {
      tight.push_back({box});
      wide.push_back({data::intersect(data::dilate(box, *options.margin), fov.frame)});
    }
    EXPECT_EQ(boxesOf(regions.tightBoxes), boxesOf(mergeBoxes(tight, 0, 1.3)));
    EXPECT_EQ(boxesOf(regions.boxes), boxesOf(mergeBoxes(wide, *options.margin, 1.3)));
    for (int y = 0; y < 100; ++y)
      for (int x = 0; x < 120; ++x)
        if (expected[static_cast<std::size_t>(y * 120 + x)]) {
          ASSERT_TRUE(covers(regions.boxes, x, y));
          ASSERT_TRUE(covers(regions.tightBoxes, x, y));
        }
  }
}

}  // namespace
}  // namespace medlocker::segmentation
