// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/schedule.h"

#include <gtest/gtest.h>

namespace medlocker::training {
namespace {

TEST(Schedule, CosineWarmsUpAndEndsAtItsFraction) {
  ScheduleOptions options;
  options.warmupEpochs = 2;
  options.finalFraction = 0.1;
  EXPECT_NEAR(scheduleFactor(options, 1, 0, 10, 12), 0.05, 1e-12) << "the first step already moves";
  EXPECT_NEAR(scheduleFactor(options, 2, 9, 10, 12), 1.0, 1e-12);
  EXPECT_NEAR(scheduleFactor(options, 3, 0, 10, 12), 1.0, 1e-12);
  EXPECT_NEAR(scheduleFactor(options, 8, 0, 10, 12), 0.1 + 0.9 * 0.5, 1e-12) << "half way";
  EXPECT_LT(scheduleFactor(options, 12, 9, 10, 12), 0.1 + 1e-3);
  EXPECT_GE(scheduleFactor(options, 12, 9, 10, 12), 0.1);
}

TEST(Schedule, StepsTakeEffectAfterTheirEpochAndMultiply) {
  ScheduleOptions options;
  options.kind = ScheduleKind::Step;
  options.warmupEpochs = 0;
  options.milestones = {3, 5};
  EXPECT_DOUBLE_EQ(scheduleFactor(options, 3, 9, 10, 8), 1);
  EXPECT_DOUBLE_EQ(scheduleFactor(options, 4, 0, 10, 8), 0.1);
  EXPECT_NEAR(scheduleFactor(options, 6, 0, 10, 8), 0.01, 1e-15) << "two decays give 0.01";
}

TEST(Schedule, MilestonesScaleWithTheRun) {
  EXPECT_EQ(scaledMilestones({215, 260, 285}, 300, 30), (std::vector<int>{22, 26, 29}));
}

TEST(Schedule, InvalidOptionsNameTheirField) {
  ScheduleOptions options;
  options.kind = ScheduleKind::Step;
  ASSERT_EQ(options.validate().size(), 1U);
  EXPECT_EQ(options.validate()[0].field, "schedule.milestones");
  options.milestones = {5, 3};
  EXPECT_EQ(options.validate().size(), 1U);
  EXPECT_TRUE(ScheduleOptions{}.validate().empty());
  EXPECT_THROW(parseScheduleKind("linear"), Error);
}

}  // namespace
}  // namespace medlocker::training
