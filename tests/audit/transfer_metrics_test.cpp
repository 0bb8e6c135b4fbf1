// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/audit/transfer_metrics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/common/error.h"

namespace medlocker::audit {
namespace {

TEST(TransferCell, CountsOnlyImagesThatAreRightWhenClean) {
  const std::vector<int> labels{0, 1, 2, 1, 0, 2};
  const std::vector<int> clean{0, 1, 0, 1, 0, -1};
  const std::vector<int> attacked{0, 2, 1, -1, 0, 2};
  const TransferCell cell = transferCell(labels, clean, attacked);
  EXPECT_EQ(cell.base, 4);
  EXPECT_EQ(cell.successes, 2);
  EXPECT_EQ(cell.abstained, 1);
  EXPECT_DOUBLE_EQ(cell.rate.value, 0.5);
  // Wilson, 2 of 4 at 95 %.
  EXPECT_NEAR(cell.rate.low, 0.15004, 1e-4);
  EXPECT_NEAR(cell.rate.high, 0.84996, 1e-4);
}

TEST(TransferCell, HasNoRateWithoutImages) {
  const TransferCell cell = transferCell(std::vector<int>{0}, std::vector<int>{1}, std::vector<int>{1});
  EXPECT_EQ(cell.base, 0);
  EXPECT_TRUE(std::isnan(cell.rate.value));
  EXPECT_THROW(transferCell(std::vector<int>{0}, std::vector<int>{}, std::vector<int>{0}), Error);
}

TEST(PairedEffect, IsTheDifferenceOfRates) {
  const std::vector<int> labels{0, 0, 0, 0};
  const std::vector<int> clean{0, 0, 0, 1};
  const std::vector<int> first{1, 1, 0, 1}, second{1, 0, 0, 0};
  const PairedEffect one =
      pairedEffect(labels, {{clean, first, second}}, 500, RandomStream::fromSeed(1, "test"));
  EXPECT_EQ(one.base, 3);
  EXPECT_EQ(one.onlyFirst, 1);
  EXPECT_EQ(one.onlySecond, 0);
  EXPECT_NEAR(one.difference.value, 1.0 / 3, 1e-12);
  EXPECT_LE(one.difference.low, one.difference.value);
  EXPECT_GE(one.difference.high, one.difference.value);
  EXPECT_DOUBLE_EQ(one.mcnemarP, 1);
  const PairedEffect two = pairedEffect(labels, {{clean, first, second}, {clean, second, first}}, 500,
                                        RandomStream::fromSeed(1, "test"));
  EXPECT_EQ(two.base, 6);
  EXPECT_DOUBLE_EQ(two.difference.value, 0);
  EXPECT_DOUBLE_EQ(two.difference.low, 0);  // each image's gains cancel, whichever images are drawn
  EXPECT_TRUE(std::isnan(two.mcnemarP));
}

}  // namespace
}  // namespace medlocker::audit
