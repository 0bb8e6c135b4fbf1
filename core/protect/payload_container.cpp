// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/payload_container.h"

#include <libdeflate.h>

#include <memory>
#include <string>

#include "core/common/error.h"

namespace medlocker::protect {
namespace {

constexpr int kDeflateLevel = 9;

}  // namespace

void rejectPayload(const std::string& reason) {
  throw Error(ErrorCode::InputRejected, "the restoration payload is damaged: " + reason);
}

Bytes deflatePayload(ByteView raw) {
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
      libdeflate_alloc_compressor(kDeflateLevel), libdeflate_free_compressor);
  if (!compressor) throw Error(ErrorCode::Internal, "no memory for the payload compressor");
  Bytes out(libdeflate_deflate_compress_bound(compressor.get(), raw.size()));
  out.resize(libdeflate_deflate_compress(compressor.get(), raw.data(), raw.size(), out.data(), out.size()));
  return out;
}

Bytes inflatePayload(ByteView data, std::uint64_t rawLength) {
  const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> decompressor(
      libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  if (!decompressor) throw Error(ErrorCode::Internal, "no memory for the payload decompressor");
  Bytes out(rawLength);
  std::size_t used = 0;
  std::size_t made = 0;
  const auto result = libdeflate_deflate_decompress_ex(decompressor.get(), data.data(), data.size(),
                                                       out.data(), out.size(), &used, &made);
  if (result != LIBDEFLATE_SUCCESS || made != rawLength)
    rejectPayload("the compressed data cannot be unpacked");
  if (used != data.size()) rejectPayload("bytes follow the compressed data");
  return out;
}

}  // namespace medlocker::protect
