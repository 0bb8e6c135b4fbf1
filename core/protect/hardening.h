// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/common/random.h"
#include "core/protect/logo.h"

namespace medlocker::protect {

/// What makes a logo harder to subtract (spec 8): every image gets a slightly different one, drawn from its
/// secret stream. Free functions, deterministic on every platform with IEEE doubles, thread-safe.

struct HardeningOptions {
  bool warp = true;         ///< smooth displacement by up to max(0.75 px, 0.004·w)
  bool texture = true;      ///< opacity varies smoothly by a standard deviation of 5 %
  bool jitter = true;       ///< one colour shift of up to 2 % of the range per channel
  bool opaqueCore = false;  ///< a fifth of the logo fully opaque: nothing can be inverted there

  static constexpr HardeningOptions none() { return {false, false, false, false}; }
};

/// What was drawn for one image; 0: not applied. With the logo file they give the same tile again.
struct HardeningSeeds {
  std::uint64_t warp = 0;
  std::uint64_t texture = 0;
  std::uint64_t jitter = 0;
  std::uint64_t core = 0;
  bool operator==(const HardeningSeeds&) const = default;
};

/// From children of the image's secret stream; the stream itself does not move.
HardeningSeeds drawHardening(const HardeningOptions& options, const RandomStream& secret);

/// Pixels that a warped tile needs on every side: the amplitude rounded up; 0 without a warp.
int hardeningPadding(int logoWidth, const HardeningSeeds& seeds);

/// The tile as it goes into the picture. A warp makes it larger by the padding on every side. The texture
/// never changes the support. The opaque core lies where the matte is at least 0.95 and takes at least a
/// fifth of the support where so many pixels qualify, else all of them.
LogoTile hardenTile(const LogoTile& plain, const HardeningSeeds& seeds);

}  // namespace medlocker::protect
