// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/source_payload.h"

#include <libdeflate.h>

#include <algorithm>
#include <memory>
#include <string_view>

#include "core/common/error.h"
#include "core/data/jpeg_blocks.h"

namespace medlocker::protect {
namespace {

constexpr std::string_view kMagic = "MLR1";
// 1 roi, 2 residual, 3 patch (payload.h and its relatives).
enum : std::uint8_t { kFile = 4, kBlocks = 5 };
enum : std::uint8_t { kCodecStored = 0, kCodecDeflate = 1 };
constexpr int kDeflateLevel = 9;
constexpr std::uint64_t kMaxDeflateRatio = 1040;
constexpr std::size_t kLengthsAt = 32;

[[noreturn]] void reject(const char* reason) {
  throw Error(ErrorCode::InputRejected, std::string("the restoration payload is damaged: ") + reason);
}

std::uint64_t numberAt(ByteView in, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i) value |= static_cast<std::uint64_t>(in[at + i]) << (8 * i);
  return value;
}

Bytes assemble(std::uint8_t kind, ByteView raw) {
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
      libdeflate_alloc_compressor(kDeflateLevel), libdeflate_free_compressor);
  if (!compressor) throw Error(ErrorCode::Internal, "no memory for the payload compressor");
  Bytes data(libdeflate_deflate_compress_bound(compressor.get(), raw.size()));
  data.resize(
      libdeflate_deflate_compress(compressor.get(), raw.data(), raw.size(), data.data(), data.size()));
  std::uint8_t codec = kCodecDeflate;
  if (data.size() >= raw.size()) {
    data.assign(raw.begin(), raw.end());
    codec = kCodecStored;
  }
  Bytes out(kLengthsAt);
  std::copy(kMagic.begin(), kMagic.end(), out.begin());
  out[4] = kind;
  out[8] = codec;
  for (const std::uint64_t number :
       {static_cast<std::uint64_t>(raw.size()), static_cast<std::uint64_t>(data.size())})
    for (int i = 0; i < 8; ++i) out.push_back(static_cast<std::uint8_t>(number >> (8 * i)));
  out.insert(out.end(), data.begin(), data.end());
  return out;
}

}  // namespace

Bytes encodeWholeFilePayload(ByteView sourceFile) {
  return assemble(kFile, sourceFile);
}

Bytes encodeBlocksPayload(ByteView undo) {
  return assemble(kBlocks, undo);
}

bool holdsSourceFile(ByteView payload) {
  return payload.size() >= kPayloadHeaderBytes &&
         std::equal(kMagic.begin(), kMagic.end(), payload.begin(),
                    [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; }) &&
         (payload[4] == kFile || payload[4] == kBlocks);
}

Bytes restoreSourceFile(ByteView protectedFile, ByteView payload, const PayloadLimits& limits) {
  if (!holdsSourceFile(payload)) reject("it does not hold a source file");
  const std::uint8_t codec = payload[8];
  if (codec != kCodecStored && codec != kCodecDeflate) reject("unknown codec");
  for (std::size_t i = 5; i < kLengthsAt; ++i)
    if (i != 8 && payload[i] != 0) reject("fields that do not apply are not zero");
  const std::uint64_t rawLength = numberAt(payload, kLengthsAt);
  const std::uint64_t dataLength = numberAt(payload, kLengthsAt + 8);
  const ByteView data = payload.subspan(kPayloadHeaderBytes);
  if (rawLength > limits.maxRawBytes) reject("its unpacked size is larger than allowed");
  if (dataLength != data.size()) reject("the length field does not match");
  Bytes raw(data.begin(), data.end());
  if (codec == kCodecStored) {
    if (rawLength != dataLength) reject("the unpacked size does not fit the data");
  } else {
    if (rawLength == 0 || rawLength / kMaxDeflateRatio > dataLength)
      reject("the unpacked size does not fit the data");
    const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> decompressor(
        libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
    if (!decompressor) throw Error(ErrorCode::Internal, "no memory for the payload decompressor");
    raw.assign(static_cast<std::size_t>(rawLength), 0);
    std::size_t used = 0;
    std::size_t made = 0;
    if (libdeflate_deflate_decompress_ex(decompressor.get(), data.data(), data.size(), raw.data(), raw.size(),
                                         &used, &made) != LIBDEFLATE_SUCCESS ||
        made != rawLength || used != data.size())
      reject("the compressed data cannot be unpacked");
  }
  return payload[4] == kFile ? raw : data::restoreJpegBlocks(protectedFile, raw);
}

}  // namespace medlocker::protect
