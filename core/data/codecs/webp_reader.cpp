// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "core/data/codecs/byte_order.h"
#include "core/data/codecs/codec.h"
#include "core/data/codecs/opencv_codec.h"

namespace medlocker::data::codecs {
namespace {

constexpr std::size_t kRiffHeader = 12;
constexpr std::size_t kChunkHeader = 8;

struct WebpHeader {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  bool lossless = false;
  bool pixels = false;  ///< a picture chunk was found
  ByteView profile;
  ByteView exif;
};

void readPicture(ByteView chunk, bool lossless, WebpHeader& header, const ReadRequest& request) {
  header.pixels = true;
  header.lossless = lossless;
  if (lossless) {
    if (chunk.size() < 5 || chunk[0] != 0x2F)
      refuse(request, "is damaged: the lossless WebP header is wrong");
    const std::uint32_t packed = little32(chunk, 1);
    header.width = (packed & 0x3FFF) + 1;
    header.height = (packed >> 14 & 0x3FFF) + 1;
  } else {
    if (chunk.size() < 10 || chunk[3] != 0x9D || chunk[4] != 0x01 || chunk[5] != 0x2A)
      refuse(request, "is damaged: the WebP header is wrong");
    header.width = little16(chunk, 6) & 0x3FFF;
    header.height = little16(chunk, 8) & 0x3FFF;
  }
}

WebpHeader readHeader(ByteView bytes, const ReadRequest& request) {
  // The RIFF size counts from byte 8; bytes behind it do not belong to the picture.
  const std::uint64_t end = std::uint64_t{little32(bytes, 4)} + 8;
  if (end > bytes.size()) refuse(request, "is truncated: the file is shorter than its header says");
  WebpHeader header;
  std::size_t at = kRiffHeader;
  while (at < end) {
    if (end - at < kChunkHeader) refuse(request, "is damaged: a WebP chunk is cut off");
    const std::uint64_t size = little32(bytes, at + 4);
    if (size > end - at - kChunkHeader) refuse(request, "is truncated: a WebP chunk is cut off");
    const ByteView chunk = bytes.subspan(at + kChunkHeader, size);
    const auto is = [&](const char* type) { return std::memcmp(bytes.data() + at, type, 4) == 0; };
    if (is("ANIM") || is("ANMF")) refuse(request, "is an animated WebP");
    if ((is("VP8L") || is("VP8 ")) && !header.pixels) readPicture(chunk, is("VP8L"), header, request);
    if (is("ICCP")) header.profile = chunk;
    if (is("EXIF")) header.exif = chunk;
    at += kChunkHeader + size + size % 2;
  }
  if (!header.pixels) refuse(request, "is damaged: the WebP file holds no picture");
  return header;
}

}  // namespace

DecodedImage readWebp(ByteView bytes, const ReadRequest& request) {
  const WebpHeader header = readHeader(bytes, request);
  checkSize(request, header.width, header.height);
  DecodedImage out;
  out.format = FileFormat::Webp;
  out.image =
      decodeWithOpenCv(bytes, {static_cast<int>(header.width), static_cast<int>(header.height), 8}, request);
  ImageMetadata& metadata = out.image.metadata;
  metadata.lossySource = !header.lossless;
  metadata.iccProfile.assign(header.profile.begin(), header.profile.end());
  ByteView exif = header.exif;
  static constexpr std::uint8_t kPrefix[] = {'E', 'x', 'i', 'f', 0, 0};  // some writers put it in
  if (exif.size() > sizeof kPrefix && std::memcmp(exif.data(), kPrefix, sizeof kPrefix) == 0)
    exif = exif.subspan(sizeof kPrefix);
  metadata.orientation = exifOrientation(exif).value_or(1);
  return out;
}

}  // namespace medlocker::data::codecs
