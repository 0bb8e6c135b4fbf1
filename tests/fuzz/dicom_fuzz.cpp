// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
// Whatever the bytes are, the walk over a DICOM file ends in a result or in Error; every range that it gives
// lies inside the file, and what it accepts as a picture is exactly as long as it says.

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "core/common/error.h"
#include "core/data/dicom/prescan.h"

namespace {

namespace dicom = medlocker::data::dicom;
using medlocker::ByteView;
using medlocker::Error;

constexpr medlocker::data::DecodeLimits kLimits{
    .maxFileBytes = 1 << 20, .maxPixels = 1 << 24, .maxSide = 65535};

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const ByteView input(bytes, size);
  try {
    const dicom::Prescan scan = dicom::prescan(input, "input", kLimits);
    const ByteView file = scan.inflated.empty() ? input : ByteView(scan.inflated);
    require(file.size() <= kLimits.maxFileBytes + size);
    const auto inside = [&](const dicom::ByteRange& range) {
      return range.offset <= file.size() && range.length <= file.size() - range.offset;
    };
    require(inside(scan.nativePixels) && inside(scan.transferSyntaxValue));
    for (const dicom::ByteRange& fragment : scan.fragments) require(inside(fragment));
    dicom::requireImage(scan, "input", kLimits);
    const dicom::PixelDescription& p = scan.pixels;
    require(static_cast<std::uint64_t>(p.rows) * p.columns <= kLimits.maxPixels && p.frames > 0);
    if (!scan.encapsulated) {
      require(scan.nativePixels.length >= static_cast<std::uint64_t>(p.rows) * p.columns * p.frames);
    } else {
      for (std::uint32_t frame = 0; frame < std::min<std::uint32_t>(p.frames, 8); ++frame) {
        const auto [first, last] = dicom::fragmentsOfFrame(scan, frame, "input");
        require(first < last && last <= scan.fragments.size());
      }
    }
  } catch (const Error& error) {
    require(error.context() == "input");
  }
  return 0;
}
