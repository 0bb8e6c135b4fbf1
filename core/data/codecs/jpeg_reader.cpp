// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
// clang-format off
#include <cstddef>  // jpeglib.h needs these two first
#include <cstdio>
#include <jpeglib.h>
#include <jerror.h>
// clang-format on

#include <csetjmp>
#include <cstdlib>
#include <cstring>

#include "core/data/codecs/jpeg_colour.h"

namespace medlocker::data::codecs {
namespace {

/// A file of a few kilobytes can ask for thousands of passes over a huge picture.
constexpr int kMaxScans = 500;
constexpr int kExifMarker = JPEG_APP0 + 1;
constexpr int kIccMarker = JPEG_APP0 + 2;
constexpr unsigned kWholeMarker = 0xFFFF;
constexpr std::size_t kBlockSamples = 64;

/// Everything that lives across libjpeg's longjmp; see PngSession.
struct JpegSession {
  JpegSession() {
    jpeg.err = jpeg_std_error(&errors);
    errors.error_exit = onError;
    errors.emit_message = onMessage;
    errors.output_message = [](j_common_ptr) {};
    progress.progress_monitor = onProgress;
    jpeg.client_data = this;
  }
  ~JpegSession() {
    if (created) jpeg_destroy_decompress(&jpeg);
    std::free(profile);
  }
  JpegSession(const JpegSession&) = delete;
  JpegSession& operator=(const JpegSession&) = delete;

  jpeg_decompress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg_progress_mgr progress{};
  bool created = false;
  std::jmp_buf jump;
  char text[JMSG_LENGTH_MAX] = {};
  JOCTET* profile = nullptr;
  unsigned int profileBytes = 0;

  static JpegSession& of(j_common_ptr common) { return *static_cast<JpegSession*>(common->client_data); }
  [[noreturn]] static void onError(j_common_ptr common) {
    JpegSession& self = of(common);
    common->err->format_message(common, self.text);
    std::longjmp(self.jump, 1);
  }
  // Level -1 is a warning: corrupt data that libjpeg would paper over. Only an odd JFIF version is harmless.
  static void onMessage(j_common_ptr common, int level) {
    if (level < 0 && common->err->msg_code != JWRN_JFIF_MAJOR) onError(common);
  }
  static void onProgress(j_common_ptr common) {
    JpegSession& self = of(common);
    if (self.jpeg.input_scan_number <= kMaxScans) return;
    std::strncpy(self.text, "the file has too many scans", sizeof self.text - 1);
    std::longjmp(self.jump, 1);
  }
};

bool readHeader(JpegSession& s, ByteView bytes) {
  if (setjmp(s.jump)) return false;
  jpeg_create_decompress(&s.jpeg);
  s.created = true;
  s.jpeg.progress = &s.progress;
  jpeg_mem_src(&s.jpeg, bytes.data(), bytes.size());
  jpeg_save_markers(&s.jpeg, kExifMarker, kWholeMarker);
  jpeg_save_markers(&s.jpeg, kIccMarker, kWholeMarker);
  jpeg_save_markers(&s.jpeg, JPEG_COM, kWholeMarker);
  jpeg_read_header(&s.jpeg, TRUE);
  if (!jpeg_read_icc_profile(&s.jpeg, &s.profile, &s.profileBytes)) s.profile = nullptr;
  return true;
}

bool start(JpegSession& s, J_COLOR_SPACE space, std::optional<bool> isYcc) {
  if (setjmp(s.jump)) return false;
  if (isYcc && s.jpeg.num_components == 3) s.jpeg.jpeg_color_space = *isYcc ? JCS_YCbCr : JCS_RGB;
  s.jpeg.out_color_space = space;
  s.jpeg.dct_method = JDCT_ISLOW;
  s.jpeg.do_fancy_upsampling = TRUE;
  jpeg_start_decompress(&s.jpeg);
  return true;
}

/// `target` holds output_height rows of `rowBytes`.
bool readRows(JpegSession& s, std::uint8_t* target, std::size_t rowBytes) {
  if (setjmp(s.jump)) return false;
  while (s.jpeg.output_scanline < s.jpeg.output_height) {
    JSAMPROW row = target + s.jpeg.output_scanline * rowBytes;
    jpeg_read_scanlines(&s.jpeg, &row, 1);
  }
  jpeg_finish_decompress(&s.jpeg);
  return true;
}

/// Our flag in a comment or an EXIF block: printable ASCII from its prefix on.
std::string noteIn(jpeg_saved_marker_ptr marker) {
  const std::string_view text(reinterpret_cast<const char*>(marker->data), marker->data_length);
  const std::size_t begin = text.find(kProtectedNotePrefix);
  if (begin == std::string_view::npos) return {};
  std::size_t end = begin;
  while (end < text.size() && text[end] >= 0x20 && text[end] <= 0x7E) ++end;
  return std::string(text.substr(begin, end - begin));
}

/// Must be called before the rows are read: finishing a picture frees its markers.
ImageMetadata metadataOf(const JpegSession& session) {
  ImageMetadata metadata;
  metadata.lossySource = true;
  if (session.profile) metadata.iccProfile.assign(session.profile, session.profile + session.profileBytes);
  const jpeg_decompress_struct& jpeg = session.jpeg;
  if (jpeg.saw_JFIF_marker && (jpeg.density_unit == 1 || jpeg.density_unit == 2)) {
    const double perMetre = jpeg.density_unit == 1 ? 1 / 0.0254 : 100;  // per inch or per centimetre
    metadata.dotsPerMetreX = jpeg.X_density * perMetre;
    metadata.dotsPerMetreY = jpeg.Y_density * perMetre;
  }
  static constexpr char kExifPrefix[] = {'E', 'x', 'i', 'f', 0, 0};
  for (jpeg_saved_marker_ptr marker = jpeg.marker_list; marker; marker = marker->next) {
    if (metadata.protectedNote.empty() && marker->marker != kIccMarker)
      metadata.protectedNote = noteIn(marker);
  }
  for (jpeg_saved_marker_ptr marker = jpeg.marker_list; marker; marker = marker->next) {
    if (marker->marker != kExifMarker || marker->data_length < sizeof kExifPrefix ||
        std::memcmp(marker->data, kExifPrefix, sizeof kExifPrefix) != 0)
      continue;
    metadata.orientation =
        exifOrientation({marker->data + sizeof kExifPrefix, marker->data_length - sizeof kExifPrefix})
            .value_or(1);
    break;
  }
  return metadata;
}

/// Adobe's files store inverted inks: 255 is no ink. c·k/255, rounded.
void inksToRgb(ByteView cmyk, std::span<std::uint8_t> rgb) {
  const std::size_t pixels = rgb.size() / 3;
  for (std::size_t i = 0; i < pixels; ++i) {
    const unsigned k = cmyk[4 * i + 3];
    for (std::size_t c = 0; c < 3; ++c)
      rgb[3 * i + c] = static_cast<std::uint8_t>((cmyk[4 * i + c] * k + 127) / 255);
  }
}

DecodedImage decodeJpeg(ByteView bytes, const ReadRequest& request, std::optional<bool> isYcc) {
  JpegSession session;
  const auto damaged = [&] { refuse(request, std::string("is damaged: ") + session.text); };
  if (!readHeader(session, bytes)) damaged();
  const jpeg_decompress_struct& jpeg = session.jpeg;
  checkSize(request, jpeg.image_width, jpeg.image_height);
  const int components = jpeg.num_components;
  if (components != 1 && components != 3 && components != 4)
    refuse(request, "has " + std::to_string(components) + " colour components; 1, 3 or 4 are understood");
  const bool inks = components == 4;
  if (inks && !jpeg.saw_Adobe_marker)
    refuse(request, "is a four-component JPEG without Adobe marker: its colours are undefined");
  if (inks && session.profile)
    refuse(request,
           "is a CMYK JPEG with a colour profile: converting it needs colour management, which is "
           "left to the software it came from");
  // Huffman coding spends at least one bit on every block of the full-resolution component.
  const std::uint64_t blocks =
      static_cast<std::uint64_t>(jpeg.image_width) * jpeg.image_height / kBlockSamples;
  if (!jpeg.arith_code) checkPlausible(request, blocks / 8, bytes.size());

  if (!start(session, inks ? JCS_CMYK : components == 3 ? JCS_RGB : JCS_GRAYSCALE, isYcc)) damaged();
  DecodedImage out;
  out.format = FileFormat::Jpeg;
  out.image = Image(static_cast<int>(jpeg.output_width), static_cast<int>(jpeg.output_height),
                    components == 1 ? 1 : 3);
  out.image.metadata = metadataOf(session);
  const std::size_t rowBytes = static_cast<std::size_t>(jpeg.output_width) * components;
  if (static_cast<int>(jpeg.output_components) != components)
    refuse(request, "has an unexpected JPEG layout");
  if (inks) {
    Bytes cmyk(rowBytes * jpeg.output_height);
    if (!readRows(session, cmyk.data(), rowBytes)) damaged();
    inksToRgb(cmyk, out.image.bytes());
    out.notices.emplace_back("CMYK image converted to RGB without colour management");
  } else if (!readRows(session, out.image.bytes().data(), rowBytes)) {
    damaged();
  }
  return out;
}

}  // namespace

DecodedImage readJpeg(ByteView bytes, const ReadRequest& request) {
  return decodeJpeg(bytes, request, std::nullopt);
}
DecodedImage readJpegAs(ByteView bytes, const ReadRequest& request, bool isYcc) {
  return decodeJpeg(bytes, request, isYcc);
}

}  // namespace medlocker::data::codecs

namespace medlocker::data {

#define MEDLOCKER_TEXT_OF(macro) #macro
#define MEDLOCKER_VALUE_OF(macro) MEDLOCKER_TEXT_OF(macro)
std::string jpegDecoderSettings() {
  return "libjpeg-turbo " MEDLOCKER_VALUE_OF(LIBJPEG_TURBO_VERSION) ", slow integer IDCT, fancy upsampling";
}
#undef MEDLOCKER_VALUE_OF
#undef MEDLOCKER_TEXT_OF

}  // namespace medlocker::data
