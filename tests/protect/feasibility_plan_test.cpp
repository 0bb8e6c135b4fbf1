// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/feasibility_plan.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/common/error.h"
#include "core/common/random.h"

namespace medlocker::protect {
namespace {

Logo squareLogo() {
  Logo logo;
  logo.width = logo.height = 40;
  logo.premultiplied.assign(40 * 40 * 4, 1.0);
  return logo;
}

/// Opaque only in its upper left quarter and along its right and bottom edge: most of its box is clear.
Logo sparseLogo() {
  Logo logo;
  logo.width = logo.height = 40;
  logo.premultiplied.assign(40 * 40 * 4, 0.0);
  for (int y = 0; y < 40; ++y)
    for (int x = 0; x < 40; ++x)
      if (x == 39 || y == 39 || (x < 20 && y < 20))
        for (int c = 0; c < 4; ++c) logo.premultiplied[static_cast<std::size_t>((y * 40 + x) * 4 + c)] = 1.0;
  return logo;
}

std::vector<segmentation::ProtectedBox> boxed(const std::vector<data::Box>& boxes) {
  std::vector<segmentation::ProtectedBox> out;
  for (const data::Box& box : boxes) out.push_back({.box = box});
  return out;
}

struct Scene {
  data::FieldOfView fov;
  data::WorkingFrame frame;
  segmentation::ProtectedRegions regions;
};

/// A photograph of width×height whose field of view is the whole image (or its inscribed ellipse).
Scene scene(int width, int height, bool ellipse = false) {
  Scene s;
  s.fov.width = width;
  s.fov.height = height;
  s.fov.frame = {0, 0, width, height};
  s.fov.mask.assign(static_cast<std::size_t>(width) * height, 1);
  if (ellipse)
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        const double dx = (x + 0.5) / width - 0.5;
        const double dy = (y + 0.5) / height - 0.5;
        s.fov.mask[static_cast<std::size_t>(y) * width + x] = dx * dx + dy * dy <= 0.25;
      }
  for (const std::uint8_t lit : s.fov.mask) s.fov.area += lit;
  data::FloatImage view;
  view.width = width;
  view.height = height;
  view.values.assign(static_cast<std::size_t>(width) * height * 3, 0.5F);
  s.frame = data::makeWorkingFrame(view, s.fov, 224);
  return s;
}

FeasibilityResult plan(const Scene& s, const Logo& logo, const FeasibilityOptions& options = {}) {
  return planFeasibility(logo, s.fov, s.frame, s.regions, options);
}

TEST(FeasibilityPlan, FreeImageUsesTheFirstStep) {
  const Scene s = scene(300, 400);
  const auto result = plan(s, squareLogo());
  ASSERT_EQ(result.outcome, FeasibilityOutcome::Ok);
  EXPECT_EQ(result.plan->step, FeasibilityStep::Normal);
  EXPECT_EQ(result.plan->tile.width, 75);
  // 300×400 becomes 224×299, and 75·299/400 = 56.06 is rounded up.
  EXPECT_EQ(result.plan->workingSize, (PixelSize{56, 57}));
  EXPECT_EQ(result.plan->working.count(), (224 - 56 + 1) * (299 - 57 + 1));
}

TEST(FeasibilityPlan, MarginGoesFirst) {
  Scene s = scene(300, 300);
  // With margin the boxes fill the frame; without it a corridor of 80 px stays.
  s.regions.boxes = boxed({{0, 0, 300, 300}});
  s.regions.tightBoxes = boxed({{0, 0, 110, 300}, {190, 0, 300, 300}});
  const auto result = plan(s, squareLogo());
  ASSERT_EQ(result.outcome, FeasibilityOutcome::Ok);
  EXPECT_EQ(result.plan->step, FeasibilityStep::NoMargin);
  for (int x = 0; x < 300; ++x)
    EXPECT_EQ(result.plan->native.contains(x, 10), x >= 110 && x + 75 <= 190) << x;
}

TEST(FeasibilityPlan, ThenLesionPixelsAgainstTheLogosSupport) {
  Scene s = scene(300, 300);
  s.regions.boxes = s.regions.tightBoxes = boxed({{0, 0, 300, 300}});
  // Lesions every 60 px: no clear box of 75 px, but the sparse logo's clear part lets them through.
  s.regions.lesionMask.assign(300 * 300, 0);
  for (int y = 30; y < 300; y += 60)
    for (int x = 30; x < 300; x += 60) s.regions.lesionMask[static_cast<std::size_t>(y) * 300 + x] = 1;
  EXPECT_NE(plan(s, squareLogo()).plan->step, FeasibilityStep::PerPixel);
  const auto result = plan(s, sparseLogo());
  ASSERT_EQ(result.outcome, FeasibilityOutcome::Ok);
  EXPECT_EQ(result.plan->step, FeasibilityStep::PerPixel);
  // Every working position really is free of lesions once taken to native pixels and repaired.
  const LogoTile& tile = result.plan->tile;
  for (std::int64_t i = 0; i < result.plan->working.count(); i += 37) {
    const Position p = result.plan->working.at(i);
    const auto native = result.plan->native.repair(s.frame.nativeX(p.x), s.frame.nativeY(p.y));
    ASSERT_TRUE(native.has_value());
    for (int y = 0; y < tile.height; ++y)
      for (int x = 0; x < tile.width; ++x)
        if (tile.matte[static_cast<std::size_t>(y) * tile.width + x]) {
          ASSERT_EQ(s.regions.lesionMask[static_cast<std::size_t>(native->y + y) * 300 + native->x + x], 0);
        }
  }
}

TEST(FeasibilityPlan, ThenASmallerLogo) {
  Scene s = scene(400, 400);
  // Free room of 60 px only; the full logo is 100 px.
  s.regions.boxes = s.regions.tightBoxes = boxed({{0, 0, 400, 170}, {0, 230, 400, 400}});
  const auto result = plan(s, squareLogo());
  ASSERT_EQ(result.outcome, FeasibilityOutcome::Ok);
  EXPECT_EQ(result.plan->step, FeasibilityStep::Smaller);
  EXPECT_LE(result.plan->tile.height, 60);
  EXPECT_GT(result.plan->tile.height, 50);  // the largest of the sizes that fit: 0.9^5·100 = 59
  EXPECT_GE(result.plan->size.value(), 1.0 / 12);
}

TEST(FeasibilityPlan, ThenLessOfTheFieldOfView) {
  Scene s = scene(400, 400);
  // Lit stripes: 5 of 6 rows, so no box reaches 98 %, every box has about 83 %.
  for (int y = 0; y < 400; ++y)
    if (y % 6 == 0)
      for (int x = 0; x < 400; ++x) s.fov.mask[static_cast<std::size_t>(y) * 400 + x] = 0;
  data::FloatImage view;
  view.width = view.height = 400;
  view.values.assign(400 * 400 * 3, 0.5F);
  s.frame = data::makeWorkingFrame(view, s.fov, 400);
  const auto result = plan(s, squareLogo());
  ASSERT_EQ(result.outcome, FeasibilityOutcome::Ok);
  EXPECT_EQ(result.plan->step, FeasibilityStep::LessFieldOfView);
  EXPECT_DOUBLE_EQ(result.plan->minFieldOfView, 0.75);
  EXPECT_EQ(result.plan->size, (SizeFactor{1, 4}));  // the size goes back to the full one
}

TEST(FeasibilityPlan, AnatomyIsReleasedOnlyWhenAllowed) {
  Scene s = scene(300, 300);
  s.regions.anatomy = boxed({{0, 0, 300, 300}});
  EXPECT_EQ(plan(s, squareLogo()).outcome, FeasibilityOutcome::Infeasible);
  const auto result = plan(s, squareLogo(), {.releaseAnatomy = true});
  ASSERT_EQ(result.outcome, FeasibilityOutcome::Ok);
  EXPECT_EQ(result.plan->step, FeasibilityStep::AnatomyReleased);
}

TEST(FeasibilityPlan, BoxesDrawnByAPersonAreNeverReleased) {
  Scene s = scene(300, 300);
  s.regions.userBoxes = boxed({{0, 0, 300, 300}});
  EXPECT_EQ(plan(s, squareLogo(), {.releaseAnatomy = true}).outcome, FeasibilityOutcome::Infeasible);
}

TEST(FeasibilityPlan, OverlapNeedsTheExplicitOptionAndCoversLeast) {
  Scene s = scene(300, 300);
  s.regions.boxes = s.regions.tightBoxes = boxed({{0, 0, 300, 300}});
  s.regions.lesionMask.assign(300 * 300, 1);
  // One place has fewer lesion pixels than any other: a clear hole of 20×20 at (200, 100).
  for (int y = 100; y < 120; ++y)
    for (int x = 200; x < 220; ++x) s.regions.lesionMask[static_cast<std::size_t>(y) * 300 + x] = 0;
  EXPECT_EQ(plan(s, squareLogo()).outcome, FeasibilityOutcome::Infeasible);
  const auto result = plan(s, squareLogo(), {.allowLesionOverlap = true});
  ASSERT_EQ(result.outcome, FeasibilityOutcome::Ok);
  EXPECT_EQ(result.plan->step, FeasibilityStep::LesionOverlap);
  ASSERT_TRUE(result.plan->forced.has_value());
  const int x = s.frame.nativeX(result.plan->forced->x);
  const int y = s.frame.nativeY(result.plan->forced->y);
  // Within 2 px: a working pixel is 1.34 native ones, and the native corner is rounded.
  EXPECT_LE(x, 202);
  EXPECT_GE(x + result.plan->tile.width, 218);
  EXPECT_LE(y, 102);
  EXPECT_GE(y + result.plan->tile.height, 118);
}

TEST(FeasibilityPlan, TinyImagesAreRefusedOrGetALargerLogo) {
  EXPECT_EQ(plan(scene(60, 300), squareLogo()).outcome, FeasibilityOutcome::TooSmall);
  const auto raised = plan(scene(80, 80), squareLogo());
  ASSERT_EQ(raised.outcome, FeasibilityOutcome::Ok);
  EXPECT_EQ(raised.plan->size, (SizeFactor{1, 2}));
  Logo wide;
  wide.width = 400;
  wide.height = 40;
  wide.premultiplied.assign(400 * 40 * 4, 1.0);
  EXPECT_EQ(plan(scene(100, 100), wide).outcome, FeasibilityOutcome::TooSmall);
}

TEST(FeasibilityPlan, WrongMaskSizeIsAnError) {
  Scene s = scene(100, 100);
  s.regions.lesionMask.assign(99, 0);
  EXPECT_THROW(plan(s, squareLogo()), Error);
}

TEST(NativeFeasibility, RepairIsTheTrueNearestPosition) {
  RandomStream random = RandomStream::fromSeed(8, "native repair");
  for (int round = 0; round < 60; ++round) {
    const bool safe = random.chance(0.3);
    Scene s = scene(70 + static_cast<int>(random.below(40)), 70 + static_cast<int>(random.below(40)), true);
    std::vector<data::Box> boxes;
    for (int i = 0; i < 8; ++i) {
      const int x = static_cast<int>(random.below(90));
      const int y = static_cast<int>(random.below(90));
      boxes.push_back(
          {x, y, x + 5 + static_cast<int>(random.below(20)), y + 5 + static_cast<int>(random.below(20))});
    }
    const FeasibleRules rules{14, 11, 0.98, safe};
    const bool perPixel = random.chance(0.5);
    BinaryMap pixels(s.fov.width, s.fov.height);
    BinaryMap support(14, 11);
    if (perPixel) {
      for (const data::Box& box : boxes) pixels.fill(box);
      for (std::uint8_t& value : support.values) value = random.chance(0.3) ? 1 : 0;
    }
    const NativeFeasibility native(s.fov, perPixel ? std::vector<data::Box>{} : boxes,
                                   perPixel ? pixels.values : std::vector<std::uint8_t>{},
                                   perPixel ? support : BinaryMap{}, rules);
    const int qx = static_cast<int>(random.below(s.fov.width)) - 5;
    const int qy = static_cast<int>(random.below(s.fov.height)) - 5;
    std::optional<Position> best;
    long bestDistance = 0;
    for (int y = 0; y < s.fov.height; ++y)
      for (int x = 0; x < s.fov.width; ++x) {
        const long distance = static_cast<long>(x - qx) * (x - qx) + static_cast<long>(y - qy) * (y - qy);
        if ((best && distance >= bestDistance) || !native.contains(x, y)) continue;
        best = {x, y};
        bestDistance = distance;
      }
    EXPECT_EQ(native.repair(qx, qy), best) << round;
  }
}

}  // namespace
}  // namespace medlocker::protect
