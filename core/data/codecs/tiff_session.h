// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// libtiff on memory, with its messages kept per file instead of on stderr. Internal to the TIFF codec.

#include <tiffio.h>

#include <string>

#include "core/common/hash.h"

namespace medlocker::data::codecs {

class TiffSession {
 public:
  /// Reads `input`, which must outlive the session.
  explicit TiffSession(ByteView input);
  /// Writes to a buffer of its own.
  TiffSession();
  ~TiffSession();
  TiffSession(const TiffSession&) = delete;
  TiffSession& operator=(const TiffSession&) = delete;

  TIFF* tiff() const { return tiff_; }
  bool failed() const { return !error_.empty() || !warning_.empty(); }
  /// The first error, else the first warning that may concern samples.
  const std::string& message() const { return error_.empty() ? warning_ : error_; }
  /// Ends writing. Empty on failure.
  Bytes finish();

 private:
  void open(const char* mode);
  static int onError(TIFF*, void* self, const char* module, const char* format, va_list arguments);
  static int onWarning(TIFF*, void* self, const char* module, const char* format, va_list arguments);
  static tmsize_t read(thandle_t self, void* target, tmsize_t count);
  static tmsize_t write(thandle_t self, void* source, tmsize_t count);
  static toff_t seek(thandle_t self, toff_t offset, int whence);
  static int close(thandle_t self);
  static toff_t size(thandle_t self);
  static int map(thandle_t self, void** base, toff_t* size);
  static void unmap(thandle_t self, void* base, toff_t size);

  ByteView input_;
  Bytes output_;
  bool writing_ = false;
  std::uint64_t position_ = 0;
  std::string error_;
  std::string warning_;
  TIFF* tiff_ = nullptr;
};

}  // namespace medlocker::data::codecs
