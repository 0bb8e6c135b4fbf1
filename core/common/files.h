// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

#include "core/common/hash.h"

namespace medlocker {

/// Reads a whole file. The size is checked before anything is allocated. Throws
/// Error(NotFound/Io/InputRejected).
Bytes readFile(const std::filesystem::path& path, std::uint64_t maxBytes = 4ULL << 30);
std::string readTextFile(const std::filesystem::path& path, std::uint64_t maxBytes = 256ULL << 20);

/// Writes to a temporary file in the target's folder, syncs it, renames it over `path`, syncs the folder. A
/// crash leaves either the old or the new content. Creates missing parent folders. Throws Error(Io), removing
/// the temporary file.
void writeFileAtomically(const std::filesystem::path& path, ByteView content);
void writeFileAtomically(const std::filesystem::path& path, std::string_view content);
/// The same with mode 0600 (keys, private records).
void writePrivateFileAtomically(const std::filesystem::path& path, ByteView content);

/// The same in pieces, for content that should not be held in memory at once. Nothing is visible under `path`
/// until commit() returns; an object destroyed before that removes its temporary file. Not thread-safe.
class AtomicFileWriter {
 public:
  /// Creates missing parent folders and the temporary file. Throws Error(Io).
  explicit AtomicFileWriter(std::filesystem::path path, bool isPrivate = false);
  ~AtomicFileWriter();
  AtomicFileWriter(const AtomicFileWriter&) = delete;
  AtomicFileWriter& operator=(const AtomicFileWriter&) = delete;

  /// Appends. Throws Error(Io), for example on a full disk.
  void write(ByteView content);
  /// Syncs, renames over the target, syncs the folder. Call once, after the last write.
  void commit();

 private:
  class TemporaryFile;
  std::filesystem::path path_;
  std::unique_ptr<TemporaryFile> file_;
};

/// True where `path` (made absolute, `.`/`..` resolved, links followed as far as they exist) lies in or is
/// `folder`.
bool isInside(const std::filesystem::path& path, const std::filesystem::path& folder);

/// Joins a name that came from a file (CSV cell, archive entry, record) to a trusted root. Absolute names,
/// `..`, empty parts, control characters, and backslashes are refused with Error(InputRejected), so the
/// result never leaves the root.
std::filesystem::path safeJoin(const std::filesystem::path& root, std::string_view relativeName);

/// Suffix of temporary files; a resumed run may delete leftovers that end in it.
inline constexpr std::string_view kTemporarySuffix = ".medlocker-part";

/// Test door: called before each write with the path; throwing simulates a full disk. Null by default. Not
/// thread-safe.
void setWriteFaultHook(std::function<void(const std::filesystem::path&)> hook);

}  // namespace medlocker
