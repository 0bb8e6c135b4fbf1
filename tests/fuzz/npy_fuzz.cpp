// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "core/common/error.h"
#include "core/data/npy.h"

// Refusal is by Error alone; what was read can be written again and reads the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace medlocker;
  using namespace medlocker::data;
  try {
    const NpyArray array = parseNpy(ByteView(data, size));
    if (array.data.size() > size || array.data.size() != array.header.dataBytes()) std::abort();
    for (std::uint64_t i = 0; i < array.header.itemCount; ++i) {
      try {
        array.integerAt(i);
      } catch (const Error&) {
        if (array.header.type != NpyType::Float32) std::abort();
      }
    }
    const NpyArray again = parseNpy(serialiseNpy(array));
    if (again.header.shape != array.header.shape || again.data != array.data) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
