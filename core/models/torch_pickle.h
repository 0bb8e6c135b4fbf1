// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "core/common/hash.h"

namespace medlocker::models {

/// Number types of storages that a checkpoint may hold.
enum class StorageType { Float64, Float32, Float16, Bfloat16, Int64, Int32, Int16, Int8, Uint8, Bool };
std::uint64_t elementBytes(StorageType type);

struct PickleValue;
using PickleRef = const PickleValue*;

/// One value of a pickle stream. Containers refer to other values of the same PickleTree; the references may
/// form cycles, so walk them to a bounded depth.
struct PickleValue {
  enum class Kind {
    None,
    Bool,
    Int,
    Long,  ///< an integer of more than 64 bits; `text` holds its bytes, least significant first
    Float,
    Text,
    Tuple,
    List,
    Dict,     ///< OrderedDict too; `items` alternates keys and values
    Global,   ///< one of the few names that are understood; `text`
    Storage,  ///< `text` is its key
    Tensor,   ///< a strided view of `storage`
    Mark      ///< never in a result
  };
  Kind kind = Kind::None;
  bool ordered = false;  ///< Dict: an OrderedDict, whose attributes may be set (and are left out)
  std::int64_t integer = 0;
  double number = 0;
  std::string text;
  std::vector<PickleRef> items;

  StorageType storageType = StorageType::Float32;
  std::uint64_t elements = 0;  ///< Storage: how many
  PickleRef storage = nullptr;
  std::uint64_t offset = 0;  ///< Tensor: first element
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;  ///< in elements

  /// Value of a text key of a Dict; null where there is none.
  PickleRef find(std::string_view key) const;
};

struct PickleLimits {
  std::size_t maxBytes = 64 << 20;
  std::size_t maxValues = 1 << 20;
  std::uint64_t maxStorageBytes = 16ULL << 30;
};

/// Owns the values of one or more streams.
class PickleTree {
 public:
  /// Reads one pickle at the beginning of `bytes` and returns its value; `used` receives its length.
  /// Understands only what a state dict of PyTorch consists of: None, truth values, numbers, texts, tuples,
  /// lists, dicts, OrderedDicts, typed and untyped storages, tensors rebuilt by _rebuild_tensor_v2,
  /// parameters. Any other operation or name is refused; nothing is ever imported, called or executed. Every
  /// tensor is checked to lie within its storage and to be no larger than it. Throws Error(InputRejected or
  /// Unsupported).
  PickleRef parse(ByteView bytes, std::size_t* used = nullptr, const PickleLimits& limits = {});

  /// All distinct storages that were named so far, in order of their first mention.
  const std::vector<PickleRef>& storages() const { return storages_; }

 private:
  friend class PickleMachine;
  std::deque<PickleValue> values_;
  std::vector<PickleRef> storages_;
};

}  // namespace medlocker::models
