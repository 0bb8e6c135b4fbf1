// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "core/common/files.h"
#include "core/common/json.h"
#include "tests/integration/protection_world.h"
#include "tests/support/process.h"
#include "tests/support/temp_folder.h"

namespace medlocker {
namespace {

// Through the whole program: what is linked together there was once two types of one name.
TEST(TransferCommand, WritesItsTableAndTakesItUpAgain) {
  const test::TempFolder folder;
  const test::ProtectionWorld world = test::makeProtectionWorld(folder.path(), 10, 96);
  const std::vector<std::string> command{test::medlockerBinary(),
                                         "transfer",
                                         world.dataset.string(),
                                         "--source",
                                         world.models[0].string(),
                                         "--target",
                                         world.models[1].string(),
                                         "--attack",
                                         "mi",
                                         "--attack",
                                         "random-mask+mi",
                                         "--defences",
                                         "jpeg",
                                         "--steps",
                                         "2",
                                         "--limit",
                                         "4",
                                         "--threads",
                                         "1",
                                         "--quiet",
                                         "--resume",
                                         "--out",
                                         (folder / "out").string()};
  for (int run = 0; run < 2; ++run) {
    const test::ProcessResult result = test::runProcess(command);
    ASSERT_EQ(result.status, 0) << result.err;
  }
  const Json table = parseJsonStrictly(readTextFile(folder / "out" / "transfer.json"));
  ASSERT_EQ(table.at("results").size(), 4U);  // two attacks, bare and behind one defence
  for (const Json& row : table.at("results")) {
    EXPECT_EQ(row.at("source"), "a");
    EXPECT_EQ(row.at("target"), "b");
    EXPECT_LE(row.at("base").get<int>(), 4);
  }
}

}  // namespace
}  // namespace medlocker
