// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/pipelines/inspect_dataset.h"
#include "tests/support/temp_folder.h"

namespace medlocker::pipelines {
namespace {

InspectSummary inspect(const std::filesystem::path& dataset) {
  InspectOptions options;
  options.dataset = dataset;
  return inspectDataset(options);
}

std::string reasonOf(const InspectSummary& summary, const std::string& item) {
  for (const ItemIssue& issue : summary.issues)
    if (issue.item == item && issue.fatalForItem) return issue.reason;
  return {};
}

TEST(RealInspect, SegmentationSetIsClean) {
  MEDLOCKER_REQUIRE_DATA(dataRoot);
  const InspectSummary summary = inspect(dataRoot / "idrid-seg-512");
  EXPECT_FALSE(summary.hasItemIssues());
  EXPECT_EQ(summary.samples, 36);
  ASSERT_EQ(summary.sizes.size(), 1U);
  EXPECT_EQ(summary.sizes[0].width, 512);
  ASSERT_EQ(summary.masks.size(), 5U);
  for (const MaskCounts& mask : summary.masks) {
    EXPECT_EQ(mask.files, mask.kind == "SE" ? 15 : 36) << mask.kind;
    EXPECT_EQ(mask.empty, 0) << mask.kind;
    EXPECT_EQ(mask.unusable, 0) << mask.kind;
  }
}

TEST(RealInspect, DarkRedPaletteMasksAreNotEmpty) {
  MEDLOCKER_REQUIRE_DATA(dataRoot);
  const InspectSummary summary = inspect(dataRoot / "idrid-seg-native");
  EXPECT_FALSE(summary.hasItemIssues());
  ASSERT_EQ(summary.masks.size(), 3U);
  for (const MaskCounts& mask : summary.masks) {
    EXPECT_EQ(mask.files, 2);
    EXPECT_EQ(mask.empty, 0) << mask.kind;
  }
}

TEST(RealInspect, GradedSetsAreClean) {
  MEDLOCKER_REQUIRE_DATA(dataRoot);
  for (const auto& [folder, samples] :
       std::map<std::string, std::int64_t>{{"aptos-layout", 400},
                                           {"grade-folders", 127},
                                           {"idrid-grading-layout", 52},
                                           {"two-class-folders-512", 95},
                                           {"retinamnist-layout/drgrade_28.npz", 400}}) {
    SCOPED_TRACE(folder);
    const InspectSummary summary = inspect(dataRoot / folder);
    EXPECT_EQ(summary.samples, samples);
    EXPECT_EQ(summary.unreadable, 0);
    EXPECT_FALSE(summary.hasItemIssues());
    EXPECT_EQ(summary.imagesFound, summary.samples + summary.masksFound + summary.imagesRefused);
  }
}

TEST(RealInspect, EveryDamagedFileHasAReason) {
  MEDLOCKER_REQUIRE_DATA(dataRoot);
  const InspectSummary summary = inspect(dataRoot / "formats");
  EXPECT_TRUE(summary.hasItemIssues());
  EXPECT_EQ(summary.imagesFound, 22);
  EXPECT_EQ(summary.imagesFound, summary.samples + summary.imagesRefused);
  for (const char* bad :
       {"IDRiD_06_crc_error.png", "IDRiD_06_header_60000_wide.png", "IDRiD_06_png_named.jpg",
        "IDRiD_06_text.png", "IDRiD_06_truncated.jpg", "IDRiD_06_truncated.png", "IDRiD_06_zero.png"})
    EXPECT_FALSE(reasonOf(summary, bad).empty()) << bad;
  for (const char* good :
       {"IDRiD_06_baseline.jpg", "IDRiD_06_rgb.png", "IDRiD_06_rgba.png", "IDRiD_06_palette.png",
        "IDRiD_06_gray16.png", "IDRiD_06_lzw.tif", "IDRiD_06_deflate.tif", "IDRiD_06_rgb.bmp"})
    EXPECT_TRUE(reasonOf(summary, good).empty()) << good << ": " << reasonOf(summary, good);
}

}  // namespace
}  // namespace medlocker::pipelines
