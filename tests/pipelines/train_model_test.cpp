// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/train_model.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdlib>
#include <set>
#include <thread>

#include "core/common/files.h"
#include "core/common/random.h"
#include "core/data/image_io.h"
#include "core/models/classifier.h"
#include "core/pipelines/training_methods.h"
#include "tests/support/temp_folder.h"

extern char** environ;

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;

/// Class folders "dark_left" and "dark_right": a bright square in the other half of a noisy picture.
void writePictures(const fs::path& root, int perClass) {
  RandomStream stream = RandomStream::fromSeed(1, "test/pictures");
  for (int label = 0; label < 2; ++label)
    for (int i = 0; i < perClass; ++i) {
      data::Image image(40, 40, 3);
      auto samples = image.samples8();
      for (auto& value : samples) value = static_cast<std::uint8_t>(stream.below(90));
      const int x0 = (label == 0 ? 20 : 0) + static_cast<int>(stream.below(10)),
                y0 = static_cast<int>(stream.below(30));
      for (int y = y0; y < y0 + 10; ++y)
        for (int x = x0; x < x0 + 10; ++x)
          for (int c = 0; c < 3; ++c)
            samples[static_cast<std::size_t>((y * 40 + x) * 3 + c)] =
                static_cast<std::uint8_t>(160 + stream.below(90));
      const std::string name = std::to_string(i) + ".png";
      writeFileAtomically(root / (label == 0 ? "dark_left" : "dark_right") / name,
                          data::encodeImage(image, data::FileFormat::Png));
    }
}

TrainOptions smallOptions(const fs::path& dataset, const fs::path& out) {
  TrainOptions options;
  options.dataset = dataset;
  options.out = out;
  options.arch = "resnet8";
  options.inputSize = 32;
  options.testFraction = 0.2;
  options.trainer.epochs = 3;
  options.trainer.batchSize = 8;
  options.trainer.augment = {.cropPadding = 2};  // no flips: they would change the class
  options.trainer.optimiser.learningRate = 5e-3;
  options.trainer.select = training::SelectionCriterion::Loss;  // the last epochs, not the first, are kept
  options.trainer.seed = 5;
  options.device = DeviceChoice::Cpu;
  options.threads = 1;  // barriers of a thread pool cost more than this work on a busy machine
  return options;
}

class StopAfter : public ProgressSink {
 public:
  StopAfter(std::stop_source source, std::string stage, int reports)
      : source_(std::move(source)), stage_(std::move(stage)), left_(reports) {}
  void report(const Progress& progress) override {
    if (progress.stage == stage_ && --left_ == 0) source_.request_stop();
  }

 private:
  std::stop_source source_;
  std::string stage_;
  int left_;
};

RunContext stoppingAfter(const std::string& stage, int reports) {
  std::stop_source source;
  return {source.get_token(), std::make_shared<StopAfter>(source, stage, reports)};
}

TEST(TrainOptions, DefaultsAreValid) {
  TrainOptions options;
  options.dataset = "data";
  options.out = "run";
  EXPECT_TRUE(options.validate().empty());
}

TEST(TrainOptions, InvalidOnesNameTheirField) {
  TrainOptions options;
  options.arch = "resnet19";
  options.validationFraction = 0.6;
  options.testFraction = 0.5;
  options.cacheScale = 0.5;
  options.trainer.epochs = 0;
  std::set<std::string> fields;
  for (const OptionIssue& issue : options.validate()) fields.insert(issue.field);
  EXPECT_EQ(fields,
            (std::set<std::string>{"dataset", "out", "arch", "test_fraction", "cache_scale", "epochs"}));
}

TEST(TrainOptions, JsonRoundTrip) {
  TrainOptions options = smallOptions("some/data", "some/run");
  options.labels = training::LabelMapping::Referable;
  options.profile = data::PreprocessProfile::Circle;
  options.normalisation = Normalisation::ImageNet;
  options.resume = true;
  const Json json = options.toJson();
  EXPECT_EQ(TrainOptions::fromJson(Json::parse(json.dump())).toJson(), json);
  Json unknown = json;
  unknown["epoch"] = 3;
  EXPECT_THROW(TrainOptions::fromJson(unknown), Error);
}

class TrainModel : public testing::Test {
 protected:
  void SetUp() override { writePictures(folder_ / "data", 30); }
  fs::path data() const { return folder_ / "data"; }
  fs::path out(const std::string& name = "run") const { return folder_ / name; }

  test::TempFolder folder_;
};

TEST_F(TrainModel, WritesAModelThatOthersCanUse) {
  writeFileAtomically(data() / "dark_left/damaged.png", "this is no picture");
  int epochs = 0;
  TrainOptions options = smallOptions(data(), out());
  options.trainer.epochs = 8;
  const TrainSummary summary = trainModel(options, {}, [&](const training::EpochRecord&) { ++epochs; });
  EXPECT_EQ(summary.outcome, Outcome::Completed);
  EXPECT_EQ(epochs, 8);
  EXPECT_EQ(summary.samples, 61);
  EXPECT_EQ(summary.unreadable, 1);
  EXPECT_TRUE(summary.hasItemIssues());
  EXPECT_EQ(summary.used.train + summary.used.validation + summary.used.test + summary.unreadable, 61);
  ASSERT_TRUE(summary.validation && summary.test);
  EXPECT_GT(summary.validation->balancedAccuracy, 0.8) << "chance is 0.5";
  EXPECT_EQ(summary.test->samples, summary.used.test);
  EXPECT_THAT(summary.briefReport(), testing::HasSubstr("balanced accuracy"));

  const auto classifier = models::loadClassifier(out());
  EXPECT_EQ(classifier->info().classes, (std::vector<std::string>{"dark_left", "dark_right"}));
  EXPECT_EQ(classifier->info().inputSize, 32);
  EXPECT_EQ(classifier->info().sha256, summary.modelSha256);
  EXPECT_EQ(classifier->info().training.at("dataset_fingerprint"), summary.datasetFingerprint);
  EXPECT_NE(classifier->info().mean[0], 0.0F);
  for (const char* file :
       {"history.csv", "history.json", "run.json", "model.json", "checkpoint/checkpoint.json"})
    EXPECT_TRUE(fs::exists(out() / file)) << file;
  const Json record = parseJsonStrictly(readTextFile(out() / "run.json"));
  EXPECT_EQ(record.at("command"), "train");
  EXPECT_EQ(record.at("outcome"), "completed");
  EXPECT_EQ(record.at("test").at("per_class").size(), 2U);
  EXPECT_TRUE(record.at("test").at("ci_low").is_number());
}

TEST_F(TrainModel, ResumedRunsEndWithTheSameBytes) {
  TrainOptions options = smallOptions(data(), out("whole"));
  options.trainer.epochs = 4;
  options.trainer.augment = {.rotationDegrees = 5, .scale = 0.05, .brightness = 0.2};
  options.name = "same";
  trainModel(options);
  options.out = out("parts");
  const TrainSummary first = trainModel(options, stoppingAfter("train", 12));  // 5 steps per epoch
  EXPECT_EQ(first.outcome, Outcome::Cancelled);
  EXPECT_FALSE(fs::exists(out("parts") / "model.safetensors"));
  EXPECT_EQ(parseJsonStrictly(readTextFile(out("parts") / "run.json")).at("outcome"), "cancelled");
  options.resume = true;
  options.loaderThreads = 3;
  const TrainSummary second = trainModel(options);
  EXPECT_EQ(second.outcome, Outcome::Completed);
  EXPECT_EQ(second.resumedAtEpoch, 3);
  EXPECT_EQ(readFile(out("whole") / "model.safetensors"), readFile(out("parts") / "model.safetensors"));
  EXPECT_EQ(readFile(out("whole") / "model.json"), readFile(out("parts") / "model.json"));
  const char* last = "checkpoint/state-5-0.safetensors";
  EXPECT_EQ(readFile(out("whole") / last), readFile(out("parts") / last));
}

TEST_F(TrainModel, StoppingAtAnyStageLeavesARunThatGoesOn) {
  const TrainOptions options = smallOptions(data(), out("whole"));
  trainModel(options);
  for (const char* stage :
       {"scan", "decode training images", "decode validation images", "train", "validate", "test"}) {
    TrainOptions again = options;
    again.out = out(std::string("stop ") + stage);
    EXPECT_EQ(trainModel(again, stoppingAfter(stage, 1)).outcome, Outcome::Cancelled) << stage;
    again.resume = true;
    EXPECT_EQ(trainModel(again).outcome, Outcome::Completed) << stage;
    EXPECT_EQ(readFile(out("whole") / "model.safetensors"), readFile(again.out / "model.safetensors"))
        << stage;
  }
}

TEST_F(TrainModel, SpillingTheCacheChangesNothing) {
  TrainOptions options = smallOptions(data(), out("memory"));
  options.trainer.epochs = 1;
  trainModel(options);
  options.out = out("file");
  options.cacheMiB = 0;
  trainModel(options);
  EXPECT_EQ(readFile(out("memory") / "model.safetensors"), readFile(out("file") / "model.safetensors"));
  EXPECT_FALSE(fs::exists(out("file") / "cache")) << "removed at the end";
}

TEST_F(TrainModel, RefusesFoldersItMustNotWriteTo) {
  writeFileAtomically(out("other") / "notes.txt", "mine");
  EXPECT_THROW(trainModel(smallOptions(data(), out("other"))), Error);
  TrainOptions resuming = smallOptions(data(), out("other"));
  resuming.resume = true;
  EXPECT_THROW(trainModel(resuming), Error) << "there is no run in it";
  EXPECT_THROW(trainModel(smallOptions(data(), data() / "run")), Error);
  EXPECT_EQ(readTextFile(out("other") / "notes.txt"), "mine");
}

TEST_F(TrainModel, OtherOptionsOrDataCannotResume) {
  TrainOptions options = smallOptions(data(), out());
  trainModel(options, stoppingAfter("train", 7));
  options.resume = true;
  TrainOptions other = options;
  other.trainer.batchSize = 9;
  try {
    trainModel(other);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("batch_size"));
  }
  EXPECT_EQ(parseJsonStrictly(readTextFile(out() / "run.json")).at("outcome"), "failed");
  fs::remove(data() / "dark_left/0.png");
  EXPECT_THROW(trainModel(options), Error);
}

TEST_F(TrainModel, DryRunWritesNothing) {
  TrainOptions options = smallOptions(data(), out());
  options.dryRun = true;
  const TrainSummary summary = trainModel(options);
  EXPECT_EQ(summary.used.train + summary.used.validation + summary.used.test, 60);
  EXPECT_FALSE(fs::exists(out()));
}

TEST_F(TrainModel, StartsFromAnotherModelsWeights) {
  TrainOptions options = smallOptions(data(), out("first"));
  trainModel(options);
  options.out = out("second");
  options.init = out("first");
  options.trainer.epochs = 1;
  options.trainer.optimiser.learningRate = 1e-7;
  options.trainer.seed = 5;
  const TrainSummary summary = trainModel(options);
  const auto a = models::loadClassifier(out("first"))->info(),
             b = models::loadClassifier(out("second"))->info();
  EXPECT_EQ(a.mean, b.mean);
  for (const std::string& notice : summary.notices)
    EXPECT_EQ(notice.find("start anew"), std::string::npos) << notice;
  options.out = out("third");
  options.arch = "resnet18";
  EXPECT_THROW(trainModel(options), Error);
}

TEST_F(TrainModel, DataThatCannotTeachIsRefused) {
  fs::remove_all(data() / "dark_right");
  EXPECT_THROW(trainModel(smallOptions(data(), out())), Error);
  EXPECT_THROW(trainModel(smallOptions(folder_ / "nowhere", out("b"))), Error);
}

// ---- a killed process --------------------------------------------------------------------------------

/// Run by the test below in a process of its own; also handy for trying options by hand.
TEST(TrainModelChild, DISABLED_RunsOptionsFromEnvironment) {
  const char* file = std::getenv("MEDLOCKER_TRAIN_OPTIONS");
  ASSERT_TRUE(file) << "MEDLOCKER_TRAIN_OPTIONS names a JSON file";
  const TrainSummary summary = trainModel(TrainOptions::fromJson(parseJsonStrictly(readTextFile(file))));
  std::cout << summary.briefReport();
}

pid_t startChild(const fs::path& optionsFile) {
  std::vector<std::string> environment;
  for (char** entry = environ; *entry; ++entry)
    if (!std::string_view(*entry).starts_with("MEDLOCKER_TRAIN_OPTIONS=")) environment.emplace_back(*entry);
  environment.push_back("MEDLOCKER_TRAIN_OPTIONS=" + optionsFile.string());
  std::vector<char*> env;
  for (std::string& entry : environment) env.push_back(entry.data());
  env.push_back(nullptr);
  std::string program = fs::read_symlink("/proc/self/exe").string();
  std::string filter = "--gtest_filter=TrainModelChild.*", disabled = "--gtest_also_run_disabled_tests";
  char* arguments[] = {program.data(), filter.data(), disabled.data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  pid_t pid = -1;
  const int failed = posix_spawn(&pid, program.c_str(), &actions, nullptr, arguments, env.data());
  posix_spawn_file_actions_destroy(&actions);
  EXPECT_EQ(failed, 0);
  return pid;
}

int epochsSaved(const fs::path& run) {
  try {
    return static_cast<int>(
        Json::parse(readTextFile(run / "checkpoint/checkpoint.json")).at("state").at("history").size());
  } catch (const std::exception&) {
    return 0;
  }
}

/// Runs `options` in child processes that are killed up to `killsWanted` times, moments after an epoch was
/// saved, until one finishes. Returns the number of kills.
int runWithKills(TrainOptions options, const fs::path& optionsFile, int killsWanted) {
  RandomStream moments = RandomStream::fromSeed(11, "test/kill");
  int kills = 0;
  for (int round = 0; round < 12; ++round) {
    options.resume = round > 0 && fs::exists(options.out / "run.json");
    writeFileAtomically(optionsFile, options.toJson().dump());
    const int before = epochsSaved(options.out);
    const pid_t pid = startChild(optionsFile);
    int status = 0;
    bool ended = false;
    while (!(ended = waitpid(pid, &status, WNOHANG) == pid)) {
      if (kills < killsWanted && epochsSaved(options.out) > before) {
        std::this_thread::sleep_for(std::chrono::microseconds(moments.below(60'000)));
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
        break;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    if (WIFSIGNALED(status)) ++kills;
    if (ended && WIFEXITED(status)) {
      EXPECT_EQ(WEXITSTATUS(status), 0);
      break;
    }
  }
  return kills;
}

void expectSameRun(const fs::path& a, const fs::path& b, int epochs) {
  EXPECT_EQ(readFile(a / "model.safetensors"), readFile(b / "model.safetensors"));
  EXPECT_EQ(readFile(a / "model.json"), readFile(b / "model.json"));
  const std::string last = "checkpoint/state-" + std::to_string(epochs + 1) + "-0.safetensors";
  EXPECT_EQ(readFile(a / last), readFile(b / last));
  const auto methodState = [](const fs::path& run) {
    return parseJsonStrictly(readTextFile(run / "checkpoint/checkpoint.json")).at("state").at("method");
  };
  EXPECT_EQ(methodState(a), methodState(b));
}

TEST_F(TrainModel, SurvivesKillNine) {
  TrainOptions options = smallOptions(data(), out("whole"));
  options.trainer.epochs = 6;
  options.trainer.augment = {.rotationDegrees = 5, .scale = 0.05, .brightness = 0.2};
  options.name = "same";
  trainModel(options);
  options.out = out("killed");
  EXPECT_GE(runWithKills(options, folder_ / "options.json", 3), 1);
  expectSameRun(out("whole"), out("killed"), 6);
}

/// A robust method with its recipe, shortened.
TrainOptions robustOptions(const fs::path& dataset, const fs::path& out, const std::string& method,
                           int epochs) {
  TrainOptions options = recipeOptions(method, epochs);
  const TrainOptions small = smallOptions(dataset, out);
  options.dataset = dataset;
  options.out = out;
  options.arch = small.arch;
  options.inputSize = small.inputSize;
  options.testFraction = small.testFraction;
  options.device = small.device;
  options.threads = small.threads;
  options.trainer.batchSize = 16;
  options.trainer.augment = small.trainer.augment;
  options.trainer.optimiser.learningRate = 0.02;
  options.trainer.seed = 5;
  Json values = options.toJson();
  const bool nested = values["method"].contains("attack");
  setMethodField(values["method"], nested ? "attack.steps" : "steps", "1");
  return TrainOptions::fromJson(values);
}

TEST_F(TrainModel, MissingTeachersAreTrainedOnRequestAndUnfitOnesRefused) {
  TrainOptions options = robustOptions(data(), out("student"), "b-mtard", 1);
  EXPECT_THROW(trainModel(options), Error) << "no teacher is given";
  options.out = out("trained");
  options.trainTeachers = true;
  options.teacher = out("robust");
  const TrainSummary summary = trainModel(options);
  EXPECT_EQ(summary.outcome, Outcome::Completed);
  EXPECT_TRUE(summary.robustValidation.has_value());
  EXPECT_EQ(summary.teachers.at("robust").at("sha256"), models::loadClassifier(out("robust"))->info().sha256);
  EXPECT_TRUE(fs::exists(out("trained") / "teacher-clean/model.safetensors"));
  EXPECT_EQ(models::loadClassifier(out("trained"))->info().training.at("teachers"), summary.teachers);

  TrainOptions other = robustOptions(data(), out("other"), "rslad", 1);
  other.inputSize = 48;
  other.teacher = out("robust");
  try {
    trainModel(other);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InputRejected);
    EXPECT_THAT(error.what(), testing::HasSubstr("cannot be the teacher"));
  }
}

TEST_F(TrainModel, MethodStateSurvivesKillNine) {
  TrainOptions teacher = robustOptions(data(), out("robust"), "pgd-at", 1);
  trainModel(teacher);
  for (const char* method : {"absld", "b-mtard", "cfa", "dafa"}) {
    TrainOptions options = robustOptions(data(), out(std::string(method) + "-whole"), method, 4);
    options.name = "same";
    options.teacher = options.cleanTeacher = out("robust");
    trainModel(options);
    options.out = out(std::string(method) + "-killed");
    EXPECT_GE(runWithKills(options, folder_ / "options.json", 1), 1) << method;
    expectSameRun(out(std::string(method) + "-whole"), options.out, 4);
  }
}

TEST(TrainingMethods, FieldsAreSetFromTextAndUnknownOnesRefused) {
  Json trades = recipeOptions("trades").toJson()["method"];
  setMethodField(trades, "attack.epsilon", "4/255");
  setMethodField(trades, "attack.step", "0.01");
  setMethodField(trades, "attack.start", "uniform");
  setMethodField(trades, "attack.steps", "3");
  TrainOptions options = recipeOptions("trades");
  Json values = options.toJson();
  values["method"] = trades;
  EXPECT_NEAR(TrainOptions::fromJson(values).toJson()["method"]["attack"]["epsilon"].get<double>(), 4.0 / 255,
              1e-12);
  EXPECT_THROW(setMethodField(trades, "temperature", "2"), Error);
  EXPECT_THROW(setMethodField(trades, "beta", "much"), Error);
  EXPECT_THROW(setMethodField(trades, "beta", "1/0"), Error);
}

TEST(TrainingMethods, EveryFieldNamesTheMethodsThatHaveIt) {
  for (const MethodField& field : trainingMethodFields()) {
    EXPECT_FALSE(field.path.empty());
    EXPECT_FALSE(field.defaults.empty()) << field.path;
  }
  EXPECT_GT(listTrainingMethods().size(), 20U);
}

}  // namespace
}  // namespace medlocker::pipelines
