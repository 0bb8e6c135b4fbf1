// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/common/hash.h"
#include "core/data/image_io.h"

namespace medlocker::data::dicom {

struct ProtectedFileOptions {
  std::string note;           ///< flag text, beginning with kProtectedNotePrefix
  std::string uidScope;       ///< the run id: new UIDs are functions of it and of the old ones
  bool referToSource = true;  ///< Source Image Sequence; off where de-identification forbids it
};

struct WrittenFile {
  Bytes bytes;
  std::vector<std::string> notices;  ///< what had to be removed, for example signatures
};

/// The protected copy of a DICOM file (spec 13.4): the source's data set with these frames as pixel data, as
/// Explicit VR Little Endian. `frames` are all frames, in order, of the geometry and depth that
/// DicomImage::readFrame() gives. Colours are written as RGB by pixel. Changed beside the samples: SOP
/// Instance UID and file meta, Series Instance UID, Image Type (value 1 DERIVED), Derivation Description,
/// Source Image Sequence, smallest and largest pixel values, icon image, digital signatures and MAC
/// parameters (removed at every level), palette (removed), our flag in the private block "MEDLOCKER 1". Lossy
/// Image Compression becomes 01 where the source's compression was lossy. Bits outside Bits Stored stay.
/// Everything else, patient attributes included, is as found. Same arguments, same bytes. Thread-safe.
/// Throws Error(InputRejected) for the source, Error(InvalidArgument) for frames that do not fit.
WrittenFile writeProtectedFile(ByteView source, const std::string& name, std::span<const Image> frames,
                               const ProtectedFileOptions& options, const DecodeLimits& limits = {});

/// A protected file with the original samples put back: our flag goes, the instance is a new one, and
/// Derivation Description says what happened.
WrittenFile writeRestoredFile(ByteView protectedFile, const std::string& name, std::span<const Image> frames,
                              const DecodeLimits& limits = {});

}  // namespace medlocker::data::dicom
