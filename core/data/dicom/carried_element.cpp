// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/dicom/carried_element.h"

#include <algorithm>

#include "core/common/error.h"
#include "core/common/little_endian.h"
#include "core/data/dicom/loaded_file.h"

namespace medlocker::data::dicom {
namespace {

// An element has an even length, so the payload's own length comes first (u64, little endian).
constexpr std::size_t kLengthBytes = 8;

}  // namespace

Bytes withCarriedElement(ByteView file, ByteView payload, const std::string& name) {
  const LoadedFile loaded = loadFile(file, name, {});
  DcmDataset& dataset = loaded.dataset();
  const std::vector<Uint16> blocks = privateBlocksOf(dataset);
  if (blocks.empty()) throw Error(ErrorCode::InputRejected, "is not a protected DICOM file", name);
  const DcmTagKey key = privateElement(blocks.front(), kPayloadElement);
  if (dataset.tagExists(key))
    throw Error(ErrorCode::InputRejected, "the file carries a payload already", name);
  Bytes value;
  value.reserve(kLengthBytes + payload.size() + 1);
  const auto length = littleEndian(payload.size());
  value.insert(value.end(), length.begin(), length.end());
  value.insert(value.end(), payload.begin(), payload.end());
  if (value.size() % 2) value.push_back(0);
  const OFCondition condition = dataset.putAndInsertUint8Array(DcmTag(key, EVR_OB), value.data(),
                                                               static_cast<unsigned long>(value.size()));
  if (condition.bad())
    throw Error(ErrorCode::Internal,
                "the payload cannot be put into the DICOM file (" + describe(condition) + ")", name);
  return saveFile(*loaded.file, name);
}

std::optional<Bytes> carriedElement(ByteView file, const std::string& name) {
  const LoadedFile loaded = loadFile(file, name, {});
  const std::vector<Uint16> blocks = privateBlocksOf(loaded.dataset());
  if (blocks.empty()) return std::nullopt;
  const DcmTagKey key = privateElement(blocks.front(), kPayloadElement);
  if (!loaded.dataset().tagExists(key)) return std::nullopt;
  const Uint8* bytes = nullptr;
  unsigned long count = 0;
  if (loaded.dataset().findAndGetUint8Array(key, bytes, &count).bad() || !bytes || count < kLengthBytes)
    throw Error(ErrorCode::InputRejected, "the payload inside the DICOM file is damaged", name);
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i) length |= static_cast<std::uint64_t>(bytes[i]) << (8 * i);
  if (length > count - kLengthBytes || count - kLengthBytes - length > 1)
    throw Error(ErrorCode::InputRejected, "the payload inside the DICOM file is damaged", name);
  return Bytes(bytes + kLengthBytes, bytes + kLengthBytes + length);
}

}  // namespace medlocker::data::dicom
