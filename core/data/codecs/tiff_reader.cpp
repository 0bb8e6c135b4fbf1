// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include "core/data/codecs/codec.h"
#include "core/data/codecs/tiff_session.h"

namespace medlocker::data::codecs {
namespace {

constexpr double kPerMetreOfInch = 1 / 0.0254;
constexpr double kPerMetreOfCentimetre = 100;

struct TiffHeader {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint16_t bits = 1;
  std::uint16_t samples = 1;
  std::uint16_t sampleFormat = SAMPLEFORMAT_UINT;
  std::uint16_t photometric = PHOTOMETRIC_MINISBLACK;
  std::uint16_t planar = PLANARCONFIG_CONTIG;
  std::uint16_t compression = COMPRESSION_NONE;
  std::uint16_t extraCount = 0;
  std::uint16_t extraKind = EXTRASAMPLE_UNSPECIFIED;
};

TiffHeader readHeader(TIFF* tiff, const ReadRequest& request) {
  TiffHeader h;
  if (!TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &h.width) ||
      !TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &h.height))
    refuse(request, "is damaged: the TIFF header gives no size");
  checkSize(request, h.width, h.height);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &h.bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &h.samples);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &h.sampleFormat);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &h.planar);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &h.compression);
  if (!TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &h.photometric))
    refuse(request, "is damaged: the TIFF header gives no photometric interpretation");
  std::uint16_t* kinds = nullptr;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &h.extraCount, &kinds);
  if (h.extraCount > 0 && kinds) h.extraKind = kinds[0];
  return h;
}

/// Colour channels that the header describes; refuses what is not understood.
int colourChannels(const TiffHeader& h, const ReadRequest& request) {
  int colours = 0;
  switch (h.photometric) {
    case PHOTOMETRIC_MINISBLACK:
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_PALETTE:
      colours = 1;
      break;
    case PHOTOMETRIC_RGB:
      colours = 3;
      break;
    case PHOTOMETRIC_YCBCR:
      if (h.compression != COMPRESSION_JPEG)
        refuse(request, "is a YCbCr TIFF that is not JPEG compressed: not supported");
      colours = 3;
      break;
    default:
      refuse(request, "has a TIFF colour model that is not supported (photometric interpretation " +
                          std::to_string(h.photometric) + ")");
  }
  if (h.bits == 1 && !request.mask) refuseBilevel(request);
  const bool bilevelMask = h.bits == 1 && colours == 1 && h.samples == 1;
  const bool smallPalette = h.photometric == PHOTOMETRIC_PALETTE && (h.bits == 2 || h.bits == 4);
  if (h.bits != 8 && h.bits != 16 && !bilevelMask && !smallPalette)
    refuse(request, "has " + std::to_string(h.bits) + " bits per sample; 8 and 16 are supported");
  if (h.photometric == PHOTOMETRIC_PALETTE && h.bits > 8)
    refuse(request, "has a palette of more than 256 colours");
  const bool isSigned = h.sampleFormat == SAMPLEFORMAT_INT;
  if (h.sampleFormat != SAMPLEFORMAT_UINT && h.sampleFormat != SAMPLEFORMAT_VOID && !isSigned)
    refuse(request, "holds floating-point or complex samples: not supported");
  if (isSigned && h.photometric != PHOTOMETRIC_MINISBLACK && h.photometric != PHOTOMETRIC_MINISWHITE)
    refuse(request, "holds signed colour samples: not supported");
  if (h.samples != colours && h.samples != colours + 1)
    refuse(request, "has " + std::to_string(h.samples) + " samples per pixel; " + std::to_string(colours) +
                        " or one more (alpha) are supported");
  if (h.samples == colours + 1 && h.photometric == PHOTOMETRIC_PALETTE)
    refuse(request, "is a palette TIFF with alpha: not supported");
  return colours;
}

void checkCompression(const TiffHeader& h, const ReadRequest& request) {
  static constexpr std::uint16_t kKnown[] = {
      COMPRESSION_NONE,     COMPRESSION_LZW,       COMPRESSION_DEFLATE,  COMPRESSION_ADOBE_DEFLATE,
      COMPRESSION_PACKBITS, COMPRESSION_JPEG,      COMPRESSION_ZSTD,     COMPRESSION_LZMA,
      COMPRESSION_CCITTRLE, COMPRESSION_CCITTFAX3, COMPRESSION_CCITTFAX4};
  const bool known = std::find(std::begin(kKnown), std::end(kKnown), h.compression) != std::end(kKnown);
  if (!known || !TIFFIsCODECConfigured(h.compression))
    refuse(request, "uses a TIFF compression that is not supported (" + std::to_string(h.compression) + ")");
}

/// Copies rows or columns of packed samples into an interleaved raster of h.samples channels.
class Raster {
 public:
  Raster(const TiffHeader& h, std::uint8_t* target) : h_(h), target_(target) {}

  /// `row` holds `count` pixels from column `x` on: all samples of a pixel, or those of one `plane` (>= 0).
  void put(std::uint32_t x, std::uint32_t y, std::uint32_t count, const std::uint8_t* row, int plane) {
    const std::size_t sampleBytes = h_.bits == 16 ? 2 : 1;
    const std::size_t pixelBytes = plane < 0 ? sampleBytes * h_.samples : sampleBytes;
    std::uint8_t* out = target_ + (static_cast<std::size_t>(y) * h_.width + x) * sampleBytes * h_.samples;
    if (h_.bits < 8) {
      const unsigned perByte = 8U / h_.bits;
      for (std::uint32_t i = 0; i < count; ++i) {
        const unsigned shift = 8 - h_.bits * (i % perByte + 1U);
        out[i] = static_cast<std::uint8_t>((row[i / perByte] >> shift) & ((1U << h_.bits) - 1U));
      }
    } else if (plane < 0) {
      std::memcpy(out, row, pixelBytes * count);
    } else {
      out += static_cast<std::size_t>(plane) * sampleBytes;
      for (std::uint32_t i = 0; i < count; ++i)
        std::memcpy(out + i * sampleBytes * h_.samples, row + i * sampleBytes, sampleBytes);
    }
  }

 private:
  const TiffHeader& h_;
  std::uint8_t* target_;
};

bool readStrips(TIFF* tiff, const TiffHeader& h, Raster& raster, const ReadRequest& request) {
  const bool separate = h.planar == PLANARCONFIG_SEPARATE && h.samples > 1;
  const std::uint64_t perPixel = separate ? h.bits : static_cast<std::uint64_t>(h.bits) * h.samples;
  if (TIFFScanlineSize64(tiff) != (perPixel * h.width + 7) / 8)
    refuse(request, "has an unexpected TIFF layout");
  Bytes row(TIFFScanlineSize64(tiff));
  for (int plane = separate ? 0 : -1; plane < (separate ? h.samples : 0); ++plane)
    for (std::uint32_t y = 0; y < h.height; ++y) {
      if (TIFFReadScanline(tiff, row.data(), y, static_cast<std::uint16_t>(std::max(plane, 0))) != 1)
        return false;
      raster.put(0, y, h.width, row.data(), plane);
    }
  return true;
}

bool readTiles(TIFF* tiff, const TiffHeader& h, Raster& raster, const ReadRequest& request) {
  std::uint32_t tileWidth = 0;
  std::uint32_t tileHeight = 0;
  TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &tileWidth);
  TIFFGetField(tiff, TIFFTAG_TILELENGTH, &tileHeight);
  const bool separate = h.planar == PLANARCONFIG_SEPARATE && h.samples > 1;
  const std::uint64_t perPixel = separate ? h.bits : static_cast<std::uint64_t>(h.bits) * h.samples;
  const std::uint64_t rowBytes = TIFFTileRowSize64(tiff);
  // A tile may be larger than the picture, but not without reason.
  checkSize(request, tileWidth, tileHeight);
  if (rowBytes != (perPixel * tileWidth + 7) / 8 || TIFFTileSize64(tiff) != rowBytes * tileHeight)
    refuse(request, "has an unexpected TIFF layout");
  Bytes tile(rowBytes * tileHeight);
  for (int plane = separate ? 0 : -1; plane < (separate ? h.samples : 0); ++plane)
    for (std::uint32_t y = 0; y < h.height; y += tileHeight)
      for (std::uint32_t x = 0; x < h.width; x += tileWidth) {
        if (TIFFReadTile(tiff, tile.data(), x, y, 0, static_cast<std::uint16_t>(std::max(plane, 0))) < 0)
          return false;
        const std::uint32_t rows = std::min(tileHeight, h.height - y);
        for (std::uint32_t j = 0; j < rows; ++j)
          raster.put(x, y + j, std::min(tileWidth, h.width - x), tile.data() + j * rowBytes, plane);
      }
  return true;
}

/// Palette entries are 16 bit. They are reduced where that loses nothing: v·257 or v·256 for 8-bit v; and old
/// writers stored 8-bit values as they are.
Image fromPalette(TIFF* tiff, const TiffHeader& h, const Bytes& indices, const ReadRequest& request) {
  std::uint16_t* map[3] = {};
  if (!TIFFGetField(tiff, TIFFTAG_COLORMAP, &map[0], &map[1], &map[2]))
    refuse(request, "is damaged: the palette is missing");
  const std::size_t entries = std::size_t{1} << h.bits;
  const auto all = [&](auto&& holds) {
    return std::all_of(std::begin(map), std::end(map), [&](const std::uint16_t* channel) {
      return std::all_of(channel, channel + entries, holds);
    });
  };
  const bool plain8 = all([](std::uint16_t v) { return v <= 255; });
  const bool scaled8 =
      all([](std::uint16_t v) { return v % 257 == 0; }) || all([](std::uint16_t v) { return v % 256 == 0; });
  const bool eight = plain8 || scaled8;
  Image image(static_cast<int>(h.width), static_cast<int>(h.height), 3, eight ? 8 : 16);
  for (std::size_t i = 0; i < indices.size(); ++i)
    for (std::size_t c = 0; c < 3; ++c) {
      const std::uint16_t value = map[c][indices[i]];
      if (eight)
        image.samples8()[3 * i + c] = static_cast<std::uint8_t>(plain8 ? value : value >> 8);
      else
        image.samples16()[3 * i + c] = value;
    }
  return image;
}

ImageMetadata metadataOf(TIFF* tiff, const TiffHeader& h) {
  ImageMetadata metadata;
  std::uint32_t profileBytes = 0;
  void* profile = nullptr;
  if (TIFFGetField(tiff, TIFFTAG_ICCPROFILE, &profileBytes, &profile)) {
    const auto* begin = static_cast<const std::uint8_t*>(profile);
    metadata.iccProfile.assign(begin, begin + profileBytes);
  }
  float x = 0;
  float y = 0;
  std::uint16_t unit = RESUNIT_INCH;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_RESOLUTIONUNIT, &unit);
  if (unit != RESUNIT_NONE && TIFFGetField(tiff, TIFFTAG_XRESOLUTION, &x) &&
      TIFFGetField(tiff, TIFFTAG_YRESOLUTION, &y)) {
    const double perMetre = unit == RESUNIT_CENTIMETER ? kPerMetreOfCentimetre : kPerMetreOfInch;
    if (x > 0 && y > 0 && x < 1e9F && y < 1e9F) {
      metadata.dotsPerMetreX = x * perMetre;
      metadata.dotsPerMetreY = y * perMetre;
    }
  }
  std::uint16_t orientation = 1;
  if (TIFFGetField(tiff, TIFFTAG_ORIENTATION, &orientation) && orientation >= 1 && orientation <= 8)
    metadata.orientation = orientation;
  metadata.inverted = h.photometric == PHOTOMETRIC_MINISWHITE;
  metadata.premultipliedAlpha = h.extraKind == EXTRASAMPLE_ASSOCALPHA;
  switch (h.compression) {
    case COMPRESSION_NONE:
      metadata.tiffCompression = TiffCompression::None;
      break;
    case COMPRESSION_LZW:
      metadata.tiffCompression = TiffCompression::Lzw;
      break;
    case COMPRESSION_DEFLATE:
    case COMPRESSION_ADOBE_DEFLATE:
      metadata.tiffCompression = TiffCompression::Deflate;
      break;
    case COMPRESSION_PACKBITS:
      metadata.tiffCompression = TiffCompression::PackBits;
      break;
    case COMPRESSION_JPEG:
      metadata.lossySource = true;
      break;
    default:
      break;
  }
  const char* description = nullptr;
  if (TIFFGetField(tiff, TIFFTAG_IMAGEDESCRIPTION, &description) && description) {
    const std::string_view text(description);
    const std::size_t at = text.find(kProtectedNotePrefix);
    if (at != std::string_view::npos) metadata.protectedNote = text.substr(at, text.find('\n', at) - at);
  }
  return metadata;
}

/// Significant bits from the tag MaxSampleValue, where it is of the form 2^n - 1 and n is smaller than the
/// depth.
int significantBits(TIFF* tiff, const TiffHeader& h) {
  std::uint16_t most = 0;
  if (h.bits == 16 && h.sampleFormat != SAMPLEFORMAT_INT && TIFFGetField(tiff, TIFFTAG_MAXSAMPLEVALUE, &most))
    for (int bits = 8; bits < 16; ++bits)
      if (most == (1 << bits) - 1) return bits;
  return h.bits == 16 ? 16 : 8;
}

}  // namespace

DecodedImage readTiff(ByteView bytes, const ReadRequest& request) {
  TiffSession session(bytes);
  const auto checkMessages = [&] {
    if (session.failed()) refuse(request, "is damaged: " + session.message());
  };
  if (!session.tiff())
    refuse(request, "is damaged: " + (session.failed() ? session.message() : "not a readable TIFF"));
  TIFF* tiff = session.tiff();
  checkMessages();
  const TiffHeader h = readHeader(tiff, request);
  const int colours = colourChannels(h, request);
  if (h.photometric == PHOTOMETRIC_YCBCR) TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
  checkCompression(h, request);

  DecodedImage out;
  out.format = FileFormat::Tiff;
  const bool indexed = h.photometric == PHOTOMETRIC_PALETTE || h.bits == 1;
  const bool alpha = h.samples == colours + 1;
  Bytes buffer;
  std::uint8_t* target = nullptr;
  const int allocated = h.bits == 16 ? 16 : 8;
  if (!indexed) {
    out.image = Image(static_cast<int>(h.width), static_cast<int>(h.height), colours, allocated,
                      significantBits(tiff, h), h.sampleFormat == SAMPLEFORMAT_INT);
    target = out.image.bytes().data();
  }
  if (indexed || alpha) {
    buffer.resize(static_cast<std::size_t>(h.width) * h.height * h.samples *
                  (static_cast<std::size_t>(allocated) / 8));
    target = buffer.data();
  }
  Raster raster(h, target);
  const bool complete =
      TIFFIsTiled(tiff) ? readTiles(tiff, h, raster, request) : readStrips(tiff, h, raster, request);
  checkMessages();
  if (!complete) refuse(request, "is damaged: the pixel data cannot be read");
  if (alpha) splitAlpha(buffer, h.samples, out.image);
  if (h.photometric == PHOTOMETRIC_PALETTE) {
    out.image = fromPalette(tiff, h, buffer, request);
    out.notices.emplace_back("palette image converted to RGB");
  } else if (h.bits == 1) {
    out.image = Image(static_cast<int>(h.width), static_cast<int>(h.height), 1);
    const int white = h.photometric == PHOTOMETRIC_MINISWHITE ? 0 : 1;
    std::transform(buffer.begin(), buffer.end(), out.image.samples8().begin(),
                   [&](std::uint8_t bit) { return static_cast<std::uint8_t>(bit == white ? 255 : 0); });
  }
  // Where 12-bit data is declared, no sample may exceed it.
  if (out.image.bits() < out.image.bitsAllocated() && !out.image.isSigned() &&
      out.image.bitsAllocated() == 16) {
    const auto samples = out.image.samples16();
    if (std::any_of(samples.begin(), samples.end(),
                    [&](std::uint16_t v) { return v > out.image.maxValue(); }))
      refuse(request, "is damaged: samples exceed the declared maximum");
  }
  out.image.metadata = metadataOf(tiff, h);
  if (indexed) out.image.metadata.inverted = false;  // resolved above
  if (!TIFFLastDirectory(tiff)) out.notices.emplace_back("multi-page TIFF: only the first page is used");
  return out;
}

}  // namespace medlocker::data::codecs
