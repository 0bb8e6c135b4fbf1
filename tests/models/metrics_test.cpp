// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/metrics.h"

#include <gtest/gtest.h>

#include <cmath>

namespace medlocker::models {
namespace {

ConfusionMatrix matrixOf(const std::vector<std::vector<int>>& rows) {
  ConfusionMatrix matrix(static_cast<int>(rows.size()));
  for (int t = 0; t < matrix.classes; ++t)
    for (int p = 0; p < matrix.classes; ++p)
      for (int i = 0; i < rows[t][p]; ++i) matrix.add(t, p);
  return matrix;
}

// Spec 16; values are printed there with six digits.
TEST(Metrics, AgreeWithTheReferenceConfusionMatrix) {
  const ConfusionMatrix matrix = matrixOf({{50, 5, 2, 0}, {6, 20, 8, 1}, {1, 7, 30, 4}, {0, 1, 3, 12}});
  EXPECT_EQ(matrix.total(), 150);
  EXPECT_NEAR(accuracy(matrix), 0.746667, 5e-7);
  EXPECT_NEAR(balancedAccuracy(matrix), 0.728227, 5e-7);
  EXPECT_NEAR(macroF1(matrix), 0.724646, 5e-7);
  EXPECT_NEAR(quadraticKappa(matrix), 0.837656, 5e-7);
  EXPECT_DOUBLE_EQ(referableSensitivity(matrix, 2), 49.0 / 58.0);
  EXPECT_DOUBLE_EQ(referableSpecificity(matrix, 2), 81.0 / 92.0);
}

TEST(Metrics, AreUndefinedWithoutSamples) {
  const ConfusionMatrix empty(3);
  EXPECT_TRUE(std::isnan(accuracy(empty)));
  EXPECT_TRUE(std::isnan(balancedAccuracy(empty)));
  EXPECT_TRUE(std::isnan(macroF1(empty)));
  EXPECT_TRUE(std::isnan(quadraticKappa(empty)));
  EXPECT_TRUE(std::isnan(referableSensitivity(empty, 1)));
  EXPECT_TRUE(std::isnan(referableSpecificity(empty, 1)));
}

TEST(Metrics, LeaveAbsentClassesOutOfMeans) {
  const ConfusionMatrix matrix = matrixOf({{3, 0, 1}, {1, 2, 1}, {0, 0, 0}});
  EXPECT_DOUBLE_EQ(balancedAccuracy(matrix), (0.75 + 0.5) / 2);
  EXPECT_DOUBLE_EQ(macroF1(matrix), (6.0 / 8.0 + 4.0 / 6.0) / 2);
}

TEST(Metrics, KappaIsOneForASingleAgreedClassAndZeroForAConstantAnswer) {
  EXPECT_DOUBLE_EQ(quadraticKappa(matrixOf({{7, 0}, {0, 0}})), 1.0);
  EXPECT_DOUBLE_EQ(quadraticKappa(matrixOf({{4, 0}, {3, 0}})), 0.0);
  EXPECT_DOUBLE_EQ(quadraticKappa(matrixOf({{0, 5}, {5, 0}})), -1.0);
}

TEST(Metrics, ReferableThresholdAtTheEdges) {
  const ConfusionMatrix matrix = matrixOf({{3, 1}, {1, 2}});
  EXPECT_DOUBLE_EQ(referableSensitivity(matrix, 0), 1.0);
  EXPECT_TRUE(std::isnan(referableSpecificity(matrix, 0)));
  EXPECT_TRUE(std::isnan(referableSensitivity(matrix, 2)));
  EXPECT_DOUBLE_EQ(referableSpecificity(matrix, 2), 1.0);
}

// Reference: the roots of (p - x)^2 = z^2 x(1-x)/n, solved independently for 15 of 50.
TEST(Metrics, WilsonIntervalSolvesItsEquation) {
  const double z = 1.959963984540054;
  const Interval interval = wilsonInterval(15, 50);
  for (const double x : {interval.low, interval.high})
    EXPECT_NEAR((0.3 - x) * (0.3 - x), z * z * x * (1 - x) / 50, 1e-12);
  EXPECT_LT(interval.low, 0.3);
  EXPECT_GT(interval.high, 0.3);
  EXPECT_EQ(wilsonInterval(0, 10).low, 0.0);
  EXPECT_EQ(wilsonInterval(10, 10).high, 1.0);
  EXPECT_NEAR(wilsonInterval(0, 10).high, 0.277533, 5e-7);
  EXPECT_EQ(wilsonInterval(0, 0).low, 0.0);
  EXPECT_EQ(wilsonInterval(0, 0).high, 1.0);
}

}  // namespace
}  // namespace medlocker::models
