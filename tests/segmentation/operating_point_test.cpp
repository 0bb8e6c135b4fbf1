// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/segmentation/operating_point.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace medlocker::segmentation {
namespace {

TEST(RecallEstimate, PoolsPixelsAndDoubtsFewImages) {
  // 10 images of 100 pixels, one of them all missed.
  std::vector<BoxRecall> images(9, BoxRecall{100, 100});
  images.push_back({100, 0});
  const RecallEstimate estimate = estimateRecall(images, 1);
  EXPECT_DOUBLE_EQ(estimate.recall, 0.9);
  // The draws hold that image k times of 10 with probability 1/10 each: P(k >= 3) = 0.070, P(k >= 4) = 0.013.
  EXPECT_DOUBLE_EQ(estimate.lowerBound, 0.7);
  EXPECT_DOUBLE_EQ(estimateRecall(images, 1).lowerBound, estimate.lowerBound);
  const std::vector<BoxRecall> alike(3, BoxRecall{200, 190});
  EXPECT_DOUBLE_EQ(estimateRecall(alike, 1).lowerBound, 0.95);
}

TEST(RecallEstimate, ImagesWithoutLesionsCountForNothing) {
  EXPECT_TRUE(std::isnan(estimateRecall({}, 1).recall));
  EXPECT_TRUE(std::isnan(estimateRecall(std::vector<BoxRecall>(3), 1).lowerBound));
  const std::vector<BoxRecall> images{{0, 0}, {50, 40}, {0, 0}};
  EXPECT_DOUBLE_EQ(estimateRecall(images, 1).recall, 0.8);
  EXPECT_DOUBLE_EQ(estimateRecall(images, 1).lowerBound, 0.8);
}

TEST(ThresholdCandidates, FallThroughTheWholeRange) {
  const std::vector<double> candidates = thresholdCandidates();
  EXPECT_DOUBLE_EQ(candidates.front(), 0.9);
  EXPECT_LT(candidates.back(), 0.006);
  EXPECT_GE(candidates.back(), 0.005);
  EXPECT_TRUE(std::is_sorted(candidates.rbegin(), candidates.rend()));
}

TEST(ChooseThreshold, TakesTheHighestThatHolds) {
  using Column = std::vector<BoxRecall>;
  const Column poor{{100, 60}, {100, 80}};
  const Column uneven{{100, 100}, {100, 92}};  // 0.96 pooled, but 0.92 where the second is drawn twice
  const Column good{{100, 97}, {100, 96}};
  EXPECT_EQ(chooseThreshold(std::vector{poor, uneven, good, good}, 0.95, 3), 2U);
  EXPECT_EQ(chooseThreshold(std::vector{poor, uneven}, 0.95, 3), 1U);  // none does: the best there is
  EXPECT_EQ(chooseThreshold(std::vector<Column>(2, Column{{0, 0}}), 0.95, 3), std::nullopt);
}

TEST(LogitShift, BringsOneProbabilityToTheOther) {
  const double shift = logitShift(0.08, 0.35);
  const double logit = std::log(0.08 / 0.92) + shift;
  EXPECT_NEAR(1 / (1 + std::exp(-logit)), 0.35, 1e-12);
  EXPECT_EQ(logitShift(0.35, 0.35), 0);
}

}  // namespace
}  // namespace medlocker::segmentation
