// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Internal to the data module: one reader (and writer) per file format. Readers throw
// Error(InputRejected) with the name as context and touch no global state, so all of them are thread-safe.

#include <cstdint>
#include <optional>
#include <string>

#include "core/data/image_io.h"

namespace medlocker::data::codecs {

struct ReadRequest {
  const std::string& name;
  const DecodeLimits& limits;
  bool mask = false;  ///< 1-bit rasters are allowed and become 0 and 255
};

[[noreturn]] void refuse(const ReadRequest& request, const std::string& reason);
/// Called with the header's numbers before any pixel memory exists.
void checkSize(const ReadRequest& request, std::uint64_t width, std::uint64_t height);
/// The text for a 1-bit raster where a photograph was expected.
[[noreturn]] void refuseBilevel(const ReadRequest& request);
/// For "stored size S cannot come from this few bytes": refuses before allocating.
void checkPlausible(const ReadRequest& request, std::uint64_t leastBytes, std::uint64_t fileBytes);

/// Splits interleaved samples with a trailing alpha channel (2 or 4 channels of `bytesPerSample` bytes) into
/// `image` and its alpha.
void splitAlpha(ByteView interleaved, int channelsWithAlpha, Image& image);
/// The reverse; without alpha a plain copy of the samples.
Bytes joinAlpha(const Image& image);

/// EXIF orientation tag of a TIFF-structured block ("II*\0…" or "MM\0*…", without the "Exif\0\0"
/// prefix): 1..8; empty where the tag is absent or the block is malformed. Reads nothing else.
std::optional<int> exifOrientation(ByteView tiff);
/// A minimal EXIF block that holds the orientation alone.
Bytes exifWithOrientation(int orientation);

DecodedImage readPng(ByteView bytes, const ReadRequest& request);
DecodedImage readJpeg(ByteView bytes, const ReadRequest& request);
DecodedImage readTiff(ByteView bytes, const ReadRequest& request);
DecodedImage readBmp(ByteView bytes, const ReadRequest& request);
DecodedImage readWebp(ByteView bytes, const ReadRequest& request);
DecodedImage readJpeg2000(ByteView bytes, const ReadRequest& request);

Bytes writePng(const Image& image, const EncodeOptions& options);
Bytes writeTiff(const Image& image, const EncodeOptions& options);
Bytes writeBmp(const Image& image, const EncodeOptions& options);

}  // namespace medlocker::data::codecs
