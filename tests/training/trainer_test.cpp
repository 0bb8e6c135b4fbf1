// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <fstream>

#include "core/common/device.h"
#include "core/common/files.h"
#include "core/training/evaluation.h"
#include "tests/support/temp_folder.h"
#include "tests/training/synthetic.h"

namespace medlocker::training {
namespace {

/// Requests a stop when the given number of training reports have been seen.
class StopAfter : public ProgressSink {
 public:
  StopAfter(std::stop_source source, int reports) : source_(std::move(source)), left_(reports) {}
  void report(const Progress& progress) override {
    if (progress.stage == "train" && --left_ == 0) source_.request_stop();
  }

 private:
  std::stop_source source_;
  int left_;
};

RunContext stoppingAfter(int trainReports) {
  std::stop_source source;
  return {source.get_token(), std::make_shared<StopAfter>(source, trainReports)};
}

TEST(Trainer, LearnsAndKeepsTheBestEpoch) {
  const test::TempFolder folder;
  const TrainerSetup setup = test::squareSetup(folder.path(), 4, 16, 128, 64);
  std::vector<int> observed;
  const TrainerResult result = runTraining(test::squareOptions(8), setup, {}, [&](const EpochRecord& record) {
    observed.push_back(record.epoch);
  });
  EXPECT_EQ(result.outcome, Outcome::Completed);
  EXPECT_THAT(observed, testing::ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
  ASSERT_EQ(result.history.size(), 8U);
  const EvaluationResult& selected =
      result.history[static_cast<std::size_t>(result.selectedEpoch - 1)].validation;
  EXPECT_GT(selected.balancedAccuracy, 0.9) << "four quadrants are easy; chance is 0.25";
  for (const EpochRecord& record : result.history)
    EXPECT_FALSE(isBetter(record.validation, selected, SelectionCriterion::BalancedAccuracy));

  // The network that is handed back is the selected one.
  const auto classifier = models::makeClassifier(setup.network, setup.info);
  const auto again = evaluateCached(*classifier, setup.validation.cache, setup.validation.items,
                                    setup.validation.labels, {}, {});
  EXPECT_EQ(again->confusion.counts, selected.confusion.counts);
  EXPECT_TRUE(std::filesystem::exists(folder / "history.csv"));
}

TEST(Trainer, SameSeedSameBytes) {
  std::vector<std::vector<std::uint8_t>> runs;
  for (const std::uint64_t seed : {3ULL, 3ULL, 4ULL}) {
    const test::TempFolder folder;
    TrainerSetup setup = test::squareSetup(folder.path());
    setup.loaderThreads = runs.empty() ? 1 : 3;
    TrainerOptions options = test::squareOptions(2);
    options.augment = augmentPreset("fundus");
    options.seed = seed;
    runTraining(options, setup, {});
    runs.push_back(test::stateBytes(*setup.network));
  }
  EXPECT_EQ(runs[0], runs[1]) << "also with another number of loader threads";
  EXPECT_NE(runs[0], runs[2]);
}

struct ResumeCase {
  const char* name;
  int stopAfterReports;  // 64 images in batches of 16: 4 reports per epoch
  void (*change)(TrainerOptions&);
};

class TrainerResume : public testing::TestWithParam<ResumeCase> {};

TEST_P(TrainerResume, EqualsAnUninterruptedRun) {
  TrainerOptions options = test::squareOptions(4);
  options.augment = {.rotationDegrees = 5, .scale = 0.05, .brightness = 0.2};  // flips would change the class
  options.select = SelectionCriterion::Loss;  // accuracy is soon perfect; the loss goes on falling
  GetParam().change(options);
  const test::TempFolder whole, parts;
  const TrainerSetup reference = test::squareSetup(whole.path());
  const TrainerResult expected = runTraining(options, reference, {});

  TrainerSetup first = test::squareSetup(parts.path());
  EXPECT_EQ(runTraining(options, first, stoppingAfter(GetParam().stopAfterReports)).outcome,
            Outcome::Cancelled);
  EXPECT_FALSE(test::stateBytes(*first.network) == test::stateBytes(*reference.network));
  TrainerSetup second = test::squareSetup(parts.path());
  {
    // Whatever the initial weights and the generator are now, the checkpoint decides.
    const torch::NoGradGuard noGrad;
    for (auto& parameter : second.network->parameters()) parameter.fill_(0.5);
    torch::manual_seed(999);
  }
  second.resume = true;
  const TrainerResult result = runTraining(options, second, {});
  EXPECT_EQ(result.outcome, Outcome::Completed);
  EXPECT_GT(result.resumedAtEpoch, 0);
  EXPECT_TRUE(test::stateBytes(*second.network) == test::stateBytes(*reference.network));
  const char* last = "checkpoint/state-5-0.safetensors";  // weights, optimiser and all
  EXPECT_EQ(readFile(whole / last), readFile(parts / last));
  EXPECT_GT(result.selectedEpoch, 2);
  EXPECT_EQ(result.selectedEpoch, expected.selectedEpoch);
  ASSERT_EQ(result.history.size(), expected.history.size());
  for (std::size_t i = 0; i < result.history.size(); ++i) {
    Json a = toJson(result.history[i]), b = toJson(expected.history[i]);
    for (const char* timing : {"seconds", "images_per_second", "idle_share"}) {
      a.erase(timing);
      b.erase(timing);
    }
    EXPECT_EQ(a, b);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, TrainerResume,
    testing::Values(ResumeCase{"AfterTwoEpochs", 8, [](TrainerOptions&) {}},
                    ResumeCase{"InTheMiddleOfAnEpoch", 6, [](TrainerOptions&) {}},
                    ResumeCase{"SgdWithAverage", 7,
                               [](TrainerOptions& o) {
                                 o.optimiser.kind = OptimiserKind::Sgd;
                                 o.optimiser.learningRate = 0.02;
                                 o.emaDecay = 0.9;
                               }},
                    ResumeCase{"Bfloat16", 6, [](TrainerOptions& o) { o.precision = Precision::Bfloat16; }},
                    ResumeCase{"ClassWeights", 5,
                               [](TrainerOptions& o) { o.balance = ClassBalance::Weights; }}),
    [](const auto& each) { return each.param.name; });

TEST(Trainer, ResumingAFinishedRunChangesNothing) {
  const test::TempFolder folder;
  TrainerSetup setup = test::squareSetup(folder.path());
  const TrainerOptions options = test::squareOptions(2);
  runTraining(options, setup, {});
  const auto bytes = test::stateBytes(*setup.network);
  TrainerSetup again = test::squareSetup(folder.path());
  again.resume = true;
  const TrainerResult result = runTraining(options, again, {});
  EXPECT_EQ(result.outcome, Outcome::Completed);
  EXPECT_EQ(test::stateBytes(*again.network), bytes);
}

TEST(Trainer, RefusesToResumeAnotherRun) {
  const test::TempFolder folder;
  TrainerSetup setup = test::squareSetup(folder.path());
  runTraining(test::squareOptions(1), setup, {});
  setup.resume = true;
  setup.identity = {{"test", 2}};
  try {
    runTraining(test::squareOptions(1), setup, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
    EXPECT_THAT(error.what(), testing::HasSubstr("test differs"));
  }
}

TEST(Trainer, DivergenceIsAClearError) {
  const test::TempFolder folder;
  const TrainerSetup setup = test::squareSetup(folder.path());
  TrainerOptions options = test::squareOptions(20);
  {
    const torch::NoGradGuard noGrad;
    setup.network->parameters().front().fill_(std::numeric_limits<float>::infinity());
  }
  try {
    runTraining(options, setup, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InputRejected);
    EXPECT_THAT(error.what(), testing::HasSubstr("training diverged"));
    EXPECT_THAT(error.what(), testing::HasSubstr("cross-entropy"));
  }
}

TEST(Trainer, WithoutValidationTheLastEpochIsKept) {
  const test::TempFolder folder;
  TrainerSetup setup = test::squareSetup(folder.path());
  setup.validation.items.clear();
  setup.validation.labels.clear();
  const TrainerResult result = runTraining(test::squareOptions(2), setup, {});
  EXPECT_EQ(result.selectedEpoch, 2);
  EXPECT_FALSE(result.history.back().validated);
}

TEST(Trainer, StopsEarlyWhenNothingImproves) {
  const test::TempFolder folder;
  const TrainerSetup setup = test::squareSetup(folder.path());
  TrainerOptions options = test::squareOptions(30);
  options.optimiser.learningRate = 1e-12;  // nothing moves but the normalisation statistics
  options.patience = 2;
  const TrainerResult result = runTraining(options, setup, {});
  EXPECT_TRUE(result.stoppedEarly);
  EXPECT_EQ(static_cast<int>(result.history.size()), result.selectedEpoch + 2);
}

TEST(Trainer, Bfloat16LearnsToo) {
  const test::TempFolder folder;
  const TrainerSetup setup = test::squareSetup(folder.path(), 4, 16, 128, 64);
  TrainerOptions options = test::squareOptions(6);
  options.precision = Precision::Bfloat16;
  const TrainerResult result = runTraining(options, setup, {});
  EXPECT_GT(result.history[static_cast<std::size_t>(result.selectedEpoch - 1)].validation.balancedAccuracy,
            0.8);
  for (const auto& parameter : setup.network->parameters()) EXPECT_EQ(parameter.scalar_type(), torch::kFloat);
}

}  // namespace
}  // namespace medlocker::training
