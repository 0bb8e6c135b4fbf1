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

/// The tag by which our own flag text is recognised: every note begins with it (spec 13.1).
inline constexpr std::string_view kProtectedNotePrefix = "Protected image, not for diagnosis";

/// Decodes strictly: a truncated stream, a checksum error or a decoder warning that may concern samples is
/// refused. What is understood:
/// - PNG: grey 2..16 bit, RGB 8/16, palette (to RGB), alpha and tRNS (kept as alpha), interlaced.
/// - JPEG (lossySource): baseline and progressive, grey, YCbCr, RGB; slow integer IDCT, fancy upsampling.
/// CMYK
///   and YCCK with an Adobe marker and no ICC profile are converted with the plain device formula R = C·K/255
///   (Adobe stores inverted inks) and a notice; other four-channel files are refused, because their colours
///   are undefined without colour management.
/// - TIFF: grey 8/16 bit signed or not, RGB 8/16, palette (to RGB), one alpha channel, strips or tiles,
///   contiguous or separate planes; first page only (notice); MinIsWhite stays stored as it is (`inverted`).
/// - BMP uncompressed 4, 8, 24 and 32 bit; WebP (lossySource unless lossless); JPEG 2000 8/16 bit
///   (lossySource when the irreversible transform was used).
/// 1-bit images are refused (they are masks). Samples stay in stored orientation. Thread-safe. Throws
/// Error(InputRejected) with `name` as context.
DecodedImage decodeImage(ByteView bytes, const std::string& name, const DecodeLimits& limits = {});

/// Reads and decodes; a file whose content is of another type than its extension says is refused as
/// mislabelled. Throws Error(NotFound/Io/InputRejected) with the path as context.
DecodedImage readImage(const std::filesystem::path& path, const DecodeLimits& limits = {});

/// Library, version and settings that turn JPEG bytes into samples; recorded because decoders differ (spec
/// 11.1).
std::string jpegDecoderSettings();

struct EncodeOptions {
  /// Flag text, beginning with kProtectedNotePrefix; printable ASCII. Empty: none.
  std::string protectedNote;
  /// What the picture is, printable ASCII; not read back. PNG (tEXt "Description") and TIFF
  /// (ImageDescription, after the flag) carry it, BMP cannot. Empty: none.
  std::string description;
  int pngCompression = 6;  ///< libdeflate level 1..12
};

/// True for the formats that encodeImage can write.
bool canEncode(FileFormat format);
/// True where the format has room for the flag text: PNG (iTXt, keyword "MedLocker") and TIFF
/// (ImageDescription). BMP has none: the flag is lost there and the caller must say so.
bool canCarryNote(FileFormat format);

/// Lossless encodings only: Png, Tiff, Bmp. Keeps ICC profile, resolution, orientation and alpha where the
/// format can (BMP: resolution and alpha); everything else of the source, such as location and personal
/// tags, is not written. TIFF keeps the source's compression (LZW, deflate, none), else uses deflate. PNG and
/// BMP have no signed and no inverted samples and BMP no 16-bit ones: Error(Unsupported). Samples with fewer
/// significant bits than allocated read back from PNG with bits() == bitsAllocated(). The same input gives
/// the same bytes. Thread-safe.
Bytes encodeImage(const Image& image, FileFormat format, const EncodeOptions& options = {});

/// A lesion mask: 1 where lesion, in the file's stored orientation.
struct MaskImage {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> values;  ///< 0 or 1
  std::vector<std::string> notices;
};

/// Reads a lesion mask: 1-bit, palette, grey or RGB, any depth and format of decodeImage. The background is
/// black; alpha is ignored. A pixel's value v is the maximum over its channels, so that pure dark red counts
/// like white. With M the mask's largest v:
/// - M = 0: no lesion.
/// - Exactly two values, 0 and M: lesion where v = M, whatever M is (0/1 label masks, palette colours).
/// - Otherwise lesion where v > M/4, with a notice. The quarter drops JPEG noise and keeps the middle value
/// of
///   0/127/255 masks (a missed lesion is worse than a larger box).
/// - Many values but M under a quarter of full scale: in a lossy file that is noise on black (no lesion,
///   notice); in a lossless one it cannot be told from labels, and is refused.
/// A mask without any background pixel is refused. Thread-safe. Throws Error(NotFound/Io/InputRejected).
MaskImage readMask(const std::filesystem::path& path, const DecodeLimits& limits = {});
MaskImage decodeMask(ByteView bytes, const std::string& name, const DecodeLimits& limits = {});

}  // namespace medlocker::data
