// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/dicom/frame_decoder.h"

#include "core/common/error.h"
#include "core/data/codecs/byte_order.h"
#include "core/data/codecs/jpeg_colour.h"
#include "core/data/dicom/jpeg2000_frame.h"
#include "core/data/dicom/toolkit.h"

namespace medlocker::data::dicom {
namespace {

constexpr std::string_view kJpegBaseline = "1.2.840.10008.1.2.4.50";
constexpr std::string_view kJpegExtended = "1.2.840.10008.1.2.4.51";
constexpr std::string_view kJpegLossless = "1.2.840.10008.1.2.4.57";
constexpr std::string_view kJpegLosslessFirstOrder = "1.2.840.10008.1.2.4.70";
constexpr std::string_view kJpegLsLossless = "1.2.840.10008.1.2.4.80";
constexpr std::string_view kJpegLsNearLossless = "1.2.840.10008.1.2.4.81";
constexpr std::string_view kJpeg2000Lossless = "1.2.840.10008.1.2.4.90";
constexpr std::string_view kJpeg2000 = "1.2.840.10008.1.2.4.91";
constexpr std::string_view kRle = "1.2.840.10008.1.2.5";

class FrameDecoder {
 public:
  FrameDecoder(ByteView file, const Prescan& scan, DcmDataset& dataset, std::uint32_t frame,
               const std::string& name, bool& lossy)
      : file_(file), scan_(scan), dataset_(dataset), frame_(frame), name_(name), lossy_(lossy) {}

  StoredFrame decode() {
    if (!scan_.encapsulated) return native();
    const std::string_view syntax = scan_.transferSyntax;
    if (syntax == kRle) return byToolkit();
    if (syntax == kJpeg2000Lossless || syntax == kJpeg2000) {
      const Bytes stream = joined();
      Jpeg2000Frame decoded = decodeJpeg2000(stream, scan_.pixels, name_);
      lossy_ = lossy_ || decoded.irreversible;
      return std::move(decoded.frame);
    }
    if (syntax == kJpegBaseline || syntax == kJpegExtended) {
      lossy_ = true;
      return jpeg();
    }
    if (syntax == kJpegLossless || syntax == kJpegLosslessFirstOrder || syntax == kJpegLsLossless) {
      requireStreamSize(joined());
      return byToolkit();
    }
    if (syntax == kJpegLsNearLossless) {
      lossy_ = true;
      requireStreamSize(joined());
      return byToolkit();
    }
    refuse("has a transfer syntax that is not read (" + scan_.transferSyntax + ")");
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    throw Error(ErrorCode::InputRejected, why, name_);
  }

  std::size_t frameBytes() const {
    const PixelDescription& p = scan_.pixels;
    const std::size_t area = static_cast<std::size_t>(p.rows) * p.columns;
    if (!scan_.encapsulated && p.photometric == "YBR_FULL_422") return area * 2;
    return area * p.samplesPerPixel * (p.bitsAllocated / 8);
  }

  StoredFrame native() const {
    const std::size_t size = frameBytes();
    const bool swapped =
        scan_.encoding == Encoding::ExplicitBig && (scan_.pixelWords || scan_.pixels.bitsAllocated == 16);
    StoredFrame out;
    out.planar = scan_.pixels.planar && scan_.pixels.samplesPerPixel > 1;
    out.photometric = scan_.pixels.photometric;
    const ByteView all = file_.subspan(scan_.nativePixels.offset, scan_.nativePixels.length);
    const std::size_t begin = static_cast<std::size_t>(frame_) * size;
    out.bytes.resize(size);
    for (std::size_t i = 0; i < size; ++i) {
      // Big-endian words: also 8-bit samples lie in them two by two.
      const std::size_t at = begin + i;
      const std::size_t from = swapped ? at ^ 1U : at;
      out.bytes[i] = from < all.size() ? all[from] : 0;
    }
    return out;
  }

  /// All fragments of the frame in one piece.
  Bytes joined() const {
    const auto [first, last] = fragmentsOfFrame(scan_, frame_, name_);
    Bytes stream;
    for (std::size_t i = first; i < last; ++i) {
      const ByteView part = file_.subspan(scan_.fragments[i].offset, scan_.fragments[i].length);
      stream.insert(stream.end(), part.begin(), part.end());
    }
    return stream;
  }

  struct StreamHeader {
    std::uint32_t height = 0;
    std::uint32_t width = 0;
    std::uint32_t components = 0;
    std::uint32_t precision = 0;
  };

  /// The frame header of a JPEG or JPEG-LS stream.
  StreamHeader streamHeader(ByteView stream) const {
    if (!codecs::holds(stream, 0, 2) || codecs::big16(stream, 0) != 0xFFD8)
      refuse("is damaged: a frame is not a JPEG stream");
    std::size_t at = 2;
    while (codecs::holds(stream, at, 4)) {
      if (stream[at] != 0xFF) break;
      const std::uint8_t marker = stream[at + 1];
      if (marker == 0xFF) {  // fill byte
        ++at;
        continue;
      }
      const bool isFrame =
          (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC) ||
          marker == 0xF7;
      if (isFrame && codecs::holds(stream, at, 10))
        return {codecs::big16(stream, at + 5), codecs::big16(stream, at + 7), stream[at + 9], stream[at + 4]};
      at += 2 + std::size_t{codecs::big16(stream, at + 2)};
    }
    refuse("is damaged: a JPEG stream has no frame header");
  }

  StreamHeader requireStreamSize(ByteView stream) const {
    const StreamHeader header = streamHeader(stream);
    const PixelDescription& p = scan_.pixels;
    if (header.height != p.rows || header.width != p.columns || header.components != p.samplesPerPixel)
      refuse("is damaged: a compressed frame has another size than the file says");
    if (header.precision > p.bitsAllocated)
      refuse("is damaged: a compressed frame has more bits than are allocated");
    std::size_t end = stream.size();
    while (end > 0 && stream[end - 1] == 0) --end;  // padding to an even length, by 0 or once by 255
    if (end > 2 && stream[end - 1] == 0xFF && stream[end - 2] == 0xD9) --end;
    if (end < 2 || codecs::big16(stream, end - 2) != 0xFFD9)
      refuse("is truncated: a compressed frame has no end");
    return header;
  }

  /// Eight bits go through our own strict decoder, so that a damaged stream is noticed.
  StoredFrame jpeg() {
    const Bytes stream = joined();
    if (requireStreamSize(stream).precision != 8) return byToolkit();
    const codecs::ReadRequest request{.name = name_, .limits = limits_};
    const bool isYcc = scan_.pixels.photometric.starts_with("YBR");
    const Image image = codecs::readJpegAs(stream, request, isYcc).image;
    if (scan_.pixels.bitsAllocated != 8) refuse("holds 8-bit JPEG frames but claims 16 bits");
    StoredFrame out;
    out.photometric = image.channels() == 3 ? "RGB" : scan_.pixels.photometric;
    out.bytes.assign(image.bytes().begin(), image.bytes().end());
    return out;
  }

  StoredFrame byToolkit() {
    DcmElement* element = nullptr;
    if (dataset_.findAndGetElement(DCM_PixelData, element).bad() || !element)
      refuse("is damaged: the pixel data cannot be read");
    StoredFrame out;
    const std::size_t size = frameBytes();
    // PackBits gives at most 128 bytes for 2.
    std::uint64_t stored = 0;
    const auto [first, last] = fragmentsOfFrame(scan_, frame_, name_);
    for (std::size_t i = first; i < last; ++i) stored += scan_.fragments[i].length;
    if (scan_.transferSyntax == kRle && size > stored * 64)
      refuse("is truncated or damaged: its frames cannot come from so few bytes");
    out.bytes.resize(size + size % 2);
    // Item 0 of the pixel sequence is the offset table.
    auto fragment = static_cast<Uint32>(first + 1);
    OFString colourModel;
    const OFCondition condition =
        element->getUncompressedFrame(&dataset_, frame_, fragment, out.bytes.data(),
                                      static_cast<Uint32>(out.bytes.size()), colourModel, nullptr);
    if (condition.bad())
      refuse("is damaged: a compressed frame cannot be decoded (" + describe(condition) + ")");
    out.photometric = std::string(colourModel.c_str(), colourModel.length());
    if (out.photometric.empty()) out.photometric = scan_.pixels.photometric;
    // RLE gives the planes as the file says; the JPEG decoders are told to give pixels.
    out.planar = scan_.transferSyntax == kRle && scan_.pixels.planar && scan_.pixels.samplesPerPixel > 1;
    return out;
  }

  ByteView file_;
  const Prescan& scan_;
  DcmDataset& dataset_;
  std::uint32_t frame_;
  const std::string& name_;
  bool& lossy_;
  DecodeLimits limits_;
};

}  // namespace

StoredFrame decodeFrame(ByteView file, const Prescan& scan, DcmDataset& dataset, std::uint32_t frame,
                        const std::string& name, bool& lossy) {
  return FrameDecoder(file, scan, dataset, frame, name, lossy).decode();
}

}  // namespace medlocker::data::dicom
