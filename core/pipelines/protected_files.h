// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/common/hash.h"

namespace medlocker::pipelines {

/// Names inside a run folder of `protect`.
inline constexpr const char* kImagesFolder = "images";
inline constexpr const char* kPrivateFolder = "private";
inline constexpr const char* kJournalFile = "journal";

/// What identifies a file against a certificate.
struct FileFingerprint {
  Digest fileSha256{};
  std::vector<Digest> pixelHashes;  ///< one per frame
  std::string protectedNote;        ///< the product's flag, when the file carries it
};

/// Decodes the file strictly. Throws Error naming the file.
FileFingerprint fingerprintFile(const std::filesystem::path& file);

/// Image files below a run folder, its images/ folder, or any folder; sorted. A run folder's private part is
/// left out.
std::vector<std::filesystem::path> protectedFilesBelow(const std::filesystem::path& folder);

}  // namespace medlocker::pipelines
