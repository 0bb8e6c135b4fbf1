// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/dicom/carried_element.h"

#include <algorithm>

#include "core/common/error.h"
#include "core/data/dicom/loaded_file.h"

namespace medlocker::data::dicom {
namespace {

// An element has an even length, so the payload's own length comes first (u64, little endian).
constexpr std::size_t kLengthBytes = 8;

/// Block of this product's private elements; empty where the file has none.
std::optional<Uint16> privateBlockOf(DcmItem& dataset) {
  for (Uint16 block = 0x10; block <= 0xFF; ++block)
    if (textOf(dataset, DcmTagKey(kPrivateGroup, block)) == kPrivateCreator) return block;
  return std::nullopt;
}

DcmTagKey payloadKey(Uint16 block) {
  return {kPrivateGroup, static_cast<Uint16>((block << 8) | kPayloadElement)};
}

}  // namespace

Bytes withCarriedElement(ByteView file, ByteView payload, const std::string& name) {
  const LoadedFile loaded = loadFile(file, name, {});
  DcmDataset& dataset = loaded.dataset();
  const std::optional<Uint16> block = privateBlockOf(dataset);
  if (!block) throw Error(ErrorCode::InputRejected, "is not a protected DICOM file", name);
  if (dataset.tagExists(payloadKey(*block)))
    throw Error(ErrorCode::InputRejected, "the file carries a payload already", name);
  Bytes value;
  value.reserve(kLengthBytes + payload.size() + 1);
  for (std::size_t i = 0; i < kLengthBytes; ++i)
    value.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(payload.size()) >> (8 * i)));
  value.insert(value.end(), payload.begin(), payload.end());
  if (value.size() % 2) value.push_back(0);
  const OFCondition condition = dataset.putAndInsertUint8Array(
      DcmTag(payloadKey(*block), EVR_OB), value.data(), static_cast<unsigned long>(value.size()));
  if (condition.bad())
    throw Error(ErrorCode::Internal,
                "the payload cannot be put into the DICOM file (" + describe(condition) + ")", name);
  return saveFile(*loaded.file, name);
}

std::optional<Bytes> carriedElement(ByteView file, const std::string& name) {
  const LoadedFile loaded = loadFile(file, name, {});
  const std::optional<Uint16> block = privateBlockOf(loaded.dataset());
  if (!block || !loaded.dataset().tagExists(payloadKey(*block))) return std::nullopt;
  const Uint8* bytes = nullptr;
  unsigned long count = 0;
  if (loaded.dataset().findAndGetUint8Array(payloadKey(*block), bytes, &count).bad() || !bytes ||
      count < kLengthBytes)
    throw Error(ErrorCode::InputRejected, "the payload inside the DICOM file is damaged", name);
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i) length |= static_cast<std::uint64_t>(bytes[i]) << (8 * i);
  if (length > count - kLengthBytes || count - kLengthBytes - length > 1)
    throw Error(ErrorCode::InputRejected, "the payload inside the DICOM file is damaged", name);
  return Bytes(bytes + kLengthBytes, bytes + kLengthBytes + length);
}

}  // namespace medlocker::data::dicom
