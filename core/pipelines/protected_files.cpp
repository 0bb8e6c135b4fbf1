// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/protected_files.h"

#include <algorithm>

#include "core/common/error.h"
#include "core/common/files.h"
#include "core/data/image_io.h"

namespace medlocker::pipelines {

namespace fs = std::filesystem;

FileFingerprint fingerprintFile(const fs::path& file) {
  FileFingerprint fingerprint;
  const data::DecodeLimits limits;
  const Bytes bytes = readFile(file, limits.maxFileBytes);
  fingerprint.fileSha256 = sha256(bytes);
  const data::DecodedImage decoded = data::decodeImage(bytes, file.string(), limits);
  fingerprint.pixelHashes.push_back(data::pixelHash(decoded.image));
  fingerprint.protectedNote = decoded.image.metadata.protectedNote;
  return fingerprint;
}

std::vector<fs::path> protectedFilesBelow(const fs::path& folder) {
  // A run folder holds other pictures too (reports, staged parts); only its images/ are dataset files.
  const bool isRun = fs::exists(folder / kImagesFolder) && fs::exists(folder / "certificate.json");
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry :
       fs::recursive_directory_iterator(isRun ? folder / kImagesFolder : folder))
    if (entry.is_regular_file() && data::isImageExtension(entry.path())) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace medlocker::pipelines
