// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/common/hash.h"
#include "core/data/image.h"

namespace medlocker::data {

enum class FileFormat { Png, Jpeg, Tiff, Bmp, Webp, Jpeg2000, Dicom, Npz, Unknown };

std::string_view toString(FileFormat format);
/// By the first bytes; never by the name.
FileFormat sniffFormat(ByteView bytes);
/// By the name's extension, lower-cased; Unknown where it is none of ours.
FileFormat formatOfExtension(const std::filesystem::path& path);
/// The formats accepted as photographs.
bool isImageExtension(const std::filesystem::path& path);

/// Checked from the file's header, before any pixel memory is allocated.
struct DecodeLimits {
  std::uint64_t maxFileBytes = 1ULL << 30;
  std::uint64_t maxPixels = 200'000'000;  ///< width*height
  int maxSide = 50'000;
};

struct DecodedImage {
  Image image;
  FileFormat format = FileFormat::Unknown;
  std::vector<std::string> notices;  ///< for example "palette image converted to RGB"
};

/// Decodes strictly: a truncated stream, a checksum error or a decoder warning that changes samples is
/// refused. JPEG is decoded with the slow integer IDCT and fancy upsampling. 1-bit images are refused (they
/// are masks). Thread-safe. Throws Error(InputRejected) with `name` as context.
DecodedImage decodeImage(ByteView bytes, const std::string& name, const DecodeLimits& limits = {});

/// Reads and decodes; a file whose content is of another type than its extension says is refused as
/// mislabelled.
DecodedImage readImage(const std::filesystem::path& path, const DecodeLimits& limits = {});

struct EncodeOptions {
  std::string protectedNote;  ///< flag text (PNG iTXt, TIFF ImageDescription); empty: none
  int pngCompression = 6;     ///< 1..12
};

/// Lossless encodings only: Png, Tiff, Bmp. Keeps ICC profile, resolution, orientation and alpha where the
/// format can; drops location and personal tags. Bmp has no room for the flag: the note is dropped and the
/// caller must know. Thread-safe.
Bytes encodeImage(const Image& image, FileFormat format, const EncodeOptions& options = {});

/// A lesion mask: 1 where lesion. Accepts 1-bit (white = lesion, or palette with any coloured index), 8-bit,
/// RGB. Values are thresholded: pixels at least halfway between the file's background and its brightest mask
/// value per channel maximum; masks that were not exactly two-valued get a notice. Throws
/// Error(InputRejected).
struct MaskImage {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> values;  ///< 0 or 1
  std::vector<std::string> notices;
};
MaskImage readMask(const std::filesystem::path& path, const DecodeLimits& limits = {});

}  // namespace medlocker::data
