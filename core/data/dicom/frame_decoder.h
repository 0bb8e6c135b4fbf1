// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Internal to the DICOM code.

#include <string>

#include "core/data/dicom/frame_samples.h"

class DcmDataset;

namespace medlocker::data::dicom {

/// Bytes of one frame as the file stores them, decompressed. `file` is what `scan` describes and `dataset`
/// was parsed from. `lossy` becomes true where the frame's compression was lossy. Throws
/// Error(InputRejected) with `name` as context.
StoredFrame decodeFrame(ByteView file, const Prescan& scan, DcmDataset& dataset, std::uint32_t frame,
                        const std::string& name, bool& lossy);

}  // namespace medlocker::data::dicom
