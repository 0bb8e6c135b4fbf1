// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <libdeflate.h>

#include <array>
#include <cmath>
#include <cstring>
#include <memory>

#include "core/common/error.h"
#include "core/data/codecs/codec.h"

namespace medlocker::data::codecs {
namespace {

// PNG (ISO/IEC 15948) is written here and compressed by libdeflate in one piece, because zlib row by row, as
// libpng does it, takes several times as long for the same size.

constexpr std::size_t kFilterCount = 5;
constexpr std::size_t kLeastProfileStream = 96;
constexpr std::size_t kMaxChunkBytes = 1U << 30;  ///< of one IDAT; the format allows 2^31-1

class ChunkWriter {
 public:
  ChunkWriter() {
    static constexpr std::uint8_t kSignature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    out_.assign(std::begin(kSignature), std::end(kSignature));
  }
  void reserve(std::size_t bytes) { out_.reserve(out_.size() + bytes); }

  void add(const char* type, ByteView data) {
    put32(static_cast<std::uint32_t>(data.size()));
    const std::size_t begin = out_.size();
    out_.insert(out_.end(), type, type + 4);
    out_.insert(out_.end(), data.begin(), data.end());
    put32(libdeflate_crc32(0, out_.data() + begin, out_.size() - begin));
  }
  Bytes finish() {
    add("IEND", {});
    return std::move(out_);
  }

 private:
  void put32(std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) out_.push_back(static_cast<std::uint8_t>(value >> shift));
  }
  Bytes out_;
};

void append32(Bytes& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
}
void appendText(Bytes& out, std::string_view text) {
  out.insert(out.end(), text.begin(), text.end());
}

Bytes compress(ByteView data, int level) {
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
      libdeflate_alloc_compressor(level), &libdeflate_free_compressor);
  if (!compressor) throw std::bad_alloc();
  Bytes out(libdeflate_zlib_compress_bound(compressor.get(), data.size()));
  const std::size_t size =
      libdeflate_zlib_compress(compressor.get(), data.data(), data.size(), out.data(), out.size());
  if (size == 0) throw Error(ErrorCode::Internal, "compressing a PNG failed");
  out.resize(size);
  return out;
}

/// The format's fifth predictor: whichever of left, above and upper left is nearest to left + above - upper
/// left.
inline std::uint8_t paeth(int left, int above, int corner) {
  const int dLeft = std::abs(above - corner);
  const int dAbove = std::abs(left - corner);
  const int dCorner = std::abs(left + above - 2 * corner);
  const int second = dAbove <= dCorner ? above : corner;
  return static_cast<std::uint8_t>(dLeft <= dAbove && dLeft <= dCorner ? left : second);
}

/// Filters rows one by one and keeps, per row, the filter whose residuals have the least sum of magnitudes
/// (the heuristic the PNG specification suggests).
class RowFilter {
 public:
  RowFilter(std::size_t rowBytes, std::size_t pixelBytes) : pixelBytes_(pixelBytes), above_(rowBytes, 0) {
    for (Bytes& candidate : candidates_) candidate.resize(rowBytes);
  }

  /// Appends the filter's number and the residuals to `out`.
  void append(const std::uint8_t* row, std::uint8_t* out) {
    const std::size_t n = above_.size();
    filter(row);
    std::size_t best = 0;
    std::uint64_t least = ~0ULL;
    for (std::size_t f = 0; f < kFilterCount; ++f) {
      const std::uint64_t cost = magnitude(candidates_[f]);
      if (cost < least) {
        least = cost;
        best = f;
      }
    }
    *out = static_cast<std::uint8_t>(best);
    std::memcpy(out + 1, candidates_[best].data(), n);
    std::memcpy(above_.data(), row, n);
  }

 private:
  void filter(const std::uint8_t* row) {
    const std::size_t n = above_.size();
    const std::size_t bpp = pixelBytes_;
    const std::uint8_t* up = above_.data();
    auto& [none, sub, vertical, average, predicted] = candidates_;
    std::memcpy(none.data(), row, n);
    for (std::size_t i = 0; i < n; ++i) vertical[i] = static_cast<std::uint8_t>(row[i] - up[i]);
    for (std::size_t i = 0; i < bpp && i < n; ++i) {
      sub[i] = row[i];
      average[i] = static_cast<std::uint8_t>(row[i] - up[i] / 2);
      predicted[i] = static_cast<std::uint8_t>(row[i] - up[i]);  // left and corner are 0: above is nearest
    }
    for (std::size_t i = bpp; i < n; ++i) {
      const int left = row[i - bpp];
      sub[i] = static_cast<std::uint8_t>(row[i] - left);
      average[i] = static_cast<std::uint8_t>(row[i] - (left + up[i]) / 2);
    }
    for (std::size_t i = bpp; i < n; ++i)
      predicted[i] = static_cast<std::uint8_t>(row[i] - paeth(row[i - bpp], up[i], up[i - bpp]));
  }

  static std::uint64_t magnitude(const Bytes& residuals) {
    std::uint64_t sum = 0;
    constexpr std::size_t kBlock = 4096;  // so that the inner sum stays 32-bit and is vectorised
    for (std::size_t begin = 0; begin < residuals.size(); begin += kBlock) {
      const std::size_t end = std::min(residuals.size(), begin + kBlock);
      std::uint32_t part = 0;
      for (std::size_t i = begin; i < end; ++i) {
        const int value = static_cast<std::int8_t>(residuals[i]);
        part += static_cast<std::uint32_t>(value < 0 ? -value : value);
      }
      sum += part;
    }
    return sum;
  }

  std::size_t pixelBytes_;
  Bytes above_;
  std::array<Bytes, kFilterCount> candidates_;
};

Bytes filteredRows(const Image& image) {
  const std::size_t sampleBytes = static_cast<std::size_t>(image.bitsAllocated()) / 8;
  const std::size_t pixelBytes =
      (static_cast<std::size_t>(image.channels()) + (image.alpha.empty() ? 0 : 1)) * sampleBytes;
  const std::size_t rowBytes = static_cast<std::size_t>(image.width()) * pixelBytes;
  Bytes joined;
  const std::uint8_t* samples = image.bytes().data();
  if (!image.alpha.empty()) {
    joined = joinAlpha(image);
    samples = joined.data();
  }
  RowFilter filter(rowBytes, pixelBytes);
  Bytes swapped(sampleBytes == 2 ? rowBytes : 0);
  Bytes out((rowBytes + 1) * static_cast<std::size_t>(image.height()));
  for (std::size_t y = 0; y < static_cast<std::size_t>(image.height()); ++y) {
    const std::uint8_t* row = samples + y * rowBytes;
    if (sampleBytes == 2) {
      for (std::size_t i = 0; i < rowBytes; i += 2) {
        swapped[i] = row[i + 1];
        swapped[i + 1] = row[i];
      }
      row = swapped.data();
    }
    filter.append(row, out.data() + y * (rowBytes + 1));
  }
  return out;
}

void addHeader(ChunkWriter& chunks, const Image& image) {
  const bool alpha = !image.alpha.empty();
  const int colourType = (image.channels() == 3 ? 2 : 0) + (alpha ? 4 : 0);
  Bytes header;
  append32(header, static_cast<std::uint32_t>(image.width()));
  append32(header, static_cast<std::uint32_t>(image.height()));
  header.push_back(static_cast<std::uint8_t>(image.bitsAllocated()));
  header.push_back(static_cast<std::uint8_t>(colourType));
  header.insert(header.end(), 3, 0);  // deflate, adaptive filters, not interlaced
  chunks.add("IHDR", header);
}

void addColourSpace(ChunkWriter& chunks, const ImageMetadata& metadata, int level) {
  if (!metadata.iccProfile.empty()) {
    Bytes data;
    appendText(data, std::string_view("ICC profile\0\0", 13));  // name, end of name, compression method
    Bytes packed = compress(metadata.iccProfile, level);
    // libpng refuses a chunk that is shorter than its longest name plus an empty stream.
    if (packed.size() < kLeastProfileStream) packed = compress(metadata.iccProfile, 0);
    data.insert(data.end(), packed.begin(), packed.end());
    chunks.add("iCCP", data);
    return;
  }
  const PngColourSpace& space = metadata.pngColourSpace;
  if (space.renderingIntent) {
    chunks.add("sRGB", std::array{*space.renderingIntent});
    return;
  }
  if (space.gamma100000 != 0) {
    Bytes data;
    append32(data, space.gamma100000);
    chunks.add("gAMA", data);
  }
  if (space.chromaticities100000 != std::array<std::uint32_t, 8>{}) {
    Bytes data;
    for (const std::uint32_t value : space.chromaticities100000) append32(data, value);
    chunks.add("cHRM", data);
  }
}

std::uint32_t perMetre(double value) {
  return value > 0 && value < 2147483647.0 ? static_cast<std::uint32_t>(std::llround(value)) : 0;
}

void addMetadata(ChunkWriter& chunks, const ImageMetadata& metadata, const EncodeOptions& options) {
  addColourSpace(chunks, metadata, options.pngCompression);
  const std::uint32_t x = perMetre(metadata.dotsPerMetreX);
  const std::uint32_t y = perMetre(metadata.dotsPerMetreY);
  if (x != 0 && y != 0) {
    Bytes data;
    append32(data, x);
    append32(data, y);
    data.push_back(1);  // per metre
    chunks.add("pHYs", data);
  }
  if (metadata.orientation != 1) chunks.add("eXIf", exifWithOrientation(metadata.orientation));
  if (!options.protectedNote.empty()) {
    Bytes data;
    // Keyword, end, not compressed, method 0, empty language tag, empty translated keyword.
    appendText(data, std::string_view("MedLocker\0\0\0\0\0", 14));
    appendText(data, options.protectedNote);
    chunks.add("iTXt", data);
  }
  if (!options.description.empty()) {
    Bytes data;
    appendText(data, std::string_view("Description\0", 12));
    appendText(data, options.description);
    chunks.add("tEXt", data);
  }
}

}  // namespace

Bytes writePng(const Image& image, const EncodeOptions& options) {
  ChunkWriter chunks;
  addHeader(chunks, image);
  addMetadata(chunks, image.metadata, options);
  const Bytes pixels = compress(filteredRows(image), options.pngCompression);
  chunks.reserve(pixels.size() + 64);
  for (std::size_t begin = 0; begin < pixels.size(); begin += kMaxChunkBytes)
    chunks.add("IDAT", ByteView(pixels).subspan(begin, std::min(kMaxChunkBytes, pixels.size() - begin)));
  return chunks.finish();
}

}  // namespace medlocker::data::codecs
