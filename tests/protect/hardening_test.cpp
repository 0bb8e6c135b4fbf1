// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/hardening.h"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>

#include "core/common/error.h"
#include "core/protect/compositor.h"
#include "core/protect/tile_recipe.h"

namespace medlocker::protect {
namespace {

Logo ringLogo() {
  Logo logo;
  logo.width = 96;
  logo.height = 80;
  for (int y = 0; y < 80; ++y)
    for (int x = 0; x < 96; ++x) {
      const double r = std::hypot((x - 47.5) / 47.5, (y - 39.5) / 39.5);
      const double matte = r < 1 && r > 0.4 ? 1 : r <= 0.4 ? 0.6 : 0;
      for (const double c : {0.9, 0.5, 0.2}) logo.premultiplied.push_back(c * matte);
      logo.premultiplied.push_back(matte);
    }
  return logo;
}

TEST(Hardening, NoSeedsNoChange) {
  const LogoTile plain = renderTile(ringLogo(), 60, 50);
  const LogoTile same = hardenTile(plain, {});
  EXPECT_EQ(tileHash(same), tileHash(plain));
  EXPECT_EQ(hardeningPadding(60, {}), 0);
}

TEST(Hardening, SeedsComeFromTheSecretAndOptionsDoNotChangeEachOther) {
  const RandomStream secret = RandomStream::fromSeed(4, "secret");
  const HardeningSeeds all = drawHardening({true, true, true, true}, secret);
  const HardeningSeeds some = drawHardening({false, true, false, false}, secret);
  EXPECT_NE(all.warp, 0U);
  EXPECT_NE(all.core, 0U);
  EXPECT_EQ(some.texture, all.texture);
  EXPECT_EQ(some.warp, 0U);
  EXPECT_EQ(drawHardening(HardeningOptions::none(), secret), HardeningSeeds());
  EXPECT_NE(drawHardening({}, RandomStream::fromSeed(5, "secret")).warp, all.warp);
}

TEST(Hardening, AWarpMovesPixelsByAtMostItsAmplitude) {
  // A vertical edge: where the warped matte crosses one half shows how far the edge went.
  LogoTile plain;
  plain.width = plain.height = 120;
  for (int y = 0; y < 120; ++y)
    for (int x = 0; x < 120; ++x) {
      plain.matte.push_back(x < 60 ? 65535 : 0);
      plain.rgb.insert(plain.rgb.end(), {x < 60 ? std::uint16_t{65535} : std::uint16_t{0}, 0, 0});
    }
  double largest = 0;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    const HardeningSeeds seeds{.warp = seed};
    const int padding = hardeningPadding(120, seeds);
    EXPECT_EQ(padding, 1);
    const LogoTile warped = hardenTile(plain, seeds);
    ASSERT_EQ(warped.width, 120 + 2 * padding);
    for (int y = 10; y < warped.height - 10; ++y) {
      double edge = 0;
      for (int x = 10; x < warped.width; ++x)
        edge += warped.matte[static_cast<std::size_t>(y) * warped.width + x] / 65535.0;
      const double shift = edge - (60 + padding - 10);
      largest = std::max(largest, std::abs(shift));
    }
    for (std::size_t i = 0; i < warped.matte.size(); ++i)
      if (warped.matte[i] > 0) ASSERT_EQ(warped.rgb[3 * i], 65535);  // no fringe
  }
  EXPECT_LE(largest, 0.75 + 0.02);  // 0.02: blending of the edge pixel
  EXPECT_GT(largest, 0.4);
}

TEST(Hardening, TextureVariesOpacityByFivePercentAndKeepsTheSupport) {
  Logo logo = ringLogo();
  for (double& value : logo.premultiplied) value *= 0.6;  // room above, so that clamping takes nothing away
  const LogoTile plain = renderTile(logo, 150, 125);
  const LogoTile textured = hardenTile(plain, {.texture = 9});
  double sum = 0;
  double squares = 0;
  double count = 0;
  for (std::size_t i = 0; i < plain.matte.size(); ++i) {
    EXPECT_EQ(plain.matte[i] > 0, textured.matte[i] > 0);
    if (plain.matte[i] < 1000) continue;
    const double ratio = static_cast<double>(textured.matte[i]) / plain.matte[i] - 1;
    sum += ratio;
    squares += ratio * ratio;
    ++count;
  }
  const double deviation = std::sqrt(squares / count - (sum / count) * (sum / count));
  EXPECT_NEAR(deviation, 0.05, 0.005);  // a few pixels at the edge are left out here
  EXPECT_EQ(textured.rgb, plain.rgb);
}

TEST(Hardening, JitterIsOneSmallShiftPerChannel) {
  const LogoTile plain = renderTile(ringLogo(), 60, 50);
  const LogoTile shifted = hardenTile(plain, {.jitter = 77});
  EXPECT_EQ(shifted.matte, plain.matte);
  for (std::size_t c = 0; c < 3; ++c) {
    std::optional<int> shift;
    for (std::size_t i = 0; i < plain.matte.size(); ++i) {
      if (plain.matte[i] == 0) continue;
      const int d = shifted.rgb[3 * i + c] - plain.rgb[3 * i + c];
      if (!shift) shift = d;
      EXPECT_NEAR(d, *shift, 1);
      EXPECT_LE(std::abs(d), 0.02 * 65535 + 1);
    }
    EXPECT_NE(*shift, 0);
  }
}

TEST(Hardening, AnOpaqueCoreCoversAFifthWhateverTheOpacity) {
  const LogoTile tile = hardenTile(renderTile(ringLogo(), 90, 75), {.core = 3});
  std::int64_t core = 0;
  for (std::size_t i = 0; i < tile.core.size(); ++i) {
    core += tile.core[i];
    if (tile.core[i]) EXPECT_GE(tile.matte[i], 0.95 * 65535);
  }
  EXPECT_GE(static_cast<double>(core), 0.2 * static_cast<double>(tile.supportArea()));
  EXPECT_LE(static_cast<double>(core), 0.2 * static_cast<double>(tile.supportArea()) + 1);
  data::Image image(100, 100, 3);
  for (int y = 0; y < 100; ++y)
    for (int x = 0; x < 100; ++x) image.setSample(x, y, 0, (x * y) % 251);
  const TargetTile targets = makeTargetTile(tile, image, {0, 255});
  for (const OpacityLaw law : {OpacityLaw::Matte, OpacityLaw::Cap}) {
    const data::Image composed = compose(image, {{&targets, 5, 6, opacityCode(0.4)}}, law);
    for (int y = 0; y < tile.height; ++y)
      for (int x = 0; x < tile.width; ++x)
        if (tile.core[static_cast<std::size_t>(y) * tile.width + x])
          ASSERT_EQ(composed.sample(x + 5, y + 6, 0),
                    targets.targets[3 * (static_cast<std::size_t>(y) * tile.width + x)]);
  }
}

TEST(TileRecipe, TravelsThroughJson) {
  TileRecipe recipe;
  recipe.size = {70, 61};
  recipe.seeds.core = 0xfedcba9876543210ULL;
  Reinforcement r{250, 48, 40, {}};
  for (int i = 0; i < 48 * 40 * 3; ++i) r.codes.push_back(static_cast<std::int8_t>(i * 7 % 255 - 127));
  recipe.reinforcement = r;
  const Json json = Json::parse(recipe.toJson().dump());
  EXPECT_EQ(TileRecipe::fromJson(json), recipe);
  for (const Json& part : json["reinforcement"]["codes"]) EXPECT_LE(part.get<std::string>().size(), 4096U);
  for (const char* key : {"logo_size", "core_seed", "reinforcement"}) {
    Json broken = json;
    broken[key] = 5;
    EXPECT_THROW(TileRecipe::fromJson(broken), Error) << key;
  }
  Json shorter = json;
  shorter["reinforcement"]["height"] = 39;
  EXPECT_THROW(TileRecipe::fromJson(shorter), Error);
}

TEST(Reinforcement, MovesColoursWithinTheMatteByAtMostEpsilon) {
  const LogoTile plain = renderTile(ringLogo(), 60, 50);
  Reinforcement r{150, 12, 10, std::vector<std::int8_t>(12 * 10 * 3, 0)};
  EXPECT_EQ(tileHash(reinforceTile(plain, r)), tileHash(plain));
  EXPECT_EQ(tileSimilarity(plain, plain), 1);
  for (std::size_t i = 0; i < r.codes.size(); ++i) r.codes[i] = (i / 3) % 2 ? 127 : -127;
  const LogoTile moved = reinforceTile(plain, r);
  EXPECT_EQ(moved.matte, plain.matte);
  int largest = 0;
  for (std::size_t i = 0; i < plain.rgb.size(); ++i) {
    largest = std::max(largest, std::abs(moved.rgb[i] - plain.rgb[i]));
    if (plain.matte[i / 3] == 0) EXPECT_EQ(moved.rgb[i], 0);
  }
  EXPECT_LE(largest, 0.15 * 65535 + 1);
  EXPECT_GT(largest, 0.10 * 65535);
  EXPECT_LT(tileSimilarity(plain, moved), 0.99);
}

}  // namespace
}  // namespace medlocker::protect
