// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
// Whatever the bytes are, decoding them as a photograph or as a mask ends in a result or in Error. What was
// read must survive writing.

#include <cstdint>
#include <cstdlib>

#include "core/common/error.h"
#include "core/data/image_io.h"

namespace {

using medlocker::ByteView;
using medlocker::Error;
namespace data = medlocker::data;

// Small enough to keep an input's cost in milliseconds.
constexpr data::DecodeLimits kLimits{.maxFileBytes = 1 << 20, .maxPixels = 1 << 18, .maxSide = 4096};

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const ByteView input(bytes, size);
  try {
    const data::Image image = data::decodeImage(input, "input", kLimits).image;
    require(static_cast<std::uint64_t>(image.width()) * image.height() <= kLimits.maxPixels);
    const data::Image back =
        data::decodeImage(data::encodeImage(image, data::FileFormat::Tiff), "output", kLimits).image;
    require(pixelHash(back) == pixelHash(image) && back.alpha == image.alpha);
    const bool fitsPng = !image.isSigned() && !image.metadata.inverted && !image.metadata.premultipliedAlpha;
    if (fitsPng) {
      const data::Image png =
          data::decodeImage(data::encodeImage(image, data::FileFormat::Png, {.pngCompression = 1}), "output",
                            kLimits)
              .image;
      require(pixelHash(png) == pixelHash(image) && png.alpha == image.alpha);
    }
  } catch (const Error& error) {
    require(error.context() == "input");  // an input may be refused, our own output never
  }
  try {
    const data::MaskImage mask = data::decodeMask(input, "input", kLimits);
    require(mask.values.size() == static_cast<std::size_t>(mask.width) * mask.height);
  } catch (const Error&) {
  }
  return 0;
}
