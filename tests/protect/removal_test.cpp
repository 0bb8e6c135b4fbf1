// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/removal.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/common/error.h"
#include "core/data/synthetic_fundus.h"

namespace medlocker::protect {
namespace {

constexpr int kSize = 160;

/// A photograph with a logo of known colours and constant matte 1 in its inner part.
struct Marked {
  data::Image original;
  data::Image image;
  TargetTile tile;
  PlacedTile placed;
  data::Box box;
};

Logo whiteDisc() {
  data::Image rgba(64, 64, 3);
  rgba.alpha.assign(64 * 64, 0);
  for (int y = 0; y < 64; ++y)
    for (int x = 0; x < 64; ++x) {
      const double r = std::hypot(x - 31.5, y - 31.5);
      rgba.alpha[static_cast<std::size_t>(y) * 64 + x] = r < 30 && (r > 18 || r < 9) ? 255 : 0;
      for (int c = 0; c < 3; ++c) rgba.setSample(x, y, c, 255);
    }
  return makeLogo(rgba, {}, "disc");
}

Marked mark(std::uint64_t patient, int x, int y, double alpha) {
  Marked out;
  const data::SyntheticFundusOptions options{.width = kSize, .height = kSize, .grade = 1};
  out.original = data::renderSyntheticFundus(options, RandomStream::fromSeed(patient, "removal")).image;
  out.tile = makeTargetTile(renderTile(whiteDisc(), 40, 40), out.original, {0, 255});
  out.box = {x, y, x + 40, y + 40};
  out.placed = {nullptr, x, y, opacityCode(alpha)};
  out.image = compose(out.original, {{&out.tile, x, y, opacityCode(alpha)}}, OpacityLaw::Matte);
  return out;
}

std::vector<PlacedTile> tilesOf(const Marked& m) {
  return {{&m.tile, m.placed.x, m.placed.y, m.placed.alphaCode}};
}

/// Mean absolute error against the original inside the box, in levels.
double error(const data::FloatImage& view, const Marked& m) {
  double sum = 0;
  for (int y = m.box.y0; y < m.box.y1; ++y)
    for (int x = m.box.x0; x < m.box.x1; ++x)
      for (int c = 0; c < 3; ++c) sum += std::abs(255 * view.at(x, y, c) - m.original.sample(x, y, c));
  return sum / (3.0 * static_cast<double>(m.box.area()));
}

data::FloatImage viewOf(const data::Image& image) {
  return data::floatView(image);
}

TEST(Removal, KnowingEverythingLeavesRoundingOnly) {
  const Marked m = mark(1, 50, 60, 0.7);
  const data::Image reversed = reverseBlend(m.image, tilesOf(m), OpacityLaw::Matte);
  int worst = 0;
  for (int y = 0; y < kSize; ++y)
    for (int x = 0; x < kSize; ++x)
      for (int c = 0; c < 3; ++c)
        worst = std::max(worst, std::abs(reversed.sample(x, y, c) - m.original.sample(x, y, c)));
  EXPECT_LE(worst, 2);  // floor(0.5/(1 - 0.7) + 0.5)
  EXPECT_GT(error(viewOf(m.image), m), 20);
}

TEST(Removal, AConstantOpacityIsWrongWhereTheMatteVaries) {
  Marked m = mark(2, 50, 60, 0.7);
  for (std::size_t i = 0; i < m.tile.matte.size(); ++i)
    if (m.tile.matte[i] > 0 && i % 2 == 0) m.tile.matte[i] = static_cast<std::uint16_t>(m.tile.matte[i] / 2);
  m.image = compose(m.original, tilesOf(m), OpacityLaw::Matte);
  const double exact = error(viewOf(reverseBlend(m.image, tilesOf(m), OpacityLaw::Matte)), m);
  const double constant = error(viewOf(reverseConstantBlend(m.image, tilesOf(m), OpacityLaw::Matte)), m);
  EXPECT_LT(exact, 1.5);
  EXPECT_GT(constant, 5 * exact);
}

TEST(Removal, BlackoutAndMeanFillTouchTheBoxAlone) {
  const Marked m = mark(3, 50, 60, 0.8);
  const data::FloatImage view = viewOf(m.image);
  const data::FloatImage black = blackOut(view, {m.box});
  const data::FloatImage mean = fillWithMean(view, {m.box}, data::detectFieldOfView(view));
  for (int y = 0; y < kSize; ++y)
    for (int x = 0; x < kSize; ++x) {
      const bool inside = x >= 50 && x < 90 && y >= 60 && y < 100;
      ASSERT_EQ(black.at(x, y, 0), inside ? 0.0F : view.at(x, y, 0));
      if (!inside) ASSERT_EQ(mean.at(x, y, 1), view.at(x, y, 1));
    }
  EXPECT_LT(error(mean, m), error(view, m));
  EXPECT_GT(mean.at(60, 70, 0), mean.at(60, 70, 2));  // the retina is reddish
}

TEST(Removal, InpaintingBringsTheRetinaBackApproximately) {
  const Marked m = mark(4, 50, 60, 0.8);
  std::vector<std::uint8_t> support(static_cast<std::size_t>(kSize) * kSize);
  markSupport(support, kSize, tilesOf(m)[0], OpacityLaw::Matte);
  const std::vector<std::uint8_t> mask = dilateMask(support, kSize, kSize, kInpaintDilation);
  const data::FloatImage view = viewOf(m.image);
  for (const InpaintMethod method : {InpaintMethod::NavierStokes, InpaintMethod::FastMarching}) {
    const data::FloatImage filled = inpaint(view, mask, method);
    EXPECT_LT(error(filled, m), 0.25 * error(view, m));
    for (std::size_t i = 0; i < mask.size(); ++i)
      if (!mask[i]) ASSERT_EQ(filled.values[3 * i], view.values[3 * i]);
  }
}

TEST(Removal, TheCleanLogoLeadsToPlaceAndOpacity) {
  const Marked m = mark(5, 70, 44, 0.6);
  const data::FloatImage view = viewOf(m.image);
  const data::FieldOfView fov = data::detectFieldOfView(view);
  const auto guess = locateLogo(view, fov, whiteDisc());
  ASSERT_TRUE(guess);
  EXPECT_GT(guess->score, 0.6);
  EXPECT_NEAR((guess->box.x0 + guess->box.x1) / 2.0, 90, 4);
  EXPECT_NEAR((guess->box.y0 + guess->box.y1) / 2.0, 64, 4);
  EXPECT_NEAR(guess->opacity, 0.6, 0.12);
}

TEST(Removal, ManyImagesBetrayTheLogo) {
  MultiImageEstimate estimate;
  std::vector<Marked> images;
  for (std::uint64_t i = 0; i < 24; ++i)
    images.push_back(mark(100 + i, 40 + static_cast<int>(i % 5) * 8, 50 + static_cast<int>(i % 7) * 5, 0.5));
  for (const Marked& m : images) estimate.add(viewOf(m.image), m.box);
  EXPECT_EQ(estimate.images(), 24u);
  estimate.estimate();
  double before = 0;
  double after = 0;
  for (const Marked& m : images) {
    before += error(viewOf(m.image), m);
    after += error(estimate.remove(viewOf(m.image), m.box), m);
  }
  EXPECT_LT(after, 0.6 * before) << before / 24 << " " << after / 24;
}

TEST(Removal, MultiImageEstimateNeedsImages) {
  MultiImageEstimate estimate;
  EXPECT_THROW(estimate.estimate(), Error);
  EXPECT_THROW(estimate.add(viewOf(mark(1, 50, 60, 0.5).image), {150, 150, 190, 190}), Error);
}

}  // namespace
}  // namespace medlocker::protect
