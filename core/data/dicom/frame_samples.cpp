// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/dicom/frame_samples.h"

#include <algorithm>
#include <cmath>

#include "core/common/error.h"

namespace medlocker::data::dicom {
namespace {

std::uint16_t wordAt(const Bytes& bytes, std::size_t index, bool wide) {
  if (!wide) return bytes[index];
  return static_cast<std::uint16_t>(bytes[2 * index] | (bytes[2 * index + 1] << 8));
}

/// Where Bits Stored lie in a stored word.
struct Field {
  explicit Field(const PixelDescription& pixels)
      : shift(static_cast<int>(pixels.highBit + 1 - pixels.bitsStored)),
        mask((1U << pixels.bitsStored) - 1),
        signBit(1U << (pixels.bitsStored - 1)),
        isSigned(pixels.isSigned),
        allocatedMask(pixels.bitsAllocated == 16 ? 0xFFFFU : 0xFFU) {}

  /// Value of a stored word, sign-extended to the allocated width.
  unsigned value(unsigned word) const {
    const unsigned bits = (word >> shift) & mask;
    return (isSigned && (bits & signBit) ? bits | ~mask : bits) & allocatedMask;
  }
  /// The word that a writer without anything else in it would have made.
  unsigned plainWord(unsigned value) const {
    return (shift == 0 ? value : (value & mask) << shift) & allocatedMask;
  }
  unsigned mergedWord(unsigned value, unsigned before) const {
    if (before == plainWord(this->value(before))) return plainWord(value);
    return (before & ~(mask << shift) & allocatedMask) | ((value & mask) << shift);
  }

  int shift;
  unsigned mask;
  unsigned signBit;
  bool isSigned;
  unsigned allocatedMask;
};

std::uint8_t clamp8(double value) {
  return static_cast<std::uint8_t>(std::clamp(std::floor(value + 0.5), 0.0, 255.0));
}

void ybrToRgb(std::uint8_t y, std::uint8_t cb, std::uint8_t cr, std::uint8_t* rgb) {
  const double blue = cb - 128.0;
  const double red = cr - 128.0;
  rgb[0] = clamp8(y + 1.402 * red);
  rgb[1] = clamp8(y - (0.114 * 1.772 * blue + 0.299 * 1.402 * red) / 0.587);
  rgb[2] = clamp8(y + 1.772 * blue);
}

void requireLength(const StoredFrame& frame, std::size_t wanted) {
  if (frame.bytes.size() < wanted)
    throw Error(ErrorCode::Internal, "a decoder gave fewer samples than the picture has");
}

/// Two pixels share their colour differences: Y Y Cb Cr.
Image halvedToRgb(const StoredFrame& frame, int width, int height) {
  Image image(width, height, 3);
  const std::size_t pairs = static_cast<std::size_t>(width) * height / 2;
  requireLength(frame, pairs * 4);
  std::uint8_t* out = image.bytes().data();
  for (std::size_t i = 0; i < pairs; ++i) {
    const std::uint8_t* in = frame.bytes.data() + 4 * i;
    ybrToRgb(in[0], in[2], in[3], out + 6 * i);
    ybrToRgb(in[1], in[2], in[3], out + 6 * i + 3);
  }
  return image;
}

}  // namespace

Image samplesOf(const StoredFrame& frame, const PixelDescription& pixels) {
  const int width = static_cast<int>(pixels.columns);
  const int height = static_cast<int>(pixels.rows);
  if (frame.photometric == "YBR_FULL_422" && !frame.planar &&
      frame.bytes.size() < static_cast<std::size_t>(width) * height * 3)
    return halvedToRgb(frame, width, height);
  const int channels = static_cast<int>(pixels.samplesPerPixel);
  const bool wide = pixels.bitsAllocated == 16;
  Image image(width, height, channels, static_cast<int>(pixels.bitsAllocated),
              static_cast<int>(pixels.bitsStored), pixels.isSigned);
  requireLength(frame, image.bytes().size());
  const Field field(pixels);
  const std::size_t area = static_cast<std::size_t>(width) * height;
  const std::size_t count = image.sampleCount();
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t pixel = i / static_cast<std::size_t>(channels);
    const std::size_t channel = i % static_cast<std::size_t>(channels);
    const std::size_t from = frame.planar ? channel * area + pixel : i;
    const unsigned value = field.value(wordAt(frame.bytes, from, wide));
    if (wide)
      image.samples16()[i] = static_cast<std::uint16_t>(value);
    else
      image.samples8()[i] = static_cast<std::uint8_t>(value);
  }
  if (frame.photometric.starts_with("YBR_FULL")) {
    if (wide) throw Error(ErrorCode::InputRejected, "has YBR colours of 16 bits, which are not read");
    std::uint8_t* rgb = image.bytes().data();
    for (std::size_t i = 0; i < area; ++i, rgb += 3) ybrToRgb(rgb[0], rgb[1], rgb[2], rgb);
  }
  return image;
}

Image paletteToRgb(const Image& indices, const Palette& palette) {
  const int last = static_cast<int>(palette.channels[0].size()) - 1;
  Image image(indices.width(), indices.height(), 3, palette.eightBit ? 8 : 16);
  const std::size_t count = indices.sampleCount();
  const bool wide = indices.bitsAllocated() == 16;
  for (std::size_t i = 0; i < count; ++i) {
    const int stored = wide ? indices.samples16()[i] : indices.samples8()[i];
    const auto entry = static_cast<std::size_t>(std::clamp(stored - palette.first, 0, last));
    for (std::size_t c = 0; c < 3; ++c) {
      const std::uint16_t value = palette.channels[c][entry];
      if (palette.eightBit)
        image.samples8()[3 * i + c] = static_cast<std::uint8_t>(value);
      else
        image.samples16()[3 * i + c] = value;
    }
  }
  return image;
}

Bytes storedBytesOf(const Image& image, const StoredFrame& original, const PixelDescription& pixels) {
  const bool wide = image.bitsAllocated() == 16;
  const std::size_t count = image.sampleCount();
  Bytes out(count * (wide ? 2 : 1));
  // Converted colours (palette, YBR) have nothing in common with the words before.
  const bool comparable = pixels.samplesPerPixel == static_cast<std::uint32_t>(image.channels()) &&
                          pixels.bitsAllocated == static_cast<std::uint32_t>(image.bitsAllocated()) &&
                          !original.photometric.starts_with("YBR") && original.bytes.size() >= out.size();
  const Field field(pixels);
  const auto channels = static_cast<std::size_t>(image.channels());
  const std::size_t area = count / channels;
  for (std::size_t i = 0; i < count; ++i) {
    unsigned word = wide ? image.samples16()[i] : image.samples8()[i];
    if (comparable) {
      const std::size_t from = original.planar ? (i % channels) * area + i / channels : i;
      word = field.mergedWord(word, wordAt(original.bytes, from, wide));
    }
    if (wide) {
      out[2 * i] = static_cast<std::uint8_t>(word);
      out[2 * i + 1] = static_cast<std::uint8_t>(word >> 8);
    } else {
      out[i] = static_cast<std::uint8_t>(word);
    }
  }
  return out;
}

}  // namespace medlocker::data::dicom
