// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/golden/vector_runner.h"

namespace medlocker::golden {
namespace {

const RegisterKind kTwice(kAttackVectors, "test.twice", [](const Json& in) -> VectorAnswer {
  const double value = in.at("value").get<double>();
  return {{{"value", 2 * value}, {"even", true}, {"count", 2}, {"list", {value, value}}},
          {{"value", Json::array({2.0})}}};
});
const RegisterKind kTrainingTwice(kTrainingVectors, "test_twice", [](const Json& in) -> VectorAnswer {
  return {{{"total", 2 * in.at("value").get<double>()}}, {{"value", Json::array({2.0})}}};
});

void expectAllPass(const VectorReport& report) {
  for (const std::string& failure : report.failures) ADD_FAILURE() << failure;
}

TEST(GoldenVectors, PublishedOnesHold) {
  const VectorReport report = runFolder(std::filesystem::path(MEDLOCKER_SOURCE_DIR) / "tests/golden/vectors");
  expectAllPass(report);
  EXPECT_GT(report.run, 0);
}

TEST(GoldenVectors, FurtherOnesHold) {
  const char* folder = std::getenv("MEDLOCKER_EXTRA_VECTORS");
  if (folder == nullptr || *folder == '\0') GTEST_SKIP() << "MEDLOCKER_EXTRA_VECTORS is not set";
  const VectorReport report = runFolder(folder);
  expectAllPass(report);
  EXPECT_GT(report.run, 0) << "no vectors in " << folder;
}

VectorReport runOne(const Json& out, const std::string& kind = "test.twice",
                    const Json& in = {{"value", 1.5}}) {
  const Json vector = {{"id", "v"}, {"kind", kind}, {"in", in}, {"out", out}, {"abs_tol", 1e-5}};
  return runDocument({{"schema", kAttackVectors}, {"vectors", Json::array({vector})}}, "file");
}

TEST(VectorRunner, AcceptsWhatAgreesWithinTheTolerance) {
  EXPECT_TRUE(
      runOne({{"value", 3.000009}, {"even", true}, {"count", 2}, {"list", {1.5, 1.5}}}).failures.empty());
}

TEST(VectorRunner, FailsWhereSomethingDiffers) {
  EXPECT_EQ(runOne({{"value", 3.00002}}).failures.size(), 1U);
  EXPECT_EQ(runOne({{"even", false}}).failures.size(), 1U);
  EXPECT_EQ(runOne({{"count", 3}}).failures.size(), 1U);
  EXPECT_EQ(runOne({{"list", {1.5}}}).failures.size(), 1U);
  EXPECT_EQ(runOne({{"absent", 1}}).failures.size(), 1U);
  EXPECT_EQ(runOne(Json::object()).failures.size(), 1U);
}

TEST(VectorRunner, FailsForAnUnknownKindOrSchemaAndForBadInput) {
  EXPECT_EQ(runOne({{"value", 3}}, "no.such.kind").failures.size(), 1U);
  EXPECT_EQ(runOne({{"value", 3}}, "test.twice", Json::object()).failures.size(), 1U);
  EXPECT_EQ(runDocument({{"schema", "other/1"}, {"vectors", Json::array()}}, "file").failures.size(), 1U);
  EXPECT_EQ(runDocument(Json::array(), "file").failures.size(), 1U);
  EXPECT_EQ(runFolder("/no/such/folder").failures.size(), 1U);
}

TEST(VectorRunner, ComparesGradientsOfTrainingVectors) {
  const auto run = [](double gradient) {
    const Json vector = {{"id", "v"},
                         {"op", "test_twice"},
                         {"inputs", {{"value", 1.5}}},
                         {"expected", {{"total", 3.0}}},
                         {"expected_grad", {{"of", "total"}, {"wrt", {{"value", {gradient}}}}}},
                         {"tol", 1e-6}};
    return runDocument({{"schema", kTrainingVectors}, {"vectors", Json::array({vector})}}, "file");
  };
  EXPECT_TRUE(run(2.0).failures.empty());
  EXPECT_EQ(run(2.1).failures.size(), 1U);
}

}  // namespace
}  // namespace medlocker::golden
