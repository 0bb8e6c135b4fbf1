// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "core/common/error.h"
#include "core/common/files.h"

// Whatever name is accepted stays below the root, component by component.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace fs = std::filesystem;
  const std::string name(reinterpret_cast<const char*>(data), size);
  const fs::path root = "/root/of/run";
  try {
    const fs::path joined = medlocker::safeJoin(root, name);
    if (joined.string() != root.string() + "/" + name) std::abort();
    if (joined.lexically_normal() != joined) std::abort();
    const fs::path relative = joined.lexically_relative(root);
    if (relative.empty() || *relative.begin() == ".." || relative.string() != name) std::abort();
  } catch (const medlocker::Error&) {
  }
  return 0;
}
