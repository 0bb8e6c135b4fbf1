// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "core/data/codecs/byte_order.h"
#include "core/data/codecs/codec.h"
#include "core/data/codecs/opencv_codec.h"

namespace medlocker::data::codecs {
namespace {

// ISO/IEC 15444-1: boxes (annex I) around a code stream (annex A).
constexpr std::uint16_t kStart = 0xFF4F;
constexpr std::uint16_t kSize = 0xFF51;
constexpr std::uint16_t kCodingStyle = 0xFF52;
constexpr std::uint16_t kTilePart = 0xFF90;
constexpr std::uint16_t kEnd = 0xFFD9;
constexpr std::uint8_t kIrreversible = 0;
constexpr std::uint8_t kRestrictedProfile = 2;

bool isType(ByteView bytes, std::size_t at, const char* type) {
  return std::memcmp(bytes.data() + at, type, 4) == 0;
}

struct Box {
  std::size_t content = 0;
  std::size_t end = 0;
};

/// The first box of `type` in bytes[begin, end); empty where there is none.
std::optional<Box> findBox(ByteView bytes, std::size_t begin, std::size_t end, const char* type,
                           const ReadRequest& request) {
  std::size_t at = begin;
  while (at < end) {
    if (end - at < 8) refuse(request, "is damaged: a JPEG 2000 box is cut off");
    std::uint64_t length = big32(bytes, at);
    std::size_t header = 8;
    if (length == 1) {
      if (end - at < 16) refuse(request, "is damaged: a JPEG 2000 box is cut off");
      length = big64(bytes, at + 8);
      header = 16;
    } else if (length == 0) {
      length = end - at;  // the last box may be open
    }
    if (length < header || length > end - at) refuse(request, "is truncated: a JPEG 2000 box is cut off");
    if (isType(bytes, at + 4, type)) return Box{at + header, at + static_cast<std::size_t>(length)};
    at += static_cast<std::size_t>(length);
  }
  return std::nullopt;
}

struct CodeStream {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  int bits = 0;
  bool irreversible = false;
};

CodeStream readCodeStream(ByteView stream, const ReadRequest& request) {
  const auto damaged = [&](const char* why) { refuse(request, std::string("is damaged: ") + why); };
  if (!holds(stream, 0, 42) || big16(stream, 0) != kStart || big16(stream, 2) != kSize)
    damaged("the JPEG 2000 code stream has no header");
  CodeStream out;
  const std::uint32_t right = big32(stream, 8);
  const std::uint32_t bottom = big32(stream, 12);
  const std::uint32_t left = big32(stream, 16);
  const std::uint32_t top = big32(stream, 20);
  if (right <= left || bottom <= top) damaged("the JPEG 2000 header gives no size");
  out.width = right - left;
  out.height = bottom - top;
  checkSize(request, out.width, out.height);
  const std::uint16_t components = big16(stream, 40);
  if (components != 1 && components != 3 && components != 4)
    refuse(request, "has " + std::to_string(components) + " colour components; 1, 3 or 4 are supported");
  if (!holds(stream, 42, std::size_t{3} * components)) damaged("the JPEG 2000 header is cut off");
  for (std::size_t c = 0; c < components; ++c) {
    const std::uint8_t precision = stream[42 + 3 * c];
    const int bits = (precision & 0x7F) + 1;
    if ((precision & 0x80) != 0 || (bits != 8 && bits != 16) || (c > 0 && bits != out.bits) ||
        stream[43 + 3 * c] != 1 || stream[44 + 3 * c] != 1)
      refuse(request,
             "is a JPEG 2000 file with signed, subsampled or unequal components or a depth other than "
             "8 or 16 bits: not supported");
    out.bits = bits;
  }
  // The main header goes on marker by marker up to the first tile part.
  std::size_t at = 2;
  bool known = false;
  while (holds(stream, at, 4) && big16(stream, at) != kTilePart) {
    const std::size_t length = big16(stream, at + 2);
    if (big16(stream, at) == kCodingStyle && length >= 12 && holds(stream, at, 14)) {
      out.irreversible = stream[at + 13] == kIrreversible;
      known = true;
    }
    if (length < 2) damaged("a JPEG 2000 marker is wrong");
    at += 2 + length;
  }
  if (!known) damaged("the JPEG 2000 coding style is missing");
  return out;
}

}  // namespace

DecodedImage readJpeg2000(ByteView bytes, const ReadRequest& request) {
  ByteView stream = bytes;
  ByteView profile;
  if (big16(bytes, 0) != kStart) {
    const auto codeStream = findBox(bytes, 0, bytes.size(), "jp2c", request);
    if (!codeStream) refuse(request, "is damaged: the JPEG 2000 file holds no picture");
    stream = bytes.subspan(codeStream->content, codeStream->end - codeStream->content);
    if (const auto header = findBox(bytes, 0, bytes.size(), "jp2h", request))
      if (const auto colour = findBox(bytes, header->content, header->end, "colr", request))
        if (colour->end - colour->content > 3 && bytes[colour->content] == kRestrictedProfile)
          profile = bytes.subspan(colour->content + 3, colour->end - colour->content - 3);
  }
  const CodeStream header = readCodeStream(stream, request);
  // The decoder would fill what is missing at the end with grey.
  if (stream.size() < 2 || big16(stream, stream.size() - 2) != kEnd)
    refuse(request, "is truncated: the JPEG 2000 code stream has no end");
  DecodedImage out;
  out.format = FileFormat::Jpeg2000;
  out.image = decodeWithOpenCv(
      bytes, {static_cast<int>(header.width), static_cast<int>(header.height), header.bits}, request);
  out.image.metadata.lossySource = header.irreversible;
  out.image.metadata.iccProfile.assign(profile.begin(), profile.end());
  return out;
}

}  // namespace medlocker::data::codecs
