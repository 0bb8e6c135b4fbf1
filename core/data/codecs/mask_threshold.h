// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/data/codecs/codec.h"

namespace medlocker::data::codecs {

/// The rule documented at readMask().
MaskImage thresholdMask(const DecodedImage& decoded, const ReadRequest& request);

}  // namespace medlocker::data::codecs
