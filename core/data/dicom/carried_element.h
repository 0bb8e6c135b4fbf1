// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "core/common/hash.h"

/// The DICOM side of carried_payload.h.
namespace medlocker::data::dicom {

/// Rewrites a file that writeProtectedFile() made. Throws as data::withCarriedPayload().
Bytes withCarriedElement(ByteView file, ByteView payload, const std::string& name);
std::optional<Bytes> carriedElement(ByteView file, const std::string& name);

}  // namespace medlocker::data::dicom
