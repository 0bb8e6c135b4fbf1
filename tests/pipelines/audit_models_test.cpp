// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/audit_models.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <thread>

#include "core/common/files.h"
#include "core/common/random.h"
#include "core/data/image_io.h"
#include "core/models/network.h"
#include "core/pipelines/attack_dataset.h"
#include "core/pipelines/compare_audits.h"
#include "tests/support/temp_folder.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;

/// Class folders of 32-pixel noise whose mean grows with the class, so that a linear look tells them apart.
void writeImages(const fs::path& root, int classes, int perClass) {
  RandomStream stream = RandomStream::fromSeed(5, "test/audit");
  for (int c = 0; c < classes; ++c)
    for (int i = 0; i < perClass; ++i) {
      data::Image image(32, 32, 3);
      for (auto& value : image.samples8()) value = static_cast<std::uint8_t>(40 + 50 * c + stream.below(40));
      writeFileAtomically(root / ("grade_" + std::to_string(c)) / (std::to_string(i) + ".png"),
                          data::encodeImage(image, data::FileFormat::Png));
    }
}

/// A saved network with random weights and a head that reads brightness: right on the images above, and
/// attackable.
fs::path writeModel(const fs::path& folder, int classes, std::uint64_t seed, bool broken = false) {
  torch::manual_seed(seed);
  const auto network = models::makeNetwork("resnet8", {.outputs = classes, .inputSize = 32});
  {
    const torch::NoGradGuard noGrad;
    // One step of least squares on the pooled features of constant images gives each class its own direction.
    network->eval();
    for (auto& item : models::stateDict(*network))
      if (item.first == "fc.weight" || item.first == "fc.bias") item.second.zero_();
    at::Tensor weight, bias;
    for (auto& item : models::stateDict(*network)) {
      if (item.first == "fc.weight") weight = item.second;
      if (item.first == "fc.bias") bias = item.second;
    }
    // Features are read by setting the head to the identity on as many outputs as there are classes, block by
    // block.
    const std::int64_t width = weight.size(1);
    std::vector<at::Tensor> features;
    for (int c = 0; c < classes; ++c) {
      const at::Tensor image = torch::full({1, 3, 32, 32}, (60.0 + 50 * c) / 255);
      at::Tensor row = torch::zeros({width});
      for (std::int64_t begin = 0; begin < width; begin += classes) {
        weight.zero_();
        const std::int64_t count = std::min<std::int64_t>(classes, width - begin);
        for (std::int64_t k = 0; k < count; ++k) weight[k][begin + k] = 1;
        row.narrow(0, begin, count).copy_(network->forward(image)[0].narrow(0, 0, count));
      }
      features.push_back(row);
    }
    // Nearest mean: 2 f·m - |m|².
    const at::Tensor means = torch::stack(features);
    weight.copy_(2 * means);
    bias.copy_(-means.square().sum(1));
    if (broken) weight[0][0] = std::nanf("");
  }
  models::ModelInfo info;
  info.name = folder.filename().string();
  info.arch = "resnet8";
  for (int c = 0; c < classes; ++c) info.classes.push_back("grade_" + std::to_string(c));
  info.inputSize = 32;
  info.referableFrom = 1;
  models::saveModel(folder, *network, info);
  return folder;
}

struct World {
  test::TempFolder folder;
  fs::path data = folder / "data";
  fs::path model;

  explicit World(int classes = 4, int perClass = 4) {
    torch::set_num_threads(1);
    writeImages(data, classes, perClass);
    model = writeModel(folder / "model", classes, 3);
  }

  AuditOptions options(const std::string& out) const {
    AuditOptions options;
    options.dataset = data;
    options.models = {model};
    options.attacks = "fgsm,pgd-3,autoattack";
    options.steps = 3;
    options.queries = 8;
    options.epsilon = "16/255";
    options.out = folder / out;
    options.batchSize = 5;
    options.timings = false;
    options.bootstrapResamples = 20;
    options.device = DeviceChoice::Cpu;
    return options;
  }
};

std::string textOf(const fs::path& file) {
  return readTextFile(file);
}

const char* const kReports[] = {"audit.json", "audit.csv", "samples.csv", "report.html", "model-card-1.json"};

TEST(AuditModels, MeasuresEveryClassAndWritesAllReports) {
  const World world;
  AuditOptions options = world.options("out");
  options.curve = "0,4/255,32/255";
  options.curveAttack = "pgd-3";
  options.require = {"clean_accuracy>=0.9", "accuracy>=1.01"};
  const AuditSummary summary = auditModels(options, {});
  ASSERT_EQ(summary.outcome, Outcome::Completed);
  const audit::AuditedModel& model = summary.result.models.at(0);
  EXPECT_EQ(model.truth.size(), 16U);
  EXPECT_DOUBLE_EQ(model.cleanMetrics.overall.value, 1.0);
  EXPECT_LT(model.worstMetrics.overall.value, 1.0);
  EXPECT_LE(model.worstMetrics.overall.correct, model.attacks.at(2).metrics.overall.correct);
  EXPECT_EQ(model.attacks.at(2).stages.size(), 4U);
  EXPECT_EQ(model.attacks.at(2).stages.back().robust, model.attacks.at(2).metrics.overall.correct);
  ASSERT_EQ(model.curve.size(), 3U);
  EXPECT_DOUBLE_EQ(model.curve.front().accuracy.value, 1.0);  // no budget, no change
  EXPECT_LE(model.curve.back().accuracy.value, model.curve.at(1).accuracy.value);
  EXPECT_FALSE(summary.requirementsMet());
  for (const char* file : kReports) EXPECT_TRUE(fs::exists(options.out / file)) << file;
  const Json json = Json::parse(textOf(options.out / "audit.json"));
  EXPECT_EQ(json.at("dataset").at("counts"), Json({4, 4, 4, 4}));
  const std::string html = textOf(options.out / "report.html");
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_EQ(html.find("src=\"http"), std::string::npos);
}

TEST(AuditModels, StoppedAndResumedGivesTheSameBytes) {
  const World world;
  const AuditOptions calm = world.options("calm");
  auditModels(calm, {});
  AuditOptions disturbed = world.options("disturbed");
  /// Asks for a stop after a few reports.
  class StopAfter : public ProgressSink {
   public:
    StopAfter(std::stop_source source, int reports) : source_(std::move(source)), left_(reports) {}
    void report(const Progress&) override {
      if (--left_ == 0) source_.request_stop();
    }

   private:
    std::stop_source source_;
    int left_;
  };
  int stops = 0;
  for (int round = 0; round < 30; ++round) {
    std::stop_source source;
    const AuditSummary part =
        auditModels(disturbed, RunContext(source.get_token(), std::make_shared<StopAfter>(source, 4)));
    disturbed.resume = true;
    if (part.outcome == Outcome::Completed) break;
    ++stops;
    EXPECT_FALSE(fs::exists(disturbed.out / "audit.json"));
  }
  EXPECT_GE(stops, 3);
  const AuditSummary last = auditModels(disturbed, {});
  EXPECT_EQ(last.outcome, Outcome::Completed);
  EXPECT_EQ(last.unitsDone, 0);
  for (const char* file : kReports) EXPECT_EQ(textOf(calm.out / file), textOf(disturbed.out / file)) << file;
}

TEST(AuditModels, RefusesToResumeAnotherRunOrToOverwrite) {
  const World world(2, 2);
  AuditOptions options = world.options("out");
  options.attacks = "fgsm";
  auditModels(options, {});
  EXPECT_THROW(auditModels(options, {}), Error);
  options.resume = true;
  options.epsilon = "8/255";
  EXPECT_THROW(auditModels(options, {}), Error);
}

TEST(AuditModels, NaNWeightsAreAnErrorAndNeverANumber) {
  const World world(3, 2);
  AuditOptions options = world.options("out");
  options.models = {writeModel(world.folder / "broken", 3, 4, true)};
  try {
    auditModels(options, {});
    FAIL() << "a model that answers NaN was audited";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::InputRejected);
    EXPECT_NE(std::string(e.what()).find("not a finite number"), std::string::npos);
  }
  EXPECT_FALSE(fs::exists(options.out / "audit.json"));
}

TEST(AuditModels, TwoClassesWarnAboutLogitRatios) {
  const World world(2, 3);
  AuditOptions options = world.options("out");
  options.attacks = "apgd-dlr";
  const AuditSummary summary = auditModels(options, {});
  bool warned = false;
  for (const audit::AuditFlag& flag : summary.result.flags) warned = warned || flag.id == "classes";
  EXPECT_TRUE(warned);
}

TEST(AuditModels, ClassesThatDoNotFitAreRefused) {
  const World world(3, 2);
  AuditOptions options = world.options("out");
  options.models = {writeModel(world.folder / "two", 2, 1)};
  EXPECT_THROW(auditModels(options, {}), Error);
}

TEST(AuditModels, ADatasetMayLackClassesTheModelKnows) {
  const World world(2, 2);
  AuditOptions options = world.options("out");
  options.models = {writeModel(world.folder / "five", 5, 1)};
  options.attacks = "fgsm";
  EXPECT_EQ(auditModels(options, {}).result.models.at(0).truth.size(), 4U);
}

TEST(AuditModels, UnreadableImagesAreNamedAndLeftOut) {
  const World world(2, 3);
  writeFileAtomically(world.data / "grade_1" / "broken.png", std::string_view("\x89PNG\r\n\x1a\nnot really"));
  AuditOptions options = world.options("out");
  options.attacks = "fgsm";
  const AuditSummary summary = auditModels(options, {});
  EXPECT_EQ(summary.result.models.at(0).truth.size(), 6U);
  ASSERT_EQ(summary.issues.size(), 1U);
  EXPECT_NE(summary.issues[0].item.find("broken.png"), std::string::npos);
}

TEST(AuditOptions, BadOnesNameTheField) {
  AuditOptions options;
  options.dataset = "d";
  options.models = {"m"};
  options.out = "o";
  EXPECT_TRUE(options.validate().empty());
  const auto field = [](const AuditOptions& changed) {
    const auto issues = changed.validate();
    return issues.empty() ? std::string() : issues.front().field;
  };
  AuditOptions bad = options;
  bad.epsilon = "eight";
  EXPECT_EQ(field(bad), "eps");
  bad = options;
  bad.attacks = "fgsm,nonsense";
  EXPECT_EQ(field(bad), "attacks");
  bad = options;
  bad.norm = "l1";
  EXPECT_EQ(field(bad), "norm");
  bad = options;
  bad.require = {"beauty>=1"};
  EXPECT_EQ(field(bad), "require");
  bad = options;
  bad.attacks = "cw-l2";
  EXPECT_EQ(field(bad), "attacks");  // not under L-infinity
}

TEST(AttackDataset, SavesImagesThatKeepTheBudgetAndJudgesTheFiles) {
  const World world(3, 3);
  AttackDatasetOptions options;
  options.dataset = world.data;
  options.model = world.model;
  options.attack = "pgd-5";
  options.epsilon = "16/255";
  options.out = world.folder / "attacked";
  options.batchSize = 4;
  options.device = DeviceChoice::Cpu;
  const AttackDatasetSummary summary = attackDataset(options, {});
  ASSERT_EQ(summary.images.size(), 9U);
  const auto model = models::loadClassifier(world.model);
  for (const AttackedImage& image : summary.images) {
    EXPECT_LE(image.distance, 16.0 / 255 + 1e-6) << image.id;
    const data::Image saved = data::readImage(options.out / image.file).image;
    EXPECT_EQ(saved.bitsAllocated(), 16);
    at::Tensor input = torch::empty({1, 3, 32, 32});
    for (int c = 0; c < 3; ++c)
      for (int y = 0; y < 32; ++y)
        for (int x = 0; x < 32; ++x)
          input[0][c][y][x] = static_cast<float>(saved.samples16()[(y * 32 + x) * 3 + c] / 65535.0);
    EXPECT_EQ(models::predictedClasses(model->logits(input), model->info()).item<std::int64_t>(),
              image.predicted);
    EXPECT_EQ(toHex(sha256File(options.out / image.file)), image.sha256);
  }
  EXPECT_TRUE(fs::exists(options.out / "attack.json"));
}

TEST(CompareAudits, PutsAuditsSideBySideWithPairedIntervals) {
  const World world(3, 3);
  AuditOptions first = world.options("first");
  first.attacks = "fgsm";
  auditModels(first, {});
  AuditOptions second = first;
  second.out = world.folder / "second";
  second.models = {writeModel(world.folder / "other", 3, 8)};
  second.epsilon = "4/255";
  auditModels(second, {});
  CompareAuditsOptions options;
  options.audits = {first.out, second.out / "audit.json"};
  options.out = world.folder / "compared";
  options.bootstrapResamples = 50;
  const CompareAuditsSummary summary = compareAudits(options, {});
  EXPECT_EQ(summary.comparisons.size(), 3U);
  ASSERT_EQ(summary.notices.size(), 2U);  // another budget, and with it other attack settings
  EXPECT_TRUE(fs::exists(options.out / "report.html"));
  options.out = world.folder / "again";
  options.audits[1] = world.folder / "nowhere";
  EXPECT_THROW(compareAudits(options, {}), Error);
}

}  // namespace
}  // namespace medlocker::pipelines
