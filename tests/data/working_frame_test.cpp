// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/working_frame.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/common/error.h"
#include "core/data/preprocess.h"
#include "tests/data/synthetic.h"

namespace medlocker::data {
namespace {

FieldOfView discField(int width, int height, double cx, double cy, double radius) {
  FieldOfView fov;
  fov.width = width;
  fov.height = height;
  fov.frame = {static_cast<int>(cx - radius), static_cast<int>(cy - radius), static_cast<int>(cx + radius),
               static_cast<int>(cy + radius)};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) fov.mask.push_back(test::inDisc(x, y, cx, cy, radius));
  return fov;
}

TEST(WorkingFrame, HasTheShortSideAskedFor) {
  RandomStream random = test::seededRandom(1);
  const FloatImage view = test::randomView(700, 500, random);
  FieldOfView fov = discField(700, 500, 350, 250, 240);
  fov.frame = {20, 10, 680, 490};  // 660 x 480
  const WorkingFrame frame = makeWorkingFrame(view, fov, 300);
  EXPECT_EQ(frame.shortSide, 300);
  EXPECT_EQ(frame.height, 300);
  EXPECT_EQ(frame.width, static_cast<int>(std::lround(300.0 / 480 * 660)));
  EXPECT_DOUBLE_EQ(frame.rho, 300.0 / 480);
  EXPECT_EQ(frame.image.width, frame.width);
  EXPECT_EQ(frame.image.height, frame.height);
  EXPECT_EQ(frame.mask.size(), static_cast<std::size_t>(frame.width) * frame.height);
  EXPECT_EQ(frame.nativeX(0), 20);
  EXPECT_EQ(frame.nativeY(30), 10 + 48);
}

TEST(WorkingFrame, NeverEnlarges) {
  RandomStream random = test::seededRandom(2);
  const FloatImage view = test::randomView(200, 150, random);
  const FieldOfView fov = discField(200, 150, 100, 75, 60);
  const WorkingFrame frame = makeWorkingFrame(view, fov);
  EXPECT_EQ(frame.shortSide, 120);
  EXPECT_EQ(frame.rho, 1);
  EXPECT_EQ(frame.width, 120);
  for (int y = 0; y < 120; y += 7)
    for (int x = 0; x < 120; x += 7) {
      EXPECT_EQ(frame.image.at(x, y, 1), view.at(x + fov.frame.x0, y + fov.frame.y0, 1));
      EXPECT_EQ(frame.mask[static_cast<std::size_t>(y) * 120 + x] != 0,
                fov.contains(x + fov.frame.x0, y + fov.frame.y0));
    }
}

TEST(WorkingFrame, CoveringBoxContainsEveryNativePixelOfTheBox) {
  RandomStream random = test::seededRandom(3);
  const FloatImage view = test::randomView(611, 503, random);
  const FieldOfView fov = discField(611, 503, 300, 250, 233);
  const WorkingFrame frame = makeWorkingFrame(view, fov, 224);
  const double scaleX = static_cast<double>(frame.width) / fov.frame.width();
  const double scaleY = static_cast<double>(frame.height) / fov.frame.height();
  for (int n = 0; n < 200; ++n) {
    Box native;
    native.x0 = fov.frame.x0 + static_cast<int>(random.below(400));
    native.y0 = fov.frame.y0 + static_cast<int>(random.below(400));
    native.x1 = native.x0 + 1 + static_cast<int>(random.below(60));
    native.y1 = native.y0 + 1 + static_cast<int>(random.below(60));
    const Box working = frame.coveringBox(native);
    EXPECT_LE(working.x0, (native.x0 - fov.frame.x0) * scaleX + 1e-9);
    EXPECT_GE(working.x1, (native.x1 - fov.frame.x0) * scaleX - 1e-9);
    EXPECT_LE(working.y0, (native.y0 - fov.frame.y0) * scaleY + 1e-9);
    EXPECT_GE(working.y1, (native.y1 - fov.frame.y0) * scaleY - 1e-9);
    EXPECT_LT(working.width(), native.width() * scaleX + 2);
  }
  EXPECT_EQ(frame.coveringBox(fov.frame), (Box{0, 0, frame.width, frame.height}));
  EXPECT_TRUE(frame.coveringBox({0, 0, 10, 10}).empty());
}

TEST(WorkingFrame, RefusesSizesOutsideTheRange) {
  const FloatImage view{300, 300, std::vector<float>(300 * 300 * 3)};
  const FieldOfView fov = discField(300, 300, 150, 150, 100);
  EXPECT_THROW(makeWorkingFrame(view, fov, 223), Error);
  EXPECT_THROW(makeWorkingFrame(view, fov, 1025), Error);
  EXPECT_THROW(makeWorkingFrame(resize(view, 299, 300), fov, 448), Error);
}

}  // namespace
}  // namespace medlocker::data
