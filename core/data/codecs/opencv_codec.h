// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <opencv2/core/mat.hpp>

#include "core/data/codecs/codec.h"

namespace medlocker::data::codecs {

/// What a header check found out; the decoder's result must agree.
struct ExpectedRaster {
  int width = 0;
  int height = 0;
  int bits = 8;  ///< 8 or 16
};

/// Decodes with OpenCV's imgcodecs (after the caller has checked the header) and converts B, G, R [, A] to
/// Image. Refuses where decoding fails or gives another size or depth than expected.
Image decodeWithOpenCv(ByteView bytes, const ExpectedRaster& expected, const ReadRequest& request);

}  // namespace medlocker::data::codecs
