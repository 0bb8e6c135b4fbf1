// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "core/common/files.h"
#include "core/common/json.h"
#include "core/data/image_io.h"
#include "core/data/manifest.h"
#include "tests/integration/protection_world.h"
#include "tests/support/process.h"
#include "tests/support/temp_folder.h"

namespace medlocker {
namespace {

namespace fs = std::filesystem;
using test::medlockerBinary;
using test::ProcessResult;
using test::ProtectionWorld;
using test::runProcess;

/// One run without shards and two shards of it, all with the same run key.
class ShardMerge : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new test::TempFolder;
    world_ = new ProtectionWorld(test::makeProtectionWorld(folder_->path(), 5, 160));
    const std::string key = (*folder_ / "run.mlkey").string();
    ASSERT_EQ(protect("whole", {"--run-key", key}).status, 0);
    ASSERT_EQ(protect("part1", {"--run-key", key, "--shard", "1/2"}).status, 0);
    ASSERT_EQ(protect("part2", {"--run-key", key, "--shard", "2/2"}).status, 0);
  }
  static void TearDownTestSuite() {
    delete world_;
    delete folder_;
  }
  static ProcessResult protect(const std::string& out, const std::vector<std::string>& more) {
    return runProcess(world_->protectCommand(*folder_ / out, more));
  }
  static ProcessResult merge(const std::vector<std::string>& parts, const std::string& out) {
    std::vector<std::string> command{medlockerBinary(), "merge"};
    for (const std::string& part : parts) command.push_back((*folder_ / part).string());
    command.insert(command.end(), {"--key", world_->ownerKey.string(), "--out", (*folder_ / out).string()});
    return runProcess(command);
  }
  static std::string text(const std::string& run, const char* file) {
    return readTextFile(*folder_ / run / file);
  }

  static test::TempFolder* folder_;
  static ProtectionWorld* world_;
};
test::TempFolder* ShardMerge::folder_ = nullptr;
ProtectionWorld* ShardMerge::world_ = nullptr;

TEST_F(ShardMerge, TheMergedCertificateIsThatOfTheWholeRun) {
  const ProcessResult result = merge({"part2", "part1"}, "merged");
  ASSERT_EQ(result.status, 0) << result.err;
  for (const char* file : {"certificate.json", "certificate.json.minisig", "certificate.csv"})
    EXPECT_EQ(text("merged", file), text("whole", file)) << file;
  EXPECT_EQ(test::folderHashes(*folder_ / "merged" / "images"),
            test::folderHashes(*folder_ / "whole" / "images"));

  const ProcessResult verified =
      runProcess({medlockerBinary(), "verify", (*folder_ / "merged" / "certificate.json").string(),
                  (*folder_ / "merged" / "images").string(), "--public-key", world_->ownerPublic.string()});
  EXPECT_EQ(verified.status, 0) << verified.out;
  const fs::path restored = *folder_ / "restored";
  ASSERT_EQ(runProcess({medlockerBinary(), "restore", (*folder_ / "merged").string(), "--grant",
                        (*folder_ / "merged").string(), "--key", world_->ownerKey.string(), "--out",
                        restored.string()})
                .status,
            0);
  for (const data::Sample& sample : data::openDataset(world_->dataset).samples)
    EXPECT_TRUE(data::readImage(restored / sample.id).image.sameSamples(data::readSample(sample).image));
  // What later commands read is there too.
  EXPECT_EQ(
      runProcess({medlockerBinary(), "evaluate", world_->dataset.string(), (*folder_ / "merged").string(),
                  "--model", world_->models[0].string(), "--bootstrap", "10", "--random-draws", "0"})
          .status,
      0);
}

TEST_F(ShardMerge, AShardAloneIsNotAWholeRun) {
  const ProcessResult missing = merge({"part1"}, "half");
  EXPECT_EQ(missing.status, 3);
  EXPECT_NE(missing.err.find("shard 2 of 2 is missing"), std::string::npos) << missing.err;
  EXPECT_EQ(merge({"part1", "part1", "part2"}, "twice").status, 3);
  EXPECT_FALSE(fs::exists(*folder_ / "half"));
}

TEST_F(ShardMerge, ShardsOfDifferentRunsDoNotMix) {
  ASSERT_EQ(protect("foreign", {"--run-key", (*folder_ / "other.mlkey").string(), "--shard", "2/2"}).status,
            0);
  const ProcessResult result = merge({"part1", "foreign"}, "mixed");
  EXPECT_EQ(result.status, 3);
  EXPECT_NE(result.err.find("another run"), std::string::npos) << result.err;
}

TEST_F(ShardMerge, AChangedImageStopsTheMerge) {
  fs::copy(*folder_ / "part2", *folder_ / "part2-changed", fs::copy_options::recursive);
  for (const fs::directory_entry& entry :
       fs::recursive_directory_iterator(*folder_ / "part2-changed" / "images")) {
    if (!entry.is_regular_file() || entry.path().extension() != ".png" ||
        entry.path().string().find("masks") != std::string::npos)
      continue;
    Bytes bytes = readFile(entry.path());
    bytes.push_back(0);
    writeFileAtomically(entry.path(), bytes);
    break;
  }
  EXPECT_EQ(merge({"part1", "part2-changed"}, "changed").status, 4);
  EXPECT_FALSE(fs::exists(*folder_ / "changed" / "certificate.json"));
}

TEST_F(ShardMerge, ShardsNeedARunKeyAndARealDivision) {
  EXPECT_EQ(protect("nokey", {"--shard", "1/2"}).status, 2);
  EXPECT_EQ(protect("bad", {"--run-key", (*folder_ / "k").string(), "--shard", "3/2"}).status, 2);
  EXPECT_EQ(protect("bad", {"--run-key", (*folder_ / "k").string(), "--shard", "1"}).status, 2);
  // A key made for one seed is not a key for another.
  auto command = world_->protectCommand(*folder_ / "seed", {"--run-key", (*folder_ / "run.mlkey").string()});
  for (std::size_t i = 0; i + 1 < command.size(); ++i)
    if (command[i] == "--seed") command[i + 1] = "8";
  EXPECT_EQ(runProcess(command).status, 3);
}

TEST_F(ShardMerge, EveryPayloadKindRestores) {
  for (const std::string kind : {"residual", "patch", "file"}) {
    ASSERT_EQ(protect("payload-" + kind, {"--payload", kind, "--mode", "random"}).status, 0) << kind;
    const fs::path restored = *folder_ / ("restored-" + kind);
    const std::string level = kind == "residual" ? "r1" : "r2";
    const ProcessResult result =
        runProcess({medlockerBinary(), "restore", (*folder_ / ("payload-" + kind)).string(), "--grant",
                    (*folder_ / ("payload-" + kind)).string(), "--key", world_->ownerKey.string(), "--level",
                    level, "--out", restored.string()});
    ASSERT_EQ(result.status, 0) << result.out;
    for (const data::Sample& sample : data::openDataset(world_->dataset).samples) {
      EXPECT_TRUE(data::readImage(restored / sample.id).image.sameSamples(data::readSample(sample).image));
      if (level == "r2") EXPECT_EQ(readFile(restored / sample.id), readFile(sample.path));
    }
  }
}

}  // namespace
}  // namespace medlocker
