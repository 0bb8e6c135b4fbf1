// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/common/hash.h"

namespace medlocker::data {

/// Compression of a TIFF source, so that a rewritten file keeps its kind.
enum class TiffCompression { Unknown, None, Lzw, Deflate, PackBits };

/// Colour space that PNG states without an ICC profile (chunks sRGB, gAMA, cHRM; values as stored).
struct PngColourSpace {
  std::optional<std::uint8_t> renderingIntent;          ///< sRGB chunk: 0..3
  std::uint32_t gamma100000 = 0;                        ///< gAMA; 0: absent
  std::array<std::uint32_t, 8> chromaticities100000{};  ///< cHRM: white, red, green, blue x, y; all 0: absent
  bool operator==(const PngColourSpace&) const = default;
};

/// What travels with the samples but is not a sample.
struct ImageMetadata {
  Bytes iccProfile;  ///< as stored; empty: none
  PngColourSpace pngColourSpace;
  double dotsPerMetreX = 0;  ///< 0: unknown
  double dotsPerMetreY = 0;
  int orientation = 1;              ///< EXIF 1..8; samples stay in stored orientation
  bool inverted = false;            ///< low values are bright (DICOM MONOCHROME1, TIFF MinIsWhite)
  bool lossySource = false;         ///< the source was lossily compressed
  bool premultipliedAlpha = false;  ///< TIFF associated alpha: colours are stored multiplied by alpha
  TiffCompression tiffCompression = TiffCompression::Unknown;
  std::optional<double> windowLo;  ///< display window in stored values, when the file has one
  std::optional<double> windowHi;
  std::optional<int> paddingValue;  ///< DICOM Pixel Padding Value
  /// Text of our own "protected, not for diagnosis" flag found in the file; empty: none.
  std::string protectedNote;
};

/// A lossless raster: 1 or 3 interleaved channels of 8- or 16-bit samples, row-major, top row first
/// (spec 1.1). A source's alpha channel is kept beside the samples, untouched, and is never an input to a
/// model. Owns its memory; a value type. Signed 16-bit samples are stored as two's complement. Colour order
/// is R, G, B.
class Image {
 public:
  Image() = default;
  /// channels 1 or 3; bitsAllocated 8 or 16; bits (significant) 8..bitsAllocated. Throws
  /// Error(InvalidArgument).
  Image(int width, int height, int channels, int bitsAllocated = 8, int bits = 0 /* = bitsAllocated */,
        bool isSigned = false);

  int width() const { return width_; }
  int height() const { return height_; }
  int channels() const { return channels_; }
  int bitsAllocated() const { return bitsAllocated_; }
  int bits() const { return bits_; }
  bool isSigned() const { return signed_; }
  bool empty() const { return width_ == 0 || height_ == 0; }
  std::size_t sampleCount() const { return static_cast<std::size_t>(width_) * height_ * channels_; }
  int minValue() const { return signed_ ? -(1 << (bits_ - 1)) : 0; }
  int maxValue() const { return signed_ ? (1 << (bits_ - 1)) - 1 : (1 << bits_) - 1; }

  /// Raw storage, little endian, sampleCount() * bitsAllocated()/8 bytes.
  std::span<std::uint8_t> bytes() { return storage_; }
  ByteView bytes() const { return storage_; }
  /// Typed views; only for the matching bitsAllocated() (asserted).
  std::span<std::uint8_t> samples8();
  std::span<const std::uint8_t> samples8() const;
  std::span<std::uint16_t> samples16();
  std::span<const std::uint16_t> samples16() const;

  /// Value of channel c at column x, row y, sign-extended. Slow path for tests and small regions.
  int sample(int x, int y, int c) const;
  void setSample(int x, int y, int c, int value);

  /// width*height samples of the same depth, or empty.
  Bytes alpha;
  ImageMetadata metadata;

  /// Same geometry, depth and samples; metadata and alpha are not compared.
  bool sameSamples(const Image& other) const;

 private:
  int width_ = 0;
  int height_ = 0;
  int channels_ = 0;
  int bitsAllocated_ = 8;
  int bits_ = 8;
  bool signed_ = false;
  Bytes storage_;
};

/// Container-independent hash of the samples (spec 11.1): SHA-256 over
/// "mlpx1|W|H|S|bits_allocated|signed|frame\n" and the samples.
Digest pixelHash(const Image& image, std::uint32_t frame = 0);

/// Float view of spec 1.2: values in [0,1], always three channels, interleaved (row, column, channel).
struct FloatImage {
  int width = 0;
  int height = 0;
  std::vector<float> values;  ///< width*height*3

  float at(int x, int y, int c) const { return values[(static_cast<std::size_t>(y) * width + x) * 3 + c]; }
};

/// Sample value range [lo,hi] that is mapped to [0,1] (spec 1.2).
struct ValueWindow {
  double lo = 0;
  double hi = 255;
};

/// 8 bit: 0..255. More: the file's window, else 0.5 % and 99.5 % sample percentiles inside the field of view
/// (whole image first, then recomputed once inside it).
ValueWindow displayWindow(const Image& image);
FloatImage floatView(const Image& image, const ValueWindow& window);
inline FloatImage floatView(const Image& image) {
  return floatView(image, displayWindow(image));
}

}  // namespace medlocker::data
