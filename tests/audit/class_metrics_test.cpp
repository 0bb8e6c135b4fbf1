// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/audit/class_metrics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/audit/audit_result.h"
#include "core/common/error.h"

namespace medlocker::audit {
namespace {

using Ints = std::vector<int>;

TEST(ClassMetrics, AgreeWithTheHandExample) {
  const Ints truth{0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2};
  const Ints predicted{0, 0, 0, 1, 1, 2, 1, 2, 1, 2, 1, 1};
  const ClassMetrics metrics = computeClassMetrics(truth, predicted, 3, 2);
  EXPECT_DOUBLE_EQ(metrics.overall.value, 0.5);
  EXPECT_DOUBLE_EQ(metrics.perClass[0].value, 0.75);
  EXPECT_DOUBLE_EQ(metrics.perClass[2].value, 0.25);
  EXPECT_EQ(metrics.worstClass, 2);
  EXPECT_DOUBLE_EQ(metrics.worstGroup, 0.25);
  EXPECT_NEAR(metrics.deviation, 0.204124, 1e-6);
  EXPECT_NEAR(metrics.nsd, 0.408248, 1e-6);
  EXPECT_DOUBLE_EQ(metrics.spread, 0.5);
  EXPECT_DOUBLE_EQ(wRobust(0.8333333333, 0.5), 0.66666666665);
}

TEST(ClassMetrics, ClassesWithoutImagesAreLeftOut) {
  const ClassMetrics metrics = computeClassMetrics(Ints{0, 0, 2}, Ints{0, 1, 2}, 4, 2);
  EXPECT_TRUE(std::isnan(metrics.perClass[1].value));
  EXPECT_EQ(metrics.perClass[1].n, 0);
  EXPECT_DOUBLE_EQ(metrics.classMean, 0.75);
  EXPECT_EQ(metrics.worstClass, 0);
}

TEST(ClassMetrics, WorstGroupIsATenthRoundedUp) {
  Ints truth, predicted;
  for (int c = 0; c < 20; ++c)
    for (int i = 0; i < 20; ++i) {
      truth.push_back(c);
      predicted.push_back(i < c ? c : (c + 1) % 20);  // accuracy of class c: c/20
    }
  EXPECT_DOUBLE_EQ(computeClassMetrics(truth, predicted, 20, 2).worstGroup, 0.025);  // classes 0 and 1
}

TEST(ClassMetrics, NothingRightHasNoNsd) {
  const ClassMetrics metrics = computeClassMetrics(Ints{0, 1}, Ints{1, 0}, 2, 1);
  EXPECT_TRUE(std::isnan(metrics.nsd));
  EXPECT_EQ(metrics.worstClass, 0);
}

TEST(ClassMetrics, RefuseValuesOutsideTheClassesAndOtherLengths) {
  EXPECT_THROW(computeClassMetrics(Ints{0, 3}, Ints{0, 0}, 3, 2), Error);
  EXPECT_THROW(computeClassMetrics(Ints{0, 1}, Ints{0, -1}, 3, 2), Error);
  EXPECT_THROW(computeClassMetrics(Ints{0, 1}, Ints{0}, 3, 2), Error);
}

TEST(WorstCase, IsRightOnlyWhereCleanAndEveryAttackAre) {
  const Ints truth{0, 1, 2, 1, 0}, clean{0, 1, 2, 0, 0};
  const Ints worst = worstCasePredictions(truth, clean, {{0, 1, 1, 0, 0}, {0, 2, 2, 1, 0}});
  EXPECT_EQ(worst, (Ints{0, 2, 1, 0, 0}));
  EXPECT_DOUBLE_EQ(attackSuccessRate(truth, clean, worst), 0.5);
}

TEST(PairedBootstrap, ContainsTheDifferenceAndRepeats) {
  Ints truth, first, second;
  RandomStream stream = RandomStream::fromSeed(3, "test");
  for (int i = 0; i < 400; ++i) {
    truth.push_back(i % 2);
    first.push_back(stream.chance(0.6) ? i % 2 : 1 - i % 2);
    second.push_back(stream.chance(0.8) ? i % 2 : 1 - i % 2);
  }
  const auto run = [&] {
    return pairedBootstrap(truth, first, second, 2, PairedStatistic::Accuracy, 500,
                           RandomStream::fromSeed(1, "b"));
  };
  const PairedDifference difference = run();
  EXPECT_NEAR(difference.value, 0.2, 0.08);
  EXPECT_LT(difference.low, difference.value);
  EXPECT_GT(difference.high, difference.value);
  EXPECT_GT(difference.low, 0);
  EXPECT_EQ(run().low, difference.low);
  const PairedDifference same = pairedBootstrap(truth, first, first, 2, PairedStatistic::WorstClass, 100,
                                                RandomStream::fromSeed(1, "b"));
  EXPECT_EQ(same.low, 0);
  EXPECT_EQ(same.high, 0);
}

AuditResult someResult() {
  AuditResult result;
  result.datasetName = "set <1>";
  result.norm = "linf";
  result.epsilon = 0.03;
  result.epsilonText = "8/255";
  result.classes = {"none", "mild"};
  result.counts = {3, 2};
  for (const char* name : {"a", "b"}) {
    AuditedModel model;
    model.name = name;
    model.classes = result.classes;
    model.referableFrom = 1;
    model.truth = {0, 0, 0, 1, 1};
    model.sampleIds = {"1", "2", "3", "4", "5"};
    model.clean = {0, 0, 0, 1, 0};
    AuditedAttack attack;
    attack.attack = "autoattack";
    attack.params = Json::object();
    attack.predicted = name == std::string("a") ? Ints{0, 1, 0, 0, 0} : Ints{0, 0, 0, 1, 0};
    attack.stages = {{"apgd-ce", 4}, {"square", 2}};
    model.attacks.push_back(attack);
    result.models.push_back(model);
  }
  return result;
}

TEST(AuditResult, SummaryFillsWorstCaseFlagsRequirementsAndComparisons) {
  AuditResult result = someResult();
  summarise(result, {parseRequirement("accuracy>=0.5"), parseRequirement("worst_class >= 0.1")}, 50);
  EXPECT_DOUBLE_EQ(result.models[0].worstMetrics.overall.value, 0.4);
  EXPECT_DOUBLE_EQ(result.models[0].wRobust, 0.6);
  ASSERT_EQ(result.requirements.size(), 4U);
  EXPECT_FALSE(result.requirements[0].met);  // a: 0.4
  EXPECT_FALSE(result.requirements[1].met);  // a: mild 0
  EXPECT_TRUE(result.requirements[2].met);   // b: 0.8
  EXPECT_TRUE(result.requirements[3].met);   // b: mild 0.5
  EXPECT_FALSE(result.requirementsMet());
  EXPECT_EQ(result.comparisons.size(), 3U);
  EXPECT_EQ(result.flags.front().id, "black_box_wins");
}

TEST(AuditResult, JsonHasTheFieldsOtherProgramsRead) {
  AuditResult result = someResult();
  summarise(result, {}, 0);
  const Json json = auditJson(result, true);
  EXPECT_EQ(json.at("schema"), kAuditSchema);
  EXPECT_EQ(json.at("results").size(), 4U);  // clean and one attack for each model
  const Json& attack = json.at("results").at(1);
  EXPECT_EQ(attack.at("per_class").at(1).at("class"), "mild");
  EXPECT_EQ(attack.at("per_class").at(1).at("n"), 2);
  EXPECT_EQ(attack.at("worst_class").at("class"), "mild");
  for (const char* field :
       {"model", "attack", "params", "accuracy", "nsd", "forwards", "backwards", "seconds"})
    EXPECT_TRUE(attack.contains(field)) << field;
  for (const char* field : {"model", "accuracy", "per_class", "nsd", "w_robust"})
    EXPECT_TRUE(json.at("worst_case").at(0).contains(field)) << field;
  EXPECT_TRUE(auditJson(result, false).at("results").at(1).at("seconds").is_null());
  const std::string csv = auditCsv(result);
  EXPECT_NE(csv.find("a,autoattack,mild,2,0,"), std::string::npos);
  EXPECT_NE(samplesCsv(result).find("b,4,1,autoattack,1\n"), std::string::npos);
  EXPECT_EQ(modelCard(result, result.models[0]).at("schema"), kModelCardSchema);
  EXPECT_GE(plainWords(result).size(), 5U);
}

TEST(Requirement, NamesWhatIsWrong) {
  EXPECT_EQ(parseRequirement("nsd<0.2").comparison, "<");
  for (const char* text : {"worst_class", "speed>=1", "accuracy>=", "accuracy>=x", "accuracy>=0.3x", ""})
    EXPECT_THROW(parseRequirement(text), Error) << text;
}

}  // namespace
}  // namespace medlocker::audit
