// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/common/error.h"
#include "core/common/hash.h"

// Hexadecimal and base64 each have one spelling: what decodes encodes back to the same text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace medlocker;
  const ByteView bytes(data, size);
  if (fromHex(toHex(bytes)) != Bytes(bytes.begin(), bytes.end())) std::abort();
  if (fromBase64(toBase64(bytes)) != Bytes(bytes.begin(), bytes.end())) std::abort();
  const std::string text = asString(bytes);
  try {
    if (toHex(fromHex(text)) != text) std::abort();
  } catch (const Error&) {
  }
  try {
    if (toBase64(fromBase64(text)) != text) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
