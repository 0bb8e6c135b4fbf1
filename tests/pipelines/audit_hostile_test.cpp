// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <functional>

#include "core/common/files.h"
#include "core/common/random.h"
#include "core/data/image_io.h"
#include "core/models/network.h"
#include "core/pipelines/attack_dataset.h"
#include "core/pipelines/audit_models.h"
#include "core/pipelines/open_run_journal.h"
#include "core/pipelines/transfer_attacks.h"
#include "tests/support/temp_folder.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr int kPerClass = 3;

/// Two classes of 32-pixel noise.
void writeImages(const fs::path& root) {
  RandomStream stream = RandomStream::fromSeed(9, "test/hostile");
  for (int c = 0; c < 2; ++c)
    for (int i = 0; i < kPerClass; ++i) {
      data::Image image(32, 32, 3);
      for (auto& value : image.samples8()) value = static_cast<std::uint8_t>(50 + 60 * c + stream.below(60));
      writeFileAtomically(root / ("grade_" + std::to_string(c)) / (std::to_string(i) + ".png"),
                          data::encodeImage(image, data::FileFormat::Png));
    }
}

enum class Head {
  Random,
  Constant,  ///< the same logits for every image, class 0 on top
  NaN,
};

fs::path writeModel(const fs::path& folder, Head head, int side, std::uint64_t seed) {
  torch::manual_seed(seed);
  const auto network = models::makeNetwork("resnet8", {.outputs = 2, .inputSize = side});
  network->eval();
  {
    const torch::NoGradGuard noGrad;
    for (auto& [name, tensor] : models::stateDict(*network)) {
      if (head == Head::Constant && name == "fc.weight") tensor.zero_();
      if (head == Head::Constant && name == "fc.bias") tensor.copy_(torch::tensor({0.5F, -0.5F}));
      if (head == Head::NaN && name == "fc.weight") tensor[1][0] = std::nanf("");
    }
  }
  models::ModelInfo info;
  info.name = folder.filename().string();
  info.arch = "resnet8";
  info.classes = {"grade_0", "grade_1"};
  info.inputSize = side;
  info.referableFrom = 1;
  models::saveModel(folder, *network, info);
  return folder;
}

class HostileModels : public ::testing::Test {
 protected:
  HostileModels() {
    torch::set_num_threads(1);
    writeImages(data_);
  }

  AuditOptions audit(const std::vector<fs::path>& models, const std::string& attacks) const {
    AuditOptions options;
    options.dataset = data_;
    options.models = models;
    options.attacks = attacks;
    options.epsilon = "8/255";
    options.steps = 3;
    options.queries = 5;
    options.out = folder_ / "out";
    options.bootstrapResamples = 10;
    options.device = DeviceChoice::Cpu;
    return options;
  }

  std::string refusalOf(const std::function<void()>& run) const {
    try {
      run();
    } catch (const Error& e) {
      EXPECT_FALSE(fs::exists(folder_ / "out" / "audit.json")) << "a number was written all the same";
      return e.what();
    }
    ADD_FAILURE() << "was accepted";
    return {};
  }

  test::TempFolder folder_;
  fs::path data_ = folder_ / "data";
};

TEST_F(HostileModels, ConstantOneKeepsItsCleanAccuracyAndIsWarnedAbout) {
  const AuditOptions options =
      audit({writeModel(folder_ / "constant", Head::Constant, 32, 1)}, "fgsm,apgd-t");
  const AuditSummary summary = auditModels(options, {});
  const audit::AuditedModel& model = summary.result.models.at(0);
  // It always says class 0, which no attack can change: half of the images stay right.
  EXPECT_DOUBLE_EQ(model.cleanMetrics.overall.value, 0.5);
  EXPECT_DOUBLE_EQ(model.worstMetrics.overall.value, 0.5);
  EXPECT_DOUBLE_EQ(model.worstMetrics.worstAccuracy, 0);
  std::vector<std::string> flags;
  for (const audit::AuditFlag& flag : summary.result.flags) flags.push_back(flag.id);
  EXPECT_THAT(flags, ::testing::IsSupersetOf({"zero_gradient", "classes"}));
}

TEST_F(HostileModels, NaNIsRefusedByEveryCommand) {
  const fs::path broken = writeModel(folder_ / "broken", Head::NaN, 32, 3);
  const fs::path sound = writeModel(folder_ / "sound", Head::Random, 32, 4);
  EXPECT_THAT(refusalOf([&] { auditModels(audit({sound, broken}, "fgsm"), {}); }), HasSubstr("finite"));

  AttackDatasetOptions attack;
  attack.dataset = data_;
  attack.model = broken;
  attack.attack = "fgsm";
  attack.out = folder_ / "attacked";
  EXPECT_THAT(refusalOf([&] { attackDataset(attack, {}); }), HasSubstr("finite"));

  TransferAttacksOptions transfer;
  transfer.dataset = data_;
  transfer.sources = {broken};
  transfer.targets = {sound};
  transfer.attacks = {"mi"};
  transfer.steps = 2;
  transfer.out = folder_ / "transfer";
  EXPECT_THAT(refusalOf([&] { runTransferAttacks(transfer, {}); }), HasSubstr("finite"));
  EXPECT_FALSE(fs::exists(transfer.out / "transfer.json"));
}

TEST_F(HostileModels, DifferentInputSizesNeedABudget) {
  AuditOptions options = audit({writeModel(folder_ / "small", Head::Random, 32, 5),
                                writeModel(folder_ / "large", Head::Random, 96, 6)},
                               "fgsm");
  options.epsilon.clear();
  EXPECT_THAT(refusalOf([&] { auditModels(options, {}); }), HasSubstr("--eps"));
}

TEST_F(HostileModels, InputSizeThatTheNetworkCannotTakeIsRefused) {
  const fs::path model = writeModel(folder_ / "edited", Head::Random, 32, 7);
  Json info = Json::parse(readTextFile(model / "model.json"));
  info["input_size"] = 4;
  writeFileAtomically(model / "model.json", info.dump());
  EXPECT_THAT(refusalOf([&] { auditModels(audit({model}, "fgsm"), {}); }), HasSubstr("size"));
}

TEST_F(HostileModels, TorchScriptNeedsTrustInEveryCommand) {
  const fs::path program = folder_ / "foreign.pt";
  writeFileAtomically(program, "not looked at");
  const fs::path sound = writeModel(folder_ / "sound", Head::Random, 32, 8);
  EXPECT_THAT(refusalOf([&] { auditModels(audit({program}, "fgsm"), {}); }),
              HasSubstr("--trust-foreign-model"));
  TransferAttacksOptions transfer;
  transfer.dataset = data_;
  transfer.sources = {sound};
  transfer.targets = {program};
  transfer.out = folder_ / "transfer";
  EXPECT_THAT(refusalOf([&] { runTransferAttacks(transfer, {}); }), HasSubstr("--trust-foreign-model"));
}

TEST(OpenRunJournal, GoesOnAfterARunThatEndedBeforeItsJournalBegan) {
  const test::TempFolder folder;
  const Json identity = {{"command", "audit"}};
  writeFileAtomically(folder / "run.json", std::string_view("{}"));
  EXPECT_THROW(openRunJournal(folder.path(), identity, false), Error);
  openRunJournal(folder.path(), identity, true);
  EXPECT_TRUE(fs::exists(folder / "journal"));
}

TEST(OpenRunJournal, LeavesForeignFilesAlone) {
  const test::TempFolder folder;
  writeFileAtomically(folder / "thesis.txt", std::string_view("the only copy"));
  EXPECT_THROW(openRunJournal(folder.path(), {{"command", "audit"}}, true), Error);
  EXPECT_FALSE(fs::exists(folder / "journal"));
}

}  // namespace
}  // namespace medlocker::pipelines
