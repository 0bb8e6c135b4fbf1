// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/match_copies.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/common/files.h"
#include "core/data/image_io.h"
#include "core/protect/mark_evidence.h"
#include "tests/pipelines/handmade_run.h"
#include "tests/support/temp_folder.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;
using test::HandmadeRun;

TEST(EvidenceBits, FollowTheSpecifiedExample) {
  EXPECT_EQ(protect::opacitySteps(100.0 / 255, 1), 156);
  // 10,000 positions and 156 opacities: 12.8 bits before the cap.
  EXPECT_NEAR(protect::evidenceBits(10000, 156, 6, false), 12.76, 0.01);
  EXPECT_NEAR(protect::evidenceBits(10000, 156, 3, true), 3 + std::log2(156.0 / 9), 1e-9);
  EXPECT_EQ(protect::evidenceBits(0, 156, 3, false), 0);
  EXPECT_EQ(protect::evidenceLevel(39.9), "supporting");
  EXPECT_EQ(protect::evidenceLevel(40), "strong");
  EXPECT_EQ(protect::evidenceLevel(14.9), "none");
}

/// Two runs over the same photographs, as given to two recipients.
class MatchCopies : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new test::TempFolder;
    a_ = new HandmadeRun(test::makeHandmadeRun(folder_->path(), "run-a",
                                               {.images = 3, .side = 256, .placement = 1, .owner = "A"}));
    b_ = new HandmadeRun(test::makeHandmadeRun(folder_->path(), "run-b",
                                               {.images = 3, .side = 256, .placement = 2, .owner = "B"}));
  }
  static void TearDownTestSuite() {
    delete b_;
    delete a_;
    delete folder_;
  }
  /// Writes a changed copy of every image of `run`.
  static std::vector<fs::path> copies(const HandmadeRun& run, const std::string& name,
                                      const std::function<cv::Mat(const cv::Mat&)>& change,
                                      const char* suffix) {
    std::vector<fs::path> out;
    for (std::size_t i = 0; i < run.protectedNames.size(); ++i) {
      const cv::Mat image = cv::imread(run.protectedFile(i).string(), cv::IMREAD_COLOR);
      const fs::path file = folder_->path() / name / ("found" + std::to_string(i) + suffix);
      fs::create_directories(file.parent_path());
      cv::imwrite(file.string(), change(image), {cv::IMWRITE_JPEG_QUALITY, 75});
      out.push_back(file);
    }
    return out;
  }
  static MatchCopiesSummary match(const std::vector<fs::path>& files) {
    MatchCopiesOptions options;
    options.runs = {a_->folder, b_->folder};
    options.ownerKey = a_->ownerKey;
    options.files = files;
    options.draws = 199;
    return matchCopies(options, {});
  }

  static test::TempFolder* folder_;
  static HandmadeRun* a_;
  static HandmadeRun* b_;
};
test::TempFolder* MatchCopies::folder_ = nullptr;
HandmadeRun* MatchCopies::a_ = nullptr;
HandmadeRun* MatchCopies::b_ = nullptr;

TEST_F(MatchCopies, RecompressedCopiesNameTheRecipientsRun) {
  const MatchCopiesSummary summary = match(copies(
      *b_, "jpeg", [](const cv::Mat& m) { return m; }, ".jpg"));
  ASSERT_EQ(summary.matches.size(), 6u);
  for (const CopyMatch& m : summary.matches) {
    EXPECT_EQ(m.outcome, m.run == b_->folder.string() ? "MATCH" : "NO_MATCH")
        << m.file << " " << m.run << m.reason;
    EXPECT_GT(m.registration, 0.6);  // without the edge of the field of view, through JPEG
    EXPECT_FALSE(m.reason.empty());
  }
  EXPECT_EQ(summary.named, b_->folder.string()) << summary.briefReport();
  EXPECT_NE(summary.runs[0].level, "none") << summary.runs[0].bits;
  EXPECT_EQ(summary.runs[1].bits, 0);
}

TEST_F(MatchCopies, ResizedCroppedBrightenedCopiesStillMatch) {
  const auto change = [](const cv::Mat& m) {
    cv::Mat out;
    cv::resize(m(cv::Rect(6, 10, m.cols - 14, m.rows - 14)), out, cv::Size(), 0.8, 0.8, cv::INTER_AREA);
    out.convertTo(out, -1, 1.1, 6);
    return out;
  };
  const MatchCopiesSummary summary = match(copies(*a_, "changed", change, ".jpg"));
  int matched = 0;
  for (const CopyMatch& m : summary.matches) {
    if (m.run == a_->folder.string())
      matched += m.outcome == "MATCH";
    else
      EXPECT_NE(m.outcome, "MATCH") << m.reason;
  }
  EXPECT_EQ(matched, 3) << summary.briefReport();
}

TEST_F(MatchCopies, OriginalsAreNotTakenForCopies) {
  std::vector<fs::path> originals;
  for (const std::string& name : a_->names) originals.push_back(a_->originals / name);
  const MatchCopiesSummary summary = match(originals);
  for (const CopyMatch& m : summary.matches) EXPECT_EQ(m.outcome, "NO_MATCH") << m.file << m.reason;
  EXPECT_TRUE(summary.named.empty());
}

TEST_F(MatchCopies, AnUnrelatedPictureAndAnUnreadableOneSayWhy) {
  const fs::path noise = folder_->path() / "noise.png";
  cv::Mat random(200, 200, CV_8UC3);
  cv::RNG generator(5);
  generator.fill(random, cv::RNG::UNIFORM, 0, 255);
  cv::imwrite(noise.string(), random);
  const fs::path broken = folder_->path() / "broken.png";
  writeFileAtomically(broken, std::string_view("not a picture"));
  const MatchCopiesSummary summary = match({noise, broken});
  ASSERT_EQ(summary.matches.size(), 4u);
  EXPECT_EQ(summary.matches[0].outcome, "NOT_REGISTERED");
  EXPECT_EQ(summary.matches[2].outcome, "ERROR");
  for (const CopyMatch& m : summary.matches) EXPECT_FALSE(m.reason.empty());
}

TEST_F(MatchCopies, TwoCopiesOfOneImageCountOnce) {
  auto files = copies(
      *a_, "twice", [](const cv::Mat& m) { return m; }, ".jpg");
  const MatchCopiesSummary once = match({files[0]});
  const fs::path again = folder_->path() / "twice" / "again.jpg";
  fs::copy_file(files[0], again);
  const MatchCopiesSummary twice = match({files[0], again});
  EXPECT_GT(once.runs[0].bits, 0);
  EXPECT_EQ(twice.runs[0].bits, once.runs[0].bits);
}

TEST_F(MatchCopies, AnotherOwnersKeyOpensNoRun) {
  MatchCopiesOptions options;
  options.runs = {a_->folder};
  options.files = {a_->protectedFile(0)};
  test::TempFolder other;
  const HandmadeRun stranger = test::makeHandmadeRun(other.path(), "run", {.images = 1, .side = 96});
  options.ownerKey = stranger.ownerKey;
  EXPECT_THROW(matchCopies(options, {}), Error);
}

}  // namespace
}  // namespace medlocker::pipelines
