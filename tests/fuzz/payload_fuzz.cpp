// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "core/common/error.h"
#include "core/protect/file_payload.h"
#include "core/protect/payload.h"

// Any bytes are either refused with an Error or decode to a payload that fits what it says, and restoring
// with it either works or is refused.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace medlocker;
  try {
    const protect::Payload payload =
        protect::decodePayload({data, size}, {.maxRawBytes = 1 << 22, .maxSide = 4096});
    const std::size_t expected = static_cast<std::size_t>(payload.box.area()) *
                                 static_cast<std::size_t>(payload.samples * payload.bytesPerSample);
    if (payload.kind == protect::PayloadKind::Roi && payload.raw.size() != expected) __builtin_trap();
    for (const bool isSigned : {false, true}) {
      const data::Image image(64, 48, payload.samples, 8 * payload.bytesPerSample, 0, isSigned);
      try {
        if (protect::restoreImage(image, payload).sampleCount() != image.sampleCount()) __builtin_trap();
      } catch (const Error&) {
        // Another geometry or sample format: refused, as it should be.
      }
    }
  } catch (const Error&) {
    // Refused.
  }
  try {
    const Bytes made(300, 7);
    if (protect::restoreFile(made, {data, size}, {.maxRawBytes = 1 << 22, .maxSide = 4096}).size() >
        (1 << 22))
      __builtin_trap();
  } catch (const Error&) {
    // Refused.
  }
  // Two files made of the input: their patch always gives the first one back.
  if (size > 4096) return 0;
  const std::size_t cut = size / 2;
  const ByteView first{data, cut};
  const ByteView second{data + cut, size - cut};
  const Bytes restored = protect::restoreFile(second, protect::encodePatchPayload(first, second));
  if (!std::equal(restored.begin(), restored.end(), first.begin(), first.end())) __builtin_trap();
  return 0;
}
