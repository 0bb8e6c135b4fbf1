// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/common/files.h"
#include "tests/support/temp_folder.h"

namespace medlocker::training {
namespace {

EvaluationResult evaluation(std::int64_t a, std::int64_t b, std::int64_t c, std::int64_t d, double loss) {
  models::ConfusionMatrix matrix(2);
  matrix.counts = {a, b, c, d};
  EvaluationResult result = figuresOf(matrix);
  result.loss = loss;
  return result;
}

TEST(History, SelectionBreaksTiesByKappaThenLoss) {
  const auto base = evaluation(8, 2, 2, 8, 0.5);
  EXPECT_TRUE(isBetter(evaluation(9, 1, 2, 8, 0.9), base, SelectionCriterion::BalancedAccuracy));
  EXPECT_FALSE(isBetter(base, base, SelectionCriterion::BalancedAccuracy)) << "the earlier one stays";
  EXPECT_TRUE(isBetter(evaluation(8, 2, 2, 8, 0.4), base, SelectionCriterion::BalancedAccuracy));
  EXPECT_FALSE(isBetter(evaluation(8, 2, 2, 8, 0.6), base, SelectionCriterion::BalancedAccuracy));
  EXPECT_TRUE(isBetter(evaluation(5, 5, 5, 5, 0.4), base, SelectionCriterion::Loss));
}

TEST(History, UndefinedFiguresNeverWin) {
  const auto base = evaluation(8, 2, 2, 8, 0.5);
  const auto broken = evaluation(8, 2, 2, 8, std::numeric_limits<double>::quiet_NaN());
  EXPECT_FALSE(isBetter(broken, base, SelectionCriterion::Loss));
  EXPECT_TRUE(isBetter(base, broken, SelectionCriterion::Loss));
}

TEST(History, PerClassAccuracyIsUndefinedWithoutSamples) {
  const auto rates = evaluation(3, 1, 0, 0, 0).perClassAccuracy();
  EXPECT_DOUBLE_EQ(rates[0], 0.75);
  EXPECT_TRUE(std::isnan(rates[1]));
}

TEST(History, RecordsRoundTripExactly) {
  EpochRecord record;
  record.epoch = 3;
  record.learningRate = 0.1 / 3;
  record.trainLoss = std::numeric_limits<double>::quiet_NaN();
  record.trainAccuracy = 2.0 / 3;
  record.validated = true;
  record.validation = evaluation(3, 1, 0, 0, 1.0 / 7);
  record.best = true;
  record.extra["temperature"] = 0.7;
  const Json json = toJson(record);
  const EpochRecord again = epochRecordFromJson(Json::parse(json.dump()));
  EXPECT_EQ(toJson(again), json);
  EXPECT_EQ(again.learningRate, record.learningRate);
  EXPECT_EQ(again.validation.loss, record.validation.loss);
  EXPECT_TRUE(std::isnan(again.trainLoss));
}

TEST(History, EvaluationJsonHasIntervalsAndMatrix) {
  const Json json = toJson(evaluation(8, 2, 3, 7, 0.5), {"no", "yes"}, 1);
  EXPECT_EQ(json.at("n"), 20);
  EXPECT_EQ(json.at("correct"), 15);
  EXPECT_DOUBLE_EQ(json.at("accuracy"), 0.75);
  EXPECT_LT(json.at("ci_low").get<double>(), 0.75);
  EXPECT_GT(json.at("ci_high").get<double>(), 0.75);
  EXPECT_EQ(json.at("per_class")[1].at("class"), "yes");
  EXPECT_DOUBLE_EQ(json.at("per_class")[1].at("accuracy"), 0.7);
  EXPECT_EQ(json.at("confusion"), Json::parse("[[8,2],[3,7]]"));
  EXPECT_DOUBLE_EQ(json.at("referable_sensitivity"), 0.7);
}

TEST(History, CsvHasOneLinePerEpochAndQuotesNames) {
  const test::TempFolder folder;
  EpochRecord record;
  record.epoch = 1;
  record.validated = true;
  record.validation = evaluation(8, 2, 0, 0, 0.5);
  EpochRecord second = record;
  second.epoch = 2;
  second.validated = false;
  second.validation = EvaluationResult();
  writeHistory(folder.path(), {record, second}, {"mild, early", "b"});
  const std::string csv = readTextFile(folder / "history.csv");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 3);
  EXPECT_THAT(csv, testing::HasSubstr("\"validation_accuracy_mild, early\",validation_accuracy_b,best"));
  EXPECT_THAT(csv, testing::HasSubstr("\n2,0.0,0.0,0.0,,,,,,,0,0,"));
  EXPECT_EQ(parseJsonStrictly(readTextFile(folder / "history.json")).at("epochs").size(), 2U);
}

TEST(History, CriterionNamesRoundTrip) {
  for (const auto criterion : {SelectionCriterion::BalancedAccuracy, SelectionCriterion::Accuracy,
                               SelectionCriterion::Kappa, SelectionCriterion::Loss})
    EXPECT_EQ(parseSelectionCriterion(toString(criterion)), criterion);
  EXPECT_THROW(parseSelectionCriterion("auc"), Error);
}

}  // namespace
}  // namespace medlocker::training
