// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
//
// Whole runs over sources that are more than one upright picture per file: npz arrays and turned photographs.
#include <gtest/gtest.h>

#include <algorithm>

#include "core/common/files.h"
#include "core/common/json.h"
#include "core/data/manifest.h"
#include "core/data/npz.h"
#include "core/data/orientation.h"
#include "core/protect/compositor.h"
#include "tests/integration/protection_world.h"
#include "tests/support/process.h"
#include "tests/support/temp_folder.h"

namespace medlocker {
namespace {

namespace fs = std::filesystem;
using test::folderHashes;
using test::medlockerBinary;
using test::ProcessResult;
using test::ProtectionWorld;
using test::runProcess;

ProcessResult verify(const ProtectionWorld& world, const fs::path& run) {
  return runProcess({medlockerBinary(), "verify", (run / "certificate.json").string(),
                     (run / "images").string(), "--public-key", world.ownerPublic.string()});
}
ProcessResult restore(const ProtectionWorld& world, const fs::path& run, const fs::path& to) {
  return runProcess({medlockerBinary(), "restore", run.string(), "--grant", run.string(), "--key",
                     world.ownerKey.string(), "--out", to.string()});
}
Json evaluate(const ProtectionWorld& world, const fs::path& run, const fs::path& restored,
              const fs::path& out) {
  const ProcessResult result = runProcess({medlockerBinary(), "evaluate", world.dataset.string(),
                                           run.string(), "--model", world.models[0].string(), "--restored",
                                           restored.string(), "--out", out.string(), "--bootstrap", "0"});
  EXPECT_EQ(result.status, 0) << result.out << result.err;
  return parseJsonStrictly(readTextFile(out / "evaluation.json"));
}

/// Synthetic photographs as an npz with two parts and an array that is neither images nor labels.
fs::path makeArrays(const ProtectionWorld& world, const fs::path& folder) {
  std::vector<data::NamedArray> arrays;
  const data::Manifest manifest = data::openDataset(world.dataset);
  Bytes train;
  Bytes test;
  for (std::size_t i = 0; i < 4; ++i) {
    const data::Image image = data::readSample(manifest.samples[i]).image;
    Bytes& to = i < 3 ? train : test;
    to.insert(to.end(), image.bytes().begin(), image.bytes().end());
  }
  const data::Image first = data::readSample(manifest.samples[0]).image;
  const std::int64_t h = first.height();
  const std::int64_t w = first.width();
  arrays.emplace_back("train_images", data::makeNpyArray(data::NpyType::UInt8, {3, h, w, 3}, train));
  arrays.emplace_back("train_labels", data::makeNpyArray(data::NpyType::UInt8, {3, 1}, Bytes{0, 2, 4}));
  arrays.emplace_back("remarks", data::makeNpyArray(data::NpyType::Float32, {2}, Bytes(8, 0x3F)));
  arrays.emplace_back("test_images", data::makeNpyArray(data::NpyType::UInt8, {1, h, w, 3}, test));
  arrays.emplace_back("test_labels", data::makeNpyArray(data::NpyType::UInt8, {1, 1}, Bytes{1}));
  fs::create_directories(folder);
  writeFileAtomically(folder / "eyes.npz", data::serialiseNpz(arrays, false));
  return folder / "eyes.npz";
}

class NpzRun : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new test::TempFolder;
    world_ = new ProtectionWorld(test::makeProtectionWorld(folder_->path(), 4, 128));
    world_->dataset = makeArrays(*world_, folder_->path() / "arrays");
    result_ = new ProcessResult(runProcess(world_->protectCommand(run())));
  }
  static void TearDownTestSuite() {
    delete result_;
    delete world_;
    delete folder_;
  }
  static fs::path run() { return folder_->path() / "run"; }
  static fs::path copy() { return run() / "images" / "eyes.npz"; }

  static test::TempFolder* folder_;
  static ProtectionWorld* world_;
  static ProcessResult* result_;
};
test::TempFolder* NpzRun::folder_ = nullptr;
ProtectionWorld* NpzRun::world_ = nullptr;
ProcessResult* NpzRun::result_ = nullptr;

TEST_F(NpzRun, KeepsTheContainerAndReplacesOnlyImages) {
  ASSERT_EQ(result_->status, 0) << result_->out << result_->err;
  const data::NpzReader before(world_->dataset);
  const data::NpzReader after(copy());
  EXPECT_EQ(after.names(), before.names());
  for (const std::string& name : before.names()) {
    const data::NpyArray old = before.read(name);
    const data::NpyArray now = after.read(name);
    EXPECT_EQ(now.header.type, old.header.type) << name;
    EXPECT_EQ(now.header.shape, old.header.shape) << name;
    EXPECT_EQ(now.data == old.data, !name.ends_with("_images")) << name;
  }
  EXPECT_NE(after.comment().find("not for diagnosis"), std::string::npos);
  EXPECT_FALSE(fs::exists(run() / "parts"));
  EXPECT_EQ(folderHashes(run() / "images").size(), 1U);
  EXPECT_EQ(runProcess(world_->protectCommand(run(), {"--resume"})).status, 0);
}

TEST_F(NpzRun, VerifiesItemByItem) {
  const ProcessResult good = verify(*world_, run());
  EXPECT_EQ(good.status, 0) << good.out;
  EXPECT_NE(good.out.find("4 files checked: 4 VALID"), std::string::npos) << good.out;

  const fs::path changed = folder_->path() / "changed";
  fs::copy(run(), changed, fs::copy_options::recursive);
  data::NpyArray images = data::NpzReader(copy()).read("train_images");
  images.data[images.header.entryItems() + 5] ^= 1;  // one sample of the second item
  writeFileAtomically(changed / "images" / "eyes.npz",
                      data::rewriteNpz(copy(), {{"train_images", images}}, ""));
  const ProcessResult bad = verify(*world_, changed);
  EXPECT_EQ(bad.status, 4);
  EXPECT_NE(bad.out.find("3 VALID"), std::string::npos) << bad.out;
  EXPECT_NE(bad.out.find("train_images/1: NOT_IN_RUN"), std::string::npos) << bad.out;

  // The changed item is not restored, nor passed on: its place is blank.
  const fs::path restored = folder_->path() / "restored-changed";
  EXPECT_EQ(restore(*world_, changed, restored).status, 5);
  const data::NpyArray source = data::NpzReader(world_->dataset).read("train_images");
  const data::NpyArray back = data::NpzReader(restored / "eyes.npz").read("train_images");
  const std::size_t each = source.header.entryItems();
  EXPECT_TRUE(std::equal(source.data.begin(), source.data.begin() + static_cast<std::ptrdiff_t>(each),
                         back.data.begin()));
  EXPECT_TRUE(std::all_of(back.data.begin() + static_cast<std::ptrdiff_t>(each),
                          back.data.begin() + static_cast<std::ptrdiff_t>(2 * each),
                          [](std::uint8_t v) { return v == 0; }));
}

TEST_F(NpzRun, RestoresEveryArray) {
  const fs::path out = folder_->path() / "restored";
  ASSERT_EQ(restore(*world_, run(), out).status, 0);
  const data::NpzReader before(world_->dataset);
  const data::NpzReader after(out / "eyes.npz");
  EXPECT_EQ(after.names(), before.names());
  for (const std::string& name : before.names()) EXPECT_EQ(after.read(name).data, before.read(name).data);
  EXPECT_EQ(after.comment(), before.comment());

  const Json evaluation = evaluate(*world_, run(), out, folder_->path() / "evaluation");
  EXPECT_EQ(evaluation.at("pairs"), 4);
  EXPECT_EQ(evaluation.at("restored_identical"), 4);
}

TEST_F(NpzRun, IsNotProtectedTwice) {
  ProtectionWorld again = *world_;
  again.dataset = copy();
  const ProcessResult result = runProcess(again.protectCommand(folder_->path() / "twice"));
  EXPECT_EQ(result.status, 5);
  EXPECT_NE(result.out.find("4 SKIPPED"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("blank"), std::string::npos) << result.out;
}

/// A logo twice as wide as high shows which way is up.
fs::path makeWideLogo(const fs::path& file) {
  data::Image logo(64, 32, 3);
  for (std::uint8_t& value : logo.bytes()) value = 255;
  writeFileAtomically(file, data::encodeImage(logo, data::FileFormat::Png));
  return file;
}

TEST(TurnedPhotographs, AreSearchedUprightAndWrittenAsStored) {
  const test::TempFolder folder;
  ProtectionWorld world = test::makeProtectionWorld(folder.path(), 3, 192);
  world.logo = makeWideLogo(folder / "wide.png");
  // Stored turned, with the tag that says how to show them; the masks lie over the stored pictures.
  constexpr int kTag = 6;
  for (const data::Sample& sample : data::openDataset(world.dataset).samples) {
    data::Image stored = data::oriented(data::readSample(sample).image, data::inverseOrientation(kTag));
    stored.metadata.orientation = kTag;
    writeFileAtomically(sample.path, data::encodeImage(stored, data::FileFormat::Png));
    for (const data::MaskRef& ref : sample.masks) {
      const data::MaskImage mask = data::readMask(ref.path);
      data::Image picture(mask.width, mask.height, 1);
      for (std::size_t i = 0; i < mask.values.size(); ++i)
        picture.bytes()[i] = static_cast<std::uint8_t>(255 * mask.values[i]);
      writeFileAtomically(ref.path, data::encodeImage(data::oriented(picture, data::inverseOrientation(kTag)),
                                                      data::FileFormat::Png));
    }
  }
  const fs::path run = folder / "run";
  const ProcessResult result = runProcess(world.protectCommand(run));
  ASSERT_EQ(result.status, 0) << result.out << result.err;

  std::int64_t lesionPixels = 0;
  for (const data::Sample& sample : data::openDataset(world.dataset).samples) {
    const data::Image before = data::readSample(sample).image;
    const data::Image after = data::readImage(run / "images" / sample.id).image;
    EXPECT_EQ(after.metadata.orientation, kTag);
    ASSERT_EQ(after.width(), before.width());
    ASSERT_EQ(after.height(), before.height());
    const data::Box stored = protect::changedBox(before, after);
    EXPECT_GT(stored.height(), stored.width()) << "the logo must be upright on the screen";
    for (const data::MaskRef& ref : sample.masks) {
      const data::MaskImage mask = data::readMask(ref.path);
      for (int y = 0; y < mask.height; ++y)
        for (int x = 0; x < mask.width; ++x) {
          if (!mask.values[static_cast<std::size_t>(y) * mask.width + x]) continue;
          ++lesionPixels;
          ASSERT_EQ(before.sample(x, y, 1), after.sample(x, y, 1)) << sample.id;
        }
    }
  }
  EXPECT_GT(lesionPixels, 0);
  EXPECT_EQ(verify(world, run).status, 0);
  const fs::path restored = folder / "restored";
  ASSERT_EQ(restore(world, run, restored).status, 0);
  const Json evaluation = evaluate(world, run, restored, folder / "evaluation");
  EXPECT_EQ(evaluation.at("restored_identical"), 3);
  EXPECT_EQ(evaluation.at("visibility").at("lesion_overlap_pixels"), 0);
  EXPECT_EQ(evaluation.at("restored").at("a").at("accuracy"), evaluation.at("clean").at("a").at("accuracy"));
}

}  // namespace
}  // namespace medlocker
