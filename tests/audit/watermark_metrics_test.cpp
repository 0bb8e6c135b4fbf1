// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/audit/watermark_metrics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/common/error.h"

namespace medlocker::audit {
namespace {

PredictionSet smallSet() {
  PredictionSet set;
  set.classes = 3;
  set.truth = {0, 0, 1, 1, 2, 2};
  set.cleanPredicted = {0, 0, 1, 0, 2, 2};
  set.predicted = {0, 1, 1, 1, 0, 2};
  set.trueProbability = {0.9, 0.2, 0.6, 0.5, 0.1, 0.7};
  return set;
}

TEST(WatermarkMetrics, AsrCountsOnlyImagesTheModelGotRight) {
  const ModelMetrics metrics = computeModelMetrics(smallSet(), 2, 0, RandomStream::fromSeed(1, "t"));
  EXPECT_EQ(metrics.asrBase, 5);
  EXPECT_DOUBLE_EQ(metrics.asr.value, 2.0 / 5.0);
  EXPECT_DOUBLE_EQ(metrics.accuracy.value, 4.0 / 6.0);
  EXPECT_DOUBLE_EQ(metrics.meanTrueProbability, 3.0 / 6.0);
  EXPECT_DOUBLE_EQ(metrics.meanAbsGradeShift, (0 + 1 + 0 + 1 + 2 + 0) / 6.0);
  EXPECT_DOUBLE_EQ(metrics.referableSensitivity, 0.5);
  EXPECT_DOUBLE_EQ(metrics.referableSpecificity, 1.0);
}

TEST(WatermarkMetrics, IntervalsHoldTheValueAndRepeatForTheSameStream) {
  const ModelMetrics a = computeModelMetrics(smallSet(), 2, 500, RandomStream::fromSeed(1, "t"));
  const ModelMetrics b = computeModelMetrics(smallSet(), 2, 500, RandomStream::fromSeed(1, "t"));
  EXPECT_LE(a.accuracy.low, a.accuracy.value);
  EXPECT_GE(a.accuracy.high, a.accuracy.value);
  EXPECT_LT(a.accuracy.low, a.accuracy.high);
  EXPECT_EQ(a.accuracy.low, b.accuracy.low);
  EXPECT_EQ(a.kappa.high, b.kappa.high);
}

TEST(WatermarkMetrics, NoImagesGiveUndefinedRatesInsteadOfNumbers) {
  PredictionSet set;
  set.classes = 2;
  const ModelMetrics metrics = computeModelMetrics(set, 1, 100, RandomStream::fromSeed(1, "t"));
  EXPECT_EQ(metrics.samples, 0);
  EXPECT_TRUE(std::isnan(metrics.accuracy.value));
  EXPECT_TRUE(std::isnan(metrics.asr.value));
}

TEST(WatermarkMetrics, LabelsOutsideTheClassesAreRefused) {
  PredictionSet set = smallSet();
  set.truth[0] = 3;
  EXPECT_THROW(computeModelMetrics(set, 2, 0, RandomStream::fromSeed(1, "t")), Error);
}

TEST(McNemar, AgreesWithHandComputedBinomialTails) {
  EXPECT_DOUBLE_EQ(mcnemarExactP(0, 0), 1.0);
  EXPECT_NEAR(mcnemarExactP(0, 5), 2 * std::pow(0.5, 5), 1e-12);
  // 2 * (C(10,0)+C(10,1)+C(10,2)) / 1024
  EXPECT_NEAR(mcnemarExactP(2, 8), 2 * 56.0 / 1024.0, 1e-12);
  EXPECT_DOUBLE_EQ(mcnemarExactP(5, 5), 1.0);
  EXPECT_NEAR(mcnemarExactP(8, 2), mcnemarExactP(2, 8), 1e-15);
}

}  // namespace
}  // namespace medlocker::audit
