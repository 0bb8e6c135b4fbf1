// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>

#include "core/data/codecs/byte_order.h"
#include "core/data/codecs/codec.h"

namespace medlocker::data::codecs {
namespace {

constexpr std::size_t kSignatureBytes = 8;
constexpr std::size_t kIhdrEnd = kSignatureBytes + 8 + 13 + 4;
constexpr std::uint64_t kMaxAncillaryBytes = 64ULL << 20;  ///< one decompressed text or profile chunk
constexpr int kMaxAncillaryChunks = 1000;
/// Deflate cannot expand by more than this.
constexpr std::uint64_t kMaxDeflateRatio = 1032;
constexpr std::size_t kTextBytes = 200;

/// Everything that lives across libpng's longjmp. The functions that call setjmp keep no C++ objects of their
/// own, so a jump skips no destructor.
struct PngSession {
  explicit PngSession(ByteView input) : in(input) {
    png = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, onError, onWarning);
    if (png) info = png_create_info_struct(png);
  }
  ~PngSession() { png_destroy_read_struct(&png, &info, nullptr); }
  PngSession(const PngSession&) = delete;
  PngSession& operator=(const PngSession&) = delete;

  ByteView in;
  std::size_t position = 0;
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::jmp_buf jump;
  char error[kTextBytes] = {};
  char warning[kTextBytes] = {};  ///< the first one that may concern samples
  char remark[kTextBytes] = {};   ///< the first one about an ancillary chunk
  std::vector<png_bytep> rows;

  [[noreturn]] static void onError(png_structp png, png_const_charp message) {
    auto* self = static_cast<PngSession*>(png_get_error_ptr(png));
    keep(self->error, message);
    std::longjmp(self->jump, 1);
  }
  // libpng puts the chunk's name in front. What it says about colour, text or physical chunks cannot change a
  // sample; everything else counts.
  static void onWarning(png_structp png, png_const_charp message) {
    auto* self = static_cast<PngSession*>(png_get_error_ptr(png));
    static constexpr const char* kAncillary[] = {"iCCP", "sRGB", "gAMA", "cHRM", "pHYs", "tEXt", "zTXt",
                                                 "iTXt", "tIME", "oFFs", "pCAL", "sCAL", "bKGD", "hIST",
                                                 "sPLT", "sBIT", "eXIf", "acTL", "fcTL", "fdAT"};
    const bool ancillary = std::any_of(std::begin(kAncillary), std::end(kAncillary),
                                       [&](const char* name) { return std::strncmp(message, name, 4) == 0; });
    char* slot = ancillary ? self->remark : self->warning;
    if (slot[0] == '\0') keep(slot, message);
  }
  static void onRead(png_structp png, png_bytep out, std::size_t count) {
    auto* self = static_cast<PngSession*>(png_get_io_ptr(png));
    if (self->in.size() - self->position < count) png_error(png, "the file is truncated");
    std::memcpy(out, self->in.data() + self->position, count);
    self->position += count;
  }
  static void keep(char* slot, const char* message) {
    std::strncpy(slot, message ? message : "", kTextBytes - 1);
    slot[kTextBytes - 1] = '\0';
  }
};

struct PngHeader {
  png_uint_32 width = 0;
  png_uint_32 height = 0;
  int depth = 0;
  int colourType = 0;
  int interlace = 0;
  bool transparency = false;
};

bool readInfo(PngSession& s, PngHeader& header) {
  if (setjmp(s.jump)) return false;
  png_set_read_fn(s.png, &s, PngSession::onRead);
  // A wrong checksum anywhere means that the file is damaged.
  png_set_crc_action(s.png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
  png_set_user_limits(s.png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_chunk_cache_max(s.png, kMaxAncillaryChunks);
  png_set_chunk_malloc_max(s.png, kMaxAncillaryBytes);
  static constexpr png_byte kAnimation[] = "acTL";
  png_set_keep_unknown_chunks(s.png, PNG_HANDLE_CHUNK_ALWAYS, kAnimation, 1);
  png_read_info(s.png, s.info);
  png_get_IHDR(s.png, s.info, &header.width, &header.height, &header.depth, &header.colourType,
               &header.interlace, nullptr, nullptr);
  header.transparency = png_get_valid(s.png, s.info, PNG_INFO_tRNS) != 0;
  return true;
}

bool setTransforms(PngSession& s, const PngHeader& header, std::size_t& rowBytes, int& channels) {
  if (setjmp(s.jump)) return false;
  if (header.colourType == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(s.png);
  if (header.colourType == PNG_COLOR_TYPE_GRAY && header.depth < 8) png_set_expand_gray_1_2_4_to_8(s.png);
  if (header.transparency) png_set_tRNS_to_alpha(s.png);
  if (header.depth == 16) png_set_swap(s.png);
  if (header.interlace != PNG_INTERLACE_NONE) png_set_interlace_handling(s.png);
  png_read_update_info(s.png, s.info);
  rowBytes = png_get_rowbytes(s.png, s.info);
  channels = png_get_channels(s.png, s.info);
  return true;
}

bool readRows(PngSession& s) {
  if (setjmp(s.jump)) return false;
  png_read_image(s.png, s.rows.data());
  png_read_end(s.png, s.info);
  return true;
}

/// Ancillary data; only getters, which neither jump nor allocate.
struct Ancillary {
  png_charp profileName = nullptr;
  png_bytep profile = nullptr;
  png_uint_32 profileBytes = 0;
  int compression = 0;
  int intent = -1;
  png_fixed_point gamma = 0;
  png_fixed_point xy[8] = {};
  png_uint_32 perUnitX = 0;
  png_uint_32 perUnitY = 0;
  int unit = PNG_RESOLUTION_UNKNOWN;
  png_bytep exif = nullptr;
  png_uint_32 exifBytes = 0;
  png_textp texts = nullptr;
  int textCount = 0;
  png_unknown_chunkp unknown = nullptr;
  int unknownCount = 0;
};

bool readAncillary(PngSession& s, Ancillary& a) {
  if (setjmp(s.jump)) return false;
  if (png_get_iCCP(s.png, s.info, &a.profileName, &a.compression, &a.profile, &a.profileBytes) == 0) {
    a.profile = nullptr;
    if (png_get_sRGB(s.png, s.info, &a.intent) == 0) {
      a.intent = -1;
      png_get_gAMA_fixed(s.png, s.info, &a.gamma);
      png_get_cHRM_fixed(s.png, s.info, a.xy, a.xy + 1, a.xy + 2, a.xy + 3, a.xy + 4, a.xy + 5, a.xy + 6,
                         a.xy + 7);
    }
  }
  png_get_pHYs(s.png, s.info, &a.perUnitX, &a.perUnitY, &a.unit);
  png_get_eXIf_1(s.png, s.info, &a.exifBytes, &a.exif);
  png_get_text(s.png, s.info, &a.texts, &a.textCount);
  a.unknownCount = png_get_unknown_chunks(s.png, s.info, &a.unknown);
  return true;
}

void keepMetadata(PngSession& session, const ReadRequest& request, DecodedImage& out) {
  Ancillary a;
  if (!readAncillary(session, a)) refuse(request, std::string("is damaged: ") + session.error);
  ImageMetadata& metadata = out.image.metadata;
  if (a.profile) metadata.iccProfile.assign(a.profile, a.profile + a.profileBytes);
  if (a.intent >= 0) metadata.pngColourSpace.renderingIntent = static_cast<std::uint8_t>(a.intent);
  if (a.gamma > 0) metadata.pngColourSpace.gamma100000 = static_cast<std::uint32_t>(a.gamma);
  if (std::all_of(std::begin(a.xy), std::end(a.xy), [](png_fixed_point v) { return v >= 0; }))
    std::copy(std::begin(a.xy), std::end(a.xy), metadata.pngColourSpace.chromaticities100000.begin());
  if (a.unit == PNG_RESOLUTION_METER) {
    metadata.dotsPerMetreX = a.perUnitX;
    metadata.dotsPerMetreY = a.perUnitY;
  }
  if (a.exif) metadata.orientation = exifOrientation({a.exif, a.exifBytes}).value_or(1);
  for (int i = 0; i < a.textCount; ++i) {
    const png_text& text = a.texts[i];
    if (!text.text || !text.key || std::string_view(text.key) != "MedLocker") continue;
    if (std::string_view(text.text).starts_with(kProtectedNotePrefix)) metadata.protectedNote = text.text;
  }
  for (int i = 0; i < a.unknownCount; ++i)
    if (std::memcmp(a.unknown[i].name, "acTL", 4) == 0)
      out.notices.emplace_back("animated PNG: only the still image is used");
  if (session.remark[0]) out.notices.push_back(std::string("ignored PNG remark: ") + session.remark);
}

}  // namespace

DecodedImage readPng(ByteView bytes, const ReadRequest& request) {
  if (bytes.size() < kIhdrEnd) refuse(request, "is truncated: the file ends inside the header");
  // Our own look at the header comes first, so that its claims are judged in our words.
  if (std::memcmp(bytes.data() + kSignatureBytes + 4, "IHDR", 4) != 0)
    refuse(request, "is damaged: the header chunk is missing");
  checkSize(request, big32(bytes, 16), big32(bytes, 20));

  PngSession session(bytes);
  if (!session.png || !session.info) throw std::bad_alloc();
  PngHeader header;
  const auto damaged = [&] {
    refuse(request, std::string("is damaged: ") + (session.error[0] ? session.error : session.warning));
  };
  if (!readInfo(session, header) || session.warning[0]) damaged();
  if (header.depth == 1 && !request.mask) refuseBilevel(request);
  const int storedChannels = header.colourType == PNG_COLOR_TYPE_RGB          ? 3
                             : header.colourType == PNG_COLOR_TYPE_RGB_ALPHA  ? 4
                             : header.colourType == PNG_COLOR_TYPE_GRAY_ALPHA ? 2
                                                                              : 1;
  const std::uint64_t storedRow =
      1 + (static_cast<std::uint64_t>(header.width) * storedChannels * header.depth + 7) / 8;
  checkPlausible(request, storedRow * header.height / kMaxDeflateRatio, bytes.size());

  std::size_t rowBytes = 0;
  int channels = 0;
  if (!setTransforms(session, header, rowBytes, channels)) damaged();
  const int colours = channels <= 2 ? 1 : 3;
  const int allocated = header.depth == 16 ? 16 : 8;
  const std::size_t expectedRow = static_cast<std::size_t>(header.width) * channels * (allocated / 8);
  if (rowBytes != expectedRow) refuse(request, "has an unexpected PNG layout");

  DecodedImage out;
  out.format = FileFormat::Png;
  out.image = Image(static_cast<int>(header.width), static_cast<int>(header.height), colours, allocated);
  Bytes withAlpha;
  std::uint8_t* target = out.image.bytes().data();
  if (channels != colours) {
    withAlpha.resize(rowBytes * header.height);
    target = withAlpha.data();
  }
  session.rows.resize(header.height);
  for (std::size_t y = 0; y < header.height; ++y) session.rows[y] = target + y * rowBytes;
  if (!readRows(session) || session.warning[0]) damaged();
  if (channels != colours) splitAlpha(withAlpha, channels, out.image);

  if (header.colourType == PNG_COLOR_TYPE_PALETTE)
    out.notices.emplace_back("palette image converted to RGB");
  else if (header.depth < 8 && !request.mask)
    out.notices.push_back(std::to_string(header.depth) + "-bit grey image expanded to 8 bits");
  if (header.transparency) out.notices.emplace_back("transparency entries converted to an alpha channel");
  keepMetadata(session, request, out);
  return out;
}

}  // namespace medlocker::data::codecs
