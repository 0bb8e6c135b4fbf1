// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/dicom/jpeg2000_frame.h"

#include <openjpeg.h>

#include <cstring>
#include <memory>

#include "core/common/error.h"
#include "core/data/codecs/byte_order.h"

namespace medlocker::data::dicom {
namespace {

struct Source {
  ByteView bytes;
  std::size_t at = 0;
};

OPJ_SIZE_T readSome(void* buffer, OPJ_SIZE_T wanted, void* user) {
  auto& source = *static_cast<Source*>(user);
  const std::size_t count = std::min<std::size_t>(wanted, source.bytes.size() - source.at);
  if (count == 0) return static_cast<OPJ_SIZE_T>(-1);
  std::memcpy(buffer, source.bytes.data() + source.at, count);
  source.at += count;
  return count;
}
OPJ_OFF_T skipSome(OPJ_OFF_T wanted, void* user) {
  auto& source = *static_cast<Source*>(user);
  if (wanted < 0) return -1;
  const auto count = std::min<std::size_t>(static_cast<std::size_t>(wanted), source.bytes.size() - source.at);
  source.at += count;
  return static_cast<OPJ_OFF_T>(count);
}
OPJ_BOOL seekTo(OPJ_OFF_T wanted, void* user) {
  auto& source = *static_cast<Source*>(user);
  if (wanted < 0 || static_cast<std::size_t>(wanted) > source.bytes.size()) return OPJ_FALSE;
  source.at = static_cast<std::size_t>(wanted);
  return OPJ_TRUE;
}

/// Transformation of the coding style marker (ISO/IEC 15444-1 A.6.1): 0 is the irreversible one.
bool isIrreversible(ByteView stream) {
  std::size_t at = 2;
  while (codecs::holds(stream, at, 4) && codecs::big16(stream, at) != 0xFF90) {
    if (codecs::big16(stream, at) == 0xFF52 && codecs::holds(stream, at, 14)) return stream[at + 13] == 0;
    at += 2 + std::size_t{codecs::big16(stream, at + 2)};
  }
  return false;
}

}  // namespace

Jpeg2000Frame decodeJpeg2000(ByteView stream, const PixelDescription& pixels, const std::string& name) {
  const auto refuse = [&](const char* why) { throw Error(ErrorCode::InputRejected, why, name); };
  constexpr const char* kDamaged = "is damaged: the JPEG 2000 stream cannot be decoded";
  if (!codecs::holds(stream, 0, 4) || codecs::big16(stream, 0) != 0xFF4F)
    refuse("is damaged: a frame is not a JPEG 2000 stream");
  Source source{stream};
  const std::unique_ptr<opj_stream_t, decltype(&opj_stream_destroy)> input(
      opj_stream_create(std::min<std::size_t>(stream.size(), 1 << 20), OPJ_TRUE), opj_stream_destroy);
  const std::unique_ptr<opj_codec_t, decltype(&opj_destroy_codec)> codec(opj_create_decompress(OPJ_CODEC_J2K),
                                                                         opj_destroy_codec);
  if (!input || !codec) throw Error(ErrorCode::Internal, "no memory for the JPEG 2000 decoder", name);
  opj_stream_set_user_data(input.get(), &source, nullptr);
  opj_stream_set_user_data_length(input.get(), stream.size());
  opj_stream_set_read_function(input.get(), readSome);
  opj_stream_set_skip_function(input.get(), skipSome);
  opj_stream_set_seek_function(input.get(), seekTo);
  opj_dparameters_t parameters;
  opj_set_default_decoder_parameters(&parameters);
  if (!opj_setup_decoder(codec.get(), &parameters) || !opj_decoder_set_strict_mode(codec.get(), OPJ_TRUE))
    refuse(kDamaged);
  opj_image_t* raw = nullptr;
  const bool headerRead = opj_read_header(input.get(), codec.get(), &raw);
  const std::unique_ptr<opj_image_t, decltype(&opj_image_destroy)> image(raw, opj_image_destroy);
  if (!headerRead || !image) refuse(kDamaged);
  const auto wide = pixels.bitsAllocated == 16;
  if (image->numcomps != pixels.samplesPerPixel || image->x1 - image->x0 != pixels.columns ||
      image->y1 - image->y0 != pixels.rows)
    refuse("is damaged: a JPEG 2000 frame has another size than the file says");
  for (OPJ_UINT32 c = 0; c < image->numcomps; ++c)
    if (image->comps[c].dx != 1 || image->comps[c].dy != 1 || image->comps[c].prec > pixels.bitsAllocated)
      refuse("has a JPEG 2000 frame with subsampled or too deep components");
  if (!opj_decode(codec.get(), input.get(), image.get()) || !opj_end_decompress(codec.get(), input.get()))
    refuse(kDamaged);

  Jpeg2000Frame out;
  out.irreversible = isIrreversible(stream);
  out.frame.photometric = pixels.samplesPerPixel == 3 ? "RGB" : pixels.photometric;
  const std::size_t area = static_cast<std::size_t>(pixels.columns) * pixels.rows;
  const std::size_t channels = pixels.samplesPerPixel;
  out.frame.bytes.resize(area * channels * (wide ? 2 : 1));
  for (std::size_t c = 0; c < channels; ++c) {
    const opj_image_comp_t& component = image->comps[c];
    if (!component.data || component.w != pixels.columns || component.h != pixels.rows) refuse(kDamaged);
    for (std::size_t p = 0; p < area; ++p) {
      const auto word = static_cast<unsigned>(component.data[p]) << (pixels.highBit + 1 - pixels.bitsStored);
      const std::size_t at = p * channels + c;
      if (wide) {
        out.frame.bytes[2 * at] = static_cast<std::uint8_t>(word);
        out.frame.bytes[2 * at + 1] = static_cast<std::uint8_t>(word >> 8);
      } else {
        out.frame.bytes[at] = static_cast<std::uint8_t>(word);
      }
    }
  }
  return out;
}

}  // namespace medlocker::data::dicom
