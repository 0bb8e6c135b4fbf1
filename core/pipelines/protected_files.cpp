// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/protected_files.h"

#include <set>

#include "core/common/error.h"
#include "core/common/files.h"
#include "core/data/image_io.h"
#include "core/data/manifest.h"

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
  // A run folder holds other pictures too (reports); only its images/ are dataset files.
  const bool isRun = fs::exists(folder / kImagesFolder) && fs::exists(folder / "certificate.json");
  const data::Manifest manifest = data::openDataset(isRun ? folder / kImagesFolder : folder);
  // Lesion masks travel with a dataset but are not photographs; the layout tells them apart. What the layout
  // refuses is looked at all the same, so that nothing drops out unseen.
  std::set<fs::path> files;
  for (const data::Sample& sample : manifest.samples)
    if (!sample.array) files.insert(sample.path);
  for (const ItemIssue& issue : manifest.issues) {
    const fs::path file = manifest.root / issue.item;
    if (fs::is_regular_file(file) && data::isImageExtension(file)) files.insert(file);
  }
  return {files.begin(), files.end()};
}

}  // namespace medlocker::pipelines
