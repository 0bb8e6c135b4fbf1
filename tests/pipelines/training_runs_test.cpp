// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/training_runs.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/common/files.h"
#include "core/pipelines/synthesize_dataset.h"
#include "tests/support/temp_folder.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;

TrainOptions tinyTraining(const fs::path& dataset, const fs::path& out, const std::string& method) {
  TrainOptions options;
  options.dataset = dataset;
  options.out = out;
  options.arch = "resnet8";
  options.inputSize = 32;
  options.trainer.method = training::defaultMethodOptions(method);
  options.trainer.epochs = 3;
  options.trainer.batchSize = 8;
  options.trainer.checkpointSeconds = 1;
  options.trainer.robustImages = 4;
  options.device = DeviceChoice::Cpu;
  options.threads = 1;
  return options;
}

class TrainingRuns : public testing::Test {
 protected:
  void SetUp() override {
    SynthOptions synth;
    synth.out = data();
    synth.count = 12;
    synth.width = synth.height = 96;
    synth.masks = false;
    synthesizeDataset(synth);
  }
  fs::path data() const { return folder_ / "data"; }

  test::TempFolder folder_;
};

TEST_F(TrainingRuns, TellWhatTheTrainingTold) {
  TrainOptions options = tinyTraining(data(), folder_ / "runs" / "one", "wat");
  options.trainer.epochs = 2;
  const TrainSummary summary = trainModel(options);
  const auto run = readTrainingRun(folder_ / "runs" / "one");
  ASSERT_TRUE(run);
  EXPECT_EQ(run->problem, "");
  EXPECT_EQ(run->outcome, "completed");
  EXPECT_EQ(run->method, "wat");
  EXPECT_EQ(run->arch, "resnet8");
  EXPECT_EQ(run->dataset, data());
  EXPECT_EQ(run->plannedEpochs, 2);
  EXPECT_EQ(run->classes, summary.classes);
  EXPECT_EQ(run->selectedEpoch, summary.selectedEpoch);
  EXPECT_TRUE(run->hasModel);
  EXPECT_FALSE(run->canResume());
  ASSERT_EQ(run->history.size(), summary.history.size());
  for (std::size_t i = 0; i < run->history.size(); ++i)
    EXPECT_EQ(training::toJson(run->history[i]), training::toJson(summary.history[i]));
  ASSERT_TRUE(run->selected());
  EXPECT_EQ(run->selected()->validation.accuracy, summary.validation->accuracy);
  EXPECT_TRUE(run->history[0].extra.contains("class_weight_" + run->classes[0]));
}

TEST_F(TrainingRuns, KnowsARunThatCanGoOn) {
  std::stop_source source;
  const TrainOptions options = tinyTraining(data(), folder_ / "stopped", "standard");
  const TrainSummary summary = trainModel(options, {source.get_token(), nullptr},
                                          [&](const training::EpochRecord&) { source.request_stop(); });
  ASSERT_EQ(summary.outcome, Outcome::Cancelled);
  const auto run = readTrainingRun(folder_ / "stopped");
  ASSERT_TRUE(run);
  EXPECT_EQ(run->outcome, "cancelled");
  EXPECT_EQ(run->history.size(), 1U);
  EXPECT_FALSE(run->hasModel);
  ASSERT_TRUE(run->canResume());
  TrainOptions again = *run->options;
  again.resume = true;
  EXPECT_EQ(trainModel(again).outcome, Outcome::Completed);
  EXPECT_EQ(readTrainingRun(folder_ / "stopped")->history.size(), 3U);
}

/// A record as a run writes it, without training.
void writeRun(const fs::path& folder, const std::string& written, const Json& more = Json::object()) {
  Json record = {{"schema", "medlocker/run/1"},
                 {"command", "train"},
                 {"outcome", "completed"},
                 {"written", written},
                 {"dataset", {{"classes", {"a", "b"}}}},
                 {"options", TrainOptions().toJson()}};
  record.update(more);
  writeFileAtomically(folder / "run.json", record.dump());
}

TEST_F(TrainingRuns, AreFoundBelowAPlaceOnceAndLatestFirst) {
  writeRun(folder_ / "m" / "old", "2026-01-01T00:00:00Z");
  writeRun(folder_ / "m" / "new", "2026-03-01T00:00:00Z");
  writeRun(folder_ / "m" / "new" / "teacher-robust", "2026-02-01T00:00:00Z");
  writeRun(folder_ / "m" / "deep" / "a" / "b", "2026-04-01T00:00:00Z");
  writeRun(folder_ / "m" / "audit", "2026-05-01T00:00:00Z", {{"command", "audit"}});
  writeFileAtomically(folder_ / "m" / "old" / "model.safetensors", std::string_view("x"));
  fs::create_directory_symlink(folder_ / "m" / "new", folder_ / "m" / "link");
  const auto runs = findTrainingRuns(
      {folder_ / "m", folder_ / "m" / "new", folder_ / "m" / "old" / "model.safetensors", folder_ / "none"});
  std::vector<fs::path> found;
  for (const TrainingRun& run : runs) found.push_back(fs::relative(run.folder, folder_ / "m"));
  EXPECT_EQ(found, (std::vector<fs::path>{"new", "new/teacher-robust", "old"}));
}

TEST_F(TrainingRuns, TellsOfDamageAndOfOptionsItDoesNotKnow) {
  const fs::path folder = folder_ / "run";
  Json options = TrainOptions().toJson();
  options["of_a_later_version"] = 1;
  writeRun(folder, "2026-01-01T00:00:00Z", {{"options", options}, {"outcome", "cancelled"}});
  writeFileAtomically(folder / "checkpoint" / "checkpoint.json", std::string_view("{}"));
  auto run = readTrainingRun(folder);
  ASSERT_TRUE(run);
  EXPECT_EQ(run->problem, "");
  EXPECT_EQ(run->arch, "resnet18");
  EXPECT_FALSE(run->canResume());

  writeFileAtomically(folder / "history.json", std::string_view("{\"epochs\":[{]"));
  EXPECT_NE(readTrainingRun(folder)->problem.find("history.json"), std::string::npos);
  writeFileAtomically(folder / "run.json", std::string_view("{\"command\":"));
  ASSERT_TRUE(readTrainingRun(folder));
  writeFileAtomically(folder / "history.json", std::string_view("{\"epochs\":[]}"));
  EXPECT_NE(readTrainingRun(folder)->problem.find("run.json"), std::string::npos);
  EXPECT_FALSE(readTrainingRun(folder_ / "nothing"));
}

}  // namespace
}  // namespace medlocker::pipelines
