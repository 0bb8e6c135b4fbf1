// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/temp_folder.h"

#include <cstdlib>

#ifndef MEDLOCKER_SOURCE_DIR
#error "MEDLOCKER_SOURCE_DIR is set by CMake"
#endif

namespace medlocker::test {
namespace fs = std::filesystem;

TempFolder::TempFolder() {
  std::string pattern = (fs::temp_directory_path() / "medlocker-test-XXXXXX").string();
  if (!mkdtemp(pattern.data())) throw std::runtime_error("no temporary folder could be made");
  path_ = pattern;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::optional<fs::path> realData() {
  if (const char* given = std::getenv("MEDLOCKER_TEST_DATA")) {
    if (fs::is_directory(given)) return fs::path(given);
    return std::nullopt;
  }
  const fs::path beside = fs::path(MEDLOCKER_SOURCE_DIR) / ".." / "shared" / "data";
  if (fs::is_directory(beside)) return fs::weakly_canonical(beside);
  return std::nullopt;
}

}  // namespace medlocker::test
