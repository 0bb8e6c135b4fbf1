// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/field_of_view.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <queue>

#include "core/common/error.h"
#include "tests/data/synthetic.h"

namespace medlocker::data {
namespace {

using Plane = std::vector<std::uint8_t>;

/// The definition of spec 1.3 word for word, slowly: float median, threshold, flood fills.
class SlowFieldOfView {
 public:
  explicit SlowFieldOfView(const FloatImage& view) : width_(view.width), height_(view.height) {
    mask_.resize(static_cast<std::size_t>(width_) * height_);
    for (int y = 0; y < height_; ++y)
      for (int x = 0; x < width_; ++x)
        mask_[index(x, y)] = median(view, x, y) > static_cast<float>(10.0 / 255);
    keepLargest();
    fillHoles();
  }
  const Plane& mask() const { return mask_; }

 private:
  std::size_t index(int x, int y) const { return static_cast<std::size_t>(y) * width_ + x; }

  float median(const FloatImage& view, int x, int y) const {
    std::array<float, 25> values{};
    std::size_t n = 0;
    for (int dy = -2; dy <= 2; ++dy)
      for (int dx = -2; dx <= 2; ++dx) {
        const int u = std::clamp(x + dx, 0, width_ - 1);
        const int v = std::clamp(y + dy, 0, height_ - 1);
        values[n++] = std::max({view.at(u, v, 0), view.at(u, v, 1), view.at(u, v, 2)});
      }
    std::nth_element(values.begin(), values.begin() + 12, values.end());
    return values[12];
  }

  /// Pixels equal to `value` that are connected to the start.
  std::vector<std::size_t> flood(int startX, int startY, std::uint8_t value, bool diagonal,
                                 Plane& seen) const {
    std::vector<std::size_t> found;
    std::queue<std::pair<int, int>> open;
    open.push({startX, startY});
    seen[index(startX, startY)] = 1;
    while (!open.empty()) {
      const auto [x, y] = open.front();
      open.pop();
      found.push_back(index(x, y));
      for (int dy = -1; dy <= 1; ++dy)
        for (int dx = -1; dx <= 1; ++dx) {
          if (!diagonal && dx != 0 && dy != 0) continue;
          const int u = x + dx;
          const int v = y + dy;
          if (u < 0 || v < 0 || u >= width_ || v >= height_ || seen[index(u, v)] ||
              mask_[index(u, v)] != value)
            continue;
          seen[index(u, v)] = 1;
          open.push({u, v});
        }
    }
    return found;
  }

  void keepLargest() {
    Plane seen(mask_.size(), 0);
    std::vector<std::size_t> best;
    for (int y = 0; y < height_; ++y)
      for (int x = 0; x < width_; ++x) {
        if (!mask_[index(x, y)] || seen[index(x, y)]) continue;
        std::vector<std::size_t> component = flood(x, y, 1, true, seen);
        if (component.size() > best.size()) best = std::move(component);
      }
    std::fill(mask_.begin(), mask_.end(), std::uint8_t{0});
    for (const std::size_t at : best) mask_[at] = 1;
  }

  void fillHoles() {
    Plane seen(mask_.size(), 0);
    const auto reach = [&](int x, int y) {
      if (!mask_[index(x, y)] && !seen[index(x, y)]) flood(x, y, 0, false, seen);
    };
    for (int x = 0; x < width_; ++x) reach(x, 0), reach(x, height_ - 1);
    for (int y = 0; y < height_; ++y) reach(0, y), reach(width_ - 1, y);
    for (std::size_t i = 0; i < mask_.size(); ++i)
      if (!seen[i]) mask_[i] = 1;
  }

  int width_;
  int height_;
  Plane mask_;
};

void setPixel(FloatImage& view, int x, int y, float value) {
  for (int c = 0; c < 3; ++c) view.values[(static_cast<std::size_t>(y) * view.width + x) * 3 + c] = value;
}

FloatImage blackView(int width, int height) {
  return {width, height, std::vector<float>(static_cast<std::size_t>(width) * height * 3, 0.F)};
}

FloatImage discView(int width, int height, double cx, double cy, double radius, float value = 0.5F) {
  FloatImage view = blackView(width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      if (test::inDisc(x, y, cx, cy, radius)) setPixel(view, x, y, value);
  return view;
}

TEST(FieldOfView, FindsADiscAndItsFrame) {
  const FieldOfView fov = detectFieldOfView(discView(300, 200, 140, 100, 80));
  EXPECT_FALSE(fov.fallback);
  EXPECT_EQ(fov.frame, (Box{60, 20, 220, 180}));
  EXPECT_TRUE(fov.contains(140, 100));
  EXPECT_FALSE(fov.contains(61, 21));
  EXPECT_EQ(fov.area, std::count(fov.mask.begin(), fov.mask.end(), 1));
  EXPECT_EQ(fov.mask.size(), 300U * 200U);
}

TEST(FieldOfView, IgnoresSpecksAndFillsHoles) {
  FloatImage view = discView(240, 240, 120, 120, 90);
  for (int y = 2; y < 12; ++y)
    for (int x = 2; x < 12; ++x) setPixel(view, x, y, 1.F);  // a label in the corner
  for (int y = 100; y < 130; ++y)
    for (int x = 100; x < 130; ++x) setPixel(view, x, y, 0.F);  // a dark lesion
  const FieldOfView fov = detectFieldOfView(view);
  EXPECT_FALSE(fov.fallback);
  EXPECT_FALSE(fov.contains(6, 6));
  EXPECT_TRUE(fov.contains(115, 115));
  EXPECT_EQ(fov.frame, (Box{30, 30, 210, 210}));
}

TEST(FieldOfView, ThresholdIsTenOf255InAnyChannel) {
  for (int channel = 0; channel < 3; ++channel) {
    Image image(100, 100, 3);
    for (int y = 0; y < 100; ++y)
      for (int x = 0; x < 80; ++x) image.setSample(x, y, channel, 10);
    EXPECT_TRUE(detectFieldOfView(floatView(image)).fallback) << "10 is still dark";
    for (int y = 0; y < 100; ++y)
      for (int x = 0; x < 80; ++x) image.setSample(x, y, channel, 11);
    const FieldOfView fov = detectFieldOfView(floatView(image));
    EXPECT_FALSE(fov.fallback);
    EXPECT_EQ(fov.frame, (Box{0, 0, 80, 100}));
  }
}

TEST(FieldOfView, FallsBackOnBlackSmallAndNarrow) {
  const auto expectWhole = [](const FieldOfView& fov, int width, int height) {
    EXPECT_TRUE(fov.fallback);
    EXPECT_EQ(fov.frame, (Box{0, 0, width, height}));
    EXPECT_EQ(fov.area, static_cast<std::int64_t>(width) * height);
    EXPECT_EQ(std::count(fov.mask.begin(), fov.mask.end(), 1), fov.area);
  };
  expectWhole(detectFieldOfView(blackView(100, 90)), 100, 90);
  expectWhole(detectFieldOfView(discView(300, 300, 150, 150, 40)), 300, 300);  // 5.6 % of the area
  expectWhole(detectFieldOfView(discView(32, 32, 16, 16, 16)), 32, 32);        // under 64 px
  expectWhole(detectFieldOfView(discView(1, 1, 0.5, 0.5, 1)), 1, 1);
  FloatImage bar = blackView(100, 200);
  for (int y = 0; y < 200; ++y)
    for (int x = 20; x < 83; ++x) setPixel(bar, x, y, 1.F);
  expectWhole(detectFieldOfView(bar), 100, 200);  // 63 px wide
  for (int y = 0; y < 200; ++y) setPixel(bar, 83, y, 1.F);
  EXPECT_FALSE(detectFieldOfView(bar).fallback);
}

TEST(FieldOfView, EqualsTheDefinitionOnNoisyPictures) {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    RandomStream random = test::seededRandom(seed);
    const int width = 90 + static_cast<int>(random.below(60));
    const int height = 90 + static_cast<int>(random.below(60));
    FloatImage view = blackView(width, height);
    const double radius = 45 + static_cast<double>(random.below(20));
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        const bool lit = test::inDisc(x, y, width / 2.0, height / 2.0, radius);
        // Overlapping ranges around the threshold make ragged edges, islands and holes.
        const double value = lit ? random.uniform(0.0, 0.10) : random.uniform(0.0, 0.07);
        setPixel(view, x, y, static_cast<float>(value));
      }
    const FieldOfView fov = detectFieldOfView(view);
    ASSERT_FALSE(fov.fallback) << "seed " << seed;
    EXPECT_EQ(fov.mask, SlowFieldOfView(view).mask()) << "seed " << seed;
  }
}

TEST(FieldOfView, RefusesAnEmptyView) {
  EXPECT_THROW(detectFieldOfView(FloatImage{}), Error);
  EXPECT_THROW(detectFieldOfView(FloatImage{4, 4, std::vector<float>(3)}), Error);
}

}  // namespace
}  // namespace medlocker::data
