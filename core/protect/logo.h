// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/common/hash.h"
#include "core/data/geometry.h"
#include "core/data/image.h"

namespace medlocker::protect {

/// A logo as supplied (spec 1.5): transparent margins trimmed, colour premultiplied by the matte. Immutable
/// once made, so safe to share between threads. Values are doubles, because the rendered tile is hashed and
/// must not depend on the vector width of a library.
struct Logo {
  int width = 0;
  int height = 0;
  std::vector<double> premultiplied;  ///< width*height*4: c·m for R, G, B, then m; all in [0,1]
  Digest sha256{};                    ///< of the file bytes, or of the samples where there was no file
};

/// Decodes and checks a logo file (PNG with alpha, or any accepted photograph format, then matte = 1).
/// Throws Error(InputRejected) with "LOGO_BAD" in the message when a side is below 32 px or the mean matte
/// over the trimmed box is below 0.05.
Logo loadLogo(ByteView fileBytes, const std::string& name);
Logo loadLogo(const std::filesystem::path& path);
/// The same checks for samples in memory; `sha256` is the caller's identity of the logo.
Logo makeLogo(const data::Image& rgba, const Digest& sha256, const std::string& name);

/// Size factor s as an exact fraction, so that sizes and records do not depend on rounding.
struct SizeFactor {
  std::int64_t num = 1;
  std::int64_t den = 4;

  double value() const { return static_cast<double>(num) / static_cast<double>(den); }
  /// Nearest fraction with denominator at most 10^6, reduced.
  static SizeFactor fromDouble(double value);
  /// s ← 0.9·s, rounded down to a millionth; reduced (ladder step c).
  SizeFactor shrunk() const;
  bool operator==(const SizeFactor&) const = default;
};

struct PixelSize {
  int width = 0;
  int height = 0;
  bool operator==(const PixelSize&) const = default;
};

/// Native logo size for a frame (spec 1.5): k = min(s·Gw/aw, s·Gh/ah), sides max(1, floor(k·a)). Exact
/// integer arithmetic.
PixelSize logoSize(const Logo& logo, const data::Box& frame, const SizeFactor& size);

/// A logo at its final size in integer form. This is what the tile hash covers and what reproduces a file.
struct LogoTile {
  int width = 0;
  int height = 0;
  std::vector<std::uint16_t> rgb;    ///< width*height*3, straight colour over 65535; 0 where matte is 0
  std::vector<std::uint16_t> matte;  ///< width*height, Q = round(65535·m)
  std::vector<std::uint8_t> core;    ///< width*height, 1 where the opacity is 1 whatever α; empty: nowhere

  /// Number of pixels with matte > 0.
  std::int64_t supportArea() const;
  /// Mean of matte/65535 over the support; 0 for an empty one.
  double meanMatte() const;
};

/// Name and version of the resampler, recorded with every tile.
inline constexpr std::string_view kResamplerName = "area-catmullrom/1";

/// Area averaging where a side shrinks, Catmull-Rom bicubic where it grows, on premultiplied colour.
/// Deterministic on every platform with IEEE doubles.
LogoTile renderTile(const Logo& logo, int width, int height);

/// SHA-256 over "mltile1|w|h|resampler\n", the colours and the matte (16-bit little endian, row-major), and
/// the opaque core where there is one.
Digest tileHash(const LogoTile& tile);

/// BT.709 luma in [0,1] of a straight colour given over 65535.
inline double luma(std::uint16_t r, std::uint16_t g, std::uint16_t b) {
  return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 65535.0;
}

}  // namespace medlocker::protect
