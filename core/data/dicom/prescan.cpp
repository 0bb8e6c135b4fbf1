// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/dicom/prescan.h"

#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <optional>
#include <set>

#include "core/common/error.h"

namespace medlocker::data::dicom {
namespace {

constexpr std::size_t kPreamble = 132;  // 128 bytes and "DICM"
constexpr std::uint32_t kUndefined = 0xFFFFFFFF;
constexpr std::uint32_t kItem = 0xFFFEE000;
constexpr std::uint32_t kItemEnd = 0xFFFEE00D;
constexpr std::uint32_t kSequenceEnd = 0xFFFEE0DD;
constexpr std::uint32_t kSourceImages = 0x00082112;
constexpr std::uint32_t kReferencedInstance = 0x00081155;
constexpr std::uint32_t kPixelData = 0x7FE00010;
constexpr std::uint32_t kFloatPixelData = 0x7FE00008;
constexpr std::uint32_t kDoublePixelData = 0x7FE00009;
// A deflate stream cannot expand by more than about 1032 : 1.
constexpr std::uint64_t kMaxDeflateRatio = 1040;
constexpr std::size_t kMaxElements = 4'000'000;
constexpr std::uint32_t kMaxFrames = 1'000'000;

using Vr = std::uint16_t;
constexpr Vr vr(char a, char b) {
  return static_cast<Vr>((a << 8) | b);
}
constexpr std::array kShortVrs{
    vr('A', 'E'), vr('A', 'S'), vr('A', 'T'), vr('C', 'S'), vr('D', 'A'), vr('D', 'S'), vr('D', 'T'),
    vr('F', 'D'), vr('F', 'L'), vr('I', 'S'), vr('L', 'O'), vr('L', 'T'), vr('P', 'N'), vr('S', 'H'),
    vr('S', 'L'), vr('S', 'S'), vr('S', 'T'), vr('T', 'M'), vr('U', 'I'), vr('U', 'L'), vr('U', 'S')};
constexpr std::array kLongVrs{vr('O', 'B'), vr('O', 'D'), vr('O', 'F'), vr('O', 'L'), vr('O', 'V'),
                              vr('O', 'W'), vr('S', 'Q'), vr('S', 'V'), vr('U', 'C'), vr('U', 'N'),
                              vr('U', 'R'), vr('U', 'T'), vr('U', 'V')};
constexpr Vr kSq = vr('S', 'Q');
constexpr Vr kUn = vr('U', 'N');
constexpr Vr kOb = vr('O', 'B');
constexpr Vr kOw = vr('O', 'W');

/// Defined terms of Specific Character Set (PS3.3 C.12.1.1.2).
bool isKnownCharacterSet(std::string_view term) {
  static const std::set<std::string_view> kTerms{
      "",
      "ISO_IR 6",
      "ISO_IR 100",
      "ISO_IR 101",
      "ISO_IR 109",
      "ISO_IR 110",
      "ISO_IR 144",
      "ISO_IR 127",
      "ISO_IR 126",
      "ISO_IR 138",
      "ISO_IR 148",
      "ISO_IR 203",
      "ISO_IR 13",
      "ISO_IR 166",
      "ISO_IR 192",
      "GB18030",
      "GBK",
      "ISO 2022 IR 6",
      "ISO 2022 IR 100",
      "ISO 2022 IR 101",
      "ISO 2022 IR 109",
      "ISO 2022 IR 110",
      "ISO 2022 IR 144",
      "ISO 2022 IR 127",
      "ISO 2022 IR 126",
      "ISO 2022 IR 138",
      "ISO 2022 IR 148",
      "ISO 2022 IR 203",
      "ISO 2022 IR 13",
      "ISO 2022 IR 166",
      "ISO 2022 IR 87",
      "ISO 2022 IR 159",
      "ISO 2022 IR 149",
      "ISO 2022 IR 58",
  };
  return kTerms.contains(term);
}

std::uint32_t littleEndian32(ByteView bytes) {
  return bytes[0] | (static_cast<std::uint32_t>(bytes[1]) << 8) |
         (static_cast<std::uint32_t>(bytes[2]) << 16) | (static_cast<std::uint32_t>(bytes[3]) << 24);
}

std::string tagText(std::uint32_t tag) {
  char text[16];
  std::snprintf(text, sizeof text, "(%04X,%04X)", tag >> 16, tag & 0xFFFF);
  return text;
}

/// Bytes read with an upper bound that every caller has checked.
class Scanner {
 public:
  Scanner(ByteView bytes, const std::string& name, const DecodeLimits& limits)
      : bytes_(bytes), name_(name), limits_(limits) {}

  Prescan run() {
    if (bytes_.size() < kPreamble || asText(128, 4) != "DICM") refuse("has no DICOM preamble");
    std::size_t at = readMeta();
    chooseEncoding();
    if (out_.transferSyntax == kDeflatedExplicitLittle) {
      inflate(at);
      bytes_ = out_.inflated;
    }
    big_ = out_.encoding == Encoding::ExplicitBig;
    readElements(at, bytes_.size(), false, 0, out_.encoding);
    finish();
    return std::move(out_);
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    throw Error(ErrorCode::InputRejected, why, name_);
  }
  [[noreturn]] void damaged(const std::string& why) const { refuse("is damaged: " + why); }

  std::uint16_t u16(std::size_t at) const {
    const unsigned a = bytes_[at];
    const unsigned b = bytes_[at + 1];
    return static_cast<std::uint16_t>(big_ ? (a << 8) | b : (b << 8) | a);
  }
  std::uint32_t u32(std::size_t at) const {
    const std::uint32_t first = u16(at);
    const std::uint32_t second = u16(at + 2);
    return big_ ? (first << 16) | second : (second << 16) | first;
  }
  std::uint32_t tagAt(std::size_t at) const {
    return (static_cast<std::uint32_t>(u16(at)) << 16) | u16(at + 2);
  }
  std::string asText(std::size_t at, std::size_t length) const {
    return {reinterpret_cast<const char*>(bytes_.data()) + at, length};
  }
  /// Without the padding that makes values even.
  std::string trimmed(std::size_t at, std::size_t length) const {
    std::string text = asText(at, length);
    const auto isPad = [](char c) { return c == ' ' || c == '\0'; };
    while (!text.empty() && isPad(text.back())) text.pop_back();
    std::size_t begin = 0;
    while (begin < text.size() && isPad(text[begin])) ++begin;
    return text.substr(begin);
  }

  struct Header {
    std::uint32_t tag = 0;
    Vr valueType = 0;  ///< 0: implicit
    std::uint32_t length = 0;
    std::size_t value = 0;
  };

  /// One element's header; [at, end) is what holds it.
  Header readHeader(std::size_t at, std::size_t end, Encoding encoding) {
    if (end - at < 8) damaged("the data set ends inside an element");
    if (++elements_ > kMaxElements) refuse("has too many elements");
    Header header;
    header.tag = tagAt(at);
    if (encoding == Encoding::ImplicitLittle || (header.tag >> 16) == 0xFFFE) {
      header.length = u32(at + 4);
      header.value = at + 8;
      return header;
    }
    header.valueType = static_cast<Vr>((bytes_[at + 4] << 8) | bytes_[at + 5]);
    if (std::find(kShortVrs.begin(), kShortVrs.end(), header.valueType) != kShortVrs.end()) {
      header.length = u16(at + 6);
      header.value = at + 8;
    } else if (std::find(kLongVrs.begin(), kLongVrs.end(), header.valueType) != kLongVrs.end()) {
      if (end - at < 12) damaged("the data set ends inside element " + tagText(header.tag));
      header.length = u32(at + 8);
      header.value = at + 12;
    } else {
      damaged("element " + tagText(header.tag) + " has an unknown value representation");
    }
    return header;
  }

  void requireFits(const Header& header, std::size_t end) const {
    if (header.length > end - header.value)
      refuse("is truncated or damaged: element " + tagText(header.tag) + " claims " +
             std::to_string(header.length) + " bytes, " + std::to_string(end - header.value) + " are left");
  }

  /// Group 2, always explicit little endian; returns where the data set begins.
  std::size_t readMeta() {
    std::size_t at = kPreamble;
    while (bytes_.size() - at >= 8 && u16(at) == 2) {
      const Header header = readHeader(at, bytes_.size(), Encoding::ExplicitLittle);
      requireFits(header, bytes_.size());
      if (header.tag == 0x00020010) {
        if (!out_.transferSyntax.empty()) damaged("the transfer syntax is given twice");
        out_.transferSyntax = trimmed(header.value, header.length);
        out_.transferSyntaxValue = {header.value, header.length};
      }
      at = header.value + header.length;
    }
    if (out_.transferSyntax.empty()) refuse("does not say its transfer syntax");
    return at;
  }

  void chooseEncoding() {
    const std::string& syntax = out_.transferSyntax;
    static constexpr std::string_view kRoot = "1.2.840.10008.1.2";
    if (syntax == kImplicitLittle)
      out_.encoding = Encoding::ImplicitLittle;
    else if (syntax == kExplicitBig)
      out_.encoding = Encoding::ExplicitBig;
    else if (syntax != kExplicitLittle && syntax != kDeflatedExplicitLittle)
      encapsulatedSyntax_ = true;
    if (!std::string_view(syntax).starts_with(kRoot)) refuse("has a private transfer syntax");
  }

  void inflate(std::size_t at) {
    const ByteView packed = bytes_.subspan(at);
    const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> decompressor(
        libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
    if (!decompressor) throw Error(ErrorCode::Internal, "no memory for a decompressor", name_);
    const std::uint64_t most =
        std::min<std::uint64_t>(limits_.maxFileBytes, packed.size() * kMaxDeflateRatio);
    std::uint64_t room = std::min<std::uint64_t>(most, packed.size() * 4 + 4096);
    for (;;) {
      Bytes& target = out_.inflated;
      target.assign(at + static_cast<std::size_t>(room), 0);
      std::size_t used = 0;
      std::size_t made = 0;
      const auto result =
          libdeflate_deflate_decompress_ex(decompressor.get(), packed.data(), packed.size(),
                                           target.data() + at, static_cast<std::size_t>(room), &used, &made);
      if (result == LIBDEFLATE_SUCCESS) {
        // Some writers leave gzip's checksum and length behind the stream.
        const std::size_t rest = packed.size() - used;
        const bool gzipTrailer = rest == 8 && littleEndian32(packed.subspan(packed.size() - 4)) == made;
        if (rest > 1 && !gzipTrailer) damaged("bytes follow the deflated data set");
        target.resize(at + made);
        std::copy(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(at), target.begin());
        return;
      }
      if (result != LIBDEFLATE_INSUFFICIENT_SPACE) damaged("the deflated data set cannot be unpacked");
      if (room >= most) refuse("unpacks to more than is allowed");
      room = std::min(most, room * 4);
    }
  }

  /// Elements in [at, end); with `delimited` up to an item delimiter. Returns where they end.
  std::size_t readElements(std::size_t at, std::size_t end, bool delimited, int depth, Encoding encoding) {
    while (at < end) {
      const Header header = readHeader(at, end, encoding);
      if ((header.tag >> 16) == 0xFFFE) {
        if (delimited && header.tag == kItemEnd && header.length == 0) return header.value;
        damaged("a sequence delimiter stands where an element should");
      }
      at = readValue(header, end, depth, encoding);
    }
    if (delimited) damaged("a sequence item has no end");
    return at;
  }

  std::size_t readValue(const Header& header, std::size_t end, int depth, Encoding encoding) {
    const bool isPixelData = header.tag == kPixelData;
    if (depth == 0) topTag_ = header.tag;
    if (header.length == kUndefined) {
      if (isPixelData && (header.valueType == kOb || header.valueType == kOw)) {
        if (!encapsulatedSyntax_) damaged("pixel data of undefined length in a file that is not compressed");
        return readFragments(header.value, end, depth == 0);
      }
      // Undefined length in UN means: a sequence, written implicitly (PS3.5 6.2.2).
      if (header.valueType == kUn) {
        if (encoding == Encoding::ExplicitBig) refuse("holds an unknown sequence in big endian");
        return readSequence(header.value, end, true, depth + 1, Encoding::ImplicitLittle);
      }
      if (header.valueType != kSq && header.valueType != 0)
        damaged("element " + tagText(header.tag) + " has no length");
      return readSequence(header.value, end, true, depth + 1, encoding);
    }
    requireFits(header, end);
    const std::size_t next = header.value + header.length;
    // Without a written VR, what begins with an item is a sequence for those who know the tag.
    const bool implicitSequence =
        header.valueType == 0 && !isPixelData && header.length >= 8 && tagAt(header.value) == kItem;
    if (header.valueType == kSq || implicitSequence)
      readSequence(header.value, next, false, depth + 1, encoding);
    else if (depth == 0)
      note(header);
    else if (depth == 1 && topTag_ == kSourceImages && header.tag == kReferencedInstance &&
             out_.sourceInstance.empty())
      out_.sourceInstance = trimmed(header.value, header.length);
    return next;
  }

  std::size_t readSequence(std::size_t at, std::size_t end, bool delimited, int depth, Encoding encoding) {
    if (depth > kMaxNesting) refuse("nests sequences more than " + std::to_string(kMaxNesting) + " deep");
    while (at < end) {
      if (end - at < 8) damaged("a sequence ends inside an item");
      if (++elements_ > kMaxElements) refuse("has too many elements");
      const std::uint32_t tag = tagAt(at);
      const std::uint32_t length = u32(at + 4);
      at += 8;
      if (delimited && tag == kSequenceEnd) {
        if (length != 0) damaged("a sequence delimiter has a length");
        return at;
      }
      if (tag != kItem) damaged("a sequence holds something else than items");
      if (length == kUndefined) {
        at = readElements(at, end, true, depth, encoding);
      } else {
        if (length > end - at)
          refuse("is truncated or damaged: a sequence item claims " + std::to_string(length) + " bytes, " +
                 std::to_string(end - at) + " are left");
        readElements(at, at + length, false, depth, encoding);
        at += length;
      }
    }
    if (delimited) damaged("a sequence has no end");
    return at;
  }

  /// Encapsulated pixel data (PS3.5 A.4): an offset table, fragments, a delimiter.
  std::size_t readFragments(std::size_t at, std::size_t end, bool top) {
    if (top && out_.hasPixelData) damaged("pixel data is given twice");
    bool first = true;
    for (;;) {
      if (end - at < 8) refuse("is truncated: the compressed pixel data has no end");
      if (++elements_ > kMaxElements) refuse("has too many elements");
      const std::uint32_t tag = tagAt(at);
      const std::uint32_t length = u32(at + 4);
      at += 8;
      if (tag == kSequenceEnd) {
        if (length != 0) damaged("a sequence delimiter has a length");
        break;
      }
      if (tag != kItem) damaged("the compressed pixel data holds something else than fragments");
      if (length > end - at)
        refuse("is truncated: a fragment of compressed pixel data claims " + std::to_string(length) +
               " bytes, " + std::to_string(end - at) + " are left");
      if (top && first) {
        if (length % 4 != 0) damaged("the offset table is not made of 32-bit numbers");
        for (std::size_t i = 0; i < length; i += 4) out_.offsets.push_back(u32(at + i));
      } else if (top) {
        out_.fragments.push_back({at, length});
      }
      first = false;
      at += length;
    }
    if (top) {
      out_.hasPixelData = true;
      out_.encapsulated = true;
    }
    return at;
  }

  // --- values at the top level that matter here ---

  std::uint32_t unsignedShort(const Header& header) const {
    if (header.length != 2) damaged("element " + tagText(header.tag) + " is not one 16-bit number");
    return u16(header.value);
  }

  void once(const Header& header) {
    if (!seen_.insert(header.tag).second) damaged("element " + tagText(header.tag) + " is given twice");
  }

  std::uint32_t frameCount(const Header& header) const {
    const std::string text = trimmed(header.value, header.length);
    if (text.empty()) return 1;
    if (text.size() > 10 || text.find_first_not_of("0123456789") != std::string::npos)
      damaged("the number of frames is not a number");
    const std::uint64_t frames = std::stoull(text);
    if (frames < 1 || frames > kMaxFrames)
      refuse("claims " + text + " frames; 1 to " + std::to_string(kMaxFrames) + " are read");
    return static_cast<std::uint32_t>(frames);
  }

  void notePixelData(const Header& header) {
    if (out_.hasPixelData) damaged("pixel data is given twice");
    if (encapsulatedSyntax_) damaged("the transfer syntax is a compressed one, but the pixel data is not");
    out_.hasPixelData = true;
    out_.pixelWords = header.valueType == 0 || header.valueType == kOw;
    out_.nativePixels = {header.value, header.length};
  }

  void note(const Header& header) {
    PixelDescription& pixels = out_.pixels;
    const auto text = [&] { return trimmed(header.value, header.length); };
    switch (header.tag) {
      case 0x00080005: {
        once(header);
        const std::string sets = text();
        std::size_t begin = 0;
        for (std::size_t i = 0; i <= sets.size(); ++i) {
          if (i < sets.size() && sets[i] != '\\') continue;
          std::string term = sets.substr(begin, i - begin);
          while (!term.empty() && term.back() == ' ') term.pop_back();
          if (!isKnownCharacterSet(term)) refuse("names a character set that DICOM does not know");
          begin = i + 1;
        }
        break;
      }
      case 0x00080016:
        once(header);
        out_.sopClass = text();
        break;
      case 0x00080018:
        once(header);
        out_.sopInstance = text();
        break;
      case 0x00080060:
        out_.modality = text();
        break;
      case 0x00100010:
        // A name of separators alone is empty.
        out_.namesPatient |= text().find_first_not_of("^= ") != std::string::npos;
        break;
      case 0x00100020:
      case 0x00100021: {
        const std::string id = text();
        if (header.tag == 0x00100020) {
          out_.namesPatient |= !id.empty();
          hasId_ = !id.empty();
        }
        patient_.update(std::to_string(header.tag) + ":" + id + "\n");
        break;
      }
      case 0x00280002:
        once(header);
        pixels.samplesPerPixel = unsignedShort(header);
        break;
      case 0x00280004:
        once(header);
        pixels.photometric = text();
        break;
      case 0x00280006:
        once(header);
        if (const auto value = unsignedShort(header); value > 1)
          damaged("the planar configuration is neither 0 nor 1");
        else
          pixels.planar = value == 1;
        break;
      case 0x00280008:
        once(header);
        pixels.frames = frameCount(header);
        break;
      case 0x00280010:
        once(header);
        pixels.rows = unsignedShort(header);
        break;
      case 0x00280011:
        once(header);
        pixels.columns = unsignedShort(header);
        break;
      case 0x00280100:
        once(header);
        pixels.bitsAllocated = unsignedShort(header);
        break;
      case 0x00280101:
        once(header);
        pixels.bitsStored = unsignedShort(header);
        break;
      case 0x00280102:
        once(header);
        pixels.highBit = unsignedShort(header);
        break;
      case 0x00280103:
        once(header);
        if (const auto value = unsignedShort(header); value > 1)
          damaged("the pixel representation is neither 0 nor 1");
        else
          pixels.isSigned = value == 1;
        break;
      case 0x00280301:
        out_.burnedInAnnotation = text() == "YES";
        break;
      case 0x00282110:
        out_.lossyFlag = text() == "01";
        break;
      case kFloatPixelData:
      case kDoublePixelData:
        out_.hasFloatPixelData = true;
        break;
      case kPixelData:
        notePixelData(header);
        break;
      default:
        break;
    }
  }

  void finish() {
    if (hasId_) out_.patientKey = patient_.finish();
  }

  ByteView bytes_;
  const std::string& name_;
  const DecodeLimits& limits_;
  Prescan out_;
  bool big_ = false;
  bool encapsulatedSyntax_ = false;
  std::uint32_t topTag_ = 0;
  std::size_t elements_ = 0;
  std::set<std::uint32_t> seen_;
  Sha256 patient_;
  bool hasId_ = false;
};

}  // namespace

Prescan prescan(ByteView bytes, const std::string& name, const DecodeLimits& limits) {
  if (bytes.size() > limits.maxFileBytes)
    throw Error(ErrorCode::InputRejected, "is larger than allowed", name);
  return Scanner(bytes, name, limits).run();
}

void requireImage(const Prescan& scan, const std::string& name, const DecodeLimits& limits) {
  const auto refuse = [&](const std::string& why) { throw Error(ErrorCode::InputRejected, why, name); };
  const PixelDescription& p = scan.pixels;
  if (scan.hasFloatPixelData) refuse("holds floating-point pixel data, which is not read");
  if (!scan.hasPixelData) refuse("is a DICOM file without pixel data: not a picture");
  if (scan.sopClass.empty() || scan.sopInstance.empty())
    refuse("does not say what kind of DICOM object it is (SOP class and instance)");
  if (scan.sopClass == kSegmentationStorage || scan.sopClass == kLabelMapStorage)
    refuse("is a DICOM segmentation: that is a mask, not a photograph");
  if (p.rows == 0 || p.columns == 0) refuse("claims an empty image");
  const std::string size = std::to_string(p.columns) + " x " + std::to_string(p.rows) + " pixels";
  const auto maxSide = static_cast<std::uint32_t>(limits.maxSide);
  const std::uint64_t area = static_cast<std::uint64_t>(p.rows) * p.columns;
  if (p.rows > maxSide || p.columns > maxSide || area > limits.maxPixels)
    refuse("claims " + size + ", which is more than allowed");
  if (p.bitsAllocated == 1) refuse("holds bit-packed pixel data, which is not read as a picture");
  if (p.bitsAllocated != 8 && p.bitsAllocated != 16)
    refuse("has " + std::to_string(p.bitsAllocated) + " bits allocated; 8 and 16 are read");
  if (p.bitsStored < 1 || p.bitsStored > p.bitsAllocated || p.highBit >= p.bitsAllocated ||
      p.highBit + 1 < p.bitsStored)
    refuse("is damaged: bits allocated, bits stored and high bit contradict each other");
  if (p.bitsStored < 8) refuse("has " + std::to_string(p.bitsStored) + " significant bits; 8 to 16 are read");
  const bool grey = p.photometric == "MONOCHROME1" || p.photometric == "MONOCHROME2";
  const bool palette = p.photometric == "PALETTE COLOR";
  const bool colour = p.photometric == "RGB" || p.photometric == "YBR_FULL" ||
                      p.photometric == "YBR_FULL_422" || p.photometric == "YBR_ICT" ||
                      p.photometric == "YBR_RCT";
  if (!grey && !palette && !colour) refuse("has a photometric interpretation that is not read");
  if (p.samplesPerPixel != (colour ? 3U : 1U))
    refuse("is damaged: " + std::to_string(p.samplesPerPixel) + " samples per pixel contradict " +
           p.photometric);
  if (p.isSigned && !grey) refuse("is damaged: colours cannot be signed");
  if (scan.encapsulated) {
    if (scan.fragments.empty()) refuse("is damaged: the compressed pixel data is empty");
    if (scan.fragments.size() < p.frames)
      refuse("is truncated or damaged: " + std::to_string(p.frames) + " frames cannot come from " +
             std::to_string(scan.fragments.size()) + " fragments");
    return;
  }
  if (p.photometric == "YBR_ICT" || p.photometric == "YBR_RCT")
    refuse("is damaged: " + p.photometric + " exists in JPEG 2000 only");
  const bool halved = p.photometric == "YBR_FULL_422";
  if (halved && (p.columns % 2 != 0 || p.bitsAllocated != 8 || p.planar))
    refuse("has a form of YBR_FULL_422 that is not read");
  // area <= maxPixels, at most 6 bytes and 10^6 frames: far below 2^64.
  const std::uint64_t perPixel =
      halved ? 2 : static_cast<std::uint64_t>(p.samplesPerPixel) * (p.bitsAllocated / 8);
  const std::uint64_t wanted = area * perPixel * p.frames;
  const std::uint64_t stored = scan.nativePixels.length;
  if (stored != wanted && stored != wanted + wanted % 2)
    refuse("is truncated or damaged: " + std::to_string(p.frames) +
           (p.frames == 1 ? " frame of " : " frames of ") + size + " need " + std::to_string(wanted) +
           " bytes of pixel data, the file has " + std::to_string(stored));
}

std::pair<std::size_t, std::size_t> fragmentsOfFrame(const Prescan& scan, std::uint32_t frame,
                                                     const std::string& name) {
  const std::size_t count = scan.fragments.size();
  const std::uint32_t frames = scan.pixels.frames;
  if (frames == 1) return {0, count};
  if (count == frames) return {frame, frame + 1};
  const auto refuse = [&](const char* why) { throw Error(ErrorCode::InputRejected, why, name); };
  if (scan.offsets.size() != frames || scan.offsets.empty())
    refuse("does not tell which fragments of compressed pixel data belong to which frame");
  // Offsets count from the first fragment's item tag; 8 bytes precede every fragment.
  const std::size_t origin = scan.fragments.front().offset - 8;
  const auto fragmentAt = [&](std::uint64_t offset) {
    const auto found =
        std::find_if(scan.fragments.begin(), scan.fragments.end(),
                     [&](const ByteRange& range) { return range.offset - 8 - origin == offset; });
    if (found == scan.fragments.end()) refuse("is damaged: the offset table points between fragments");
    return static_cast<std::size_t>(found - scan.fragments.begin());
  };
  const std::size_t first = fragmentAt(scan.offsets[frame]);
  const std::size_t last = frame + 1 < frames ? fragmentAt(scan.offsets[frame + 1]) : count;
  if (first >= last) refuse("is damaged: the offset table is not in order");
  return {first, last};
}

}  // namespace medlocker::data::dicom
