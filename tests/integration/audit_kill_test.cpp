// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <random>
#include <thread>

#include "tests/integration/protection_world.h"
#include "tests/support/process.h"
#include "tests/support/temp_folder.h"

namespace medlocker {
namespace {

namespace fs = std::filesystem;
using test::BackgroundProcess;

std::uintmax_t sizeOf(const fs::path& file) {
  std::error_code missing;
  const std::uintmax_t size = fs::file_size(file, missing);
  return missing ? 0 : size;
}

/// A full suite on two models, killed ten times and taken up again, ends with the reports of a calm run, byte
/// for byte.
TEST(AuditKilled, TenKillsLeaveTheSameReports) {
  constexpr int kKills = 10;
  const test::TempFolder folder;
  const test::ProtectionWorld world = test::makeProtectionWorld(folder.path(), 12, 96);
  const auto command = [&world](const fs::path& out) {
    std::vector<std::string> words{test::medlockerBinary(),
                                   "audit",
                                   world.dataset.string(),
                                   "--attacks",
                                   "autoattack",
                                   "--eps",
                                   "1/255",
                                   "--steps",
                                   "3",
                                   "--queries",
                                   "6",
                                   "--batch-size",
                                   "2",
                                   "--bootstrap",
                                   "50",
                                   "--seed",
                                   "5",
                                   "--threads",
                                   "1",
                                   "--no-timings",
                                   "--quiet",
                                   "--resume",
                                   "--out",
                                   out.string()};
    for (const fs::path& model : world.models) words.insert(words.end(), {"--model", model.string()});
    return words;
  };
  const fs::path killed = folder / "killed";
  const fs::path calm = folder / "calm";
  const fs::path journal = killed / "journal";

  // Moments are counted in what the journal has gained, so that a slow machine is disturbed as often as a
  // fast one: after some bytes more, and a few milliseconds into the next step.
  std::mt19937 generator(20260102);
  std::uniform_int_distribution<std::uintmax_t> bytes(0, 2500);
  std::uniform_int_distribution<int> milliseconds(0, 20);
  const test::Kills kills = test::killRepeatedly(command(killed), kKills, [&](BackgroundProcess& process) {
    const std::uintmax_t wanted = sizeOf(journal) + bytes(generator);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(120);
    while (process.running() && sizeOf(journal) <= wanted && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds(generator)));
  });
  for (const int status : kills.statuses) ASSERT_TRUE(status == 0 || status == 128 + SIGKILL) << status;
  EXPECT_GE(kills.count, 5) << "the run ended before it could be disturbed";
  ASSERT_EQ(test::runProcess(command(killed)).status, 0);
  ASSERT_EQ(test::runProcess(command(calm)).status, 0);

  const auto a = test::folderHashes(killed);
  const auto b = test::folderHashes(calm);
  for (const char* name :
       {"audit.json", "audit.csv", "samples.csv", "report.html", "model-card-1.json", "model-card-2.json"})
    EXPECT_EQ(a.at(name), b.at(name)) << name;
  for (const auto& [name, hash] : a)
    EXPECT_TRUE(b.contains(name)) << name << " was left behind by a killed process";
}

}  // namespace
}  // namespace medlocker
