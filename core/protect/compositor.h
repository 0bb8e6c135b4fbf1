// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/data/geometry.h"
#include "core/data/image.h"
#include "core/protect/logo.h"

namespace medlocker::protect {

/// Integer compositing (spec 3.2), the only way a protected file gets its samples. Free functions without
/// state: thread-safe, and the same on every platform, thread count and device.

inline constexpr int kOpacityOne = 65535;  ///< D: opacity code of "fully opaque"

/// Matte: a = α·m. Cap: a = min(luma·m, α), so dark parts of the logo stay transparent (the literature's
/// law).
enum class OpacityLaw { Matte, Cap };
std::string_view toString(OpacityLaw law);
/// "matte" or "cap"; throws Error(InvalidArgument).
OpacityLaw parseOpacityLaw(std::string_view name);

/// A_α = round(65535·α), clamped to 0..65535.
int opacityCode(double alpha);
inline double opacityValue(int code) {
  return static_cast<double>(code) / kOpacityOne;
}

/// A(p) under law matte: (A_α·Q + 32767) div 65535.
constexpr int scaleOpacity(int alphaCode, int matteCode) {
  return static_cast<int>((static_cast<std::int64_t>(alphaCode) * matteCode + 32767) / kOpacityOne);
}

/// Floor division for a positive divisor.
constexpr std::int64_t floorDivide(std::int64_t value, std::int64_t divisor) {
  return value / divisor - (value % divisor < 0 ? 1 : 0);
}

/// v' = (v·(65535 − A) + L·A + 32767) div 65535, floor division, any signed v and L.
constexpr int composeSample(int v, int target, int opacity) {
  const std::int64_t sum = static_cast<std::int64_t>(v) * (kOpacityOne - opacity) +
                           static_cast<std::int64_t>(target) * opacity + 32767;
  return static_cast<int>(floorDivide(sum, kOpacityOne));
}

/// v̂ of spec 3.3: the known-parameter inverse, round half up, clamped to [lowest, highest]. A < 65535.
constexpr int inverseSample(int composed, int target, int opacity, int lowest, int highest) {
  const std::int64_t d = kOpacityOne - opacity;
  const std::int64_t numerator =
      static_cast<std::int64_t>(kOpacityOne) * composed - static_cast<std::int64_t>(opacity) * target;
  const std::int64_t value = floorDivide(2 * numerator + d, 2 * d);
  return static_cast<int>(value < lowest ? lowest : value > highest ? highest : value);
}

/// A tile in the sample values of one image (spec 1.5): target samples L and the two opacity inputs.
struct TargetTile {
  int width = 0;
  int height = 0;
  int channels = 0;
  std::vector<std::int32_t> targets;     ///< width*height*channels, within the image's sample range
  std::vector<std::uint16_t> matte;      ///< Q(p)
  std::vector<std::uint16_t> lumaMatte;  ///< round(65535·luma·m), for law cap
  std::vector<std::uint8_t> core;        ///< 1 where A = 65535 whatever α; empty: nowhere
};

/// Target samples: L = round(lo' + c·(hi' − lo')) clamped to the sample range; luma for one channel;
/// c ← 1 − c for inverted greyscale. `window` is the display window of the image.
TargetTile makeTargetTile(const LogoTile& tile, const data::Image& image, const data::ValueWindow& window);

/// A(p) of every tile pixel for one opacity code.
std::vector<std::uint16_t> opacityMap(const TargetTile& tile, int alphaCode, OpacityLaw law);

/// Mean of A/65535 over the pixels with matte > 0 (ᾱ); 0 for an empty support.
double meanOpacity(const TargetTile& tile, int alphaCode, OpacityLaw law);

/// One tile at one place of an image: corner (x, y) in native pixels.
struct PlacedTile {
  const TargetTile* tile = nullptr;
  int x = 0;
  int y = 0;
  int alphaCode = 0;
};

/// Composes in place. Pixels with A = 0 are not touched. A composed sample equal to the DICOM padding value
/// moves by one towards mid-range. The tile must lie inside the image and fit its channels
/// (Error InvalidArgument).
void composeInto(data::Image& image, const PlacedTile& placed, OpacityLaw law);

/// Composes the tiles one after another onto a copy of `original`.
data::Image compose(const data::Image& original, const std::vector<PlacedTile>& tiles, OpacityLaw law);

/// Tight box of the pixels that differ in any sample; an empty box {0,0,0,0} when none does. Same geometry
/// needed.
data::Box changedBox(const data::Image& before, const data::Image& after);

/// Pixels with A > 0 of one placed tile, width*height of the image, 0 or 1, ORed into `support`.
void markSupport(std::vector<std::uint8_t>& support, int imageWidth, const PlacedTile& placed,
                 OpacityLaw law);

}  // namespace medlocker::protect
