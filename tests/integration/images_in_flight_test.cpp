// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <sstream>
#include <thread>

#include "core/certificate/owner_keys.h"
#include "core/certificate/private_store.h"
#include "core/common/files.h"
#include "core/common/json.h"
#include "tests/integration/protection_world.h"
#include "tests/support/process.h"
#include "tests/support/temp_folder.h"

namespace medlocker {
namespace {

namespace fs = std::filesystem;
using test::BackgroundProcess;
using test::folderHashes;
using test::runProcess;

/// Several images in flight must be told from one by the time alone. All runs share one run key, as ids and
/// keys are random otherwise.
class ImagesInFlight : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new test::TempFolder;
    world_ = new test::ProtectionWorld(test::makeProtectionWorld(folder_->path(), 4, 128));
    owner_ = new certificate::OwnerSecretKey(certificate::readOwnerSecretKey(world_->ownerKey, std::nullopt));
    secrets_ = new certificate::RunSecrets(
        certificate::RunSecrets::create("2026-01-01T00:00:00Z", certificate::SecretKey32::random()));
    ASSERT_EQ(runProcess(command(start("one"), 1)).status, 0);
  }
  static void TearDownTestSuite() {
    delete secrets_;
    delete owner_;
    delete world_;
    delete folder_;
  }

  static fs::path run(const std::string& name) { return folder_->path() / name; }
  /// A run folder as a crash right after the start leaves it.
  static fs::path start(const std::string& name) {
    fs::create_directories(run(name));
    certificate::RunStore::create(run(name) / "private", *secrets_, *owner_);
    return run(name);
  }
  static std::vector<std::string> command(const fs::path& out, int images) {
    std::vector<std::string> arguments = world_->protectCommand(
        out, {"--resume", "--transforms", "1", "--images-in-flight", std::to_string(images)});
    *(std::find(arguments.begin(), arguments.end(), "--budget") + 1) = "16";
    if (images > 1) *(std::find(arguments.begin(), arguments.end(), "--threads") + 1) = "2";  // two lanes
    return arguments;
  }
  static void expectTheRunWithOne(const fs::path& out) {
    EXPECT_EQ(folderHashes(out / "images"), folderHashes(run("one") / "images"));
    for (const char* name : {"certificate.json", "certificate.csv"})
      EXPECT_EQ(folderHashes(out).at(name), folderHashes(run("one")).at(name)) << name;
  }
  /// Journal lines about images, in their order.
  static std::vector<Json> journal(const fs::path& out) {
    std::vector<Json> lines;
    std::istringstream text(readTextFile(out / "journal"));
    for (std::string line; std::getline(text, line);)
      if (const Json json = Json::parse(line); json.contains("item")) lines.push_back(json);
    return lines;
  }

  static test::TempFolder* folder_;
  static test::ProtectionWorld* world_;
  static certificate::OwnerSecretKey* owner_;
  static certificate::RunSecrets* secrets_;
};
test::TempFolder* ImagesInFlight::folder_ = nullptr;
test::ProtectionWorld* ImagesInFlight::world_ = nullptr;
certificate::OwnerSecretKey* ImagesInFlight::owner_ = nullptr;
certificate::RunSecrets* ImagesInFlight::secrets_ = nullptr;

TEST_F(ImagesInFlight, NumberChangesNeitherFilesNorCertificateNorOrder) {
  const fs::path three = start("three");
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_EQ(runProcess(command(three, 3)).status, 0);
  const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  expectTheRunWithOne(three);
  const std::vector<Json> a = journal(run("one"));
  const std::vector<Json> b = journal(three);
  ASSERT_EQ(a.size(), 4u);
  ASSERT_EQ(b.size(), 4u);
  double seconds = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].at("item"), b[i].at("item"));
    EXPECT_EQ(a[i].at("file_sha256"), b[i].at("file_sha256"));
    seconds += b[i].at("details").at("seconds").get<double>();
  }
  EXPECT_LE(seconds, wall);  // images that are searched together are not counted twice
  // Every row that a model saw is accounted for, in passes of the fixed size.
  const auto work = [](const fs::path& out) {
    return parseJsonStrictly(readTextFile(out / "run.json")).at("forward_batches");
  };
  const auto rows = [&](const fs::path& out) {
    return work(out).at("rows").get<int>() - work(out).at("filled_up").get<int>();
  };
  EXPECT_GT(rows(three), 0);
  EXPECT_EQ(rows(three), rows(run("one")));
  EXPECT_EQ(work(three).at("rows"), 8 * work(three).at("passes").get<int>());
}

TEST_F(ImagesInFlight, ACancelledRunGoesOnWithAnotherNumber) {
  const fs::path out = start("cancelled");
  {
    BackgroundProcess process(command(out, 3));
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(120);
    while (process.running() && !fs::exists(out / "images") && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    process.send(SIGTERM);
    EXPECT_EQ(process.wait(), 6);
  }
  EXPECT_LT(journal(out).size(), 4u);
  ASSERT_EQ(runProcess(command(out, 2)).status, 0);
  expectTheRunWithOne(out);
}

TEST_F(ImagesInFlight, AFileThatCannotBeWrittenEndsTheRunAndLosesNothing) {
  const fs::path out = start("blocked");
  const std::string blocked = journal(run("one"))[2].at("output");
  fs::create_directories(out / blocked);
  const test::ProcessResult failed = runProcess(command(out, 3));
  EXPECT_EQ(failed.status, 1) << failed.err;
  EXPECT_NE(failed.err.find(fs::path(blocked).filename().string()), std::string::npos) << failed.err;
  EXPECT_FALSE(fs::exists(out / "certificate.json"));
  for (const Json& line : journal(out)) EXPECT_NE(line.at("output"), blocked);
  fs::remove(out / blocked);
  ASSERT_EQ(runProcess(command(out, 3)).status, 0);
  expectTheRunWithOne(out);
}

TEST_F(ImagesInFlight, AnImpossibleNumberIsRefused) {
  const test::ProcessResult result = runProcess(command(run("refused"), 17));
  EXPECT_EQ(result.status, 2);
  EXPECT_NE(result.err.find("images-in-flight"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace medlocker
