// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/split_plan.h"

#include <gtest/gtest.h>

#include <set>

namespace medlocker::training {
namespace {

/// 60 patients with two eyes each, grades 0..4 in turn; every seventh patient cannot be graded.
data::Manifest gradedManifest() {
  data::Manifest manifest;
  manifest.classes = {"0", "1", "2", "3", "4"};
  for (int patient = 0; patient < 60; ++patient)
    for (const char* eye : {"L", "R"}) {
      data::Sample sample;
      sample.group = std::to_string(100 + patient);
      sample.id = sample.group;
      sample.id.append("_").append(eye);
      sample.label = patient % 5;
      sample.gradable = patient % 7 != 0;
      manifest.samples.push_back(sample);
    }
  manifest.samples[5].label.reset();
  return manifest;
}

std::set<std::string> groups(const SplitPart& part) {
  std::set<std::string> all;
  for (const auto& sample : part.samples) all.insert(sample.group);
  return all;
}

TEST(SplitPlan, EverySampleIsInOnePartOrCounted) {
  SplitOptions options;
  options.testFraction = 0.2;
  const SplitPlan plan = planSplits(gradedManifest(), options);
  EXPECT_EQ(plan.ungradable, 18);
  EXPECT_EQ(plan.unlabelled, 1);
  EXPECT_EQ(plan.train.samples.size() + plan.validation.samples.size() + plan.test.samples.size() + 19, 120U);
  EXPECT_GT(plan.validation.samples.size(), 5U);
  EXPECT_GT(plan.test.samples.size(), 5U);
}

TEST(SplitPlan, PatientsDoNotStraddleParts) {
  SplitOptions options;
  options.testFraction = 0.2;
  const SplitPlan plan = planSplits(gradedManifest(), options);
  for (const std::string& group : groups(plan.validation)) {
    EXPECT_FALSE(groups(plan.train).contains(group));
    EXPECT_FALSE(groups(plan.test).contains(group));
  }
  for (const std::string& group : groups(plan.test)) EXPECT_FALSE(groups(plan.train).contains(group));
}

TEST(SplitPlan, ALayoutsTestPartIsLeftAlone) {
  data::Manifest manifest = gradedManifest();
  std::set<std::string> test;
  for (std::size_t i = 0; i < manifest.samples.size(); ++i) {
    manifest.samples[i].split = i >= 100 ? data::Split::Test : data::Split::Train;
    if (i >= 100 && manifest.samples[i].gradable) test.insert(manifest.samples[i].id);
  }
  SplitOptions options;
  options.testFraction = 0.3;
  const SplitPlan plan = planSplits(manifest, options);
  EXPECT_TRUE(plan.testFromLayout);
  std::set<std::string> got;
  for (const auto& sample : plan.test.samples) got.insert(sample.id);
  EXPECT_EQ(got, test);
  EXPECT_FALSE(plan.validation.samples.empty()) << "validation is carved out of the training part";
}

TEST(SplitPlan, SharedPatientsInALayoutsOwnPartsAreNoticed) {
  data::Manifest manifest = gradedManifest();
  for (std::size_t i = 0; i < manifest.samples.size(); ++i)
    manifest.samples[i].split = i % 2 == 0 ? data::Split::Train : data::Split::Test;
  const SplitPlan plan = planSplits(manifest, {});
  ASSERT_FALSE(plan.notices.empty());
  EXPECT_NE(plan.notices[0].find("patients"), std::string::npos);
}

TEST(SplitPlan, MapsLabels) {
  SplitOptions options;
  options.labels = LabelMapping::Referable;
  const SplitPlan plan = planSplits(gradedManifest(), options);
  EXPECT_EQ(plan.classes.size(), 2U);
  for (const int label : plan.train.labels) EXPECT_TRUE(label == 0 || label == 1);
}

TEST(SplitPlan, IsAFunctionOfTheSeed) {
  const auto ids = [](std::uint64_t seed) {
    SplitOptions options;
    options.seed = seed;
    std::vector<std::string> list;
    for (const auto& sample : planSplits(gradedManifest(), options).validation.samples)
      list.push_back(sample.id);
    return list;
  };
  EXPECT_EQ(ids(1), ids(1));
  EXPECT_NE(ids(1), ids(2));
}

TEST(SplitPlan, RefusesWhatCannotBeLearnt) {
  data::Manifest manifest = gradedManifest();
  for (auto& sample : manifest.samples) sample.label = 0;
  EXPECT_THROW(planSplits(manifest, {}), Error);
  for (auto& sample : manifest.samples) sample.label.reset();
  EXPECT_THROW(planSplits(manifest, {}), Error);
  manifest.classes.clear();
  EXPECT_THROW(planSplits(manifest, {}), Error);
}

}  // namespace
}  // namespace medlocker::training
