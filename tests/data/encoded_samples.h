// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Files of every kind that a reader may meet, made in memory with the format's own library.

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/common/hash.h"

namespace medlocker::test {

struct PngSpec {
  int width = 4;
  int height = 3;
  int depth = 8;
  int colourType = 0;  ///< PNG's: 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA
  bool interlaced = false;
  std::vector<std::array<std::uint8_t, 3>> palette;
  std::vector<std::uint8_t> paletteAlpha;
  std::vector<Bytes> rows;  ///< packed as PNG has them (16 bit: big endian)
};
Bytes makePng(const PngSpec& spec);

struct TiffSpec {
  int width = 4;
  int height = 3;
  int bits = 8;
  int samples = 1;
  int photometric = 1;  ///< TIFF's: 0 MinIsWhite, 1 MinIsBlack, 2 RGB, 3 palette
  int compression = 1;  ///< 1 none, 5 LZW, 7 JPEG, 8 deflate
  int sampleFormat = 1;
  bool separatePlanes = false;
  int tileSide = 0;  ///< multiple of 16; 0: strips
  int pages = 1;
  int orientation = 1;
  std::string description;
  std::vector<std::array<std::uint16_t, 3>> palette;
  /// Packed rows; with separatePlanes first all of sample 0, then of sample 1, and so on.
  std::vector<Bytes> rows;
};
Bytes makeTiff(const TiffSpec& spec);

struct JpegSpec {
  int width = 16;
  int height = 16;
  int components = 3;  ///< 1 grey, 3 RGB (stored as YCbCr), 4 CMYK (stored as it is)
  bool progressive = false;
  bool adobeMarker = true;  ///< of four-component files
  int quality = 95;
  Bytes samples;  ///< interleaved
  Bytes exif;     ///< content of the APP1 marker, with its "Exif\0\0"
  Bytes profile;
  int dotsPerInch = 0;
};
Bytes makeJpeg(const JpegSpec& spec);

}  // namespace medlocker::test
