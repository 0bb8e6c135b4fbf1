// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "core/common/files.h"
#include "core/common/json.h"
#include "core/data/image_io.h"
#include "tests/integration/protection_world.h"
#include "tests/support/json_schema.h"
#include "tests/support/process.h"
#include "tests/support/temp_folder.h"

namespace medlocker {
namespace {

namespace fs = std::filesystem;
using test::medlockerBinary;
using test::ProcessResult;
using test::ProtectionWorld;
using test::runProcess;

Json resultLine(const std::string& text) {
  const std::size_t end = text.find_last_not_of('\n');
  const std::size_t begin = text.rfind('\n', end);
  return Json::parse(text.substr(begin == std::string::npos ? 0 : begin + 1));
}

/// Two images, shared by the tests; every run has its own folder.
class ProtectionModes : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new test::TempFolder;
    world_ = new ProtectionWorld(test::makeProtectionWorld(folder_->path(), 2, 256));
  }
  static void TearDownTestSuite() {
    delete world_;
    delete folder_;
  }

  /// The images and certificate verify, every sample comes back, no lesion is covered.
  static void expectWholeRun(const std::string& name, const std::vector<std::string>& options) {
    SCOPED_TRACE(name);
    const fs::path run = folder_->path() / name;
    std::vector<std::string> more = options;
    more.push_back("--json");
    const ProcessResult protect = runProcess(world_->protectCommand(run, more));
    ASSERT_EQ(protect.status, 0) << protect.err << protect.out;
    const Json summary = resultLine(protect.out);
    for (const Json& item : summary.at("items")) {
      EXPECT_EQ(item.at("lesion_overlap_pixels"), 0);
      EXPECT_EQ(item.at("outside_max_abs_diff"), 0);
    }
    const ProcessResult verify =
        runProcess({medlockerBinary(), "verify", (run / "certificate.json").string(),
                    (run / "images").string(), "--public-key", world_->ownerPublic.string()});
    EXPECT_EQ(verify.status, 0) << verify.err << verify.out;
    const fs::path back = folder_->path() / (name + "-restored");
    const ProcessResult restore =
        runProcess({medlockerBinary(), "restore", run.string(), "--grant", run.string(), "--key",
                    world_->ownerKey.string(), "--out", back.string()});
    EXPECT_EQ(restore.status, 0) << restore.err << restore.out;
    int compared = 0;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(world_->dataset)) {
      const fs::path relative = fs::relative(entry.path(), world_->dataset);
      if (!entry.is_regular_file() || entry.path().extension() != ".png" ||
          relative.string().find("mask") != std::string::npos || !fs::exists(back / relative))
        continue;
      EXPECT_EQ(data::pixelHash(data::readImage(entry.path()).image),
                data::pixelHash(data::readImage(back / relative).image));
      ++compared;
    }
    EXPECT_EQ(compared, 2);
  }

  static std::string usageError(const std::vector<std::string>& options) {
    const ProcessResult result = runProcess(world_->protectCommand(folder_->path() / "refused", options));
    EXPECT_EQ(result.status, 2) << result.out;
    EXPECT_FALSE(fs::exists(folder_->path() / "refused"));
    return result.err;
  }

  static test::TempFolder* folder_;
  static ProtectionWorld* world_;
};
test::TempFolder* ProtectionModes::folder_ = nullptr;
ProtectionWorld* ProtectionModes::world_ = nullptr;

TEST_F(ProtectionModes, EverySearchModeGivesAWholeRun) {
  for (const char* mode : {"evolve", "gradient", "hybrid", "random"}) expectWholeRun(mode, {"--mode", mode});
}

TEST_F(ProtectionModes, EveryLayoutGivesAWholeRun) {
  expectWholeRun("cap-list", {"--law", "cap", "--logo-size", "1/8,1/5", "--opaque-core"});
  expectWholeRun("two", {"--logos", "2", "--allow-large-coverage"});
  expectWholeRun("tiled", {"--layout", "tiled", "--logo-size", "0.3", "--allow-large-coverage"});
  expectWholeRun("reinforced", {"--reinforce", "0.1", "--no-harden"});
  expectWholeRun("faint", {"--anti-inpainting", "--layout", "tiled", "--logo-size", "0.3"});
}

TEST_F(ProtectionModes, ThreadsDoNotChangeTheSamples) {
  std::vector<std::string> hashes;
  for (const char* threads : {"1", "4"}) {
    const fs::path run = folder_->path() / (std::string("threads") + threads);
    std::vector<std::string> command =
        world_->protectCommand(run, {"--mode", "hybrid", "--logos", "2", "--reinforce", "0.1"});
    *std::next(std::find(command.begin(), command.end(), "--threads")) = threads;
    const ProcessResult result = runProcess(command);
    ASSERT_EQ(result.status, 0) << result.err;
    std::string all;
    for (const auto& [name, hash] : test::folderHashes(world_->dataset))
      if (fs::exists(run / "images" / name) && fs::path(name).extension() == ".png")
        all += toHex(data::pixelHash(data::readImage(run / "images" / name).image));
    EXPECT_FALSE(all.empty());
    hashes.push_back(all);
  }
  EXPECT_EQ(hashes[0], hashes[1]);
}

TEST_F(ProtectionModes, WrongOptionsNameTheOption) {
  EXPECT_NE(usageError({"--layout", "spiral"}).find("layout"), std::string::npos);
  EXPECT_NE(usageError({"--logos", "5"}).find("logos"), std::string::npos);
  EXPECT_NE(usageError({"--logo-size", "1/4,x"}).find("logo-size"), std::string::npos);
  EXPECT_NE(usageError({"--logo-size", "0.9"}).find("logo-size"), std::string::npos);
  EXPECT_NE(usageError({"--reinforce", "0.5"}).find("reinforce"), std::string::npos);
  EXPECT_NE(usageError({"--profile", "other"}).find("profile"), std::string::npos);
  EXPECT_NE(usageError({"--profile", "literature"}).find("source model"), std::string::npos);
  EXPECT_NE(usageError({"--preset", "balanced"}).find("trade-off"), std::string::npos);
  EXPECT_NE(usageError({"--target-grade", "17"}).find("17"), std::string::npos);
}

TEST_F(ProtectionModes, TheTradeOffNamesPresetsThatProtectTakes) {
  const fs::path out = folder_->path() / "curve";
  const ProcessResult curve = runProcess({medlockerBinary(),
                                          "trade-off",
                                          world_->dataset.string(),
                                          "--logo",
                                          world_->logo.string(),
                                          "--model",
                                          world_->models[0].string(),
                                          "--target",
                                          world_->models[1].string(),
                                          "--out",
                                          out.string(),
                                          "--images",
                                          "2",
                                          "--budget",
                                          "20",
                                          "--sizes",
                                          "0.125,0.25",
                                          "--logos",
                                          "2",
                                          "--reinforce",
                                          "0",
                                          "--seed",
                                          "3"});
  ASSERT_EQ(curve.status, 0) << curve.err;
  const Json json = Json::parse(readTextFile(out / "trade-off.json"));
  EXPECT_EQ(test::violationsOf(json, "trade-off"), "");
  EXPECT_EQ(json.at("images"), 2);
  ASSERT_EQ(json.at("points").size(), 6U);  // three layouts, two sizes
  for (const Json& point : json.at("points")) {
    EXPECT_GT(point.at("covered_fov"), 0);
    EXPECT_GE(point.at("source").at("accuracy"), 0);
    EXPECT_GE(point.at("target").at("accuracy"), 0);
  }
  ASSERT_TRUE(json.at("presets").contains("strong"));
  const std::string csv = readTextFile(out / "trade-off.csv");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 7);
  expectWholeRun("strong", {"--preset", "strong", "--trade-off", (out / "trade-off.json").string()});
  const Json run = Json::parse(readTextFile(folder_->path() / "strong" / "run.json"));
  EXPECT_EQ(run.at("options").at("layout"), json.at("presets").at("strong").at("layout"));
}

}  // namespace
}  // namespace medlocker
