// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/data/encoded_samples.h"

// clang-format off
#include <cstddef>
#include <cstdio>
#include <jpeglib.h>
// clang-format on
#include <png.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include "core/data/codecs/tiff_session.h"

namespace medlocker::test {

Bytes makePng(const PngSpec& spec) {
  Bytes out;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(
      png, &out,
      [](png_structp self, png_bytep bytes, std::size_t count) {
        auto* target = static_cast<Bytes*>(png_get_io_ptr(self));
        target->insert(target->end(), bytes, bytes + count);
      },
      nullptr);
  png_set_IHDR(png, info, static_cast<png_uint_32>(spec.width), static_cast<png_uint_32>(spec.height),
               spec.depth, spec.colourType, spec.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  std::vector<png_color> palette;
  for (const auto& [r, g, b] : spec.palette) palette.push_back({r, g, b});
  if (!palette.empty()) png_set_PLTE(png, info, palette.data(), static_cast<int>(palette.size()));
  Bytes alpha = spec.paletteAlpha;
  if (!alpha.empty()) png_set_tRNS(png, info, alpha.data(), static_cast<int>(alpha.size()), nullptr);
  std::vector<Bytes> rows = spec.rows;
  std::vector<png_bytep> pointers;
  for (Bytes& row : rows) pointers.push_back(row.data());
  png_write_info(png, info);
  png_write_image(png, pointers.data());
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return out;
}

Bytes makeTiff(const TiffSpec& spec) {
  data::codecs::TiffSession session;
  TIFF* tiff = session.tiff();
  for (int page = 0; page < spec.pages; ++page) {
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, spec.width);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, spec.height);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, spec.bits);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, spec.samples);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, spec.photometric);
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, spec.compression);
    TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, spec.sampleFormat);
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG,
                 spec.separatePlanes ? PLANARCONFIG_SEPARATE : PLANARCONFIG_CONTIG);
    TIFFSetField(tiff, TIFFTAG_ORIENTATION, spec.orientation);
    if (!spec.description.empty()) TIFFSetField(tiff, TIFFTAG_IMAGEDESCRIPTION, spec.description.c_str());
    if (spec.samples == 2 || spec.samples == 4) {
      const std::uint16_t kind = EXTRASAMPLE_UNASSALPHA;
      TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &kind);
    }
    if (!spec.palette.empty()) {
      std::vector<std::uint16_t> maps[3];
      for (const auto& colour : spec.palette)
        for (std::size_t c = 0; c < 3; ++c) maps[c].push_back(colour[c]);
      TIFFSetField(tiff, TIFFTAG_COLORMAP, maps[0].data(), maps[1].data(), maps[2].data());
    }
    if (spec.tileSide > 0) {
      TIFFSetField(tiff, TIFFTAG_TILEWIDTH, spec.tileSide);
      TIFFSetField(tiff, TIFFTAG_TILELENGTH, spec.tileSide);
      const std::size_t pixelBytes = static_cast<std::size_t>(spec.samples) * spec.bits / 8;
      const std::size_t tileRow = pixelBytes * spec.tileSide;
      for (int y = 0; y < spec.height; y += spec.tileSide)
        for (int x = 0; x < spec.width; x += spec.tileSide) {
          Bytes tile(tileRow * spec.tileSide, 0);
          for (int j = 0; j < std::min(spec.tileSide, spec.height - y); ++j) {
            const Bytes& row = spec.rows[static_cast<std::size_t>(y + j)];
            const auto begin = row.begin() + static_cast<std::ptrdiff_t>(x * pixelBytes);
            const auto count = static_cast<std::ptrdiff_t>(
                std::min<std::size_t>(tileRow, row.size() - static_cast<std::size_t>(x) * pixelBytes));
            std::copy(begin, begin + count, tile.begin() + static_cast<std::ptrdiff_t>(j * tileRow));
          }
          TIFFWriteTile(tiff, tile.data(), static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y), 0,
                        0);
        }
    } else {
      TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, 2);
      for (std::size_t i = 0; i < spec.rows.size(); ++i) {
        Bytes row = spec.rows[i];
        TIFFWriteScanline(tiff, row.data(),
                          static_cast<std::uint32_t>(i % static_cast<std::size_t>(spec.height)),
                          static_cast<std::uint16_t>(i / static_cast<std::size_t>(spec.height)));
      }
    }
    TIFFWriteDirectory(tiff);
  }
  if (session.failed()) throw std::runtime_error("making a TIFF failed: " + session.message());
  return session.finish();
}

Bytes makeJpeg(const JpegSpec& spec) {
  jpeg_compress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  unsigned char* buffer = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&jpeg, &buffer, &size);
  jpeg.image_width = static_cast<JDIMENSION>(spec.width);
  jpeg.image_height = static_cast<JDIMENSION>(spec.height);
  jpeg.input_components = spec.components;
  jpeg.in_color_space = spec.components == 1 ? JCS_GRAYSCALE : spec.components == 3 ? JCS_RGB : JCS_CMYK;
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, spec.quality, TRUE);
  if (spec.components == 4) jpeg.write_Adobe_marker = spec.adobeMarker ? TRUE : FALSE;
  if (spec.progressive) jpeg_simple_progression(&jpeg);
  if (spec.dotsPerInch > 0) {
    jpeg.density_unit = 1;
    jpeg.X_density = static_cast<UINT16>(spec.dotsPerInch);
    jpeg.Y_density = static_cast<UINT16>(spec.dotsPerInch);
  }
  jpeg_start_compress(&jpeg, TRUE);
  if (!spec.exif.empty())
    jpeg_write_marker(&jpeg, JPEG_APP0 + 1, spec.exif.data(), static_cast<unsigned>(spec.exif.size()));
  if (!spec.profile.empty())
    jpeg_write_icc_profile(&jpeg, spec.profile.data(), static_cast<unsigned>(spec.profile.size()));
  Bytes samples = spec.samples;
  const std::size_t rowBytes = static_cast<std::size_t>(spec.width) * spec.components;
  while (jpeg.next_scanline < jpeg.image_height) {
    JSAMPROW row = samples.data() + jpeg.next_scanline * rowBytes;
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
  Bytes out(buffer, buffer + size);
  std::free(buffer);
  return out;
}

}  // namespace medlocker::test
