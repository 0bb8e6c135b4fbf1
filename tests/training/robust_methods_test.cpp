// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/common/files.h"
#include "core/training/trainer.h"
#include "tests/support/temp_folder.h"
#include "tests/training/robust_support.h"

namespace medlocker::training {
namespace {

std::vector<std::string> robustMethods() {
  std::vector<std::string> names;
  for (const MethodInfo& info : trainingMethods())
    if (info.name != "standard") names.push_back(info.name);
  return names;
}

std::string testName(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::erase(name, '-');
  return name;
}

class RobustMethod : public testing::TestWithParam<std::string> {};

TEST_P(RobustMethod, TrainsWithTheRecipeItBrings) {
  const test::TempFolder folder;
  const TrainerSetup setup = test::robustSetup(folder.path(), GetParam());
  const auto before = test::stateBytes(*setup.network);
  const TrainerResult result = runTraining(test::robustOptions(GetParam(), 2), setup, {});
  EXPECT_EQ(result.outcome, Outcome::Completed);
  EXPECT_EQ(result.skippedSteps, 0);
  EXPECT_NE(test::stateBytes(*setup.network), before);
  ASSERT_EQ(result.history.size(), 2U);
  for (const EpochRecord& record : result.history) {
    EXPECT_TRUE(std::isfinite(record.trainLoss));
    EXPECT_TRUE(record.robustValidated);
    EXPECT_LE(record.robust.accuracy, record.validation.accuracy);
    for (const auto& [name, value] : record.extra) EXPECT_TRUE(std::isfinite(value)) << name;
    EXPECT_EQ(toJson(epochRecordFromJson(toJson(record))), toJson(record));
  }
}

INSTANTIATE_TEST_SUITE_P(All, RobustMethod, testing::ValuesIn(robustMethods()), testName);

class StopAfterReports : public ProgressSink {
 public:
  StopAfterReports(std::stop_source source, int reports) : source_(std::move(source)), left_(reports) {}
  void report(const Progress& progress) override {
    if (progress.stage == "train" && --left_ == 0) source_.request_stop();
  }

 private:
  std::stop_source source_;
  int left_;
};

class RobustResume : public testing::TestWithParam<std::string> {};

TEST_P(RobustResume, FromTheMiddleOfAnEpochEqualsAnUninterruptedRun) {
  // Milestones and method epochs of the recipes all fall within the first three epochs of such a short run.
  const TrainerOptions options = test::robustOptions(GetParam(), 3, 1);
  const test::TempFolder whole, parts;
  TrainerSetup reference = test::robustSetup(whole.path(), GetParam());
  const TrainerResult expected = runTraining(options, reference, {});
  for (int stop :
       {2, 4}) {  // 3 steps per epoch: after the second of the first, the first of the second epoch
    TrainerSetup setup = test::robustSetup(parts.path(), GetParam());
    setup.resume = stop > 2;
    std::stop_source source;
    const RunContext context(source.get_token(),
                             std::make_shared<StopAfterReports>(source, setup.resume ? stop - 2 : stop));
    EXPECT_EQ(runTraining(options, setup, context).outcome, Outcome::Cancelled);
  }
  TrainerSetup last = test::robustSetup(parts.path(), GetParam());
  {
    const torch::NoGradGuard noGrad;
    for (auto& parameter : last.network->parameters()) parameter.fill_(0.5);
    torch::manual_seed(999);
  }
  last.resume = true;
  const TrainerResult result = runTraining(options, last, {});
  EXPECT_EQ(result.outcome, Outcome::Completed);
  EXPECT_EQ(result.resumedAtEpoch, 2);
  EXPECT_TRUE(test::stateBytes(*last.network) == test::stateBytes(*reference.network));
  const char* state = "checkpoint/state-4-0.safetensors";
  EXPECT_EQ(readFile(whole / state), readFile(parts / state));
  ASSERT_EQ(result.history.size(), expected.history.size());
  for (std::size_t i = 0; i < result.history.size(); ++i) {
    EXPECT_EQ(result.history[i].extra, expected.history[i].extra) << "method state of epoch " << i + 1;
    EXPECT_EQ(result.history[i].trainLoss, expected.history[i].trainLoss);
    EXPECT_EQ(result.history[i].robust.confusion.counts, expected.history[i].robust.confusion.counts);
  }
}

INSTANTIATE_TEST_SUITE_P(Stateful, RobustResume,
                         testing::Values("absld", "b-mtard", "cfa", "dafa", "wat", "frl", "fair-rslad",
                                         "fair-mtard", "aw-net"),
                         testName);

std::vector<std::uint8_t> trainedBytes(const TrainerOptions& options, const std::string& method) {
  const test::TempFolder folder;
  TrainerSetup setup = test::robustSetup(folder.path(), method);
  setup.validation.items.clear();  // the last epoch is kept
  setup.validation.labels.clear();
  runTraining(options, setup, {});
  return test::stateBytes(*setup.network);
}

TrainerOptions with(TrainerOptions options, const char* field, const Json& value) {
  Json method = options.method;
  method[field] = value;
  from_json(method, options.method);
  return options;
}

TEST(MethodInvariants, AbsldWithFrozenTemperaturesIsRslad) {
  const TrainerOptions absld = test::robustOptions("absld", 2), rslad = test::robustOptions("rslad", 2);
  const auto expected = trainedBytes(rslad, "rslad");
  EXPECT_EQ(trainedBytes(with(absld, "rate", 0.0), "absld"), expected)
      << "all temperatures stay 1, inner loop included";
  EXPECT_NE(trainedBytes(absld, "absld"), expected);
}

TEST(MethodInvariants, BMtardWithFrozenTemperaturesIsMtard) {
  EXPECT_EQ(trainedBytes(with(test::robustOptions("b-mtard", 2), "temperature_rate", 0.0), "b-mtard"),
            trainedBytes(test::robustOptions("mtard", 2), "mtard"));
}

TEST(MethodInvariants, ZeroRadiusIsPlainTraining) {
  TrainerOptions options = test::robustOptions("pgd-at", 1);
  Json method = options.method;
  method["attack"]["epsilon"] = 0.0;
  from_json(method, options.method);
  TrainerOptions plain = options;
  plain.method = StandardOptions{.labelSmoothing = 0};
  EXPECT_EQ(trainedBytes(options, "pgd-at"), trainedBytes(plain, "standard"));
}

TEST(MethodPresets, MilestonesScaleAndEveryMethodHasOne) {
  for (const std::string& name : robustMethods()) {
    TrainerOptions options;
    options.method = defaultMethodOptions(name);
    applyPreset(options);
    const int full = options.epochs;
    ASSERT_TRUE(options.validate().empty()) << name;
    const std::vector<int> milestones = options.schedule.milestones;
    applyPreset(options, full / 2);
    for (std::size_t i = 0; i < milestones.size(); ++i)
      EXPECT_NEAR(options.schedule.milestones[i], milestones[i] / 2.0, 1) << name;
    EXPECT_FALSE(options.optimiser.kind == OptimiserKind::AdamW) << name;
  }
  TrainerOptions absld;
  absld.method = defaultMethodOptions("absld");
  applyPreset(absld);
  EXPECT_THAT(absld.schedule.milestones, testing::ElementsAre(215, 260, 285));
  EXPECT_EQ(absld.selection(), SelectionCriterion::RobustAndWorstClass);
}

TEST(MethodPresets, ChangedRadiusChangesTheStep) {
  InnerAttackOptions attack = gaussAttack(0.031, 0.007);
  EXPECT_DOUBLE_EQ(attack.stepSize(), 0.007);
  attack.epsilon = 0.02;
  EXPECT_DOUBLE_EQ(attack.stepSize(), 0.005);
  attack.step = 0.001;
  EXPECT_DOUBLE_EQ(attack.stepSize(), 0.001);
}

TEST(RobustMethods, MissingTeachersAndUnknownPairsAreRefused) {
  const test::TempFolder folder;
  TrainerSetup setup = test::robustSetup(folder.path(), "rslad");
  setup.teacher = nullptr;
  EXPECT_THROW(runTraining(test::robustOptions("rslad", 1), setup, {}), Error);
  TrainerSetup plainNetwork = test::robustSetup(folder.path(), "rslad");
  EXPECT_THROW(runTraining(test::robustOptions("aw-net", 1), plainNetwork, {}), Error);
  TrainerSetup noValidation = test::robustSetup(folder.path(), "wat");
  noValidation.validation.items.clear();
  noValidation.validation.labels.clear();
  EXPECT_THROW(runTraining(test::robustOptions("wat", 1), noValidation, {}), Error);
  TrainerOptions weights = test::robustOptions("trades", 1);
  weights.balance = ClassBalance::Weights;
  EXPECT_FALSE(weights.validate().empty());
}

TEST(RobustMethods, ANonFiniteStepLeavesTheMethodStateAlone) {
  const test::TempFolder folder;
  TrainerSetup setup = test::robustSetup(folder.path(), "b-mtard");
  {
    const torch::NoGradGuard noGrad;
    setup.network->parameters().front().fill_(std::numeric_limits<float>::infinity());
  }
  try {
    runTraining(test::robustOptions("b-mtard", 20), setup, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("robust teacher + natural teacher"));
  }
}

TEST(RobustMethods, ClassesAbsentFromTrainingAndValidationAreFine) {
  for (const char* name : {"absld", "dafa", "cfa", "wat", "frl", "fair-ard"}) {
    const test::TempFolder folder;
    TrainerSetup setup = test::robustSetup(folder.path(), name, 4);
    for (LabelledItems* part : {&setup.train, &setup.validation})
      for (std::size_t i = part->labels.size(); i-- > 0;)
        if (part->labels[i] == 3) {
          part->labels.erase(part->labels.begin() + static_cast<std::ptrdiff_t>(i));
          part->items.erase(part->items.begin() + static_cast<std::ptrdiff_t>(i));
        }
    const TrainerResult result = runTraining(test::robustOptions(name, 2, 1), setup, {});
    EXPECT_EQ(result.outcome, Outcome::Completed) << name;
    for (const auto& [key, value] : result.history.back().extra) EXPECT_TRUE(std::isfinite(value)) << key;
  }
}

TEST(WeightAveraging, SwaKeepsTheMeanOfTheLastEpochs) {
  const test::TempFolder folder;
  TrainerSetup setup = test::robustSetup(folder.path(), "pgd-at");
  setup.validation.items.clear();
  setup.validation.labels.clear();
  TrainerOptions options = test::robustOptions("pgd-at", 3, 1);
  options.swaFrom = 2;
  const TrainerResult result = runTraining(options, setup, {});
  EXPECT_EQ(result.outcome, Outcome::Completed);
  // The same run without averaging ends elsewhere.
  options.swaFrom = 0;
  EXPECT_NE(trainedBytes(options, "pgd-at"), test::stateBytes(*setup.network));
}

}  // namespace
}  // namespace medlocker::training
