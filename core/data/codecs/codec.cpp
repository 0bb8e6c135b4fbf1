// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/codecs/codec.h"

#include <cstring>

#include "core/common/error.h"

namespace medlocker::data::codecs {

void refuse(const ReadRequest& request, const std::string& reason) {
  throw Error(ErrorCode::InputRejected, reason, request.name);
}

void checkSize(const ReadRequest& request, std::uint64_t width, std::uint64_t height) {
  const DecodeLimits& limits = request.limits;
  const std::string size = std::to_string(width) + " x " + std::to_string(height) + " pixels";
  if (width == 0 || height == 0) refuse(request, "the header claims an empty image (" + size + ")");
  const auto maxSide = static_cast<std::uint64_t>(limits.maxSide);
  if (width > maxSide || height > maxSide)
    refuse(request, "the header claims " + size + "; a side may have at most " + std::to_string(maxSide));
  if (width * height > limits.maxPixels)
    refuse(request, "the header claims " + size + "; at most " + std::to_string(limits.maxPixels) +
                        " pixels are allowed");
}

void refuseBilevel(const ReadRequest& request) {
  refuse(request, "is a 1-bit image: that is a mask, not a photograph");
}

void checkPlausible(const ReadRequest& request, std::uint64_t leastBytes, std::uint64_t fileBytes) {
  if (leastBytes > fileBytes)
    refuse(request, "is truncated or its header is wrong: the claimed size needs at least " +
                        std::to_string(leastBytes) + " bytes, the file has " + std::to_string(fileBytes));
}

namespace {

template <std::size_t SampleBytes>
void split(const std::uint8_t* in, int colours, std::size_t pixels, std::uint8_t* out, std::uint8_t* alpha) {
  const std::size_t colourBytes = static_cast<std::size_t>(colours) * SampleBytes;
  for (std::size_t i = 0; i < pixels; ++i) {
    std::memcpy(out, in, colourBytes);
    std::memcpy(alpha, in + colourBytes, SampleBytes);
    in += colourBytes + SampleBytes;
    out += colourBytes;
    alpha += SampleBytes;
  }
}

}  // namespace

void splitAlpha(ByteView interleaved, int channelsWithAlpha, Image& image) {
  const std::size_t sampleBytes = static_cast<std::size_t>(image.bitsAllocated()) / 8;
  const std::size_t pixels = static_cast<std::size_t>(image.width()) * image.height();
  if (channelsWithAlpha != image.channels() + 1 ||
      interleaved.size() != pixels * sampleBytes * static_cast<std::size_t>(channelsWithAlpha))
    throw Error(ErrorCode::Internal, "an alpha channel does not fit its image");
  image.alpha.resize(pixels * sampleBytes);
  const auto splitter = sampleBytes == 1 ? split<1> : split<2>;
  splitter(interleaved.data(), image.channels(), pixels, image.bytes().data(), image.alpha.data());
}

Bytes joinAlpha(const Image& image) {
  if (image.alpha.empty()) return Bytes(image.bytes().begin(), image.bytes().end());
  const std::size_t sampleBytes = static_cast<std::size_t>(image.bitsAllocated()) / 8;
  const std::size_t pixels = static_cast<std::size_t>(image.width()) * image.height();
  const std::size_t colourBytes = static_cast<std::size_t>(image.channels()) * sampleBytes;
  Bytes out(pixels * (colourBytes + sampleBytes));
  std::uint8_t* to = out.data();
  for (std::size_t i = 0; i < pixels; ++i) {
    std::memcpy(to, image.bytes().data() + i * colourBytes, colourBytes);
    std::memcpy(to + colourBytes, image.alpha.data() + i * sampleBytes, sampleBytes);
    to += colourBytes + sampleBytes;
  }
  return out;
}

}  // namespace medlocker::data::codecs
