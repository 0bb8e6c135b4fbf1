// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <random>
#include <thread>

#include "core/certificate/owner_keys.h"
#include "core/certificate/private_store.h"
#include "tests/integration/protection_world.h"
#include "tests/support/process.h"
#include "tests/support/temp_folder.h"

namespace medlocker {
namespace {

namespace fs = std::filesystem;
using test::BackgroundProcess;
using test::folderHashes;
using test::runProcess;

/// Spec 16, acceptance 9: killed at random moments and started again, a run ends with the same bytes as an
/// undisturbed one that has the same run secrets.
TEST(ProtectKilled, FiftyKillsLeaveTheSameBytes) {
  constexpr int kKills = 50;
  const test::TempFolder folder;
  const test::ProtectionWorld world = test::makeProtectionWorld(folder.path(), 24, 160);
  const fs::path killed = folder / "killed";
  const fs::path calm = folder / "calm";

  // Both runs must share ids and keys, so both begin with one run key file, as a crash right after the start
  // leaves it.
  const certificate::OwnerSecretKey owner = certificate::readOwnerSecretKey(world.ownerKey, std::nullopt);
  const auto secrets =
      certificate::RunSecrets::create("2026-01-01T00:00:00Z", certificate::SecretKey32::random());
  for (const fs::path& out : {killed, calm}) {
    fs::create_directories(out);
    certificate::RunStore::create(out / "private", secrets, owner);
  }

  // Fixed seed of the moments: a failure can be repeated as far as the machine's timing allows.
  std::mt19937 generator(20260101);
  std::uniform_int_distribution<int> milliseconds(1, 900);
  const test::Kills kills =
      test::killRepeatedly(world.protectCommand(killed, {"--resume"}), kKills, [&](BackgroundProcess&) {
        std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds(generator)));
      });
  for (const int status : kills.statuses) ASSERT_TRUE(status == 0 || status == 128 + SIGKILL) << status;
  EXPECT_GE(kills.count, 5) << "the run ended before it could be disturbed";
  ASSERT_EQ(runProcess(world.protectCommand(killed, {"--resume"})).status, 0);
  ASSERT_EQ(runProcess(world.protectCommand(calm, {"--resume"})).status, 0);

  EXPECT_EQ(folderHashes(killed / "images"), folderHashes(calm / "images"));
  for (const char* name : {"certificate.json", "certificate.csv"})
    EXPECT_EQ(test::folderHashes(killed).at(name), test::folderHashes(calm).at(name)) << name;
  // Vault and private list hold random nonces; what they say must be equal.
  const auto listOf = [&](const fs::path& run) {
    return certificate::openParameterList(run / "private" / std::string(certificate::kParameterListFile),
                                          owner)
        .records;
  };
  const auto a = listOf(killed);
  const auto b = listOf(calm);
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_EQ(a[i].record, b[i].record);
  // Nothing half-written and no work file is left.
  for (const auto& [name, hash] : folderHashes(killed)) {
    EXPECT_EQ(name.find("-part"), std::string::npos) << name;
    EXPECT_EQ(name.find("/items/"), std::string::npos) << name;
  }
}

TEST(ProtectCancelled, SigtermLeavesAResumableRun) {
  const test::TempFolder folder;
  const test::ProtectionWorld world = test::makeProtectionWorld(folder.path(), 16, 160);
  const fs::path out = folder / "run";
  {
    BackgroundProcess process(world.protectCommand(out));
    // Stops once the first image is written; a bound keeps a broken program from hanging the test.
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(120);
    while (process.running() && !fs::exists(out / "images") && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    process.send(SIGTERM);
    EXPECT_EQ(process.wait(), 6);
  }
  EXPECT_FALSE(fs::exists(out / "certificate.json"));
  EXPECT_EQ(runProcess(world.protectCommand(out, {"--resume"})).status, 0);
  EXPECT_TRUE(fs::exists(out / "certificate.json"));
}

}  // namespace
}  // namespace medlocker
