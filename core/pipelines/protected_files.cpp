// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/protected_files.h"

#include <algorithm>
#include <set>

#include "core/common/error.h"
#include "core/common/files.h"
#include "core/data/dicom/dicom_image.h"
#include "core/data/dicom/frame_sample.h"
#include "core/data/image_io.h"
#include "core/data/manifest.h"

namespace medlocker::pipelines {

namespace fs = std::filesystem;

std::string protectedNoteOf(const std::string& runId) {
  return std::string(data::kProtectedNotePrefix) + "; run " + runId;
}

FileFingerprint fingerprintFile(const fs::path& file) {
  FileFingerprint fingerprint;
  const data::DecodeLimits limits;
  const Bytes bytes = readFile(file, limits.maxFileBytes);
  fingerprint.fileSha256 = sha256(bytes);
  if (data::sniffFormat(bytes) == data::FileFormat::Dicom) {
    const data::dicom::DicomImage dicom(bytes, file.string(), limits);
    for (std::uint32_t frame = 0; frame < dicom.info().frames; ++frame) {
      const data::Image image = dicom.readFrame(frame).image;
      fingerprint.pixelHashes.push_back(data::pixelHash(image, frame));
      fingerprint.protectedNote = image.metadata.protectedNote;
    }
    return fingerprint;
  }
  const data::DecodedImage decoded = data::decodeImage(bytes, file.string(), limits);
  fingerprint.pixelHashes.push_back(data::pixelHash(decoded.image));
  fingerprint.protectedNote = decoded.image.metadata.protectedNote;
  return fingerprint;
}

std::string ProtectedUnit::name() const {
  if (!array) return file.string();
  return file.string() + "/" + array->array + "/" + std::to_string(array->index);
}

data::DecodedImage ProtectedUnit::read() const {
  if (!array) return data::readImage(file);
  data::Sample sample;
  sample.id = name();
  sample.path = file;
  sample.array = array;
  return data::readSample(sample);
}

FileFingerprint fingerprintUnit(const ProtectedUnit& unit) {
  if (!unit.array) return fingerprintFile(unit.file);
  const data::DecodedImage decoded = unit.read();
  const Digest pixels = data::pixelHash(decoded.image);
  return {pixels, {pixels}, decoded.image.metadata.protectedNote};
}

namespace {

std::vector<ProtectedUnit> unitsOf(const data::Manifest& manifest) {
  std::vector<ProtectedUnit> units;
  std::set<fs::path> frames;  // all frames of a DICOM file are one unit
  for (const data::Sample& sample : manifest.samples)
    if (!data::isFrame(sample))
      units.push_back({sample.path, sample.array});
    else if (frames.insert(sample.path).second)
      units.push_back({sample.path, std::nullopt});
  return units;
}

}  // namespace

std::vector<ProtectedUnit> protectedUnitsOf(const fs::path& file) {
  if (file.extension() != ".npz") return {{file, std::nullopt}};
  try {
    return unitsOf(data::openDataset(file));
  } catch (const Error&) {
    return {{file, std::nullopt}};
  }
}

std::vector<ProtectedUnit> protectedUnitsBelow(const fs::path& folder) {
  // A run folder holds other pictures too (reports); only its images/ are dataset files.
  const bool isRun = fs::exists(folder / kImagesFolder) && fs::exists(folder / "certificate.json");
  const data::Manifest manifest = data::openDataset(isRun ? folder / kImagesFolder : folder);
  // Lesion masks travel with a dataset but are not photographs; the layout tells them apart. What the layout
  // refuses is looked at all the same, so that nothing drops out unseen.
  std::vector<ProtectedUnit> units = unitsOf(manifest);
  std::set<fs::path> files;
  for (const data::Sample& sample : manifest.samples) files.insert(sample.path);
  for (const ItemIssue& issue : manifest.issues) {
    const fs::path file = manifest.root / issue.item;
    const bool candidate = data::isImageExtension(file) || file.extension() == ".npz" ||
                           data::formatOfExtension(file) == data::FileFormat::Dicom;
    if (issue.fatalForItem && fs::is_regular_file(file) && candidate && files.insert(file).second)
      units.push_back({file, std::nullopt});
  }
  std::stable_sort(units.begin(), units.end(),
                   [](const ProtectedUnit& a, const ProtectedUnit& b) { return a.file < b.file; });
  return units;
}

}  // namespace medlocker::pipelines
