// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/transfer_attacks.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <functional>
#include <map>

#include "core/common/files.h"
#include "core/common/random.h"
#include "core/data/image_io.h"
#include "core/models/network.h"
#include "core/pipelines/certify_dataset.h"
#include "core/pipelines/train_defence.h"
#include "tests/support/temp_folder.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;

/// Twelve noisy pictures in two class folders, and untrained networks: real files of a real architecture, and
/// fast. Made once.
class TransferWorld : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    at::set_num_threads(1);
    world_ = new test::TempFolder();
    RandomStream stream = RandomStream::fromSeed(1, "test/pictures");
    for (int label = 0; label < 2; ++label)
      for (int i = 0; i < 6; ++i) {
        data::Image image(36, 36, 3);
        for (auto& value : image.samples8())
          value = static_cast<std::uint8_t>(stream.below(label == 0 ? 120 : 255));
        writeFileAtomically(
            *world_ / "data" / (label == 0 ? "0_dark" : "1_bright") / (std::to_string(i) + ".png"),
            data::encodeImage(image, data::FileFormat::Png));
      }
    for (int m = 0; m < 4; ++m) saveModel("m" + std::to_string(m), m + 1);
  }
  static void TearDownTestSuite() {
    delete world_;
    world_ = nullptr;
  }

  static void saveModel(const std::string& name, int seed) {
    torch::manual_seed(static_cast<std::uint64_t>(seed));
    const auto network = models::makeNetwork("resnet8", {.outputs = 2, .inputSize = 32});
    models::ModelInfo info;
    info.name = name;
    info.arch = "resnet8";
    info.classes = {"0_dark", "1_bright"};
    info.inputSize = 32;
    info.mean = {0.4F, 0.4F, 0.4F};
    info.stddev = {0.1F, 0.1F, 0.1F};
    network->eval();
    models::saveModel(*world_ / name, *network, info);
  }

  TransferAttacksOptions options(const fs::path& out) const {
    TransferAttacksOptions options;
    options.dataset = *world_ / "data";
    options.sources = {*world_ / "m0"};
    options.targets = {*world_ / "m1", *world_ / "m2"};
    options.simulated = {*world_ / "m3"};
    options.attacks = {"mi", "lpm+mi", "random-mask+mi"};
    options.maskProfile = "fast";
    options.maskPopulation = 4;
    options.maskGenerations = 1;
    options.patch = 8;
    options.defences = {"jpeg", "tvm"};
    options.epsilon = 0.2;
    options.steps = 2;
    options.out = out;
    options.seed = 4;
    options.device = DeviceChoice::Cpu;
    options.batchSize = 5;
    return options;
  }

  static test::TempFolder* world_;
};
test::TempFolder* TransferWorld::world_ = nullptr;

RunContext stoppingAfter(int reports) {
  class Stopper : public ProgressSink {
   public:
    Stopper(std::stop_source source, int left) : source_(std::move(source)), left_(left) {}
    void report(const Progress&) override {
      if (--left_ == 0) source_.request_stop();
    }

   private:
    std::stop_source source_;
    int left_;
  };
  std::stop_source source;
  return {source.get_token(), std::make_shared<Stopper>(source, reports)};
}

std::string text(const fs::path& file) {
  return readTextFile(file);
}

/// Checks names only, at every level that the schema describes.
void expectFits(const Json& value, const Json& schema, const std::string& where) {
  if (value.is_array() && schema.contains("items"))
    for (const Json& item : value) expectFits(item, schema["items"], where + "[]");
  if (!value.is_object() || !schema.contains("properties")) return;
  for (const auto& item : value.items()) {
    ASSERT_TRUE(schema["properties"].contains(item.key()))
        << where << "." << item.key() << " is not in the schema";
    expectFits(item.value(), schema["properties"][item.key()], where + "." + item.key());
  }
  for (const Json& name : schema["required"])
    EXPECT_TRUE(value.contains(name.get<std::string>())) << where << "." << name << " is not written";
}

TEST_F(TransferWorld, GivesOneRowPerPairAttackAndDefenceAndResumesToTheSameBytes) {
  const test::TempFolder folder;
  const TransferAttacksOptions whole = options(folder / "whole");
  const TransferAttacksSummary summary = runTransferAttacks(whole, {});
  ASSERT_EQ(summary.outcome, Outcome::Completed);
  EXPECT_EQ(summary.images, 12);
  EXPECT_EQ(summary.rows.size(), 1U * 2 * 3 * 3);  // sources, targets, attacks, defences and none
  EXPECT_EQ(summary.clean.size(), 2U * 3);
  EXPECT_EQ(summary.whiteBox.size(), 3U);
  std::map<std::pair<std::string, std::string>, std::int64_t> correct;
  for (const CleanRow& row : summary.clean) correct[{row.target, row.defence}] = row.correct;
  for (const TransferRow& row : summary.rows) {
    EXPECT_EQ(row.cell.base, (correct[{row.target, row.defence}]));
    EXPECT_LE(row.cell.successes, row.cell.base);
    EXPECT_EQ(row.setting, "oblivious");
  }
  // An attack that moves pixels by a fifth of the range fools its own source now and then.
  EXPECT_GT(summary.whiteBox.front().cell.successes, 0);
  EXPECT_EQ(summary.whiteBox.front().backwards, 12 * 2);
  EXPECT_EQ(summary.whiteBox.front().rejected, 0);
  ASSERT_EQ(summary.masks.size(), 1U);
  EXPECT_EQ(summary.masks[0].images, 12);
  EXPECT_EQ(summary.masks[0].backwards, 12 * 4 * 5 * 2);
  ASSERT_EQ(summary.masks[0].best.size(), 2U);
  EXPECT_EQ(summary.masks[0].heatMap.size(), 16U);
  EXPECT_LE(summary.masks[0].best[1], summary.masks[0].best[0]);
  EXPECT_EQ(summary.maskEffects.size(), 2U * 4);  // against random and none: bare, two defences, all together

  const Json schema = Json::parse(
      readTextFile(fs::path(MEDLOCKER_SOURCE_DIR) / "docs" / "schema" / "transfer-1.schema.json"));
  const Json written = Json::parse(text(folder / "whole" / "transfer.json"));
  EXPECT_EQ(schema["properties"]["schema"]["const"], written["schema"]);
  expectFits(written, schema, "transfer");

  // Stopped in several places, resumed each time: the same bytes.
  TransferAttacksOptions cut = options(folder / "cut");
  EXPECT_EQ(runTransferAttacks(cut, stoppingAfter(3)).outcome, Outcome::Cancelled);
  EXPECT_FALSE(fs::exists(folder / "cut" / "transfer.json"));
  EXPECT_THROW(runTransferAttacks(cut, {}), Error);  // not without asking for it
  cut.resume = true;
  EXPECT_EQ(runTransferAttacks(cut, stoppingAfter(6)).outcome, Outcome::Cancelled);
  EXPECT_EQ(runTransferAttacks(cut, {}).outcome, Outcome::Completed);
  EXPECT_EQ(text(folder / "cut" / "transfer.json"), text(folder / "whole" / "transfer.json"));
  EXPECT_EQ(text(folder / "cut" / "transfer.csv"), text(folder / "whole" / "transfer.csv"));
  cut.seed = 5;
  EXPECT_THROW(runTransferAttacks(cut, {}), Error);
}

TEST_F(TransferWorld, RefusesAModelInTwoRolesUnlessAllowed) {
  const test::TempFolder folder;
  TransferAttacksOptions same = options(folder / "run");
  same.attacks = {"mi"};
  same.defences = {};
  same.targets = {*world_ / "m0"};
  EXPECT_THROW(runTransferAttacks(same, {}), Error);
  same.allowOverlap = true;
  const TransferAttacksSummary summary = runTransferAttacks(same, {});
  ASSERT_FALSE(summary.notices.empty());
  // The source as its own target: both columns agree.
  EXPECT_EQ(summary.rows.front().cell.successes, summary.whiteBox.front().cell.successes);
  EXPECT_EQ(summary.rows.front().cell.base, summary.whiteBox.front().cell.base);
}

TEST_F(TransferWorld, AttacksEnsemblesAndDefendedSources) {
  const test::TempFolder folder;
  TransferAttacksOptions ensemble = options(folder / "ensemble");
  ensemble.sources = {*world_ / "m0", *world_ / "m3"};
  ensemble.simulated = {};
  ensemble.attacks = {"mi", "ens+mi+di", "admix"};
  ensemble.defences = {};
  ensemble.limit = 7;
  const TransferAttacksSummary both = runTransferAttacks(ensemble, {});
  EXPECT_EQ(both.images, 7);
  EXPECT_EQ(both.rows.size(), 2U * (2 * 2 + 1));  // targets; two attacks on each source, one on both

  TransferAttacksOptions adaptive = options(folder / "adaptive");
  adaptive.attacks = {"mi"};
  adaptive.defenceSetting = "bpda+eot";
  adaptive.eotDraws = 2;
  const TransferAttacksSummary seen = runTransferAttacks(adaptive, {});
  EXPECT_EQ(seen.rows.size(), 2U * 3);
  EXPECT_EQ(seen.whiteBox.size(), 3U);
  for (const TransferRow& row : seen.rows)
    EXPECT_EQ(row.setting, row.defence == "none" ? "oblivious" : "bpda+eot");
  adaptive.defenceSetting = "eot";
  adaptive.out = folder / "eot";
  EXPECT_THROW(runTransferAttacks(adaptive, {}), Error);  // JPEG has no gradient
}

TEST_F(TransferWorld, ListsUnreadableImagesAndGoesOn) {
  const test::TempFolder folder;
  fs::copy(*world_ / "data", folder / "data", fs::copy_options::recursive);
  fs::resize_file(folder / "data" / "0_dark" / "3.png", 100);
  TransferAttacksOptions broken = options(folder / "run");
  broken.dataset = folder / "data";
  broken.attacks = {"mi"};
  broken.defences = {};
  const TransferAttacksSummary summary = runTransferAttacks(broken, {});
  EXPECT_EQ(summary.images, 11);
  EXPECT_TRUE(summary.hasItemIssues());
}

TEST_F(TransferWorld, NamesInvalidOptions) {
  EXPECT_TRUE(options("x").validate().empty());
  TransferAttacksOptions bad = options("x");
  bad.maskProfile = "slow";
  ASSERT_EQ(bad.validate().size(), 1U);
  EXPECT_EQ(bad.validate()[0].field, "mask-profile");
  const test::TempFolder folder;
  TransferAttacksOptions judges = options(folder / "a");
  judges.simulated = {};
  EXPECT_THROW(runTransferAttacks(judges, {}), Error);
  TransferAttacksOptions unknown = options(folder / "b");
  unknown.attacks = {"mi+zz"};
  EXPECT_THROW(runTransferAttacks(unknown, {}), Error);
}

TEST_F(TransferWorld, TrainsADefenceAndPutsItBeforeATarget) {
  const test::TempFolder folder;
  TrainDefenceOptions training;
  training.dataset = *world_ / "data";
  training.model = *world_ / "m0";
  training.kind = "hgd";
  training.epochs = 1;
  training.batchSize = 4;
  training.limit = 8;
  training.attackSteps = 1;
  training.out = folder / "hgd";
  training.threads = 1;
  const TrainDefenceSummary trained = trainDefence(training, {});
  ASSERT_EQ(trained.outcome, Outcome::Completed);
  EXPECT_EQ(trained.images, 8);
  TransferAttacksOptions defended = options(folder / "run");
  defended.attacks = {"mi"};
  defended.defences = {(folder / "hgd").string()};
  const TransferAttacksSummary summary = runTransferAttacks(defended, {});
  EXPECT_EQ(summary.rows.size(), 2U * 2);
  EXPECT_EQ(summary.defences.front()["name"], "hgd");
  EXPECT_EQ(summary.defences.front()["settings"]["sha256"], trained.sha256);
}

TEST_F(TransferWorld, CertifiesPerClassAndKeepsFinishedImages) {
  const test::TempFolder folder;
  CertifyDatasetOptions options;
  options.dataset = *world_ / "data";
  options.model = *world_ / "m0";
  options.selectionDraws = 10;
  options.draws = 60;
  options.sigma = 0.1;
  options.radii = {0, 0.05, 10};
  options.journalFolder = folder.path();
  options.device = DeviceChoice::Cpu;
  const CertifyDatasetSummary cut = certifyDataset(options, stoppingAfter(5));
  EXPECT_EQ(cut.outcome, Outcome::Cancelled);
  const CertifyDatasetSummary resumed = certifyDataset(options, {});
  options.journalFolder.clear();
  options.batchSize = 7;
  const CertifyDatasetSummary whole = certifyDataset(options, {});
  EXPECT_EQ(resumed.toJson(), whole.toJson());
  ASSERT_EQ(whole.classes.size(), 2U);
  EXPECT_EQ(whole.classes[0].images + whole.classes[1].images, 12);
  EXPECT_EQ(whole.all.images, 12);
  for (const CertifiedClass& entry : whole.classes) {
    EXPECT_GE(entry.accuracy[0].value, entry.accuracy[1].value);
    EXPECT_EQ(entry.accuracy[2].value, 0);  // no certificate of 60 draws reaches that far
    EXPECT_LE(entry.correct + entry.abstained, entry.images);
  }
}

}  // namespace
}  // namespace medlocker::pipelines
