// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Internal to the DICOM code: from the bytes of one frame to samples, and back.

#include <array>
#include <cstdint>
#include <vector>

#include "core/data/dicom/prescan.h"
#include "core/data/image.h"

namespace medlocker::data::dicom {

/// Samples of one frame as stored: 8 bits, or 16 bits little endian.
struct StoredFrame {
  Bytes bytes;
  bool planar = false;
  std::string photometric;  ///< of these bytes: a decoder may have converted the colours
};

struct Palette {
  int first = 0;  ///< stored value of the first entry
  bool eightBit = true;
  std::array<std::vector<std::uint16_t>, 3> channels;  ///< equally long, not empty
};

/// The stored values: bits outside Bits Stored are cut off, signed values extended; colours are interleaved,
/// YBR becomes RGB (ITU-R BT.601 full range, PS3.3 C.7.6.3.1.2). `frame` must be of the right length
/// (Error Internal).
Image samplesOf(const StoredFrame& frame, const PixelDescription& pixels);
/// Indices to RGB; values below the first entry take the first, above the last the last.
Image paletteToRgb(const Image& indices, const Palette& palette);

/// The reverse for greyscale and RGB as they are: 8- or 16-bit little-endian samples by pixel. Bits outside
/// Bits Stored come from `original` (the stored frame before the change) where they are not mere sign or zero
/// extension.
Bytes storedBytesOf(const Image& image, const StoredFrame& original, const PixelDescription& pixels);

}  // namespace medlocker::data::dicom
