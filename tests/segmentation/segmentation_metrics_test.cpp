// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/segmentation/segmentation_metrics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/common/error.h"

namespace medlocker::segmentation {
namespace {

TEST(SegmentationTally, CountsAtTheThreshold) {
  SegmentationTally tally;
  // Two hits (one exactly at the threshold), one miss, one false alarm.
  tally.add(std::vector<float>{0.9F, 0.35F, 0.1F, 0.8F, 0.F}, std::vector<std::uint8_t>{1, 1, 1, 0, 0});
  const SegmentationFigures f = tally.figures(0.35);
  EXPECT_EQ(f.truePixels, 3);
  EXPECT_DOUBLE_EQ(f.dice, 4.0 / 6);
  EXPECT_DOUBLE_EQ(f.iou, 2.0 / 4);
  EXPECT_DOUBLE_EQ(f.precision, 2.0 / 3);
  EXPECT_DOUBLE_EQ(f.recall, 2.0 / 3);
}

TEST(SegmentationTally, AveragePrecisionIsTheStepArea) {
  SegmentationTally tally;
  tally.add(std::vector<float>{0.9F, 0.8F, 0.7F, 0.6F}, std::vector<std::uint8_t>{1, 0, 1, 0});
  // Precision 1 up to recall 1/2, then 2/3.
  EXPECT_DOUBLE_EQ(tally.figures(0.5).aupr, 0.5 * 1 + 0.5 * 2.0 / 3);
}

TEST(SegmentationTally, FindsTheThresholdOfTheBestDice) {
  SegmentationTally tally;
  EXPECT_FALSE(tally.bestDiceThreshold());
  tally.add(std::vector<float>{0.9F, 0.8F, 0.7F, 0.6F}, std::vector<std::uint8_t>{1, 0, 1, 0});
  // 2/3 from 0.9 on, 1/2 from 0.8, 4/5 from 0.7, 2/3 from 0.6.
  ASSERT_TRUE(tally.bestDiceThreshold());
  EXPECT_DOUBLE_EQ(*tally.bestDiceThreshold(), 0.7);
  EXPECT_DOUBLE_EQ(tally.figures(*tally.bestDiceThreshold()).dice, 0.8);
}

TEST(SegmentationTally, IsUndefinedWithoutTruePixelsAndSurvivesNonsense) {
  SegmentationTally tally;
  tally.add(std::vector<float>{0.9F, std::nanf("")}, std::vector<std::uint8_t>{0, 0});
  const SegmentationFigures f = tally.figures(0.35);
  EXPECT_TRUE(std::isnan(f.aupr));
  EXPECT_TRUE(std::isnan(f.recall));
  EXPECT_DOUBLE_EQ(f.dice, 0);
  EXPECT_THROW(tally.add(std::vector<float>{0.5F}, std::vector<std::uint8_t>{}), Error);
}

TEST(BoxRecall, CountsPixelsInAnyBoxOnce) {
  // 4×2 pixels.
  const std::vector<std::uint8_t> truth{1, 1, 0, 1, 0, 1, 0, 1};
  const BoxRecall recall = boxRecall(truth, 4, std::vector<data::Box>{{0, 0, 2, 1}, {1, 0, 2, 2}});
  EXPECT_EQ(recall.truePixels, 5);
  EXPECT_EQ(recall.coveredPixels, 3);
}

}  // namespace
}  // namespace medlocker::segmentation
