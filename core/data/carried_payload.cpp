// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/carried_payload.h"

#include <libdeflate.h>

#include <algorithm>
#include <cstring>

#include "core/common/error.h"
#include "core/data/codecs/byte_order.h"
#include "core/data/dicom/carried_element.h"

namespace medlocker::data {
namespace {

// Case of the four letters (ISO/IEC 15948, 5.4): ancillary, private, reserved, not safe to copy.
constexpr char kChunkType[] = "mlVT";
constexpr std::size_t kSignatureBytes = 8;
constexpr std::size_t kChunkFrame = 12;  // length, type, checksum
constexpr std::size_t kMostChunkBytes = 16U << 20;

constexpr std::uint16_t kTiffTag = 65357;  // of the range for private use
constexpr std::uint16_t kTiffUndefined = 7;
constexpr std::size_t kTiffEntryBytes = 12;

[[noreturn]] void reject(const std::string& reason, const std::string& name) {
  throw Error(ErrorCode::InputRejected, reason, name);
}

void append(Bytes& out, ByteView bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

// ---- PNG ----

void appendBig32(Bytes& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
}

struct PngChunk {
  std::size_t at = 0;  ///< of its length field
  ByteView type;
  ByteView data;
  std::uint32_t checksum = 0;
};

/// The chunk at `at`; leaves `at` behind it.
PngChunk nextChunk(ByteView file, std::size_t& at, const std::string& name) {
  if (!codecs::holds(file, at, kChunkFrame)) reject("the PNG file ends early", name);
  const std::size_t length = codecs::big32(file, at);
  if (!codecs::holds(file, at + kChunkFrame, length)) reject("the PNG file ends early", name);
  PngChunk chunk{at, file.subspan(at + 4, 4), file.subspan(at + 8, length),
                 codecs::big32(file, at + 8 + length)};
  at += kChunkFrame + length;
  return chunk;
}

bool isType(const PngChunk& chunk, const char* type) {
  return std::memcmp(chunk.type.data(), type, 4) == 0;
}

Bytes withPngChunks(ByteView file, ByteView payload, const std::string& name) {
  std::size_t at = kSignatureBytes;
  PngChunk chunk;
  do {
    chunk = nextChunk(file, at, name);
    if (isType(chunk, kChunkType)) reject("the file carries a payload already", name);
  } while (!isType(chunk, "IEND"));
  Bytes out;
  out.reserve(file.size() + payload.size() + kChunkFrame * (1 + payload.size() / kMostChunkBytes));
  append(out, file.first(chunk.at));
  for (std::size_t done = 0; done < payload.size(); done += kMostChunkBytes) {
    const ByteView part = payload.subspan(done, std::min(kMostChunkBytes, payload.size() - done));
    appendBig32(out, static_cast<std::uint32_t>(part.size()));
    const std::size_t begin = out.size();
    out.insert(out.end(), kChunkType, kChunkType + 4);
    append(out, part);
    appendBig32(out, libdeflate_crc32(0, out.data() + begin, out.size() - begin));
  }
  append(out, file.subspan(chunk.at));
  return out;
}

std::optional<Bytes> payloadOfPng(ByteView file, const std::string& name) {
  std::optional<Bytes> out;
  std::size_t at = kSignatureBytes;
  while (true) {
    const PngChunk chunk = nextChunk(file, at, name);
    if (isType(chunk, "IEND")) return out;
    if (!isType(chunk, kChunkType)) continue;
    if (chunk.checksum != libdeflate_crc32(0, chunk.type.data(), 4 + chunk.data.size()))
      reject("the payload inside the PNG file is damaged", name);
    if (!out) out.emplace();
    append(*out, chunk.data);
  }
}

// ---- TIFF ----

/// Byte order and first directory of a classic TIFF.
class TiffDirectory {
 public:
  TiffDirectory(ByteView file, const std::string& name) : file_(file), name_(name) {
    if (!codecs::holds(file, 0, 8)) reject("the TIFF file ends early", name);
    isBig_ = file[0] == 'M';
    if (get16(2) == 43) throw Error(ErrorCode::Unsupported, "BigTIFF carries no payload", name);
    if (get16(2) != 42) reject("is not a TIFF file", name);
    at_ = get32(4);
    if (!codecs::holds(file, at_, 2)) reject("the TIFF directory lies outside of the file", name);
    count_ = get16(at_);
    if (!codecs::holds(file, at_ + 2, count_ * kTiffEntryBytes + 4))
      reject("the TIFF directory lies outside of the file", name);
  }

  std::size_t count() const { return count_; }
  ByteView entry(std::size_t i) const { return file_.subspan(entryAt(i), kTiffEntryBytes); }
  std::uint16_t tag(std::size_t i) const { return get16(entryAt(i)); }
  std::uint16_t type(std::size_t i) const { return get16(entryAt(i) + 2); }
  std::uint32_t length(std::size_t i) const { return get32(entryAt(i) + 4); }
  std::uint32_t offset(std::size_t i) const { return get32(entryAt(i) + 8); }
  ByteView next() const { return file_.subspan(entryAt(count_), 4); }

  void put16(Bytes& out, std::uint16_t value) const {
    const auto high = static_cast<std::uint8_t>(value >> 8);
    const auto low = static_cast<std::uint8_t>(value);
    out.push_back(isBig_ ? high : low);
    out.push_back(isBig_ ? low : high);
  }
  void put32(Bytes& out, std::uint32_t value) const {
    const auto high = static_cast<std::uint16_t>(value >> 16);
    const auto low = static_cast<std::uint16_t>(value);
    put16(out, isBig_ ? high : low);
    put16(out, isBig_ ? low : high);
  }

 private:
  std::size_t entryAt(std::size_t i) const { return at_ + 2 + i * kTiffEntryBytes; }
  std::uint16_t get16(std::size_t at) const {
    return isBig_ ? codecs::big16(file_, at) : codecs::little16(file_, at);
  }
  std::uint32_t get32(std::size_t at) const {
    return isBig_ ? codecs::big32(file_, at) : codecs::little32(file_, at);
  }

  ByteView file_;
  std::string name_;
  bool isBig_ = false;
  std::size_t at_ = 0;
  std::size_t count_ = 0;
};

/// Payload and a new first directory go behind the file; nothing else moves, so all offsets stay right.
Bytes withTiffTag(ByteView file, ByteView payload, const std::string& name) {
  const TiffDirectory directory(file, name);
  std::size_t place = 0;  // tags ascend
  for (std::size_t i = 0; i < directory.count(); ++i) {
    if (directory.tag(i) == kTiffTag) reject("the file carries a payload already", name);
    if (directory.tag(i) < kTiffTag) place = i + 1;
  }
  const std::uint64_t most = file.size() + 2ULL + payload.size() + 2 + (directory.count() + 1) * 12ULL + 6;
  if (most > 0xFFFFFFFFULL || directory.count() >= 0xFFFF)
    throw Error(ErrorCode::Unsupported, "the TIFF file would become too large", name);
  Bytes out;
  out.reserve(static_cast<std::size_t>(most));
  append(out, file.first(4));
  out.resize(8);  // the directory's place follows
  append(out, file.subspan(8));
  if (out.size() % 2) out.push_back(0);
  // Up to four bytes would lie in the entry itself; a payload is always longer (a vault of its own).
  const auto data = static_cast<std::uint32_t>(out.size());
  append(out, payload);
  if (out.size() % 2) out.push_back(0);
  const auto at = static_cast<std::uint32_t>(out.size());
  directory.put16(out, static_cast<std::uint16_t>(directory.count() + 1));
  for (std::size_t i = 0; i < place; ++i) append(out, directory.entry(i));
  directory.put16(out, kTiffTag);
  directory.put16(out, kTiffUndefined);
  directory.put32(out, static_cast<std::uint32_t>(payload.size()));
  directory.put32(out, data);
  for (std::size_t i = place; i < directory.count(); ++i) append(out, directory.entry(i));
  append(out, directory.next());
  Bytes start;
  directory.put32(start, at);
  std::copy(start.begin(), start.end(), out.begin() + 4);
  return out;
}

std::optional<Bytes> payloadOfTiff(ByteView file, const std::string& name) {
  const TiffDirectory directory(file, name);
  for (std::size_t i = 0; i < directory.count(); ++i) {
    if (directory.tag(i) != kTiffTag) continue;
    const std::size_t length = directory.length(i);
    if (directory.type(i) != kTiffUndefined || length <= 4 ||
        !codecs::holds(file, directory.offset(i), length))
      reject("the payload inside the TIFF file is damaged", name);
    const ByteView data = file.subspan(directory.offset(i), length);
    return Bytes(data.begin(), data.end());
  }
  return std::nullopt;
}

}  // namespace

bool canCarryPayload(FileFormat format) {
  return format == FileFormat::Png || format == FileFormat::Tiff || format == FileFormat::Dicom;
}

Bytes withCarriedPayload(ByteView file, ByteView payload, const std::string& name) {
  if (payload.size() <= 4) throw Error(ErrorCode::InvalidArgument, "there is no payload to carry", name);
  switch (sniffFormat(file)) {
    case FileFormat::Png:
      return withPngChunks(file, payload, name);
    case FileFormat::Tiff:
      return withTiffTag(file, payload, name);
    case FileFormat::Dicom:
      return dicom::withCarriedElement(file, payload, name);
    default:
      throw Error(ErrorCode::Unsupported, "its format cannot carry a payload", name);
  }
}

std::optional<Bytes> carriedPayload(ByteView file, const std::string& name) {
  switch (sniffFormat(file)) {
    case FileFormat::Png:
      return payloadOfPng(file, name);
    case FileFormat::Tiff:
      return payloadOfTiff(file, name);
    case FileFormat::Dicom:
      return dicom::carriedElement(file, name);
    default:
      return std::nullopt;
  }
}

}  // namespace medlocker::data
