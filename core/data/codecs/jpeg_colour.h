// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/data/codecs/codec.h"

namespace medlocker::data::codecs {

/// As readJpeg(), for three-component streams inside a container that says itself whether they are YCbCr
/// (true) or RGB (false).
DecodedImage readJpegAs(ByteView bytes, const ReadRequest& request, bool isYcc);

}  // namespace medlocker::data::codecs
