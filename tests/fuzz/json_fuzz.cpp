// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/common/error.h"
#include "core/common/json.h"

// Refusal is by Error alone; what is accepted as canonical is exactly what would be written.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace medlocker;
  const std::string text(reinterpret_cast<const char*>(data), size);
  bool canonical = false;
  try {
    const Json value = parseCanonicalJson(text);
    canonical = true;
    if (canonicalJson(value) != text) std::abort();
  } catch (const Error&) {
  }
  try {
    const Json value = parseJsonStrictly(text);
    if (parseJsonStrictly(value.dump()) != value) std::abort();
  } catch (const Error&) {
    if (canonical) std::abort();
  }
  return 0;
}
