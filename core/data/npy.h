// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/common/hash.h"

namespace medlocker::data {

/// The element types that are read and written, little endian. Nothing else is accepted, objects least of
/// all.
enum class NpyType { UInt8, UInt16, Int32, Int64, Bool, Float32 };

/// NumPy's own spelling: |u1 <u2 <i4 <i8 |b1 <f4.
std::string_view descr(NpyType type);
std::size_t itemBytes(NpyType type);

struct NpyLimits {
  std::uint64_t maxArrayBytes = 4ULL << 30;  ///< of one array's data
  std::size_t maxHeaderBytes = 64 * 1024;
  std::size_t maxDimensions = 8;
};

/// What the header of a .npy file says. The product of the shape and the sizes derived from it are checked in
/// 64 bits.
struct NpyHeader {
  NpyType type = NpyType::UInt8;
  std::vector<std::int64_t> shape;  ///< row-major; empty: a scalar
  std::uint64_t itemCount = 0;      ///< product of shape; 1 for a scalar
  std::size_t dataOffset = 0;       ///< bytes before the data

  std::uint64_t dataBytes() const { return itemCount * itemBytes(type); }
  /// Elements of one entry along the first axis; itemCount for a scalar.
  std::uint64_t entryItems() const;
};

/// Bytes of magic, version and length field that npyHeaderBytes() needs.
inline constexpr std::size_t kNpyPrefixBytes = 12;
/// Total header length told by the first kNpyPrefixBytes (fewer are enough for version 1). Throws
/// Error(InputRejected).
std::size_t npyHeaderBytes(ByteView prefix, const NpyLimits& limits = {});

/// Parses a complete header (versions 1.0 and 2.0, C order). `bytes` begins with the file's first byte and
/// holds at least the header. The header is a Python dictionary literal; exactly the three known keys are
/// accepted, nothing is evaluated. Throws Error(InputRejected/Unsupported) before anything is allocated.
/// Thread-safe.
NpyHeader parseNpyHeader(ByteView bytes, const NpyLimits& limits = {});

/// An array in memory.
struct NpyArray {
  NpyHeader header;
  Bytes data;  ///< header.dataBytes() bytes, row-major, little endian

  /// Element `index` of an integer or boolean array. Throws Error(InputRejected) for floats without an
  /// integer value.
  std::int64_t integerAt(std::uint64_t index) const;
};

/// A whole .npy file: header, data, and not one byte more. Throws as parseNpyHeader.
NpyArray parseNpy(ByteView bytes, const NpyLimits& limits = {});

NpyArray makeNpyArray(NpyType type, std::vector<std::int64_t> shape, Bytes data);
/// Version 1.0 with the header padded to a multiple of 64 bytes, as NumPy writes it.
Bytes serialiseNpy(const NpyArray& array);

}  // namespace medlocker::data
