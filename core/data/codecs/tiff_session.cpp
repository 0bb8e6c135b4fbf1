// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/codecs/tiff_session.h"

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>

namespace medlocker::data::codecs {
namespace {

/// No single block that libtiff allocates (a strip, a tile, a directory) may be larger.
constexpr tmsize_t kMaxBlockBytes = tmsize_t{2} << 30;
/// What a writer may seek to; classic TIFF ends at 4 GiB anyway.
constexpr std::uint64_t kMaxOutputBytes = 1ULL << 32;

/// Remarks about tags that do not describe pixels: private and unknown tags are common and harmless.
bool isHarmless(const char* text) {
  static constexpr const char* kHarmless[] = {"Unknown field with tag",
                                              "TIFF directory entries are not sorted",
                                              "invalid TIFF directory; tags are not sorted",
                                              "ASCII value for tag",
                                              "wrong data type",
                                              "incorrect count"};
  return std::any_of(std::begin(kHarmless), std::end(kHarmless),
                     [&](const char* part) { return std::strstr(text, part) != nullptr; });
}

std::string formatted(const char* format, va_list arguments) {
  std::array<char, 300> text{};
  std::vsnprintf(text.data(), text.size(), format, arguments);
  return text.data();
}

}  // namespace

TiffSession::TiffSession(ByteView input) : input_(input) {
  open("r");
}
TiffSession::TiffSession() : writing_(true) {
  open("wl");
}
TiffSession::~TiffSession() {
  if (tiff_) TIFFClose(tiff_);
}

void TiffSession::open(const char* mode) {
  const std::unique_ptr<TIFFOpenOptions, decltype(&TIFFOpenOptionsFree)> options(TIFFOpenOptionsAlloc(),
                                                                                 &TIFFOpenOptionsFree);
  if (!options) throw std::bad_alloc();
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), kMaxBlockBytes);
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), onError, this);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), onWarning, this);
  tiff_ = TIFFClientOpenExt("image", mode, this, read, write, seek, close, size, map, unmap, options.get());
}

Bytes TiffSession::finish() {
  TIFFClose(tiff_);
  tiff_ = nullptr;
  return error_.empty() ? std::move(output_) : Bytes{};
}

int TiffSession::onError(TIFF*, void* self, const char*, const char* format, va_list arguments) {
  std::string& slot = static_cast<TiffSession*>(self)->error_;
  if (slot.empty()) slot = formatted(format, arguments);
  if (slot.empty()) slot = "unknown TIFF error";
  return 1;
}

int TiffSession::onWarning(TIFF*, void* self, const char*, const char* format, va_list arguments) {
  std::string& slot = static_cast<TiffSession*>(self)->warning_;
  const std::string text = formatted(format, arguments);
  if (slot.empty() && !isHarmless(text.c_str())) slot = text;
  return 1;
}

tmsize_t TiffSession::read(thandle_t self, void* target, tmsize_t count) {
  auto& session = *static_cast<TiffSession*>(self);
  const ByteView source = session.writing_ ? ByteView(session.output_) : session.input_;
  if (count <= 0 || session.position_ >= source.size()) return 0;
  const std::size_t n =
      std::min<std::uint64_t>(static_cast<std::uint64_t>(count), source.size() - session.position_);
  std::memcpy(target, source.data() + session.position_, n);
  session.position_ += n;
  return static_cast<tmsize_t>(n);
}

tmsize_t TiffSession::write(thandle_t self, void* source, tmsize_t count) {
  auto& session = *static_cast<TiffSession*>(self);
  if (!session.writing_ || count < 0) return -1;
  const std::uint64_t end = session.position_ + static_cast<std::uint64_t>(count);
  if (end > kMaxOutputBytes) return -1;
  if (end > session.output_.size()) session.output_.resize(end);
  std::memcpy(session.output_.data() + session.position_, source, static_cast<std::size_t>(count));
  session.position_ = end;
  return count;
}

toff_t TiffSession::seek(thandle_t self, toff_t offset, int whence) {
  auto& session = *static_cast<TiffSession*>(self);
  if (whence == SEEK_CUR) offset += session.position_;
  if (whence == SEEK_END) offset += size(self);
  session.position_ = offset;
  return offset;
}

int TiffSession::close(thandle_t) {
  return 0;
}

toff_t TiffSession::size(thandle_t self) {
  const auto& session = *static_cast<TiffSession*>(self);
  return session.writing_ ? session.output_.size() : session.input_.size();
}

int TiffSession::map(thandle_t self, void** base, toff_t* size) {
  const auto& session = *static_cast<TiffSession*>(self);
  if (session.writing_) return 0;
  // libtiff only reads from a mapping of a file opened for reading.
  *base = const_cast<std::uint8_t*>(session.input_.data());
  *size = session.input_.size();
  return 1;
}

void TiffSession::unmap(thandle_t, void*, toff_t) {
}

}  // namespace medlocker::data::codecs
