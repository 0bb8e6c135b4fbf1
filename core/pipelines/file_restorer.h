// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/certificate/grant.h"
#include "core/certificate/vault.h"
#include "core/data/image.h"
#include "core/data/image_io.h"

namespace medlocker::pipelines {

/// What a restored file is to be (spec 12.1). Best: the original file where the payload holds it, else its
/// samples.
enum class RestoreLevel { Best, Samples, File };
/// "best", "r1", "r2"; throws Error(InvalidArgument).
RestoreLevel parseRestoreLevel(const std::string& name);

/// A restored file, not yet written.
struct RestoredFile {
  std::string name;  ///< relative path, with the original's suffix where the bytes are the original's
  Bytes content;
  std::string level;   ///< r1, r2, approximate
  std::string reason;  ///< approximate: how well it fits
};

/// A picture that is not quite the original: PNG, or TIFF where the source is one, saying so in its name and
/// content. `reason` is the caller's.
RestoredFile approximateFile(data::Image image, data::FileFormat source, const std::string& name);

/// Gives originals back from protected files (spec 12.5). Fails closed. Thread-safe after construction.
class FileRestorer {
 public:
  /// `run`: folder with the vault; empty: every file carries its own payload. Throws
  /// Error(VerificationFailed) where the keys belong to another run than the vault.
  /// `leaves`: of the run's certificate; their file hashes tell originals apart whose samples are equal.
  FileRestorer(const std::optional<std::filesystem::path>& run, certificate::UnlockKeys keys,
               std::span<const certificate::Leaf> leaves, RestoreLevel level);

  /// `name`: path of the protected file below the folder that is restored. Throws Error with a plain reason
  /// unless the result has the original's hash. `target` is looked at by the caller.
  RestoredFile restore(const std::filesystem::path& file, const std::string& name) const;

  /// The original samples for protected ones, as of the item `name` of an array file. Throws Error as above.
  data::Image restoreSamples(const data::Image& marked, const std::string& name) const;

  /// For a copy whose samples were changed: the original's region is fitted to it and pasted. The result is
  /// not the original and says so in its name and in the file. Throws Error with a plain reason where the
  /// copy cannot be fitted.
  RestoredFile restoreApproximately(const std::filesystem::path& file, const std::string& name) const;

  /// True where `file` holds what restoring would write.
  static bool holds(const std::filesystem::path& file, const RestoredFile& restored);

 private:
  /// Of the image with these protected samples; where several have them, of the file with this hash or, where
  /// those are equal too, with this name.
  certificate::RestorePayload open(const certificate::VaultReader& vault, const Digest& protectedHash,
                                   const Digest& fileHash, const std::string& name) const;
  /// The payload of this image is the original file.
  bool keepsFile(const certificate::VaultReader& vault, const Digest& protectedHash) const;
  std::shared_ptr<const certificate::VaultReader> vaultFor(ByteView file, const std::string& name) const;
  const certificate::VaultReader& requireVault() const;
  std::vector<std::size_t> candidatesFor(const std::string& name) const;

  std::shared_ptr<const certificate::VaultReader> vault_;  ///< null: files carry their payloads
  certificate::UnlockKeys keys_;
  RestoreLevel level_;
  std::map<certificate::ItemKey, Digest> fileHashes_;  ///< of protected files
  std::map<Id16, std::string> namesById_;  ///< of certificate.csv, where there is one; a help, not a proof
};

}  // namespace medlocker::pipelines
