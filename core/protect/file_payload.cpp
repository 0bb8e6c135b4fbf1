// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/file_payload.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "core/common/error.h"
#include "core/data/jpeg_blocks.h"
#include "core/protect/payload_container.h"

namespace medlocker::protect {
namespace {

constexpr char kMagic[4] = {'M', 'L', 'R', '1'};
enum : std::uint8_t { kCodecStored = 0, kCodecDeflate = 1 };
constexpr std::uint64_t kLiteral = ~std::uint64_t{0};
constexpr std::size_t kPatchHeaderBytes = 8 + 8 + 4;
constexpr std::size_t kPartBytes = 16;
constexpr std::size_t kBlock = 32;  ///< shortest stretch that is looked for; a part costs 16 bytes

Bytes assembleFile(PayloadKind kind, ByteView raw) {
  Bytes data = raw.empty() ? Bytes{} : deflatePayload(raw);
  std::uint8_t codec = kCodecDeflate;
  if (data.size() >= raw.size()) {
    data.assign(raw.begin(), raw.end());
    codec = kCodecStored;
  }
  Bytes out;
  out.reserve(kPayloadHeaderBytes + data.size());
  for (const char letter : kMagic) out.push_back(static_cast<std::uint8_t>(letter));
  out.push_back(static_cast<std::uint8_t>(kind));
  for (int i = 0; i < 3; ++i) out.push_back(0);  // sample bytes, channels, filter: of sample payloads only
  out.push_back(codec);
  out.resize(32, 0);
  putLittleEndian(out, raw.size(), 8);
  putLittleEndian(out, data.size(), 8);
  out.insert(out.end(), data.begin(), data.end());
  return out;
}

struct Part {
  std::uint64_t source = kLiteral;  ///< in the protected file, or kLiteral
  std::uint64_t offset = 0;         ///< in the original
  std::uint64_t length = 0;
};

/// Hash of kBlock bytes that can be moved on by one byte (polynomial, modulo 2^64).
class RollingHash {
 public:
  RollingHash() {
    for (std::size_t i = 0; i + 1 < kBlock; ++i) highest_ *= kBase;
  }
  static std::uint64_t of(const std::uint8_t* bytes) {
    std::uint64_t hash = 0;
    for (std::size_t i = 0; i < kBlock; ++i) hash = hash * kBase + bytes[i] + 1;
    return hash;
  }
  std::uint64_t next(std::uint64_t hash, std::uint8_t leaves, std::uint8_t enters) const {
    return (hash - (static_cast<std::uint64_t>(leaves) + 1) * highest_) * kBase + enters + 1;
  }

 private:
  static constexpr std::uint64_t kBase = 0x9E3779B97F4A7C15ULL;
  std::uint64_t highest_ = 1;
};

/// Stretches of `original` that are found in `made`, and what lies between them, in order.
std::vector<Part> compare(ByteView original, ByteView made) {
  std::vector<Part> parts;
  std::uint64_t literalFrom = 0;
  const auto literal = [&](std::uint64_t end) {
    if (end > literalFrom) parts.push_back({kLiteral, literalFrom, end - literalFrom});
  };
  if (original.size() >= kBlock && made.size() >= kBlock) {
    std::unordered_map<std::uint64_t, std::uint64_t> blocks;
    blocks.reserve(made.size() / kBlock);
    for (std::uint64_t at = 0; at + kBlock <= made.size(); at += kBlock)
      blocks.emplace(RollingHash::of(made.data() + at), at);
    const RollingHash rolling;
    const auto same = [&](std::uint64_t at, std::uint64_t source) {
      return source + kBlock <= made.size() &&
             std::memcmp(original.data() + at, made.data() + source, kBlock) == 0;
    };
    std::int64_t shift = 0;  // of the stretch before: a change in the middle rarely moves what follows
    std::uint64_t at = 0;
    std::uint64_t hash = RollingHash::of(original.data());
    while (true) {
      std::uint64_t source = static_cast<std::uint64_t>(static_cast<std::int64_t>(at) + shift);
      bool found = static_cast<std::int64_t>(at) + shift >= 0 && same(at, source);
      if (!found) {
        const auto candidate = blocks.find(hash);
        if (candidate != blocks.end() && same(at, candidate->second)) {
          source = candidate->second;
          found = true;
        }
      }
      if (found) {
        std::uint64_t begin = at;
        while (begin > literalFrom && source > 0 && original[begin - 1] == made[source - 1]) {
          --begin;
          --source;
        }
        std::uint64_t length = at - begin + kBlock;
        while (begin + length < original.size() && source + length < made.size() &&
               original[begin + length] == made[source + length])
          ++length;
        literal(begin);
        parts.push_back({source, begin, length});
        shift = static_cast<std::int64_t>(source) - static_cast<std::int64_t>(begin);
        at = begin + length;
        literalFrom = at;
        if (at + kBlock > original.size()) break;
        hash = RollingHash::of(original.data() + at);
        continue;
      }
      if (at + kBlock >= original.size()) break;
      hash = rolling.next(hash, original[at], original[at + kBlock]);
      ++at;
    }
  }
  literal(original.size());
  return parts;
}

Bytes applyPatch(ByteView made, ByteView raw, const PayloadLimits& limits) {
  if (raw.size() < kPatchHeaderBytes) rejectPayload("the patch is shorter than its header");
  const std::uint64_t length = littleEndian(raw, 0, 8);
  const std::uint64_t count = littleEndian(raw, 16, 4);
  if (littleEndian(raw, 8, 8) != made.size())
    throw Error(ErrorCode::InputRejected, "the patch was made for another protected file");
  if (length > limits.maxRawBytes) rejectPayload("its unpacked size is larger than allowed");
  // Lengths are added up before anything is allocated.
  std::uint64_t total = 0;
  std::size_t at = kPatchHeaderBytes;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (raw.size() - at < kPartBytes) rejectPayload("the patch ends early");
    const std::uint64_t source = littleEndian(raw, at, 8);
    const std::uint64_t part = littleEndian(raw, at + 8, 8);
    at += kPartBytes;
    if (part == 0 || part > length - total) rejectPayload("a part of the patch has an impossible length");
    total += part;
    if (source == kLiteral) {
      if (raw.size() - at < part) rejectPayload("the patch ends early");
      at += static_cast<std::size_t>(part);
    } else if (source > made.size() || part > made.size() - source) {
      rejectPayload("a part of the patch leaves the protected file");
    }
  }
  if (total != length) rejectPayload("the parts of the patch do not make up the file");
  if (at != raw.size()) rejectPayload("bytes follow the patch");
  Bytes out;
  out.reserve(static_cast<std::size_t>(length));
  at = kPatchHeaderBytes;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t source = littleEndian(raw, at, 8);
    const auto part = static_cast<std::size_t>(littleEndian(raw, at + 8, 8));
    at += kPartBytes;
    const ByteView bytes =
        source == kLiteral ? raw.subspan(at, part) : made.subspan(static_cast<std::size_t>(source), part);
    out.insert(out.end(), bytes.begin(), bytes.end());
    if (source == kLiteral) at += part;
  }
  return out;
}

}  // namespace

Bytes encodeFilePayload(ByteView originalFile) {
  return assembleFile(PayloadKind::File, originalFile);
}

Bytes encodePatchPayload(ByteView originalFile, ByteView protectedFile) {
  const std::vector<Part> parts = compare(originalFile, protectedFile);
  Bytes raw;
  putLittleEndian(raw, originalFile.size(), 8);
  putLittleEndian(raw, protectedFile.size(), 8);
  putLittleEndian(raw, parts.size(), 4);
  for (const Part& part : parts) {
    putLittleEndian(raw, part.source, 8);
    putLittleEndian(raw, part.length, 8);
    if (part.source != kLiteral) continue;
    const ByteView bytes =
        originalFile.subspan(static_cast<std::size_t>(part.offset), static_cast<std::size_t>(part.length));
    raw.insert(raw.end(), bytes.begin(), bytes.end());
  }
  return assembleFile(PayloadKind::Patch, raw);
}

Bytes encodeBlocksPayload(ByteView undo) {
  return assembleFile(PayloadKind::Blocks, undo);
}

PayloadKind payloadKindOf(ByteView payload) {
  if (payload.size() < kPayloadHeaderBytes) rejectPayload("it is shorter than its header");
  if (std::memcmp(payload.data(), kMagic, sizeof(kMagic)) != 0) rejectPayload("it does not begin with MLR1");
  const int kind = payload[4];
  if (kind < static_cast<int>(PayloadKind::Roi) || kind > static_cast<int>(PayloadKind::Blocks))
    rejectPayload("unknown kind " + std::to_string(kind));
  return static_cast<PayloadKind>(kind);
}

Bytes restoreFile(ByteView protectedFile, ByteView payload, const PayloadLimits& limits) {
  const PayloadKind kind = payloadKindOf(payload);
  if (!restoresFile(kind))
    throw Error(ErrorCode::InputRejected, "the restoration payload holds samples, not a file");
  const std::uint8_t codec = payload[8];
  if (codec != kCodecStored && codec != kCodecDeflate) rejectPayload("unknown codec");
  for (std::size_t i = 5; i < 32; ++i)
    if (i != 8 && payload[i] != 0) rejectPayload("fields that do not apply are not zero");
  const std::uint64_t rawLength = littleEndian(payload, 32, 8);
  const std::uint64_t dataLength = littleEndian(payload, 40, 8);
  if (rawLength > limits.maxRawBytes) rejectPayload("its unpacked size is larger than allowed");
  if (dataLength != payload.size() - kPayloadHeaderBytes) rejectPayload("the length field does not match");
  if (codec == kCodecStored ? rawLength != dataLength
                            : rawLength / kMaxDeflateRatio > dataLength || rawLength == 0)
    rejectPayload("the unpacked size does not fit the data");
  const ByteView data = payload.subspan(kPayloadHeaderBytes);
  Bytes raw = codec == kCodecStored ? Bytes(data.begin(), data.end()) : inflatePayload(data, rawLength);
  if (kind == PayloadKind::Patch) return applyPatch(protectedFile, raw, limits);
  return kind == PayloadKind::Blocks ? data::restoreJpegBlocks(protectedFile, raw) : raw;
}

}  // namespace medlocker::protect
