// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/common/hash.h"
#include "core/data/geometry.h"
#include "core/data/image.h"

/// Protected JPEG files that stay JPEG (spec 13.3 b and c). Free functions, thread-safe.
namespace medlocker::data {

/// Quantised DCT coefficients of a JPEG file.
struct JpegCoefficients {
  struct Component {
    int blocksWide = 0;
    int blocksHigh = 0;
    int blocksPerMcuX = 1;  ///< sampling factors
    int blocksPerMcuY = 1;
    std::vector<std::int16_t> values;  ///< blocksWide*blocksHigh*64, natural order within a block
  };
  int width = 0;
  int height = 0;
  int mcuWidth = 8;  ///< pixels
  int mcuHeight = 8;
  std::vector<Component> components;
};
/// Throws Error(InputRejected).
JpegCoefficients readJpegCoefficients(ByteView jpeg, const std::string& name);

/// The smallest box of whole MCUs around `box`; may reach over the right and lower edge of the image.
Box alignToMcus(const JpegCoefficients& layout, const Box& box);

struct JpegBlockEdit {
  Bytes file;  ///< the edited JPEG
  /// With it restoreJpegBlocks() gives back the source byte for byte (tried out). Empty where that is not
  /// possible; `whyNot` says why.
  std::optional<Bytes> undo;
  std::string whyNot;
};

/// Replaces the DCT blocks of those MCUs in which `composed` differs from `decoded` (the source's samples);
/// all other coefficients stay what they are. `note` is the flag text: it goes into the EXIF UserComment and
/// a comment. ICC profile, JFIF density and orientation are kept, every other marker is dropped. Grey and
/// three-component Huffman-coded files; others throw Error(Unsupported).
JpegBlockEdit replaceJpegBlocks(ByteView source, const Image& decoded, const Image& composed,
                                const std::string& note, const std::string& name);

/// The source file of an edit. Strict; throws Error(InputRejected) where `undo` does not fit the file.
Bytes restoreJpegBlocks(ByteView edited, ByteView undo);

/// The whole picture compressed again with the source's quantisation tables and sampling; markers as above.
/// Throws Error(Unsupported) for four-component sources.
Bytes encodeJpegLike(const Image& image, ByteView source, const std::string& note, const std::string& name);

}  // namespace medlocker::data
