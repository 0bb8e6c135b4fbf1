// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
// clang-format off
#include <cstddef>  // jpeglib.h needs these two first
#include <cstdio>
#include <jpeglib.h>
// clang-format on

#include <torch/torch.h>

#include <cstdlib>
#include <string>

#include "core/attacks/defences/pixel_defences.h"
#include "core/common/error.h"

namespace medlocker::attacks {
namespace {

/// The coders only see buffers made here, so an error is a defect or a lack of memory. libjpeg is compiled
/// with unwind tables, and the objects it holds are freed by the owners below.
[[noreturn]] void onError(j_common_ptr common) {
  char text[JMSG_LENGTH_MAX];
  common->err->format_message(common, text);
  throw Error(ErrorCode::Internal, std::string("the JPEG coder failed: ") + text);
}

void useErrors(jpeg_error_mgr& errors) {
  jpeg_std_error(&errors);
  errors.error_exit = onError;
  errors.output_message = [](j_common_ptr) {};
}

struct Compressor {
  Compressor() {
    useErrors(errors);
    jpeg.err = &errors;
    jpeg_create_compress(&jpeg);
  }
  ~Compressor() {
    jpeg_destroy_compress(&jpeg);
    std::free(buffer);
  }
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  jpeg_compress_struct jpeg{};
  jpeg_error_mgr errors{};
  unsigned char* buffer = nullptr;
  unsigned long size = 0;

  void begin(int width, int height, int quality) {
    jpeg.image_width = static_cast<JDIMENSION>(width);
    jpeg.image_height = static_cast<JDIMENSION>(height);
    jpeg.input_components = 3;
    jpeg.in_color_space = JCS_RGB;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, quality, TRUE);
    jpeg.dct_method = JDCT_ISLOW;
  }
};

struct Decompressor {
  Decompressor() {
    useErrors(errors);
    jpeg.err = &errors;
    jpeg_create_decompress(&jpeg);
  }
  ~Decompressor() { jpeg_destroy_decompress(&jpeg); }
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;

  jpeg_decompress_struct jpeg{};
  jpeg_error_mgr errors{};
};

/// In place, rows of RGB.
void roundTrip(std::uint8_t* pixels, int width, int height, int quality) {
  Compressor encoder;
  jpeg_mem_dest(&encoder.jpeg, &encoder.buffer, &encoder.size);
  encoder.begin(width, height, quality);
  jpeg_start_compress(&encoder.jpeg, TRUE);
  const auto stride = static_cast<std::size_t>(width) * 3;
  while (encoder.jpeg.next_scanline < encoder.jpeg.image_height) {
    JSAMPROW row = pixels + encoder.jpeg.next_scanline * stride;
    jpeg_write_scanlines(&encoder.jpeg, &row, 1);
  }
  jpeg_finish_compress(&encoder.jpeg);

  Decompressor decoder;
  jpeg_mem_src(&decoder.jpeg, encoder.buffer, encoder.size);
  jpeg_read_header(&decoder.jpeg, TRUE);
  decoder.jpeg.out_color_space = JCS_RGB;
  decoder.jpeg.dct_method = JDCT_ISLOW;
  decoder.jpeg.do_fancy_upsampling = TRUE;
  jpeg_start_decompress(&decoder.jpeg);
  while (decoder.jpeg.output_scanline < decoder.jpeg.output_height) {
    JSAMPROW row = pixels + decoder.jpeg.output_scanline * stride;
    jpeg_read_scanlines(&decoder.jpeg, &row, 1);
  }
  jpeg_finish_decompress(&decoder.jpeg);
}

}  // namespace

std::array<std::uint16_t, 64> jpegLuminanceTable(int quality) {
  Compressor encoder;
  encoder.begin(8, 8, quality);
  std::array<std::uint16_t, 64> table{};
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = encoder.jpeg.quant_tbl_ptrs[0]->quantval[i];
  return table;
}

at::Tensor jpegRoundTrip(const at::Tensor& images, int quality) {
  const torch::NoGradGuard noGradients;
  const at::Tensor bytes = images.detach()
                               .to(torch::kCPU)
                               .mul(255)
                               .round()
                               .clamp(0, 255)
                               .to(torch::kUInt8)
                               .permute({0, 2, 3, 1})
                               .contiguous();
  for (std::int64_t i = 0; i < bytes.size(0); ++i)
    roundTrip(bytes[i].data_ptr<std::uint8_t>(), static_cast<int>(bytes.size(2)),
              static_cast<int>(bytes.size(1)), quality);
  return bytes.permute({0, 3, 1, 2}).to(torch::kFloat).div(255).contiguous();
}

JpegDefence::JpegDefence(int quality) : quality_(quality) {
  if (quality < 1 || quality > 100) throw Error(ErrorCode::InvalidArgument, "a JPEG quality lies in 1..100");
}

at::Tensor JpegDefence::transform(const at::Tensor& images, std::span<const RandomStream> /*streams*/,
                                  int /*pass*/) const {
  return jpegRoundTrip(images, quality_);
}

}  // namespace medlocker::attacks
