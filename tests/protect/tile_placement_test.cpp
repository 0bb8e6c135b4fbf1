// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/tile_placement.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/common/random.h"
#include "core/protect/surrogate_view.h"

namespace medlocker::protect {
namespace {

TEST(AffineRow, MatchesThePublishedVectors) {
  EXPECT_DOUBLE_EQ(affineRow(224, 56, 0).scale, 4);
  EXPECT_DOUBLE_EQ(affineRow(224, 56, 0).offset, 3);
  EXPECT_DOUBLE_EQ(affineRow(224, 56, 168).scale, 4);
  EXPECT_DOUBLE_EQ(affineRow(224, 56, 168).offset, -3);
  EXPECT_DOUBLE_EQ(affineRow(448, 112, 100.5).scale, 4);
  EXPECT_NEAR(affineRow(448, 112, 100.5).offset, 1.205357, 5e-7);
}

/// A logo of smooth colours with a soft edge, and a photograph with texture.
struct Scene {
  LogoTile tile;
  data::Image image{60, 50, 3};
  std::vector<float> planes;

  Scene() {
    tile.width = 17;
    tile.height = 12;
    for (int y = 0; y < tile.height; ++y)
      for (int x = 0; x < tile.width; ++x) {
        const double edge = std::min({x + 1, tile.width - x, y + 1, tile.height - y}) / 3.0;
        tile.matte.push_back(static_cast<std::uint16_t>(65535 * std::min(1.0, edge)));
        for (const double c : {0.9, 0.3 + 0.03 * x, 0.2 + 0.05 * y})
          tile.rgb.push_back(static_cast<std::uint16_t>(65535 * c));
      }
    for (int c = 0; c < 3; ++c)
      for (int y = 0; y < 50; ++y)
        for (int x = 0; x < 60; ++x) {
          const int value = 40 + 50 * c + (7 * x + 11 * y + 3 * x * y) % 60;
          image.setSample(x, y, c, value);
          planes.push_back(static_cast<float>(value / 255.0));
        }
  }

  TilePlacer placer(OpacityLaw law) const {
    return {FloatTile(tile, law, false).texture(tile.width, tile.height), static_cast<double>(tile.width),
            static_cast<double>(tile.height), 60, 50};
  }
};

TEST(TilePlacer, EqualsTheComposerAtIntegerPositions) {
  // Acceptance 3: within one level of 255.
  const Scene scene;
  const TargetTile targets = makeTargetTile(scene.tile, scene.image, {0, 255});
  for (const OpacityLaw law : {OpacityLaw::Matte, OpacityLaw::Cap})
    for (const auto& [x, y] : {std::pair{0, 0}, std::pair{21, 17}, std::pair{43, 38}}) {
      const int code = opacityCode(0.63);
      const data::Image composed = compose(scene.image, {{&targets, x, y, code}}, law);
      std::vector<float> planes = scene.planes;
      scene.placer(law).compose(planes.data(),
                                {static_cast<double>(x), static_cast<double>(y), opacityValue(code)});
      for (int c = 0; c < 3; ++c)
        for (int py = 0; py < 50; ++py)
          for (int px = 0; px < 60; ++px)
            ASSERT_NEAR(planes[static_cast<std::size_t>((c * 50 + py) * 60 + px)],
                        composed.sample(px, py, c) / 255.0, 1.0 / 255)
                << px << " " << py;
    }
}

TEST(TilePlacer, DerivativesAgreeWithFiniteDifferences) {
  // Acceptance 3: relative error below 1 % at positions between the pixels.
  const Scene scene;
  RandomStream random = RandomStream::fromSeed(3, "weights");
  std::vector<float> weights(scene.planes.size());
  for (float& w : weights) w = static_cast<float>(random.normal());
  for (const OpacityLaw law : {OpacityLaw::Matte, OpacityLaw::Cap}) {
    const TilePlacer placer = scene.placer(law);
    const auto value = [&](const SoftPlacement& at) {
      std::vector<float> planes = scene.planes;
      placer.compose(planes.data(), at);
      double sum = 0;
      for (std::size_t i = 0; i < planes.size(); ++i) sum += static_cast<double>(planes[i]) * weights[i];
      return sum;
    };
    for (const SoftPlacement& at : {SoftPlacement{10.37, 20.61, 0.5}, SoftPlacement{30.5, 5.25, 0.33},
                                    SoftPlacement{-3.3, 41.7, 0.7}}) {
      const SoftGradient g = placer.gradient(scene.planes.data(), weights.data(), at);
      const double h = 0.01;
      const auto difference = [&](double dx, double dy, double da) {
        return (value({at.x + dx, at.y + dy, at.alpha + da}) - value({at.x - dx, at.y - dy, at.alpha - da})) /
               (2 * h);
      };
      const double scale = std::abs(g.dx) + std::abs(g.dy);
      EXPECT_NEAR(g.dx, difference(h, 0, 0), 0.01 * scale);
      EXPECT_NEAR(g.dy, difference(0, h, 0), 0.01 * scale);
      // Under law cap the derivative jumps where a texel's opacity meets the cap.
      if (law == OpacityLaw::Matte)
        EXPECT_NEAR(g.dAlpha, difference(0, 0, h), 0.01 * std::abs(g.dAlpha) + 1e-3);
    }
  }
}

TEST(TilePlacer, ColourDerivativesAgreeWithFiniteDifferences) {
  const Scene scene;
  const SoftPlacement at{12.25, 8.75, 0.8};
  TileTexture texture = FloatTile(scene.tile, OpacityLaw::Matte, false).texture(17, 12);
  std::vector<float> weights(scene.planes.size());
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<float>(std::sin(0.37 * i));
  const auto value = [&](const TileTexture& t) {
    std::vector<float> planes = scene.planes;
    TilePlacer(t, 17, 12, 60, 50).compose(planes.data(), at);
    double sum = 0;
    for (std::size_t i = 0; i < planes.size(); ++i) sum += static_cast<double>(planes[i]) * weights[i];
    return sum;
  };
  std::vector<double> gradient(texture.colour.size());
  TilePlacer(texture, 17, 12, 60, 50)
      .gradient(scene.planes.data(), weights.data(), at, nullptr, gradient.data());
  for (const std::size_t i : {0U, 100U, 301U, 610U}) {
    const float h = 0.05F;
    TileTexture up = texture;
    TileTexture down = texture;
    up.colour[i] += h;
    down.colour[i] -= h;
    EXPECT_NEAR(gradient[i], (value(up) - value(down)) / (2 * h), 1e-3);
  }
}

}  // namespace
}  // namespace medlocker::protect
