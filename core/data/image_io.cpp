// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/image_io.h"

#include <algorithm>
#include <array>

#include "core/common/error.h"
#include "core/common/files.h"
#include "core/data/codecs/codec.h"
#include "core/data/codecs/mask_threshold.h"
#include "core/data/dicom/dicom_image.h"

namespace medlocker::data {
namespace {

struct Extension {
  std::string_view text;
  FileFormat format;
};

constexpr Extension kExtensions[] = {
    {".png", FileFormat::Png},      {".jpg", FileFormat::Jpeg},     {".jpeg", FileFormat::Jpeg},
    {".jpe", FileFormat::Jpeg},     {".jfif", FileFormat::Jpeg},    {".tif", FileFormat::Tiff},
    {".tiff", FileFormat::Tiff},    {".bmp", FileFormat::Bmp},      {".dib", FileFormat::Bmp},
    {".webp", FileFormat::Webp},    {".jp2", FileFormat::Jpeg2000}, {".j2k", FileFormat::Jpeg2000},
    {".j2c", FileFormat::Jpeg2000}, {".dcm", FileFormat::Dicom},    {".dicom", FileFormat::Dicom},
    {".npz", FileFormat::Npz},
};

bool matches(ByteView bytes, std::size_t at, std::string_view magic) {
  if (bytes.size() < at || bytes.size() - at < magic.size()) return false;
  return std::equal(magic.begin(), magic.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at),
                    [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
}

using namespace std::string_view_literals;

DecodedImage decodeDicom(ByteView bytes, const codecs::ReadRequest& request) {
  const dicom::DicomImage file(bytes, request.name, request.limits);
  DecodedImage out = file.readFrame(0);
  if (file.info().frames > 1)
    out.notices.emplace_back("multi-frame DICOM file: only the first frame is used");
  return out;
}

DecodedImage decode(ByteView bytes, const codecs::ReadRequest& request) {
  if (bytes.empty()) codecs::refuse(request, "is empty");
  if (bytes.size() > request.limits.maxFileBytes)
    codecs::refuse(request, "is larger than allowed (" + std::to_string(bytes.size()) + " > " +
                                std::to_string(request.limits.maxFileBytes) + " bytes)");
  switch (sniffFormat(bytes)) {
    case FileFormat::Png:
      return codecs::readPng(bytes, request);
    case FileFormat::Jpeg:
      return codecs::readJpeg(bytes, request);
    case FileFormat::Tiff:
      return codecs::readTiff(bytes, request);
    case FileFormat::Bmp:
      return codecs::readBmp(bytes, request);
    case FileFormat::Webp:
      return codecs::readWebp(bytes, request);
    case FileFormat::Jpeg2000:
      return codecs::readJpeg2000(bytes, request);
    case FileFormat::Dicom:
      return decodeDicom(bytes, request);
    case FileFormat::Npz:
      codecs::refuse(request,
                     "holds " + std::string(toString(sniffFormat(bytes))) + " data, not a picture file");
    case FileFormat::Unknown:
      break;
  }
  codecs::refuse(request, "is not an image of a known format");
}

/// The bytes of a file whose content is of the type its name says.
Bytes readChecked(const std::filesystem::path& path, const DecodeLimits& limits) {
  Bytes bytes = readFile(path, limits.maxFileBytes);
  if (bytes.empty()) throw Error(ErrorCode::InputRejected, "is empty", path.string());
  const FileFormat named = formatOfExtension(path);
  const FileFormat found = sniffFormat(bytes);
  if (named == FileFormat::Unknown || named == found) return bytes;
  const std::string is = found == FileFormat::Unknown
                             ? "does not hold a " + std::string(toString(named)) + " image"
                             : "is mislabelled: it holds " + std::string(toString(found)) + " data";
  throw Error(ErrorCode::InputRejected, is + ", but its name ends in " + path.extension().string(),
              path.string());
}

void checkEncodable(const Image& image, FileFormat format, const EncodeOptions& options) {
  const std::string name(toString(format));
  if (!canEncode(format))
    throw Error(ErrorCode::Unsupported, "images are not written as " + name + "; PNG, TIFF and BMP are");
  const auto cannot = [&](const char* what) {
    throw Error(ErrorCode::Unsupported, name + " cannot hold " + what);
  };
  if (format != FileFormat::Tiff && image.isSigned()) cannot("signed samples");
  if (format != FileFormat::Tiff && image.metadata.inverted) cannot("inverted greyscale");
  if (format != FileFormat::Tiff && image.metadata.premultipliedAlpha && !image.alpha.empty())
    cannot("premultiplied alpha");
  if (format == FileFormat::Bmp && image.bitsAllocated() != 8) cannot("16-bit samples");
  const std::size_t pixels = static_cast<std::size_t>(image.width()) * image.height();
  if (!image.alpha.empty() &&
      image.alpha.size() != pixels * (static_cast<std::size_t>(image.bitsAllocated()) / 8))
    throw Error(ErrorCode::InvalidArgument, "the alpha channel does not fit the image");
  if (image.metadata.orientation < 1 || image.metadata.orientation > 8)
    throw Error(ErrorCode::InvalidArgument, "the orientation must be 1 to 8");
  if (options.pngCompression < 1 || options.pngCompression > 12)
    throw Error(ErrorCode::InvalidArgument, "the PNG compression level must be 1 to 12");
  const std::string_view note = options.protectedNote;
  if (!note.empty() && !note.starts_with(kProtectedNotePrefix))
    throw Error(ErrorCode::InvalidArgument,
                "a protection note begins with \"" + std::string(kProtectedNotePrefix) + "\"");
  const auto isPlain = [](std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) { return c < 0x20 || c > 0x7E; });
  };
  if (!isPlain(note)) throw Error(ErrorCode::InvalidArgument, "a protection note is printable ASCII");
  // A description that held the flag's text would make the file look protected.
  if (!isPlain(options.description) || options.description.find(kProtectedNotePrefix) != std::string::npos)
    throw Error(ErrorCode::InvalidArgument, "a description is printable ASCII and not a protection note");
}

}  // namespace

std::string_view toString(FileFormat format) {
  switch (format) {
    case FileFormat::Png:
      return "PNG";
    case FileFormat::Jpeg:
      return "JPEG";
    case FileFormat::Tiff:
      return "TIFF";
    case FileFormat::Bmp:
      return "BMP";
    case FileFormat::Webp:
      return "WebP";
    case FileFormat::Jpeg2000:
      return "JPEG 2000";
    case FileFormat::Dicom:
      return "DICOM";
    case FileFormat::Npz:
      return "NPZ";
    case FileFormat::Unknown:
      break;
  }
  return "unknown";
}

FileFormat sniffFormat(ByteView bytes) {
  // The preamble of a DICOM file may be the header of another format: WSI files are TIFF files as well.
  if (matches(bytes, 128, "DICM"sv)) return FileFormat::Dicom;
  if (matches(bytes, 0, "\x89PNG\r\n\x1A\n"sv)) return FileFormat::Png;
  if (matches(bytes, 0, "\xFF\xD8\xFF"sv)) return FileFormat::Jpeg;
  // Classic TIFF and BigTIFF, both byte orders.
  for (const std::string_view magic : {"II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv})
    if (matches(bytes, 0, magic)) return FileFormat::Tiff;
  if (matches(bytes, 0, "BM"sv)) return FileFormat::Bmp;
  if (matches(bytes, 0, "RIFF"sv) && matches(bytes, 8, "WEBP"sv)) return FileFormat::Webp;
  if (matches(bytes, 0, "\0\0\0\x0CjP  \r\n\x87\n"sv) || matches(bytes, 0, "\xFF\x4F\xFF\x51"sv))
    return FileFormat::Jpeg2000;
  if (matches(bytes, 0, "PK\x03\x04"sv) || matches(bytes, 0, "PK\x05\x06"sv)) return FileFormat::Npz;
  return FileFormat::Unknown;
}

FileFormat formatOfExtension(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  for (const Extension& known : kExtensions)
    if (extension == known.text) return known.format;
  return FileFormat::Unknown;
}

bool isImageExtension(const std::filesystem::path& path) {
  switch (formatOfExtension(path)) {
    case FileFormat::Png:
    case FileFormat::Jpeg:
    case FileFormat::Tiff:
    case FileFormat::Bmp:
    case FileFormat::Webp:
    case FileFormat::Jpeg2000:
      return true;
    case FileFormat::Dicom:
    case FileFormat::Npz:
    case FileFormat::Unknown:
      break;
  }
  return false;
}

DecodedImage decodeImage(ByteView bytes, const std::string& name, const DecodeLimits& limits) {
  return decode(bytes, {.name = name, .limits = limits});
}

DecodedImage readImage(const std::filesystem::path& path, const DecodeLimits& limits) {
  return decodeImage(readChecked(path, limits), path.string(), limits);
}

MaskImage decodeMask(ByteView bytes, const std::string& name, const DecodeLimits& limits) {
  const codecs::ReadRequest request{.name = name, .limits = limits, .mask = true};
  return codecs::thresholdMask(decode(bytes, request), request);
}

MaskImage readMask(const std::filesystem::path& path, const DecodeLimits& limits) {
  return decodeMask(readChecked(path, limits), path.string(), limits);
}

bool canEncode(FileFormat format) {
  return format == FileFormat::Png || format == FileFormat::Tiff || format == FileFormat::Bmp;
}

bool canCarryNote(FileFormat format) {
  return format == FileFormat::Png || format == FileFormat::Tiff;
}

Bytes encodeImage(const Image& image, FileFormat format, const EncodeOptions& options) {
  if (image.empty()) throw Error(ErrorCode::InvalidArgument, "an empty image cannot be written");
  checkEncodable(image, format, options);
  switch (format) {
    case FileFormat::Png:
      return codecs::writePng(image, options);
    case FileFormat::Tiff:
      return codecs::writeTiff(image, options);
    default:
      return codecs::writeBmp(image, options);
  }
}

}  // namespace medlocker::data
