// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/common/hash.h"
#include "core/data/manifest.h"

namespace medlocker::pipelines {

/// Names inside a run folder of `protect`.
inline constexpr const char* kImagesFolder = "images";
inline constexpr const char* kPrivateFolder = "private";
inline constexpr const char* kPartsFolder = "parts";  ///< items of containers while the run goes on
inline constexpr const char* kJournalFile = "journal";

/// The flag text that every protected file of a run carries (spec 13.1).
std::string protectedNoteOf(const std::string& runId);

/// What identifies a file against a certificate.
struct FileFingerprint {
  Digest fileSha256{};
  std::vector<Digest> pixelHashes;  ///< one per frame
  std::string protectedNote;        ///< the product's flag, when the file carries it
};

/// Decodes the file strictly. Throws Error naming the file.
FileFingerprint fingerprintFile(const std::filesystem::path& file);

/// A file, or one item of an npz, that may be a protected image.
struct ProtectedUnit {
  std::filesystem::path file;
  std::optional<data::ArrayRef> array;

  /// The file's path, with "/<array>/<index>" for an item.
  std::string name() const;
  /// Reads its samples. Throws Error naming the file.
  data::DecodedImage read() const;
};

/// As fingerprintFile(). An item of an array has no file bytes of its own: its samples stand for them.
FileFingerprint fingerprintUnit(const ProtectedUnit& unit);

/// What one file holds: itself, or the items of an npz. A file that cannot be opened is one unit, so that it
/// does not drop out unseen.
std::vector<ProtectedUnit> protectedUnitsOf(const std::filesystem::path& file);

/// The same for all images below a run folder, its images/ folder, or any folder; sorted. A run folder's
/// private part is left out.
std::vector<ProtectedUnit> protectedUnitsBelow(const std::filesystem::path& folder);

}  // namespace medlocker::pipelines
