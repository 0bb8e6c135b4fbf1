// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/feasible.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace medlocker::protect {
namespace {

TEST(FeasibleMap, CountsThePublishedExample) {
  // Section 16: frame 100×80, logo 20×10, one box [40,60)×[30,50), F = 1.
  BinaryMap blocked(100, 80);
  blocked.fill({40, 30, 60, 50});
  const FeasibleMap map(blocked, BinaryMap(100, 80, 1), {.logoWidth = 20, .logoHeight = 10});
  EXPECT_EQ(map.columns() * map.rows(), 5751);
  EXPECT_EQ(map.count(), 4620);
}

struct Scene {
  BinaryMap blocked;
  BinaryMap lit;
  std::vector<data::Box> boxes;
  FeasibleRules rules;
};

Scene randomScene(RandomStream& random) {
  const int width = 12 + static_cast<int>(random.below(30));
  const int height = 12 + static_cast<int>(random.below(30));
  Scene scene{BinaryMap(width, height), BinaryMap(width, height, 1), {}, {}};
  const auto boxes = random.below(6);
  for (std::uint64_t i = 0; i < boxes; ++i) {
    const int x = static_cast<int>(random.below(width));
    const int y = static_cast<int>(random.below(height));
    scene.boxes.push_back(
        {x, y, x + 1 + static_cast<int>(random.below(12)), y + 1 + static_cast<int>(random.below(12))});
    scene.blocked.fill(scene.boxes.back());
  }
  if (random.chance(0.5)) {  // a round field of view
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        const double dx = (x + 0.5) / width - 0.5;
        const double dy = (y + 0.5) / height - 0.5;
        scene.lit.at(x, y) = dx * dx + dy * dy <= 0.25;
      }
  }
  scene.rules = {.logoWidth = 1 + static_cast<int>(random.below(12)),
                 .logoHeight = 1 + static_cast<int>(random.below(12)),
                 .minFieldOfView = random.chance(0.5) ? 0.98 : 0.75,
                 .cropSafe = random.chance(0.2)};
  return scene;
}

bool bruteFeasible(const Scene& scene, int x, int y, const BinaryMap* support) {
  const int w = scene.rules.logoWidth;
  const int h = scene.rules.logoHeight;
  const int width = scene.blocked.width;
  const int height = scene.blocked.height;
  if (x < 0 || y < 0 || x + w > width || y + h > height) return false;
  if (scene.rules.cropSafe &&
      (10 * x < width || 10 * y < height || 10 * (x + w) > 9 * width || 10 * (y + h) > 9 * height))
    return false;
  int lit = 0;
  for (int j = y; j < y + h; ++j)
    for (int i = x; i < x + w; ++i) {
      lit += scene.lit.at(i, j);
      if (support && scene.blocked.at(i, j) && support->at(i - x, j - y)) return false;
    }
  if (!support)
    for (const data::Box& box : scene.boxes)
      if (box.x0 - w < x && x < box.x1 && box.y0 - h < y && y < box.y1) return false;
  return lit * 100.0 >= std::lround(100 * scene.rules.minFieldOfView) * static_cast<double>(w * h);
}

void expectTrueNearest(const FeasibleMap& map, const std::vector<Position>& feasible, double x, double y) {
  const auto found = map.project(x, y);
  ASSERT_EQ(found.has_value(), !feasible.empty());
  if (!found) return;
  const auto distance = [&](const Position& p) { return (p.x - x) * (p.x - x) + (p.y - y) * (p.y - y); };
  // `feasible` is in row order, so the first of equal distance has the lower y, then the lower x.
  const auto best =
      std::min_element(feasible.begin(), feasible.end(),
                       [&](const Position& a, const Position& b) { return distance(a) < distance(b); });
  EXPECT_EQ(*found, *best) << "query " << x << ',' << y << " found " << found->x << ',' << found->y
                           << " expected " << best->x << ',' << best->y;
}

TEST(FeasibleMap, EqualsBruteForceOnAThousandRandomSets) {
  RandomStream random = RandomStream::fromSeed(5, "feasible sets");
  for (int round = 0; round < 1000; ++round) {
    const Scene scene = randomScene(random);
    BinaryMap support(scene.rules.logoWidth, scene.rules.logoHeight);
    for (std::uint8_t& value : support.values) value = random.chance(0.4) ? 1 : 0;
    const bool perPixel = random.chance(0.5);
    const FeasibleMap map = perPixel ? FeasibleMap(scene.blocked, scene.lit, scene.rules, support)
                                     : FeasibleMap(scene.blocked, scene.lit, scene.rules);
    std::vector<Position> feasible;
    for (int y = -1; y <= scene.blocked.height; ++y)
      for (int x = -1; x <= scene.blocked.width; ++x) {
        const bool expected = bruteFeasible(scene, x, y, perPixel ? &support : nullptr);
        ASSERT_EQ(map.contains(x, y), expected) << "round " << round << " at " << x << ',' << y;
        if (expected) feasible.push_back({x, y});
      }
    ASSERT_EQ(map.count(), static_cast<std::int64_t>(feasible.size()));
    for (std::size_t i = 0; i < feasible.size(); ++i)
      ASSERT_EQ(map.at(static_cast<std::int64_t>(i)), feasible[i]);
    for (int query = 0; query < 12; ++query) {
      // Integer, half-integer and arbitrary points, inside and well outside.
      const double scale = query % 3 == 0 ? 1 : query % 3 == 1 ? 2 : 1e6;
      const double x = std::round(random.uniform(-15, scene.blocked.width + 15) * scale) / scale;
      const double y = std::round(random.uniform(-15, scene.blocked.height + 15) * scale) / scale;
      expectTrueNearest(map, feasible, x, y);
    }
  }
}

TEST(FeasibleMap, StrideIsTheSmallestThatFitsTheBudget) {
  BinaryMap blocked(90, 70);
  blocked.fill({30, 20, 50, 40});
  const FeasibleMap map(blocked, BinaryMap(90, 70, 1), {.logoWidth = 9, .logoHeight = 7});
  for (const std::int64_t most : {5, 40, 200, 1000, 100000}) {
    const int stride = map.strideFor(most);
    EXPECT_GE(stride, 2);
    EXPECT_LE(static_cast<std::int64_t>(map.lattice(stride).size()), most);
    for (int smaller = 2; smaller < stride; ++smaller)
      EXPECT_GT(static_cast<std::int64_t>(map.lattice(smaller).size()), most);
  }
  for (const Position& p : map.lattice(7))
    EXPECT_TRUE(p.x % 7 == 0 && p.y % 7 == 0 && map.contains(p.x, p.y));
}

TEST(FeasibleMap, LogoLargerThanTheFrameHasNoPosition) {
  const FeasibleMap map(BinaryMap(10, 10), BinaryMap(10, 10, 1), {.logoWidth = 11, .logoHeight = 3});
  EXPECT_EQ(map.count(), 0);
  EXPECT_FALSE(map.project(3, 3).has_value());
  EXPECT_TRUE(map.lattice(2).empty());
}

TEST(FeasibleMap, DrawsAreUniform) {
  BinaryMap blocked(8, 8);
  blocked.fill({2, 2, 6, 6});
  const FeasibleMap map(blocked, BinaryMap(8, 8, 1), {.logoWidth = 1, .logoHeight = 1});
  ASSERT_EQ(map.count(), 48);
  RandomStream random = RandomStream::fromSeed(1, "draws");
  std::vector<int> hits(64, 0);
  const int draws = 48 * 400;
  for (int i = 0; i < draws; ++i) {
    const Position p = map.draw(random);
    ASSERT_TRUE(map.contains(p.x, p.y));
    ++hits[static_cast<std::size_t>(p.y) * 8 + static_cast<std::size_t>(p.x)];
  }
  // 400 expected per cell, standard deviation 20: six of them cover 48 cells with a chance of error below
  // 1e-7.
  for (std::size_t i = 0; i < hits.size(); ++i)
    if (map.contains(static_cast<int>(i % 8), static_cast<int>(i / 8))) {
      EXPECT_NEAR(hits[i], 400, 120);
    }
}

}  // namespace
}  // namespace medlocker::protect
