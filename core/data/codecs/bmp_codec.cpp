// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

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

/// The usual order B, G, R, A in memory; other masks are not read.
bool hasUsualMasks(ByteView bytes) {
  return holds(bytes, kFileHeader + kInfoHeader, 12) &&
         little32(bytes, kFileHeader + kInfoHeader) == 0x00FF0000 &&
         little32(bytes, kFileHeader + kInfoHeader + 4) == 0x0000FF00 &&
         little32(bytes, kFileHeader + kInfoHeader + 8) == 0x000000FF;
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
  if (bits <= 8 && out.image.channels() == 3) out.notices.emplace_back("palette image converted to RGB");
  const auto perMetreX = static_cast<std::int32_t>(little32(bytes, kResolutionAt));
  const auto perMetreY = static_cast<std::int32_t>(little32(bytes, kResolutionAt + 4));
  if (perMetreX > 0 && perMetreY > 0) {
    out.image.metadata.dotsPerMetreX = perMetreX;
    out.image.metadata.dotsPerMetreY = perMetreY;
  }
  return out;
}

Bytes writeBmp(const Image& image, const EncodeOptions&) {
  const int channels = image.alpha.empty() ? image.channels() : 4;
  cv::Mat pixels(image.height(), image.width(), CV_8UC(image.channels()),
                 const_cast<std::uint8_t*>(image.bytes().data()));  // only read from
  cv::Mat stored;
  if (channels == 4) {
    const Bytes joined = joinAlpha(image);
    const cv::Mat withAlpha(image.height(), image.width(), CV_8UC(image.channels() + 1),
                            const_cast<std::uint8_t*>(joined.data()));
    if (image.channels() == 3) {
      cv::cvtColor(withAlpha, stored, cv::COLOR_RGBA2BGRA);
    } else {  // grey and alpha: there is no such BMP
      const int fromTo[] = {0, 0, 0, 1, 0, 2, 1, 3};
      stored.create(image.height(), image.width(), CV_8UC4);
      cv::mixChannels(&withAlpha, 1, &stored, 1, fromTo, 4);
    }
  } else if (channels == 3) {
    cv::cvtColor(pixels, stored, cv::COLOR_RGB2BGR);
  } else {
    stored = pixels;
  }
  Bytes out;
  try {
    if (!cv::imencode(".bmp", stored, out)) out.clear();
  } catch (const cv::Exception&) {
    out.clear();
  }
  if (out.size() < kFileHeader + kInfoHeader) throw Error(ErrorCode::Internal, "writing a BMP failed");
  const auto put = [&](std::size_t at, double perMetre) {
    if (!(perMetre > 0) || perMetre > 2147483647.0) return;
    const auto value = static_cast<std::uint32_t>(std::llround(perMetre));
    for (std::size_t i = 0; i < 4; ++i) out[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
  };
  put(kResolutionAt, image.metadata.dotsPerMetreX);
  put(kResolutionAt + 4, image.metadata.dotsPerMetreY);
  return out;
}

}  // namespace medlocker::data::codecs
