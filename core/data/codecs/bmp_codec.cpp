// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "core/common/error.h"
#include "core/data/codecs/byte_order.h"
#include "core/data/codecs/codec.h"
#include "core/data/codecs/opencv_codec.h"

namespace medlocker::data::codecs {
namespace {

constexpr std::size_t kFileHeader = 14;
constexpr std::size_t kInfoHeader = 40;
constexpr std::uint32_t kUncompressed = 0;
constexpr std::uint32_t kBitFields = 3;
constexpr std::size_t kResolutionAt = kFileHeader + 24;
constexpr std::size_t kMasksAt = kFileHeader + kInfoHeader;
constexpr std::uint32_t kHeaderWithMasks = 108;         ///< BITMAPV4HEADER
constexpr std::uint32_t kColourSpaceSrgb = 0x73524742;  ///< LCS_sRGB
constexpr std::uint32_t kGreyLevels = 256;
constexpr std::uint32_t kRedMask = 0x00FF0000;
constexpr std::uint32_t kGreenMask = 0x0000FF00;
constexpr std::uint32_t kBlueMask = 0x000000FF;
constexpr std::uint32_t kAlphaMask = 0xFF000000;

/// The usual order B, G, R, A in memory; other masks are not read.
bool hasUsualMasks(ByteView bytes) {
  return holds(bytes, kMasksAt, 12) && little32(bytes, kMasksAt) == kRedMask &&
         little32(bytes, kMasksAt + 4) == kGreenMask && little32(bytes, kMasksAt + 8) == kBlueMask;
}

}  // namespace

DecodedImage readBmp(ByteView bytes, const ReadRequest& request) {
  if (bytes.size() < kFileHeader + kInfoHeader)
    refuse(request, "is truncated: the file ends inside the header");
  const std::uint32_t dataAt = little32(bytes, 10);
  const std::uint32_t headerSize = little32(bytes, kFileHeader);
  if (headerSize < kInfoHeader || !holds(bytes, kFileHeader, headerSize))
    refuse(request, "has a BMP header that is not supported");
  const auto width = static_cast<std::int32_t>(little32(bytes, kFileHeader + 4));
  const auto storedHeight = static_cast<std::int32_t>(little32(bytes, kFileHeader + 8));
  if (width <= 0) refuse(request, "is damaged: the header gives no width");
  const std::int64_t height = std::abs(static_cast<std::int64_t>(storedHeight));  // negative: top row first
  checkSize(request, static_cast<std::uint64_t>(width), static_cast<std::uint64_t>(height));
  const std::uint16_t bits = little16(bytes, kFileHeader + 14);
  const std::uint32_t compression = little32(bytes, kFileHeader + 16);
  const std::uint32_t colours = little32(bytes, kFileHeader + 32);
  if (little16(bytes, kFileHeader + 12) != 1) refuse(request, "is damaged: the header is not that of a BMP");
  if (bits == 1 && !request.mask) refuseBilevel(request);
  if (bits != 1 && bits != 4 && bits != 8 && bits != 24 && bits != 32)
    refuse(request, "has " + std::to_string(bits) + " bits per pixel; 4, 8, 24 and 32 are supported");
  const bool fields = compression == kBitFields && bits == 32 && hasUsualMasks(bytes);
  if (compression != kUncompressed && !fields)
    refuse(request, "is a compressed or unusual BMP: only plain pixels are supported");
  if (bits <= 8) {
    const std::size_t entries = colours == 0 ? std::size_t{1} << bits : colours;
    if (entries > (std::size_t{1} << bits) || dataAt < kFileHeader + headerSize + 4 * entries)
      refuse(request, "is damaged: the palette does not fit");
  }
  const std::uint64_t rowBytes = (static_cast<std::uint64_t>(width) * bits + 31) / 32 * 4;
  if (dataAt < kFileHeader + headerSize ||
      !holds(bytes, dataAt, rowBytes * static_cast<std::uint64_t>(height)))
    refuse(request, "is truncated: the pixel data end early");

  DecodedImage out;
  out.format = FileFormat::Bmp;
  out.image = decodeWithOpenCv(bytes, {width, static_cast<int>(height), 8}, request);
  // Without an alpha mask the fourth byte of a pixel means nothing.
  const bool alpha = fields && headerSize >= kInfoHeader + 16 && holds(bytes, kMasksAt, 16) &&
                     little32(bytes, kMasksAt + 12) == kAlphaMask;
  if (!alpha) out.image.alpha.clear();
  if (bits <= 8 && out.image.channels() == 3) out.notices.emplace_back("palette image converted to RGB");
  const auto perMetreX = static_cast<std::int32_t>(little32(bytes, kResolutionAt));
  const auto perMetreY = static_cast<std::int32_t>(little32(bytes, kResolutionAt + 4));
  if (perMetreX > 0 && perMetreY > 0) {
    out.image.metadata.dotsPerMetreX = perMetreX;
    out.image.metadata.dotsPerMetreY = perMetreY;
  }
  return out;
}

// Written here because imgcodecs keeps neither resolution nor alpha.
Bytes writeBmp(const Image& image, const EncodeOptions&) {
  const bool alpha = !image.alpha.empty();
  const bool grey = image.channels() == 1 && !alpha;
  const std::uint16_t bits = grey ? 8 : alpha ? 32 : 24;
  const std::uint32_t headerSize = alpha ? kHeaderWithMasks : kInfoHeader;
  const auto width = static_cast<std::size_t>(image.width());
  const auto height = static_cast<std::size_t>(image.height());
  const std::size_t rowBytes = (width * bits + 31) / 32 * 4;
  const std::size_t dataAt = kFileHeader + headerSize + (grey ? 4 * kGreyLevels : 0);
  const std::uint64_t total = dataAt + static_cast<std::uint64_t>(rowBytes) * height;
  if (total > 0xFFFFFFFFU) throw Error(ErrorCode::Unsupported, "the image is too large for a BMP file");

  Bytes out;
  out.reserve(total);
  const auto put16 = [&](std::uint32_t value) {
    out.push_back(static_cast<std::uint8_t>(value));
    out.push_back(static_cast<std::uint8_t>(value >> 8));
  };
  const auto put32 = [&](std::uint64_t value) {
    put16(static_cast<std::uint16_t>(value));
    put16(static_cast<std::uint16_t>(value >> 16));
  };
  const auto perMetre = [](double value) {
    return value > 0 && value < 2147483647.0 ? static_cast<std::uint32_t>(std::llround(value)) : 0U;
  };
  put16('B' | 'M' << 8);
  put32(total);
  put32(0);
  put32(dataAt);
  put32(headerSize);
  put32(width);
  put32(height);
  put16(1);
  put16(bits);
  put32(alpha ? kBitFields : kUncompressed);
  put32(rowBytes * height);
  put32(perMetre(image.metadata.dotsPerMetreX));
  put32(perMetre(image.metadata.dotsPerMetreY));
  put32(grey ? kGreyLevels : 0);
  put32(0);
  if (alpha) {
    for (const std::uint32_t mask : {kRedMask, kGreenMask, kBlueMask, kAlphaMask}) put32(mask);
    put32(kColourSpaceSrgb);
    out.resize(kFileHeader + headerSize, 0);  // end points and gamma are unused then
  }
  if (grey)
    for (std::uint32_t level = 0; level < kGreyLevels; ++level) put32(level * 0x010101U);

  const std::uint8_t* samples = image.bytes().data();
  for (std::size_t y = height; y-- > 0;) {  // bottom row first
    const std::size_t rowEnd = out.size() + rowBytes;
    for (std::size_t i = y * width; i < (y + 1) * width; ++i) {
      if (image.channels() == 3) {
        out.push_back(samples[3 * i + 2]);
        out.push_back(samples[3 * i + 1]);
        out.push_back(samples[3 * i]);
      } else {
        out.insert(out.end(), grey ? 1 : 3, samples[i]);
      }
      if (alpha) out.push_back(image.alpha[i]);
    }
    out.resize(rowEnd, 0);
  }
  return out;
}

}  // namespace medlocker::data::codecs
