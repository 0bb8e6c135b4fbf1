// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include "core/common/error.h"
#include "core/data/codecs/codec.h"
#include "core/data/codecs/tiff_session.h"

namespace medlocker::data::codecs {
namespace {

constexpr std::size_t kStripBytes = 256U
                                    << 10;  ///< large enough to compress well, small enough for any reader

std::uint16_t compressionOf(const ImageMetadata& metadata) {
  switch (metadata.tiffCompression) {
    case TiffCompression::None:
      return COMPRESSION_NONE;
    case TiffCompression::Lzw:
      return COMPRESSION_LZW;
    case TiffCompression::PackBits:
      return COMPRESSION_PACKBITS;
    case TiffCompression::Deflate:
    case TiffCompression::Unknown:
      break;
  }
  return COMPRESSION_ADOBE_DEFLATE;
}

bool setTags(TIFF* tiff, const Image& image, const EncodeOptions& options, std::uint32_t rowsPerStrip) {
  const ImageMetadata& metadata = image.metadata;
  const bool alpha = !image.alpha.empty();
  const int samples = image.channels() + (alpha ? 1 : 0);
  const std::uint16_t compression = compressionOf(metadata);
  int photometric = PHOTOMETRIC_RGB;
  if (image.channels() == 1)
    photometric = metadata.inverted ? PHOTOMETRIC_MINISWHITE : PHOTOMETRIC_MINISBLACK;
  bool ok = TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, image.width()) != 0;
  ok = ok && TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, image.height());
  ok = ok && TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, image.bitsAllocated());
  ok = ok && TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, samples);
  ok = ok && TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, photometric);
  ok = ok && TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  ok = ok && TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, rowsPerStrip);
  ok = ok && TIFFSetField(tiff, TIFFTAG_COMPRESSION, compression);
  if (compression == COMPRESSION_LZW || compression == COMPRESSION_ADOBE_DEFLATE)
    ok = ok && TIFFSetField(tiff, TIFFTAG_PREDICTOR, PREDICTOR_HORIZONTAL);
  if (image.isSigned()) ok = ok && TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_INT);
  if (alpha) {
    const std::uint16_t kind = metadata.premultipliedAlpha ? EXTRASAMPLE_ASSOCALPHA : EXTRASAMPLE_UNASSALPHA;
    ok = ok && TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &kind);
  }
  if (image.bits() < image.bitsAllocated() && !image.isSigned())
    ok = ok && TIFFSetField(tiff, TIFFTAG_MAXSAMPLEVALUE, image.maxValue());
  ok = ok && TIFFSetField(tiff, TIFFTAG_ORIENTATION, metadata.orientation);
  if (metadata.dotsPerMetreX > 0 && metadata.dotsPerMetreY > 0) {
    ok = ok && TIFFSetField(tiff, TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH);
    ok = ok && TIFFSetField(tiff, TIFFTAG_XRESOLUTION, metadata.dotsPerMetreX * 0.0254);
    ok = ok && TIFFSetField(tiff, TIFFTAG_YRESOLUTION, metadata.dotsPerMetreY * 0.0254);
  }
  if (!metadata.iccProfile.empty())
    ok = ok && TIFFSetField(tiff, TIFFTAG_ICCPROFILE, static_cast<std::uint32_t>(metadata.iccProfile.size()),
                            metadata.iccProfile.data());
  std::string description = options.protectedNote;
  if (!description.empty() && !options.description.empty()) description += '\n';
  description += options.description;
  if (!description.empty()) ok = ok && TIFFSetField(tiff, TIFFTAG_IMAGEDESCRIPTION, description.c_str());
  return ok;
}

}  // namespace

Bytes writeTiff(const Image& image, const EncodeOptions& options) {
  const std::size_t samples = static_cast<std::size_t>(image.channels()) + (image.alpha.empty() ? 0 : 1);
  const std::size_t rowBytes = static_cast<std::size_t>(image.width()) * samples *
                               (static_cast<std::size_t>(image.bitsAllocated()) / 8);
  const auto height = static_cast<std::size_t>(image.height());
  const std::size_t rowsPerStrip = std::clamp<std::size_t>(kStripBytes / rowBytes, 1, height);
  Bytes joined;
  const std::uint8_t* pixels = image.bytes().data();
  if (!image.alpha.empty()) {
    joined = joinAlpha(image);
    pixels = joined.data();
  }
  TiffSession session;
  const auto fail = [&] { throw Error(ErrorCode::Internal, "writing a TIFF failed: " + session.message()); };
  if (!session.tiff() || !setTags(session.tiff(), image, options, static_cast<std::uint32_t>(rowsPerStrip)))
    fail();
  Bytes strip;  // the predictor works in place, so libtiff gets a copy
  for (std::size_t y = 0, index = 0; y < height; y += rowsPerStrip, ++index) {
    const std::size_t rows = std::min(rowsPerStrip, height - y);
    strip.assign(pixels + y * rowBytes, pixels + (y + rows) * rowBytes);
    if (TIFFWriteEncodedStrip(session.tiff(), static_cast<std::uint32_t>(index), strip.data(),
                              static_cast<tmsize_t>(strip.size())) < 0)
      fail();
  }
  Bytes out = session.finish();
  if (out.empty()) fail();
  return out;
}

}  // namespace medlocker::data::codecs
