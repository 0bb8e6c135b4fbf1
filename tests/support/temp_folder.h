// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/common/hash.h"
#include "core/common/run_context.h"

namespace medlocker::test {

/// A fresh folder below the system's temporary folder, removed with its content at the end.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// Where the real test data lies (`../shared/data` beside the checkout, or $MEDLOCKER_TEST_DATA); empty when
/// absent. Tests that need it are labelled `realdata` and begin with MEDLOCKER_REQUIRE_DATA().
std::optional<std::filesystem::path> realData();

}  // namespace medlocker::test

/// Skips with a message when the real data is absent; otherwise declares `const std::filesystem::path
/// dataRoot`.
#define MEDLOCKER_REQUIRE_DATA(dataRoot)                                                      \
  const auto dataRoot##Found = ::medlocker::test::realData();                                 \
  if (!dataRoot##Found) GTEST_SKIP() << "real test data not found (set MEDLOCKER_TEST_DATA)"; \
  const std::filesystem::path dataRoot = *dataRoot##Found
