// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Internal to the DICOM code.

#include "core/data/dicom/prescan.h"
#include "core/data/dicom/toolkit.h"

namespace medlocker::data::dicom {

/// A file that passed the pre-scan, parsed. Deflated files are inflated and count as explicit little endian.
struct LoadedFile {
  Bytes bytes;  ///< what `scan` describes and `file` was parsed from
  Prescan scan;
  std::unique_ptr<DcmFileFormat> file;

  DcmDataset& dataset() const { return *file->getDataset(); }
};

/// Throws Error(InputRejected).
LoadedFile loadFile(ByteView bytes, const std::string& name, const DecodeLimits& limits);

/// The whole file as Explicit VR Little Endian with a new meta header and empty preamble. Throws
/// Error(Internal).
Bytes saveFile(DcmFileFormat& file, const std::string& name);

/// "2.25." and the decimal of 128 bits of SHA-256(scope, uid): the same for the same arguments.
std::string deriveUid(std::string_view scope, std::string_view uid);

}  // namespace medlocker::data::dicom
