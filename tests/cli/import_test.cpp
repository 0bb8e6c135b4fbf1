// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/process.h"
#include "tests/support/temp_folder.h"

namespace medlocker {
namespace {

using test::medlockerBinary;
using test::ProcessResult;
using test::runProcess;
using test::TempFolder;
using ::testing::HasSubstr;

std::string checkpoint(const std::string& name) {
  return (std::filesystem::path(MEDLOCKER_SOURCE_DIR) / "tests/golden/checkpoints" / name).string();
}

TEST(ImportCommand, ConvertsAStateDict) {
  const TempFolder folder;
  const ProcessResult result =
      runProcess({medlockerBinary(), "import", checkpoint("resnet8.pth"), "--arch", "resnet8", "--classes",
                  "healthy,mild,severe", "--input-size", "32", "--out", (folder / "m").string()});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("model.safetensors"));
  EXPECT_TRUE(std::filesystem::exists(folder / "m" / "model.safetensors"));
  EXPECT_TRUE(std::filesystem::exists(folder / "m" / "model.json"));
}

TEST(ImportCommand, RefusesAFileThatWouldRunCode) {
  const TempFolder folder;
  const ProcessResult result = runProcess({medlockerBinary(), "import", checkpoint("call.pth"), "--arch",
                                           "resnet8", "--classes", "3", "--out", (folder / "m").string()});
  EXPECT_EQ(result.status, 3);
  EXPECT_THAT(result.err, HasSubstr("os.getenv"));
  EXPECT_FALSE(std::filesystem::exists(folder / "m"));
}

TEST(ImportCommand, WrongUsageExitsWithTwo) {
  const TempFolder folder;
  const std::string out = (folder / "m").string();
  const std::string file = checkpoint("resnet8.pth");
  EXPECT_EQ(runProcess({medlockerBinary(), "import", file, "--classes", "3", "--out", out}).status, 2);
  EXPECT_EQ(
      runProcess({medlockerBinary(), "import", file, "--arch", "resnet19", "--classes", "3", "--out", out})
          .status,
      2);
  EXPECT_EQ(
      runProcess({medlockerBinary(), "import", file, "--arch", "resnet8", "--classes", "1", "--out", out})
          .status,
      2);
}

}  // namespace
}  // namespace medlocker
