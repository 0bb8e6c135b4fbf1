// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Internal to the DICOM code.

#include <string>

#include "core/data/dicom/frame_samples.h"

namespace medlocker::data::dicom {

struct Jpeg2000Frame {
  StoredFrame frame;          ///< RGB where the stream has three components (its own transform is undone)
  bool irreversible = false;  ///< lossily compressed
};

/// One JPEG 2000 code stream (OpenJPEG, strict mode) whose size and components must be those of `pixels`;
/// checked from its header before the picture is allocated. Throws Error(InputRejected).
Jpeg2000Frame decodeJpeg2000(ByteView stream, const PixelDescription& pixels, const std::string& name);

}  // namespace medlocker::data::dicom
