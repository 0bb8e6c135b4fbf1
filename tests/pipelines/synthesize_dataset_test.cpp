// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/synthesize_dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <set>

#include "core/common/files.h"
#include "core/data/dataset_writer.h"
#include "core/data/manifest.h"
#include "core/pipelines/inspect_dataset.h"
#include "tests/support/temp_folder.h"

namespace medlocker::pipelines {
namespace {

using ::testing::HasSubstr;

SynthOptions small(const std::filesystem::path& out, int count = 7) {
  SynthOptions options;
  options.out = out;
  options.count = count;
  options.width = 96;
  options.height = 96;
  options.seed = 5;
  return options;
}

std::map<std::string, Bytes> contentOf(const std::filesystem::path& root) {
  std::map<std::string, Bytes> content;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    // The record holds times.
    if (entry.is_regular_file() && entry.path().filename() != "run.json") {
      content[std::filesystem::relative(entry.path(), root).generic_string()] = readFile(entry.path());
    }
  }
  return content;
}

std::string fieldsOf(const SynthOptions& options) {
  std::string fields;
  for (const OptionIssue& issue : options.validate()) fields += issue.field + " ";
  return fields;
}

ErrorCode codeOf(const SynthOptions& options) {
  try {
    synthesizeDataset(options);
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << "nothing was thrown";
  return ErrorCode::Internal;
}

/// Counts reports, and asks for a stop after the first few.
class StoppingSink : public ProgressSink {
 public:
  explicit StoppingSink(std::int64_t after) : after_(after) {}
  void report(const Progress& progress) override {
    const std::lock_guard lock(mutex_);
    reports.push_back(progress);
    if (static_cast<std::int64_t>(reports.size()) >= after_) source.request_stop();
  }
  std::vector<Progress> reports;
  std::stop_source source;

 private:
  std::int64_t after_;
  std::mutex mutex_;
};

TEST(SynthOptions, DefaultsNeedOnlyAFolder) {
  EXPECT_EQ(fieldsOf({}), "out ");
  EXPECT_EQ(fieldsOf(small("x")), "");
}

TEST(SynthOptions, InvalidOnesNameTheirField) {
  const auto with = [](auto change) {
    SynthOptions options = small("x");
    change(options);
    return fieldsOf(options);
  };
  EXPECT_EQ(with([](SynthOptions& o) { o.count = 0; }), "count ");
  EXPECT_EQ(with([](SynthOptions& o) { o.layout = "dicomweb"; }), "layout ");
  EXPECT_EQ(with([](SynthOptions& o) { o.format = "jpeg"; }), "format ");
  EXPECT_EQ(with([](SynthOptions& o) { o.format = "bmp", o.bits = 16; }), "format ");
  EXPECT_EQ(with([](SynthOptions& o) { o.bits = 12; }), "bits ");
  EXPECT_EQ(with([](SynthOptions& o) { o.gradeWeights = {0, 0, 0, 0, 0}; }), "gradeWeights ");
  EXPECT_EQ(with([](SynthOptions& o) { o.gradeWeights = {1, -1, 0, 0, 1}; }), "gradeWeights ");
  EXPECT_EQ(with([](SynthOptions& o) { o.testFraction = 1; }), "testFraction testFraction ");
  EXPECT_EQ(with([](SynthOptions& o) { o.layout = "messidor2", o.testFraction = 0.2; }), "testFraction ");
  EXPECT_EQ(with([](SynthOptions& o) { o.layout = "idrid", o.validationFraction = 0.2; }),
            "validationFraction ");
  EXPECT_EQ(with([](SynthOptions& o) { o.width = 10, o.height = 10; }), "width height ");
  EXPECT_EQ(with([](SynthOptions& o) { o.difficulty = 2; }), "difficulty ");
  EXPECT_EQ(with([](SynthOptions& o) { o.threads = -1; }), "threads ");
  SynthOptions options = small("x");
  options.count = 0;
  EXPECT_EQ(codeOf(options), ErrorCode::InvalidArgument);
}

TEST(SynthesizeDataset, CountsAreExactAndPatientsHaveTwoEyes) {
  SynthOptions options = small({}, 501);
  options.dryRun = true;
  options.gradeWeights = {0.5, 0.2, 0.1, 0.1, 0.1};
  options.validationFraction = 0.1;
  options.testFraction = 0.2;
  const SynthSummary summary = synthesizeDataset(options);
  EXPECT_EQ(summary.images, 0);
  EXPECT_EQ(summary.planned, 501);
  EXPECT_EQ(summary.patients, 251);
  // 250.5, 100.2, 50.1 …: the one that is missing goes to the largest remainder.
  EXPECT_THAT(summary.perGrade, ::testing::ElementsAre(251, 100, 50, 50, 50));
  EXPECT_NEAR(static_cast<double>(summary.perSplit.at("val")), 50, 3);
  EXPECT_NEAR(static_cast<double>(summary.perSplit.at("test")), 100, 3);
}

TEST(SynthesizeDataset, OneGradeMakesNoClassFolders) {
  const test::TempFolder folder;
  SynthOptions options;
  options.out = folder / "set";
  options.count = 1;
  options.width = options.height = 96;
  EXPECT_THROW(synthesizeDataset(options, RunContext()), Error);
  EXPECT_FALSE(std::filesystem::exists(options.out));
}

TEST(SynthesizeDataset, WritesWhatInspectFinds) {
  for (const std::string layout : {"class-folders", "aptos", "npz", "idrid"}) {
    SCOPED_TRACE(layout);
    const test::TempFolder folder;
    SynthOptions options = small(folder / "set", 10);
    options.layout = layout;
    options.testFraction = 0.3;
    const SynthSummary summary = synthesizeDataset(options);
    EXPECT_EQ(summary.outcome, Outcome::Completed);
    EXPECT_EQ(summary.images, 10);
    InspectOptions look;
    look.dataset = options.out;
    const InspectSummary seen = inspectDataset(look);
    EXPECT_FALSE(seen.hasItemIssues()) << seen.briefReport();
    EXPECT_EQ(seen.samples, 10);
    EXPECT_EQ(seen.fingerprint, summary.fingerprint);
    ASSERT_EQ(seen.classes.size(), 5U);
    for (std::size_t grade = 0; grade < 5; ++grade) {
      EXPECT_EQ(seen.classes[grade].counts.total(), summary.perGrade[grade]);
    }
    EXPECT_EQ(seen.splits.test, summary.perSplit.at("test"));
    EXPECT_TRUE(seen.groupsAcrossSplits.empty()) << "a patient's eyes stay together";
    std::int64_t masks = 0;
    for (const MaskCounts& kind : seen.masks) {
      masks += kind.files;
      EXPECT_EQ(kind.empty, 0) << kind.kind;
      EXPECT_EQ(kind.unusable, 0) << kind.kind;
    }
    EXPECT_EQ(masks, summary.masks);
    EXPECT_TRUE(seen.duplicates.empty());
  }
}

TEST(SynthesizeDataset, BytesDependOnTheSeedAlone) {
  const test::TempFolder folder;
  SynthOptions options = small(folder / "one");
  options.threads = 1;
  synthesizeDataset(options);
  options.out = folder / "three";
  options.threads = 3;
  synthesizeDataset(options);
  EXPECT_EQ(contentOf(folder / "one"), contentOf(folder / "three"));
  options.out = folder / "other";
  options.seed = 6;
  synthesizeDataset(options);
  EXPECT_NE(contentOf(folder / "one"), contentOf(folder / "other"));
}

TEST(SynthesizeDataset, RefusesAFolderThatIsNotEmpty) {
  const test::TempFolder folder;
  writeFileAtomically(folder / "notes.txt", "mine");
  EXPECT_EQ(codeOf(small(folder.path())), ErrorCode::InputRejected);
  SynthOptions options = small(folder.path());
  options.resume = true;
  EXPECT_EQ(codeOf(options), ErrorCode::InputRejected) << "there is no run to go on with";
  EXPECT_EQ(readTextFile(folder / "notes.txt"), "mine");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(SynthesizeDataset, CancelKeepsAConsistentPartAndResumeCompletesIt) {
  for (const std::string layout : {"eyepacs", "npz"}) {
    SCOPED_TRACE(layout);
    const test::TempFolder folder;
    SynthOptions options = small(folder / "whole", 9);
    options.layout = layout;
    options.threads = 1;
    const SynthSummary whole = synthesizeDataset(options);

    options.out = folder / "part";
    const auto sink = std::make_shared<StoppingSink>(4);
    const SynthSummary part = synthesizeDataset(options, RunContext(sink->source.get_token(), sink));
    EXPECT_EQ(part.outcome, Outcome::Cancelled);
    EXPECT_EQ(part.images, 4);
    EXPECT_EQ(sink->reports.back().done, 4);
    EXPECT_EQ(sink->reports.back().total, 9);
    const data::Manifest manifest = data::openDataset(options.out);
    EXPECT_EQ(manifest.samples.size(), 4U);
    EXPECT_TRUE(manifest.issues.empty());
    EXPECT_THAT(readTextFile(options.out / "run.json"), HasSubstr("\"cancelled\""));

    EXPECT_EQ(codeOf(options), ErrorCode::InputRejected) << "only by resume";
    options.resume = true;
    options.seed = 99;
    EXPECT_EQ(codeOf(options), ErrorCode::InputRejected) << "another run";
    options.seed = 5;
    const SynthSummary resumed = synthesizeDataset(options);
    EXPECT_EQ(resumed.outcome, Outcome::Completed);
    EXPECT_EQ(resumed.fingerprint, whole.fingerprint);
    EXPECT_EQ(contentOf(folder / "part"), contentOf(folder / "whole"));
  }
}

TEST(SynthesizeDataset, FailedWriteIsAnError) {
  const test::TempFolder folder;
  setWriteFaultHook([](const std::filesystem::path& path) {
    if (path.filename().string().find("right") != std::string::npos) {
      throw Error(ErrorCode::Io, "no space left", path.string());
    }
  });
  SynthOptions options = small(folder / "set");
  options.threads = 1;
  EXPECT_EQ(codeOf(options), ErrorCode::Io);
  setWriteFaultHook({});
}

TEST(SynthesizeDataset, RecordsTheRun) {
  const test::TempFolder folder;
  const SynthSummary summary = synthesizeDataset(small(folder / "set"));
  const Json record = parseJsonStrictly(readTextFile(folder / "set" / "run.json"));
  EXPECT_EQ(record["command"], "synth");
  EXPECT_EQ(record["outcome"], "completed");
  EXPECT_EQ(record["seed"], 5);
  EXPECT_EQ(record["images"], 7);
  EXPECT_EQ(record["fingerprint"], summary.fingerprint);
  EXPECT_EQ(record["options"]["layout"], "class-folders");
  EXPECT_THAT(summary.briefReport(), HasSubstr("7 synthetic fundus images"));
  EXPECT_EQ(summary.toJson()["schema"], "medlocker/synth/1");
}

}  // namespace
}  // namespace medlocker::pipelines
