// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Internal to the data module: libjpeg objects for work on coefficients. libjpeg reports errors by longjmp,
// so every call of it happens inside guard(), whose callable must create no object with a destructor.

// clang-format off
#include <cstddef>  // jpeglib.h needs these two first
#include <cstdio>
#include <jpeglib.h>
#include <jerror.h>
// clang-format on

#include <csetjmp>
#include <cstdlib>
#include <string>
#include <utility>

#include "core/common/error.h"
#include "core/common/hash.h"

namespace medlocker::data::codecs {

/// Error manager whose error_exit jumps back into guard().
struct JpegErrors {
  jpeg_error_mgr manager{};
  std::jmp_buf jump;
  char text[JMSG_LENGTH_MAX] = {};

  void attach(j_common_ptr common) {
    common->err = jpeg_std_error(&manager);
    manager.error_exit = [](j_common_ptr c) {
      auto& self = *static_cast<JpegErrors*>(c->client_data);
      c->err->format_message(c, self.text);
      std::longjmp(self.jump, 1);
    };
    // Warnings concern samples that libjpeg makes up: errors here. An odd JFIF version is harmless.
    manager.emit_message = [](j_common_ptr c, int level) {
      if (level < 0 && c->err->msg_code != JWRN_JFIF_MAJOR) c->err->error_exit(c);
    };
    manager.output_message = [](j_common_ptr) {};
    common->client_data = this;
  }
};

template <typename Call>
bool callGuarded(JpegErrors& errors, Call& call) {
  if (setjmp(errors.jump)) return false;
  call();
  return true;
}

class JpegDecompressor {
 public:
  /// Reads the header, keeping every marker. `bytes` must outlive the object. Throws Error(InputRejected).
  JpegDecompressor(ByteView bytes, const std::string& name) : name_(name) {
    errors_.attach(reinterpret_cast<j_common_ptr>(&holder_.jpeg));
    guard([this, bytes] {
      jpeg_create_decompress(&holder_.jpeg);
      holder_.created = true;
      jpeg_mem_src(&holder_.jpeg, bytes.data(), static_cast<unsigned long>(bytes.size()));
      jpeg_save_markers(&holder_.jpeg, JPEG_COM, 0xFFFF);
      for (int i = 0; i < 16; ++i) jpeg_save_markers(&holder_.jpeg, JPEG_APP0 + i, 0xFFFF);
      jpeg_read_header(&holder_.jpeg, TRUE);
    });
  }
  JpegDecompressor(const JpegDecompressor&) = delete;
  JpegDecompressor& operator=(const JpegDecompressor&) = delete;

  void readCoefficients() {
    guard([this] { coefficients_ = jpeg_read_coefficients(&holder_.jpeg); });
  }
  jpeg_decompress_struct& jpeg() { return holder_.jpeg; }
  const jpeg_decompress_struct& jpeg() const { return holder_.jpeg; }
  jvirt_barray_ptr* coefficients() { return coefficients_; }

  template <typename Call>
  void guard(Call call) {
    if (!callGuarded(errors_, call))
      throw Error(ErrorCode::InputRejected, std::string("is damaged: ") + errors_.text, name_);
  }

 private:
  std::string name_;
  JpegErrors errors_;
  // Freed also where the constructor throws.
  struct Holder {
    jpeg_decompress_struct jpeg{};
    bool created = false;
    ~Holder() {
      if (created) jpeg_destroy_decompress(&jpeg);
    }
  } holder_;
  jvirt_barray_ptr* coefficients_ = nullptr;
};

/// Compresses into memory.
class JpegCompressor {
 public:
  JpegCompressor() {
    errors_.attach(reinterpret_cast<j_common_ptr>(&holder_.jpeg));
    guard([this] {
      jpeg_create_compress(&holder_.jpeg);
      holder_.created = true;
      jpeg_mem_dest(&holder_.jpeg, &buffer_, &size_);
    });
  }
  ~JpegCompressor() { std::free(buffer_); }
  JpegCompressor(const JpegCompressor&) = delete;
  JpegCompressor& operator=(const JpegCompressor&) = delete;

  jpeg_compress_struct& jpeg() { return holder_.jpeg; }
  /// After jpeg_finish_compress().
  Bytes take() { return Bytes(buffer_, buffer_ + size_); }

  template <typename Call>
  void guard(Call call) {
    if (!callGuarded(errors_, call))
      throw Error(ErrorCode::InputRejected, std::string("JPEG data cannot be coded: ") + errors_.text);
  }

 private:
  JpegErrors errors_;
  struct Holder {
    jpeg_compress_struct jpeg{};
    bool created = false;
    ~Holder() {
      if (created) jpeg_destroy_compress(&jpeg);
    }
  } holder_;
  unsigned char* buffer_ = nullptr;
  unsigned long size_ = 0;
};

}  // namespace medlocker::data::codecs
