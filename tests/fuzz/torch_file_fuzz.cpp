// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "core/common/error.h"
#include "core/models/torch_file.h"

// Refusal is by Error alone; every tensor that is given out lies within the bytes of its storage.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace medlocker;
  using namespace medlocker::models;
  try {
    const TorchFile file(Bytes(data, data + size), {.maxBytes = 1 << 20, .maxValues = 1 << 14});
    for (const auto& [name, tensor] : stateDictOf(file.root())) {
      std::uint64_t last = tensor->offset;
      bool empty = false;
      for (std::size_t i = 0; i < tensor->shape.size(); ++i) {
        empty = empty || tensor->shape[i] == 0;
        if (tensor->shape[i] > 0)
          last += static_cast<std::uint64_t>((tensor->shape[i] - 1) * tensor->strides[i]);
      }
      const std::uint64_t bytes = elementBytes(tensor->storage->storageType);
      if (!empty && (last + 1) * bytes > file.storage(tensor->storage).size()) std::abort();
    }
  } catch (const Error&) {
  }
  return 0;
}
