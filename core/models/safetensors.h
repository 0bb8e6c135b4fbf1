// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/common/hash.h"

namespace medlocker::models {

using TensorMap = std::map<std::string, at::Tensor>;

/// Content of a safetensors file: contiguous CPU tensors by name, and the optional `__metadata__` strings.
struct Safetensors {
  TensorMap tensors;
  std::map<std::string, std::string> metadata;
};

/// Reads the safetensors format (header length u64 little endian, JSON header, data) strictly: every tensor's
/// type, shape and byte range must agree, ranges must cover the data part without gap or overlap, and all of
/// that is checked before a tensor is allocated. Types: F64, F32, F16, BF16, I64, I32, U8, BOOL. Throws
/// Error(InputRejected) with the reason and without a file name.
Safetensors parseSafetensors(ByteView file);

/// As above from a file, which is read once. `sha256` (if given) receives the digest of exactly the bytes
/// that were parsed. Throws Error(NotFound/Io/InputRejected) naming the file.
Safetensors readSafetensors(const std::filesystem::path& path, Digest* sha256 = nullptr);

/// The same format with deterministic bytes: tensors in order of falling element size, then name, so that
/// every tensor is aligned; the header is padded to 8 bytes. Tensors may be on any device and of any layout.
/// Throws Error(InvalidArgument) for an unsupported type or an empty or reserved name.
Bytes serialiseSafetensors(const TensorMap& tensors, const std::map<std::string, std::string>& metadata = {});

/// What the header says about one tensor. `begin` and `end` are offsets into the data part.
struct SafetensorsEntry {
  std::string name;
  at::ScalarType type = at::ScalarType::Float;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// The checked header alone, entries in data order. `dataSize` is the number of bytes after the header.
std::vector<SafetensorsEntry> parseSafetensorsHeader(std::string_view json, std::uint64_t dataSize,
                                                     std::map<std::string, std::string>* metadata = nullptr);

}  // namespace medlocker::models
