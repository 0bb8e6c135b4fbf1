// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "core/pipelines/train_model.h"
#include "tests/support/temp_folder.h"

namespace medlocker::pipelines {
namespace {

TrainOptions quickOptions(const std::filesystem::path& dataset, const std::filesystem::path& out) {
  TrainOptions options;
  options.dataset = dataset;
  options.out = out;
  options.arch = "resnet8";
  options.inputSize = 32;
  options.trainer.epochs = 1;
  options.device = DeviceChoice::Cpu;
  options.threads = 1;
  return options;
}

TEST(TrainModelRealData, AptosLayoutTrainsAndCountsEveryImage) {
  MEDLOCKER_REQUIRE_DATA(root);
  const test::TempFolder folder;
  TrainOptions options = quickOptions(root / "aptos-layout", folder / "run");
  options.labels = training::LabelMapping::Referable;
  options.testFraction = 0.1;
  const TrainSummary summary = trainModel(options);
  EXPECT_EQ(summary.samples, 400);
  EXPECT_EQ(summary.unlabelled, 40) << "test.csv has no labels";
  EXPECT_EQ(summary.used.train + summary.used.validation + summary.used.test, 360);
  EXPECT_EQ(summary.perClass[1].train + summary.perClass[1].validation + summary.perClass[1].test,
            102 + 17 + 11);
  EXPECT_TRUE(summary.test.has_value());
}

TEST(TrainModelRealData, IdridGradingKeepsItsTestPart) {
  MEDLOCKER_REQUIRE_DATA(root);
  const test::TempFolder folder;
  const TrainSummary summary = trainModel(quickOptions(root / "idrid-grading-layout", folder / "run"));
  EXPECT_EQ(summary.samples, 52);
  EXPECT_EQ(summary.used.test, 13);
  EXPECT_EQ(summary.used.train + summary.used.validation, 39);
  ASSERT_TRUE(summary.test.has_value());
  EXPECT_EQ(summary.test->confusion.classes, 5);
}

TEST(TrainModelRealData, ArrayLayoutUsesItsOwnParts) {
  MEDLOCKER_REQUIRE_DATA(root);
  const test::TempFolder folder;
  TrainOptions options = quickOptions(root / "retinamnist-layout/drgrade_28.npz", folder / "run");
  const TrainSummary summary = trainModel(options);
  EXPECT_EQ(summary.used.train, 320);
  EXPECT_EQ(summary.used.validation, 40);
  EXPECT_EQ(summary.used.test, 40);
}

}  // namespace
}  // namespace medlocker::pipelines
