// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "core/common/hash.h"
#include "core/data/image_io.h"

/// A sealed payload carried inside the protected file itself (spec 12.4), so that the file and a grant are
/// enough to restore it. Programs that do not know it ignore it; most drop it when they save the file again.
///
/// PNG: chunks of the type `mlVT` (ancillary, private, not safe to copy) before IEND, at most 16 MiB each,
/// to be joined in order. TIFF (classic): the private tag 65357, UNDEFINED, in the first directory. DICOM:
/// element 02 of the private block "MEDLOCKER 1", OB. Free functions, thread-safe.
namespace medlocker::data {

/// PNG, TIFF and DICOM.
bool canCarryPayload(FileFormat format);

/// The file with the payload inside; samples and everything else stay. The format is told by the first bytes.
/// Throws Error(InvalidArgument) where the payload is empty, Error(Unsupported) for other formats, BigTIFF
/// and what would pass 4 GiB, Error(InputRejected) for a malformed file or one that carries a payload
/// already.
Bytes withCarriedPayload(ByteView file, ByteView payload, const std::string& name);

/// The payload of a file; empty where it carries none. Only what leads to it is read, so a file whose
/// pixels are damaged may still give it. Throws Error(InputRejected) where the place for it is malformed.
std::optional<Bytes> carriedPayload(ByteView file, const std::string& name);

}  // namespace medlocker::data
