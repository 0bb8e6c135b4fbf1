// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>

#include "core/common/error.h"
#include "core/data/npz.h"

// Refusal is by Error alone, and no archive makes the reader allocate more than the limits allow.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace medlocker;
  using namespace medlocker::data;
  NpzLimits limits;
  limits.array.maxArrayBytes = 1 << 20;
  limits.maxMembers = 16;
  try {
    const NpzReader reader(Bytes(data, data + size), "fuzz", limits);
    for (const std::string& name : reader.names()) {
      try {
        reader.read(name);
      } catch (const Error&) {
      }
    }
  } catch (const Error&) {
  }
  return 0;
}
