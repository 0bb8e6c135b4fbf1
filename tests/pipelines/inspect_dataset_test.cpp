// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/inspect_dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>

#include "core/common/files.h"
#include "core/data/image_io.h"
#include "tests/support/temp_folder.h"

namespace medlocker::pipelines {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

Bytes picture(int width, int height, int seed, int channels = 3, int bits = 8) {
  data::Image image(width, height, channels, bits);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < channels; ++c)
        image.setSample(x, y, c, (x * 7 + y * 13 + c * 31 + seed * 17) % 256);
  return data::encodeImage(image, data::FileFormat::Png);
}

Bytes maskPicture(int width, int height, bool marked) {
  data::Image image(width, height, 1);
  if (marked) image.setSample(1, 1, 0, 255);
  return data::encodeImage(image, data::FileFormat::Png);
}

/// Three classes, one unreadable file, one duplicate with another label, masks good and bad.
class InspectDataset : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto put = [this](const std::string& name, const Bytes& bytes) {
      writeFileAtomically(folder_ / name, bytes);
    };
    put("set/train/0_none/1_left.png", picture(20, 10, 1));
    put("set/train/0_none/1_right.png", picture(20, 10, 2));
    put("set/train/1_mild/2_left.png", picture(20, 10, 3));
    put("set/train/1_mild/broken.png", Bytes{1, 2, 3});
    put("set/train/1_mild/grey.png", picture(12, 12, 4, 1, 16));
    put("set/test/0_none/copy.png", picture(20, 10, 3));
    put("set/test/1_mild/2_right.png", picture(20, 10, 5));
    put("masks/1_left_MA.png", maskPicture(20, 10, true));
    put("masks/1_right_MA.png", maskPicture(20, 10, false));
    put("masks/2_left_HE.png", maskPicture(10, 20, true));
    put("masks/2_right_HE.png", Bytes{});
    options_.dataset = folder_ / "set";
    options_.masks = folder_ / "masks";
  }
  test::TempFolder folder_;
  InspectOptions options_;
};

std::string reasonOf(const InspectSummary& summary, const std::string& item) {
  for (const ItemIssue& issue : summary.issues)
    if (issue.item == item) return issue.reason;
  return {};
}

TEST_F(InspectDataset, CountsEverything) {
  const InspectSummary summary = inspectDataset(options_);
  EXPECT_EQ(summary.outcome, Outcome::Completed);
  EXPECT_EQ(summary.layout, "class-folders");
  EXPECT_EQ(summary.samples, 7);
  EXPECT_EQ(summary.inspected, 7);
  EXPECT_EQ(summary.unreadable, 1);
  ASSERT_EQ(summary.classes.size(), 2U);
  EXPECT_EQ(summary.classes[0].name, "0_none");
  EXPECT_EQ(summary.classes[0].counts.train, 2);
  EXPECT_EQ(summary.classes[0].counts.test, 1);
  EXPECT_EQ(summary.classes[1].counts.total(), 4);
  EXPECT_EQ(summary.splits.train, 5);
  EXPECT_EQ(summary.patients, 2);
  EXPECT_EQ(summary.ungrouped, 3);
  EXPECT_THAT(summary.groupsAcrossSplits, ::testing::ElementsAre("2"));

  ASSERT_EQ(summary.sizes.size(), 2U);
  EXPECT_EQ(summary.sizes[0].width, 20);
  EXPECT_EQ(summary.sizes[0].images, 5);
  ASSERT_EQ(summary.depths.size(), 2U);
  EXPECT_EQ(summary.depths[0].images, 5);
  EXPECT_EQ(summary.depths[1].bits, 16);
  EXPECT_EQ(summary.formats.at("PNG"), 6);

  ASSERT_EQ(summary.duplicates.size(), 1U);
  EXPECT_THAT(summary.duplicates[0].ids,
              ::testing::ElementsAre("test/0_none/copy.png", "train/1_mild/2_left.png"));
  EXPECT_TRUE(summary.duplicates[0].labelsDiffer);
  EXPECT_TRUE(summary.duplicates[0].splitsDiffer);

  ASSERT_EQ(summary.masks.size(), 2U);
  EXPECT_EQ(summary.masks[0].kind, "MA");
  EXPECT_EQ(summary.masks[0].files, 2);
  EXPECT_EQ(summary.masks[0].empty, 1);
  EXPECT_EQ(summary.masks[1].unusable, 2);
  EXPECT_EQ(summary.imagesWithMasks, 4);

  EXPECT_FALSE(reasonOf(summary, "train/1_mild/broken.png").empty());
  EXPECT_THAT(reasonOf(summary, "masks/2_left_HE.png"), HasSubstr("10×20"));
  EXPECT_THAT(reasonOf(summary, "masks/2_right_HE.png"), HasSubstr("empty"));
  EXPECT_EQ(summary.failedItems(), 3);
  EXPECT_TRUE(summary.hasItemIssues());
  EXPECT_EQ(summary.fingerprint.size(), 64U);
}

TEST_F(InspectDataset, DoesNotDependOnThreads) {
  options_.threads = 1;
  Json one = inspectDataset(options_).toJson();
  options_.threads = 5;
  Json five = inspectDataset(options_).toJson();
  for (Json* json : {&one, &five}) {
    json->erase("seconds");
    json->erase("options");
  }
  EXPECT_EQ(one, five);
}

TEST_F(InspectDataset, CanLeavePixelsAlone) {
  options_.readPixels = false;
  const InspectSummary summary = inspectDataset(options_);
  EXPECT_EQ(summary.inspected, 0);
  EXPECT_TRUE(summary.sizes.empty());
  EXPECT_EQ(summary.masks.size(), 2U);
  EXPECT_FALSE(summary.hasItemIssues());
}

TEST_F(InspectDataset, ReportsProgressAndStopsWhenAsked) {
  struct StoppingSink : ProgressSink {
    std::stop_source source;
    std::mutex mutex;
    std::int64_t last = 0;
    void report(const Progress& progress) override {
      const std::lock_guard lock(mutex);
      if (progress.stage != "inspect") return;
      EXPECT_EQ(progress.total, 7);
      EXPECT_EQ(progress.done, last + 1);
      last = progress.done;
      if (last == 2) source.request_stop();
    }
  };
  const auto sink = std::make_shared<StoppingSink>();
  options_.threads = 1;
  const InspectSummary summary = inspectDataset(options_, RunContext(sink->source.get_token(), sink));
  EXPECT_EQ(summary.outcome, Outcome::Cancelled);
  EXPECT_EQ(summary.inspected, 2);
  EXPECT_EQ(summary.samples, 7);
  EXPECT_TRUE(summary.fingerprint.empty());
  EXPECT_THAT(summary.briefReport(), HasSubstr("Cancelled after 2 of 7"));
}

TEST_F(InspectDataset, WritesAReportForPeopleAndPrograms) {
  const InspectSummary summary = inspectDataset(options_);
  const std::string text = summary.briefReport();
  for (const char* part : {"7 images in the layout 'class-folders', 2 patients", "0_none", "20 × 10",
                           "grey, 16 bit", "PNG", "MA", "1 set of identical images", "[splits differ]",
                           "3 items could not be used", "broken.png", "Found 7 image files"})
    EXPECT_THAT(text, HasSubstr(part));
  const Json json = parseJsonStrictly(summary.toJson().dump());
  EXPECT_EQ(json["schema"], "medlocker/inspect/1");
  EXPECT_EQ(json["classes"][1]["train"], 3);
  EXPECT_EQ(json["failed_items"], 3);
  EXPECT_THAT(json["issues"], SizeIs(summary.issues.size()));
}

/// Every field that is written is in the published schema, and the other way round.
void expectFits(const Json& value, const Json& schema, const std::string& where) {
  if (schema.value("type", Json()) == "array")
    for (const Json& item : value) expectFits(item, schema["items"], where + "[]");
  if (!schema.contains("properties")) return;
  for (const auto& field : value.items()) {
    ASSERT_TRUE(schema["properties"].contains(field.key())) << where << "." << field.key();
    expectFits(field.value(), schema["properties"][field.key()], where + "." + field.key());
  }
  for (const Json& name : schema["required"])
    EXPECT_TRUE(value.contains(name.get<std::string>())) << where << name;
}

TEST_F(InspectDataset, WritesWhatItsSchemaSays) {
  const auto file = std::filesystem::path(MEDLOCKER_SOURCE_DIR) / "docs" / "schema" / "inspect-1.schema.json";
  const Json schema = parseJsonStrictly(readTextFile(file));
  const Json json = inspectDataset(options_).toJson();
  expectFits(json, schema, "inspect");
  EXPECT_EQ(schema["properties"]["schema"]["const"], json["schema"]);
}

TEST_F(InspectDataset, IsCleanWithoutProblems) {
  const test::TempFolder clean;
  writeFileAtomically(clean / "a.png", picture(8, 8, 1));
  InspectOptions options;
  options.dataset = clean.path();
  const InspectSummary summary = inspectDataset(options);
  EXPECT_FALSE(summary.hasItemIssues());
  EXPECT_EQ(summary.unlabelled.unspecified, 1);
}

TEST(InspectOptions, NameTheBadField) {
  InspectOptions options;
  options.threads = -1;
  options.layout = "nonsense";
  const auto issues = options.validate();
  ASSERT_EQ(issues.size(), 3U);
  EXPECT_EQ(issues[0].field, "dataset");
  EXPECT_EQ(issues[1].field, "threads");
  EXPECT_EQ(issues[2].field, "layout");
  EXPECT_THROW(inspectDataset(options), Error);
  options = {};
  options.dataset = "/nowhere";
  EXPECT_TRUE(options.validate().empty());
  EXPECT_THROW(inspectDataset(options), Error);
}

}  // namespace
}  // namespace medlocker::pipelines
