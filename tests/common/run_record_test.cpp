// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/common/run_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/common/files.h"
#include "tests/support/temp_folder.h"

namespace medlocker {
namespace {

TEST(RunRecord, TimeIsUtcToTheSecond) {
  EXPECT_THAT(utcNow(),
              ::testing::MatchesRegex("20[0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]Z"));
}

TEST(RunRecord, KeepsTheContentAndAddsSchemaAndVersions) {
  const test::TempFolder temp;
  writeRunJson(temp / "run", {{"command", "protect"}, {"seed", 7}, {"counts", {{"written", 3}}}});
  const Json read = parseJsonStrictly(readTextFile(temp / "run/run.json"));
  EXPECT_EQ(read.at("schema"), "medlocker/run/1");
  EXPECT_EQ(read.at("versions").at("medlocker"), kVersion);
  EXPECT_EQ(read.at("versions").at("spec"), kSpecVersion);
  EXPECT_EQ(read.at("command"), "protect");
  EXPECT_EQ(read.at("seed"), 7);
  EXPECT_EQ(read.at("counts").at("written"), 3);
  EXPECT_EQ(read.size(), 5U);
}

TEST(RunRecord, VersionsNameProgramAndSpecification) {
  const Json versions = softwareVersions();
  EXPECT_TRUE(versions.contains("medlocker"));
  EXPECT_TRUE(versions.contains("spec"));
}

}  // namespace
}  // namespace medlocker
