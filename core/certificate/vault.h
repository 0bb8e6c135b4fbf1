// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/certificate/record.h"
#include "core/certificate/secret.h"
#include "core/common/files.h"

/// The vault: encrypted payloads of one run in one file (spec 12.3, 12.4).
///
/// Layout, little endian: "MLVAULT1", version u32 = 1, reserved u32 = 0, run id, number of entries u64; per
/// entry, in ascending order of (image id, frame): image id, frame u32, pixel hash of the protected frame,
/// nonce (24), length u64 of its ciphertext; SHA-256 of all that; then the ciphertexts one after the other,
/// nothing else.
///
/// An entry's plain text: "MLE1", pixel hash and file hash of the original, length u8 and text of the
/// original's file name suffix, payload (spec 12.2). XChaCha20-Poly1305 with K_i and the associated data
/// of 12.3.
namespace medlocker::certificate {

inline constexpr std::string_view kVaultFile = "unlock.mlvault";

/// What an authorised reader gets for one frame.
struct RestorePayload {
  Digest origPixelSha256{};    ///< the restored samples must have this pixel hash before anything is written
  Digest origFileSha256{};     ///< for byte-exact restoration (R2)
  std::string originalSuffix;  ///< for example ".jpg"; at most 16 characters a-z 0-9 and dots
  Bytes payload;
  bool operator==(const RestorePayload&) const = default;
};

struct VaultIndexEntry {
  Id16 imageId{};
  std::uint32_t frame = 0;
  Digest protPixelSha256{};
  std::array<std::uint8_t, 24> nonce{};
  std::uint64_t length = 0;  ///< of the ciphertext
  ItemKey key() const { return {imageId, frame}; }
  bool operator==(const VaultIndexEntry&) const = default;
};

struct SealedEntry {
  VaultIndexEntry index;
  Bytes ciphertext;
};

/// Seals one payload under its image key with a fresh random nonce. Thread-safe.
SealedEntry sealPayload(const SecretKey32& imageKey, const Id16& runId, const ItemKey& item,
                        const Digest& protPixelSha256, const RestorePayload& payload);
/// Throws Error(VerificationFailed) when the key is wrong or anything was changed, Error(InputRejected) for a
/// malformed entry. Nothing is returned unless everything holds. Thread-safe.
RestorePayload openPayload(const SecretKey32& imageKey, const Id16& runId, const VaultIndexEntry& index,
                           ByteView ciphertext);

/// A vault in memory, such as one that a protected file carries itself. Entries may come in any order. Throws
/// Error(InvalidArgument) where one comes twice.
Bytes encodeVault(const Id16& runId, std::vector<SealedEntry> entries);

/// Writes a vault in pieces; nothing is visible under the target until finish(). Not thread-safe.
class VaultWriter {
 public:
  /// `index` must be in strictly ascending order (Error InvalidArgument).
  VaultWriter(const std::filesystem::path& path, const Id16& runId, std::vector<VaultIndexEntry> index);
  /// Ciphertexts in the order of the index, with the lengths it announces.
  void add(ByteView ciphertext);
  void finish();

 private:
  AtomicFileWriter file_;
  std::vector<VaultIndexEntry> index_;
  std::size_t next_ = 0;
};

/// Random access to a file or to memory, for strict readers that must not load everything. Thread-safe.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual std::uint64_t size() const = 0;
  /// Fills `out` from `offset`. Throws Error(InputRejected) past the end, Error(Io).
  virtual void read(std::uint64_t offset, std::span<std::uint8_t> out) const = 0;

  /// Throws Error(NotFound/InputRejected/Io).
  static std::shared_ptr<const ByteSource> openFile(const std::filesystem::path& path);
  static std::shared_ptr<const ByteSource> fromMemory(Bytes bytes);
};

/// Reads a vault strictly: the index is checked when opening, before anything large is allocated. Thread-safe
/// after that.
class VaultReader {
 public:
  /// Throws Error(InputRejected) where the file is not a vault or is damaged, Error(NotFound/Io).
  explicit VaultReader(const std::filesystem::path& path);
  explicit VaultReader(std::shared_ptr<const ByteSource> source);

  const Id16& runId() const { return runId_; }
  std::span<const VaultIndexEntry> entries() const { return index_; }
  /// Position of an entry in entries().
  std::optional<std::size_t> find(const ItemKey& item) const;
  /// All entries of a protected frame with this pixel hash (duplicates have several).
  std::vector<std::size_t> findByPixels(const Digest& protPixelSha256) const;
  Bytes ciphertext(std::size_t position) const;
  /// ciphertext() and openPayload().
  RestorePayload open(std::size_t position, const SecretKey32& imageKey) const;

 private:
  void readIndex();

  std::shared_ptr<const ByteSource> source_;
  Id16 runId_{};
  std::vector<VaultIndexEntry> index_;
  std::vector<std::uint64_t> offsets_;
  std::vector<std::pair<Digest, std::size_t>> byPixels_;  ///< sorted
};

/// Joins vaults of the same run, for example those of its shards. Throws Error(InvalidArgument) where runs
/// differ or an entry comes twice.
void mergeVaults(std::span<const std::filesystem::path> vaults, const std::filesystem::path& target);

}  // namespace medlocker::certificate
