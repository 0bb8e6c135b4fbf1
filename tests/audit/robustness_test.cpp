// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/audit/robustness.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace medlocker::audit {
namespace {

using Kind = RobustnessCase::Kind;

data::FloatImage gradient(int width, int height) {
  data::FloatImage out{width, height, {}};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < 3; ++c)
        out.values.push_back(static_cast<float>(0.2 + 0.6 * x / width + 0.05 * c * y / height));
  return out;
}

data::FloatImage one(Kind kind, double value, const data::FloatImage& view, const data::Box& frame) {
  const auto views = applyRobustness({"", kind, value, {}}, view, frame);
  EXPECT_EQ(views.size(), 1u);
  return views.front();
}

TEST(Robustness, TheTableHasEveryRowOnce) {
  std::set<std::string> names;
  for (const RobustnessCase& c : robustnessCases()) EXPECT_TRUE(names.insert(c.name).second) << c.name;
  // 10.4: identity, 4 JPEG, scale, 3 crops, 2 blurs, 2 medians, 4 brightness and contrast, 2 gamma, CLAHE,
  // local mean, 2 flips, ten views.
  EXPECT_EQ(names.size(), 24u);
  EXPECT_EQ(robustnessCases().front().name, "identity");
}

TEST(Robustness, EveryCaseKeepsValuesInRange) {
  const data::FloatImage view = gradient(40, 30);
  for (const RobustnessCase& c : robustnessCases())
    for (const data::FloatImage& out : applyRobustness(c, view, {2, 2, 38, 28})) {
      ASSERT_EQ(out.values.size(), static_cast<std::size_t>(out.width) * out.height * 3) << c.name;
      for (const float v : out.values) ASSERT_TRUE(v >= 0 && v <= 1) << c.name;
    }
}

TEST(Robustness, DoesWhatTheNamesSay) {
  const data::FloatImage view = gradient(40, 30);
  const data::Box all{0, 0, 40, 30};
  EXPECT_EQ(one(Kind::Scale, 0.5, view, all).width, 20);
  const data::FloatImage crop = one(Kind::CentreCrop, 0.8, view, all);
  EXPECT_EQ(crop.width, 32);
  EXPECT_EQ(crop.height, 24);
  EXPECT_EQ(crop.at(0, 0, 0), view.at(4, 3, 0));
  EXPECT_NEAR(one(Kind::Brightness, 1.2, view, all).at(3, 3, 0), 1.2 * view.at(3, 3, 0), 1e-6);
  EXPECT_NEAR(one(Kind::Gamma, 0.8, view, all).at(3, 3, 1), std::pow(view.at(3, 3, 1), 0.8), 1e-5);
  EXPECT_EQ(one(Kind::FlipHorizontal, 0, view, all).at(0, 5, 2), view.at(39, 5, 2));
  EXPECT_EQ(one(Kind::FlipVertical, 0, view, all).at(7, 0, 2), view.at(7, 29, 2));
  EXPECT_NEAR(one(Kind::Jpeg, 95, view, all).at(20, 15, 0), view.at(20, 15, 0), 0.03);
  // A ramp is its own median and its own blur, borders aside.
  EXPECT_NEAR(one(Kind::Median, 5, view, all).at(20, 15, 0), view.at(20, 15, 0), 1e-6);
  EXPECT_NEAR(one(Kind::Blur, 2, view, all).at(20, 15, 0), view.at(20, 15, 0), 1e-4);
  const data::FloatImage flat = one(Kind::Contrast, 0.8, view, all);
  EXPECT_LT(flat.at(39, 0, 0) - flat.at(0, 0, 0), view.at(39, 0, 0) - view.at(0, 0, 0));
}

TEST(Robustness, TenViewsAreFiveAndTheirMirrorImages) {
  const data::FloatImage view = gradient(64, 64);
  const auto views = applyRobustness({"", Kind::TenViews, 0, {}}, view, {0, 0, 64, 64});
  ASSERT_EQ(views.size(), 10u);
  for (std::size_t i = 0; i < 10; i += 2) {
    EXPECT_EQ(views[i].width, 56);
    EXPECT_EQ(views[i].at(0, 9, 0), views[i + 1].at(55, 9, 0));
  }
  EXPECT_EQ(views[2].at(55, 0, 0), view.at(63, 0, 0));  // top right
}

}  // namespace
}  // namespace medlocker::audit
