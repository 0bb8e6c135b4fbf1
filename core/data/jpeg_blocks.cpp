// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/jpeg_blocks.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "core/common/error.h"
#include "core/data/codecs/byte_order.h"
#include "core/data/codecs/jpeg_session.h"
#include "core/data/image_io.h"

namespace medlocker::data {
namespace {

using codecs::big16;
using codecs::holds;
using codecs::JpegCompressor;
using codecs::JpegDecompressor;

constexpr std::uint32_t kUndoMagic = 0x31424A4D;  // "MJB1"
constexpr std::size_t kBlockValues = 64;

[[noreturn]] void rejectUndo(const char* why) {
  throw Error(ErrorCode::InputRejected, std::string("the JPEG block payload is damaged: ") + why);
}

// ---- where a file's parts are ----

/// A single-scan file: everything up to and with the scan header, the entropy-coded bytes, the rest.
struct FileParts {
  std::size_t scanData = 0;
  std::size_t trailer = 0;
};

std::optional<FileParts> splitFile(ByteView file) {
  std::size_t at = 2;
  while (holds(file, at, 4)) {
    if (file[at] != 0xFF) return std::nullopt;
    const std::uint8_t marker = file[at + 1];
    if (marker == 0xFF) {  // fill byte
      ++at;
      continue;
    }
    const std::size_t length = big16(file, at + 2);
    if (length < 2 || !holds(file, at + 2, length)) return std::nullopt;
    at += 2 + length;
    if (marker != 0xDA) continue;
    FileParts parts;
    parts.scanData = at;
    while (holds(file, at, 2)) {
      const std::uint8_t next = file[at + 1];
      const bool inside = file[at] != 0xFF || next == 0 || (next >= 0xD0 && next <= 0xD7);
      if (!inside) {
        parts.trailer = at;
        return parts;
      }
      ++at;
    }
    return std::nullopt;
  }
  return std::nullopt;
}

// ---- regions of blocks ----

struct BlockBox {
  int x0 = 0;
  int y0 = 0;
  int x1 = 0;
  int y1 = 0;
};

/// Blocks of component `c` under a box of whole MCUs.
BlockBox blocksUnder(const jpeg_decompress_struct& jpeg, int c, const Box& mcuBox) {
  const jpeg_component_info& component = jpeg.comp_info[c];
  const int mcuWidth = jpeg.max_h_samp_factor * DCTSIZE;
  const int mcuHeight = jpeg.max_v_samp_factor * DCTSIZE;
  const auto last = [](JDIMENSION blocks, int wanted) { return std::min(static_cast<int>(blocks), wanted); };
  BlockBox box;
  box.x0 = mcuBox.x0 / mcuWidth * component.h_samp_factor;
  box.y0 = mcuBox.y0 / mcuHeight * component.v_samp_factor;
  box.x1 = last(component.width_in_blocks, mcuBox.x1 / mcuWidth * component.h_samp_factor);
  box.y1 = last(component.height_in_blocks, mcuBox.y1 / mcuHeight * component.v_samp_factor);
  return box;
}

std::size_t valuesUnder(const jpeg_decompress_struct& jpeg, const Box& mcuBox) {
  std::size_t count = 0;
  for (int c = 0; c < jpeg.num_components; ++c) {
    const BlockBox box = blocksUnder(jpeg, c, mcuBox);
    count += static_cast<std::size_t>(std::max(0, box.x1 - box.x0)) *
             static_cast<std::size_t>(std::max(0, box.y1 - box.y0)) * kBlockValues;
  }
  return count;
}

/// Copies the blocks of a region out of the virtual arrays, or into them. `values` is of the right size.
void moveBlocks(JpegDecompressor& in, const Box& mcuBox, std::int16_t* values, bool write) {
  in.guard([&in, mcuBox, values, write]() mutable {
    jpeg_decompress_struct& jpeg = in.jpeg();
    std::int16_t* at = values;
    for (int c = 0; c < jpeg.num_components; ++c) {
      const BlockBox box = blocksUnder(jpeg, c, mcuBox);
      for (int y = box.y0; y < box.y1; ++y) {
        JBLOCKARRAY rows =
            (*jpeg.mem->access_virt_barray)(reinterpret_cast<j_common_ptr>(&jpeg), in.coefficients()[c],
                                            static_cast<JDIMENSION>(y), 1, write ? TRUE : FALSE);
        const std::size_t bytes = static_cast<std::size_t>(box.x1 - box.x0) * sizeof(JBLOCK);
        void* blocks = rows[0] + box.x0;
        if (write)
          std::memcpy(blocks, at, bytes);
        else
          std::memcpy(at, blocks, bytes);
        at += bytes / sizeof(std::int16_t);
      }
    }
  });
}

static_assert(sizeof(JBLOCK) == kBlockValues * sizeof(std::int16_t), "coefficients are 16-bit");

// ---- compressing ----

void copyTables(const jpeg_decompress_struct& from, jpeg_compress_struct& to) {
  for (int i = 0; i < NUM_HUFF_TBLS; ++i) {
    for (const bool dc : {true, false}) {
      const JHUFF_TBL* source = dc ? from.dc_huff_tbl_ptrs[i] : from.ac_huff_tbl_ptrs[i];
      JHUFF_TBL*& target = dc ? to.dc_huff_tbl_ptrs[i] : to.ac_huff_tbl_ptrs[i];
      if (!source) continue;
      if (!target) target = jpeg_alloc_huff_table(reinterpret_cast<j_common_ptr>(&to));
      std::memcpy(target->bits, source->bits, sizeof source->bits);
      std::memcpy(target->huffval, source->huffval, sizeof source->huffval);
      target->sent_table = FALSE;
    }
  }
  for (int c = 0; c < from.num_components; ++c) {
    to.comp_info[c].dc_tbl_no = from.comp_info[c].dc_tbl_no;
    to.comp_info[c].ac_tbl_no = from.comp_info[c].ac_tbl_no;
  }
}

/// A minimal EXIF block: orientation, and the note as UserComment.
Bytes exifWithNote(int orientation, const std::string& note) {
  Bytes out{'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, 42, 0, 0, 0, 8};
  const auto u16 = [&](unsigned v) {
    out.push_back(static_cast<std::uint8_t>(v >> 8));
    out.push_back(static_cast<std::uint8_t>(v));
  };
  const auto u32 = [&](std::size_t v) {
    u16(static_cast<unsigned>(v >> 16));
    u16(static_cast<unsigned>(v & 0xFFFF));
  };
  const std::size_t subDirectory = 8 + 2 + 2 * 12 + 4;
  const std::size_t text = subDirectory + 2 + 12 + 4;
  u16(2);  // entries of the first directory
  u16(0x0112), u16(3), u32(1), u16(static_cast<unsigned>(orientation)), u16(0);
  u16(0x8769), u16(4), u32(1), u32(subDirectory);
  u32(0);
  u16(1);
  u16(0x9286), u16(7), u32(8 + note.size()), u32(text);
  u32(0);
  for (const char c : {'A', 'S', 'C', 'I', 'I', '\0', '\0', '\0'})
    out.push_back(static_cast<std::uint8_t>(c));
  out.insert(out.end(), note.begin(), note.end());
  return out;
}

struct Markers {
  Bytes exif;
  std::string comment;
  std::vector<Bytes> profile;  ///< APP2 segments as found
};

Markers markersOf(const jpeg_decompress_struct& source, const ImageMetadata& metadata,
                  const std::string& note) {
  Markers markers;
  markers.exif = exifWithNote(metadata.orientation, note);
  markers.comment = note;
  static constexpr char kProfile[] = "ICC_PROFILE";
  for (jpeg_saved_marker_ptr marker = source.marker_list; marker; marker = marker->next)
    if (marker->marker == JPEG_APP0 + 2 && marker->data_length > sizeof kProfile &&
        std::memcmp(marker->data, kProfile, sizeof kProfile) == 0)
      markers.profile.emplace_back(marker->data, marker->data + marker->data_length);
  return markers;
}

/// Inside a guard: only trivial objects are created.
void writeMarkers(jpeg_compress_struct& jpeg, const Markers& markers) {
  jpeg_write_marker(&jpeg, JPEG_APP0 + 1, markers.exif.data(), static_cast<unsigned>(markers.exif.size()));
  for (std::size_t i = 0; i < markers.profile.size(); ++i)
    jpeg_write_marker(&jpeg, JPEG_APP0 + 2, markers.profile[i].data(),
                      static_cast<unsigned>(markers.profile[i].size()));
  jpeg_write_marker(&jpeg, JPEG_COM, reinterpret_cast<const JOCTET*>(markers.comment.data()),
                    static_cast<unsigned>(markers.comment.size()));
}

void requireKnownForm(const jpeg_decompress_struct& jpeg, const std::string& name) {
  if (jpeg.num_components != 1 && jpeg.num_components != 3)
    throw Error(ErrorCode::Unsupported, "only grey and three-component JPEG files can stay JPEG", name);
  if (jpeg.arith_code || jpeg.data_precision != 8)
    throw Error(ErrorCode::Unsupported, "this kind of JPEG file cannot stay JPEG", name);
}

/// The samples of `box` (clipped to the image) compressed with the tables, sampling and colour space of
/// `like`.
Bytes compressLike(const Image& image, const Box& box, jpeg_decompress_struct& like, const Markers* markers) {
  JpegCompressor out;
  const int channels = image.channels();
  const int width = std::min(box.x1, image.width()) - box.x0;
  const int height = std::min(box.y1, image.height()) - box.y0;
  out.guard([&] {
    jpeg_compress_struct& jpeg = out.jpeg();
    jpeg_copy_critical_parameters(&like, &jpeg);
    jpeg.image_width = static_cast<JDIMENSION>(width);
    jpeg.image_height = static_cast<JDIMENSION>(height);
    jpeg.input_components = channels;
    jpeg.in_color_space = channels == 3 ? JCS_RGB : JCS_GRAYSCALE;
    jpeg.dct_method = JDCT_ISLOW;
    jpeg.optimize_coding = TRUE;
    jpeg_start_compress(&jpeg, FALSE);
    if (markers) writeMarkers(jpeg, *markers);
    const std::size_t stride = static_cast<std::size_t>(image.width()) * static_cast<std::size_t>(channels);
    while (jpeg.next_scanline < jpeg.image_height) {
      const std::size_t y = static_cast<std::size_t>(box.y0) + jpeg.next_scanline;
      JSAMPROW row =
          const_cast<JSAMPROW>(image.bytes().data() + y * stride +
                               static_cast<std::size_t>(box.x0) * static_cast<std::size_t>(channels));
      jpeg_write_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_compress(&jpeg);
  });
  return out.take();
}

bool differ(const Image& a, const Image& b, const Box& box) {
  const auto channels = static_cast<std::size_t>(a.channels());
  const int x1 = std::min(box.x1, a.width());
  const int y1 = std::min(box.y1, a.height());
  for (int y = box.y0; y < y1; ++y) {
    const std::size_t at = (static_cast<std::size_t>(y) * a.width() + box.x0) * channels;
    if (std::memcmp(a.bytes().data() + at, b.bytes().data() + at,
                    static_cast<std::size_t>(x1 - box.x0) * channels) != 0)
      return true;
  }
  return false;
}

/// Tight box of the differing pixels; empty where there is none.
Box differenceBox(const Image& a, const Image& b) {
  Box box{a.width(), a.height(), 0, 0};
  const auto channels = static_cast<std::size_t>(a.channels());
  for (int y = 0; y < a.height(); ++y)
    for (int x = 0; x < a.width(); ++x) {
      const std::size_t at = (static_cast<std::size_t>(y) * a.width() + x) * channels;
      if (std::memcmp(a.bytes().data() + at, b.bytes().data() + at, channels) == 0) continue;
      box = {std::min(box.x0, x), std::min(box.y0, y), std::max(box.x1, x + 1), std::max(box.y1, y + 1)};
    }
  return box.x1 > box.x0 ? box : Box{};
}

Box alignBox(const Box& box, int mcuWidth, int mcuHeight) {
  const auto down = [](int v, int step) { return v / step * step; };
  const auto up = [](int v, int step) { return (v + step - 1) / step * step; };
  return {down(box.x0, mcuWidth), down(box.y0, mcuHeight), up(box.x1, mcuWidth), up(box.y1, mcuHeight)};
}

void putWord(Bytes& out, std::size_t value) {
  for (int i = 0; i < 4; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

/// Layout, little endian: magic, length of head, length of trailer, x0, y0, x1, y1, number of coefficients
/// (u32 each); head (the source up to its scan data), trailer (from the end of the scan data), coefficients
/// (i16; components in order, block rows, natural order).
Bytes encodeUndo(ByteView source, const FileParts& parts, const Box& region,
                 const std::vector<std::int16_t>& before) {
  Bytes out;
  putWord(out, kUndoMagic);
  putWord(out, parts.scanData);
  putWord(out, source.size() - parts.trailer);
  for (const int v : {region.x0, region.y0, region.x1, region.y1}) putWord(out, static_cast<std::size_t>(v));
  putWord(out, before.size());
  out.insert(out.end(), source.begin(), source.begin() + static_cast<std::ptrdiff_t>(parts.scanData));
  out.insert(out.end(), source.begin() + static_cast<std::ptrdiff_t>(parts.trailer), source.end());
  for (const std::int16_t value : before) {
    out.push_back(static_cast<std::uint8_t>(static_cast<std::uint16_t>(value)));
    out.push_back(static_cast<std::uint8_t>(static_cast<std::uint16_t>(value) >> 8));
  }
  return out;
}

}  // namespace

Box alignToMcus(const JpegCoefficients& layout, const Box& box) {
  return alignBox(box, layout.mcuWidth, layout.mcuHeight);
}

JpegCoefficients readJpegCoefficients(ByteView jpeg, const std::string& name) {
  JpegDecompressor in(jpeg, name);
  in.readCoefficients();
  const jpeg_decompress_struct& source = in.jpeg();
  JpegCoefficients out;
  out.width = static_cast<int>(source.image_width);
  out.height = static_cast<int>(source.image_height);
  out.mcuWidth = source.max_h_samp_factor * DCTSIZE;
  out.mcuHeight = source.max_v_samp_factor * DCTSIZE;
  const Box whole = alignBox({0, 0, out.width, out.height}, out.mcuWidth, out.mcuHeight);
  std::vector<std::int16_t> all(valuesUnder(source, whole));
  moveBlocks(in, whole, all.data(), false);
  auto at = all.begin();
  for (int c = 0; c < source.num_components; ++c) {
    JpegCoefficients::Component component;
    component.blocksWide = static_cast<int>(source.comp_info[c].width_in_blocks);
    component.blocksHigh = static_cast<int>(source.comp_info[c].height_in_blocks);
    component.blocksPerMcuX = source.comp_info[c].h_samp_factor;
    component.blocksPerMcuY = source.comp_info[c].v_samp_factor;
    const auto count =
        static_cast<std::ptrdiff_t>(kBlockValues) * component.blocksWide * component.blocksHigh;
    component.values.assign(at, at + count);
    at += count;
    out.components.push_back(std::move(component));
  }
  return out;
}

JpegBlockEdit replaceJpegBlocks(ByteView source, const Image& decoded, const Image& composed,
                                const std::string& note, const std::string& name) {
  JpegDecompressor in(source, name);
  requireKnownForm(in.jpeg(), name);
  in.readCoefficients();
  const int mcuWidth = in.jpeg().max_h_samp_factor * DCTSIZE;
  const int mcuHeight = in.jpeg().max_v_samp_factor * DCTSIZE;
  if (decoded.width() != static_cast<int>(in.jpeg().image_width) ||
      decoded.height() != static_cast<int>(in.jpeg().image_height) || decoded.bitsAllocated() != 8 ||
      decoded.channels() != in.jpeg().num_components || composed.width() != decoded.width() ||
      composed.height() != decoded.height() || composed.channels() != decoded.channels())
    throw Error(ErrorCode::InvalidArgument, "the samples do not fit the JPEG file", name);

  const Box region = alignBox(differenceBox(decoded, composed), mcuWidth, mcuHeight);
  std::vector<std::int16_t> before(valuesUnder(in.jpeg(), region));
  if (!before.empty()) {
    moveBlocks(in, region, before.data(), false);
    // The region's samples as a picture of their own give the new blocks, one for one.
    const Bytes tile = compressLike(composed, region, in.jpeg(), nullptr);
    JpegDecompressor tileIn(tile, name);
    tileIn.readCoefficients();
    for (int y = region.y0; y < region.y1; y += mcuHeight)
      for (int x = region.x0; x < region.x1; x += mcuWidth) {
        const Box mcu{x, y, x + mcuWidth, y + mcuHeight};
        if (!differ(decoded, composed, mcu)) continue;
        const Box inTile{x - region.x0, y - region.y0, x - region.x0 + mcuWidth, y - region.y0 + mcuHeight};
        std::vector<std::int16_t> blocks(valuesUnder(in.jpeg(), mcu));
        if (valuesUnder(tileIn.jpeg(), inTile) != blocks.size())
          throw Error(ErrorCode::Internal, "the compressed tile has another layout than the picture", name);
        moveBlocks(tileIn, inTile, blocks.data(), false);
        moveBlocks(in, mcu, blocks.data(), true);
      }
  }

  JpegBlockEdit edit;
  const Markers markers = markersOf(in.jpeg(), decoded.metadata, note);
  const bool progressive = in.jpeg().progressive_mode;
  JpegCompressor out;
  out.guard([&] {
    jpeg_compress_struct& jpeg = out.jpeg();
    jpeg_copy_critical_parameters(&in.jpeg(), &jpeg);
    jpeg.restart_interval = in.jpeg().restart_interval;
    jpeg.optimize_coding = TRUE;  // the source's tables may lack codes for the new blocks
    if (progressive) jpeg_simple_progression(&jpeg);
    jpeg_write_coefficients(&jpeg, in.coefficients());
    writeMarkers(jpeg, markers);
    jpeg_finish_compress(&jpeg);
  });
  edit.file = out.take();

  const auto parts = splitFile(source);
  if (progressive || !parts || big16(source, parts->trailer) != 0xFFD9) {
    edit.whyNot = "the source is progressive or has several scans";
    return edit;
  }
  Bytes undo = encodeUndo(source, *parts, region, before);
  try {
    const Bytes back = restoreJpegBlocks(edit.file, undo);
    if (std::equal(back.begin(), back.end(), source.begin(), source.end()))
      edit.undo = std::move(undo);
    else
      edit.whyNot = "the source's coding cannot be repeated byte for byte";
  } catch (const Error&) {
    edit.whyNot = "the source's coding cannot be repeated";
  }
  return edit;
}

Bytes restoreJpegBlocks(ByteView edited, ByteView undo) {
  constexpr std::size_t kHeader = 32;
  if (!holds(undo, 0, kHeader) || codecs::little32(undo, 0) != kUndoMagic) rejectUndo("it has no header");
  const std::size_t headLength = codecs::little32(undo, 4);
  const std::size_t trailerLength = codecs::little32(undo, 8);
  const auto corner = [&](std::size_t i) {
    const std::uint32_t v = codecs::little32(undo, 12 + 4 * i);
    if (v > 65536) rejectUndo("its region is out of range");
    return static_cast<int>(v);
  };
  const Box region{corner(0), corner(1), corner(2), corner(3)};
  const std::size_t count = codecs::little32(undo, 28);
  if (undo.size() != kHeader + static_cast<std::uint64_t>(headLength) + trailerLength + 2ULL * count)
    rejectUndo("it has the wrong length");
  const ByteView head = undo.subspan(kHeader, headLength);
  const ByteView trailer = undo.subspan(kHeader + headLength, trailerLength);
  const ByteView stored = undo.subspan(kHeader + headLength + trailerLength);

  const std::string name = "protected JPEG";
  JpegDecompressor in(edited, name);
  in.readCoefficients();
  const jpeg_decompress_struct& jpeg = in.jpeg();
  const int mcuWidth = jpeg.max_h_samp_factor * DCTSIZE;
  const int mcuHeight = jpeg.max_v_samp_factor * DCTSIZE;
  if (region.x1 < region.x0 || region.y1 < region.y0 || region.x0 % mcuWidth || region.x1 % mcuWidth ||
      region.y0 % mcuHeight || region.y1 % mcuHeight || valuesUnder(jpeg, region) != count)
    rejectUndo("its region does not fit the file");
  std::vector<std::int16_t> values(count);
  for (std::size_t i = 0; i < count; ++i)
    values[i] = static_cast<std::int16_t>(codecs::little16(stored, 2 * i));
  if (count > 0) moveBlocks(in, region, values.data(), true);

  // The source's own header says how it was coded. The decoder needs no more than that.
  JpegDecompressor like(head, name);
  if (like.jpeg().num_components != jpeg.num_components || like.jpeg().image_width != jpeg.image_width ||
      like.jpeg().image_height != jpeg.image_height || like.jpeg().progressive_mode || like.jpeg().arith_code)
    rejectUndo("it belongs to another file");
  JpegCompressor out;
  out.guard([&] {
    jpeg_compress_struct& target = out.jpeg();
    jpeg_copy_critical_parameters(&in.jpeg(), &target);
    target.restart_interval = like.jpeg().restart_interval;
    target.optimize_coding = FALSE;
    copyTables(like.jpeg(), target);
    jpeg_write_coefficients(&target, in.coefficients());
    jpeg_finish_compress(&target);
  });
  const Bytes coded = out.take();
  const auto parts = splitFile(coded);
  if (!parts) throw Error(ErrorCode::Internal, "the restored JPEG cannot be taken apart");
  Bytes file(head.begin(), head.end());
  file.insert(file.end(), coded.begin() + static_cast<std::ptrdiff_t>(parts->scanData),
              coded.begin() + static_cast<std::ptrdiff_t>(parts->trailer));
  file.insert(file.end(), trailer.begin(), trailer.end());
  return file;
}

Bytes encodeJpegLike(const Image& image, ByteView source, const std::string& note, const std::string& name) {
  JpegDecompressor in(source, name);
  requireKnownForm(in.jpeg(), name);
  if (image.bitsAllocated() != 8 || image.channels() != in.jpeg().num_components)
    throw Error(ErrorCode::InvalidArgument, "the samples do not fit the JPEG file", name);
  const Markers markers = markersOf(in.jpeg(), image.metadata, note);
  return compressLike(image, {0, 0, image.width(), image.height()}, in.jpeg(), &markers);
}

}  // namespace medlocker::data
