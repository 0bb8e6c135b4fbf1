// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "core/certificate/vault.h"
#include "core/common/hash.h"

namespace medlocker::pipelines {

/// Every frame's original samples back into a protected DICOM file. `open` gives the payload of the frame
/// whose protected samples have that hash, or throws. Fails closed: each frame's hash is checked, also in the
/// bytes that are returned. Throws Error.
Bytes restoreDicomFile(ByteView protectedFile, const std::string& name,
                       const std::function<certificate::RestorePayload(const Digest&)>& open);

}  // namespace medlocker::pipelines
