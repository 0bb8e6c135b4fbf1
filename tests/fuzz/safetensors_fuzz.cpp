// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <torch/torch.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "core/common/error.h"
#include "core/models/safetensors.h"

// A model from elsewhere: refusal is by Error alone, no tensor holds more than the file, and what is accepted
// is the same after writing and reading it again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace medlocker;
  try {
    const models::Safetensors parsed = models::parseSafetensors({data, size});
    std::uint64_t bytes = 0;
    for (const auto& [name, tensor] : parsed.tensors) bytes += tensor.nbytes();
    if (bytes > size) std::abort();
    try {
      const Bytes again = models::serialiseSafetensors(parsed.tensors, parsed.metadata);
      const models::Safetensors reread = models::parseSafetensors(again);
      if (reread.metadata != parsed.metadata || reread.tensors.size() != parsed.tensors.size()) std::abort();
    } catch (const Error& e) {
      // Names that may be read are not all names that are written.
      if (e.code() != ErrorCode::InvalidArgument) std::abort();
    }
  } catch (const Error& e) {
    if (e.code() != ErrorCode::InputRejected) std::abort();
  }
  return 0;
}
