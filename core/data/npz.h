// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/data/npy.h"

namespace medlocker::data {

struct NpzLimits {
  NpyLimits array;
  std::size_t maxMembers = 1024;
};

/// An open .npz file: a zip archive with one .npy file per array, stored or deflated. Members are read into
/// memory, never unpacked to disk. A member's header is parsed and compared with the size the archive
/// declares before memory for its data is allocated, so a small archive cannot ask for more than the limits.
/// Encrypted members, other compression, repeated or odd names are refused. Owns the open file. Not
/// thread-safe; open one per thread or use cachedArray().
class NpzReader {
 public:
  /// Throws Error(NotFound/Io/InputRejected) with the file as context.
  explicit NpzReader(const std::filesystem::path& path, const NpzLimits& limits = {});
  /// Over bytes in memory; `name` is the context of errors.
  NpzReader(Bytes bytes, std::string name, const NpzLimits& limits = {});
  ~NpzReader();
  NpzReader(const NpzReader&) = delete;
  NpzReader& operator=(const NpzReader&) = delete;

  /// Array names without ".npy", in archive order. Members that are not .npy are left out.
  const std::vector<std::string>& names() const;
  bool has(std::string_view name) const;
  /// The archive's own comment, empty where it has none or one that is not plain text of at most 4096 bytes.
  std::string comment() const;
  /// Reads the header alone.
  NpyHeader header(std::string_view name) const;
  /// Reads and checks the array with its checksum.
  NpyArray read(std::string_view name) const;

 private:
  friend Bytes rewriteNpz(const std::filesystem::path&, const std::map<std::string, NpyArray>&,
                          const std::string&, const NpzLimits&);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

using NamedArray = std::pair<std::string, NpyArray>;
/// A .npz file with these arrays in this order. The same arrays give the same bytes.
Bytes serialiseNpz(const std::vector<NamedArray>& arrays, bool deflate = true);

/// The archive `source` with the data of some arrays replaced: the same members in the same order, packed the
/// same way, everything else copied byte for byte, and `comment` as the archive's comment. A replacement must
/// have the type and shape of the array it replaces. The same input gives the same bytes. Throws
/// Error(NotFound/Io/InputRejected/InvalidArgument).
Bytes rewriteNpz(const std::filesystem::path& source, const std::map<std::string, NpyArray>& replaced,
                 const std::string& comment, const NpzLimits& limits = {});

/// An array with the comment of the archive it came from.
struct ArchivedArray : NpyArray {
  std::string archiveComment;
};

/// An array of a .npz file from a process-wide cache, so that reading N items does not inflate the array N
/// times. The cache holds at most arrayCacheBudget() bytes besides what callers still hold; the least
/// recently used go first. A file that changes (size or time) is read anew. Thread-safe; concurrent callers
/// of one array read it once.
std::shared_ptr<const ArchivedArray> cachedArray(const std::filesystem::path& path, const std::string& name,
                                                 const NpzLimits& limits = {});
/// 4 GiB by default. Lowering it drops what no longer fits. Thread-safe.
void setArrayCacheBudget(std::uint64_t bytes);
std::uint64_t arrayCacheBudget();
/// How often an array was really read from a file since the program began; for tests.
std::uint64_t arrayCacheMisses();

}  // namespace medlocker::data
