// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/common/resources.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "core/common/error.h"
#include "core/common/files.h"
#include "tests/support/temp_folder.h"

namespace medlocker {
namespace {

/// Sets the variable for one test and puts the old value back.
class ResourcesVariable {
 public:
  explicit ResourcesVariable(const std::string& value) {
    if (const char* old = std::getenv("MEDLOCKER_RESOURCES")) old_ = old;
    setenv("MEDLOCKER_RESOURCES", value.c_str(), 1);
  }
  ~ResourcesVariable() {
    if (old_.empty()) {
      unsetenv("MEDLOCKER_RESOURCES");
    } else {
      setenv("MEDLOCKER_RESOURCES", old_.c_str(), 1);
    }
  }
  ResourcesVariable(const ResourcesVariable&) = delete;
  ResourcesVariable& operator=(const ResourcesVariable&) = delete;

 private:
  std::string old_;
};

template <typename Action>
ErrorCode codeOf(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::Internal;
}

TEST(Resources, ShippedLogosAreFoundFromTheBuildFolder) {
  for (const std::string_view name : {kDefaultLogo, kResearchUseOnlyLogo}) {
    const std::filesystem::path path = findLogo(std::string(name));
    EXPECT_EQ(path.filename(), std::string(name) + ".png");
    EXPECT_EQ(asString(readFile(path)).substr(1, 3), "PNG");
  }
}

TEST(Resources, VariableNamesTheOnlyPlace) {
  const test::TempFolder folder;
  writeFileAtomically(folder / "logos/own.png", "x");
  const ResourcesVariable variable(folder.path().string());
  EXPECT_EQ(readTextFile(findResource("logos/own.png")), "x");
  EXPECT_EQ(readTextFile(findLogo("own")), "x");
  EXPECT_EQ(codeOf([] { findResource("logos/medlocker.png"); }), ErrorCode::NotFound);
}

TEST(Resources, NamesCannotLeaveTheFolder) {
  const test::TempFolder folder;
  writeFileAtomically(folder / "secret", "x");
  writeFileAtomically(folder / "inside/y", "y");
  const ResourcesVariable variable((folder / "inside").string());
  EXPECT_EQ(codeOf([] { findResource("../secret"); }), ErrorCode::InputRejected);
  EXPECT_EQ(codeOf([] { findResource("/etc/hostname"); }), ErrorCode::InputRejected);
}

TEST(Resources, LogoIsAFileFirst) {
  const test::TempFolder folder;
  writeFileAtomically(folder / "mine.png", "x");
  EXPECT_EQ(findLogo((folder / "mine.png").string()), folder / "mine.png");
  EXPECT_EQ(codeOf([] { findLogo("no such logo"); }), ErrorCode::NotFound);
  EXPECT_EQ(codeOf([] { findLogo(""); }), ErrorCode::NotFound);
  EXPECT_EQ(codeOf([&] { findLogo((folder / "gone.png").string()); }), ErrorCode::NotFound);
}

}  // namespace
}  // namespace medlocker
