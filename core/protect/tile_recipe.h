// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/common/json.h"
#include "core/protect/hardening.h"
#include "core/protect/logo.h"

namespace medlocker::protect {

/// Colour shifts of a reinforced logo (spec 7.10) as they are recorded: whole codes on a small grid over the
/// tile, so that the tile can be made again from logo, size and record on any machine.
struct Reinforcement {
  int epsilonMilli = 150;  ///< ε_L·1000: a code of ±127 is a shift by ±ε_L of full scale
  int width = 0;           ///< grid
  int height = 0;
  std::vector<std::int8_t> codes;  ///< width*height*3
  bool operator==(const Reinforcement&) const = default;
};

/// Everything beside the logo file that makes the tile of one protected image. One image has one tile;
/// several logos are that tile at several places.
struct TileRecipe {
  PixelSize size;  ///< of the logo before hardening pads it
  HardeningSeeds seeds;
  std::optional<Reinforcement> reinforcement;
  bool operator==(const TileRecipe&) const = default;

  /// {"core_seed", "logo_size", "reinforcement"}: what spec 11.2 has no field for. Integers and strings only.
  Json toJson() const;
  /// Reads toJson()'s object; the seeds of warp, texture and jitter are the caller's to fill in. Throws
  /// Error(InputRejected).
  static TileRecipe fromJson(const Json& json);
};

/// Where the centre of pixel i of n lies between the cells of a grid: bilinear between the cell centres,
/// constant beyond the outer ones.
struct GridWeights {
  int low = 0;
  int high = 0;
  double part = 0;  ///< of `high`
};
GridWeights gridWeights(int i, int n, int cells);

/// Largest side of the grid of a reinforcement.
inline constexpr int kMostReinforcementCells = 64;

/// Colours of `tile` moved by the reinforcement where the matte is above 0, clamped to full scale.
LogoTile reinforceTile(const LogoTile& tile, const Reinforcement& reinforcement);

/// Rendered, hardened and reinforced. Deterministic on every platform with IEEE doubles; thread-safe.
LogoTile makeTile(const Logo& logo, const TileRecipe& recipe);

/// Mean SSIM of two tiles on mid-grey, luminance, 11×11 Gaussian windows inside the tile (spec 7.10); 1 for
/// equal ones. Tiles of one size.
double tileSimilarity(const LogoTile& a, const LogoTile& b);

}  // namespace medlocker::protect
