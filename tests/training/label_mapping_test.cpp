// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/label_mapping.h"

#include <gtest/gtest.h>

namespace medlocker::training {
namespace {

data::Sample graded(std::optional<int> label, bool gradable = true) {
  data::Sample sample;
  sample.label = label;
  sample.gradable = gradable;
  return sample;
}

TEST(LabelMapping, ReferableBeginsAtGradeTwo) {
  const std::vector<int> expected{0, 0, 1, 1, 1};
  for (int grade = 0; grade < 5; ++grade)
    EXPECT_EQ(mappedLabel(LabelMapping::Referable, graded(grade)), expected[static_cast<std::size_t>(grade)]);
}

TEST(LabelMapping, AnyDrBeginsAtGradeOne) {
  EXPECT_EQ(mappedLabel(LabelMapping::AnyDr, graded(0)), 0);
  EXPECT_EQ(mappedLabel(LabelMapping::AnyDr, graded(1)), 1);
  EXPECT_EQ(mappedLabel(LabelMapping::AnyDr, graded(4)), 1);
}

TEST(LabelMapping, SamplesWithoutAUsableLabelHaveNone) {
  EXPECT_EQ(mappedLabel(LabelMapping::All, graded(std::nullopt)), std::nullopt);
  EXPECT_EQ(mappedLabel(LabelMapping::Referable, graded(3, false)), std::nullopt);
  EXPECT_EQ(mappedLabel(LabelMapping::All, graded(3)), 3);
}

TEST(LabelMapping, NeedsEnoughClasses) {
  EXPECT_THROW(mappedClasses(LabelMapping::All, {}), Error);
  EXPECT_THROW(mappedClasses(LabelMapping::Referable, {"no_dr", "dr"}), Error);
  EXPECT_EQ(mappedClasses(LabelMapping::AnyDr, {"a", "b"}).size(), 2U);
  EXPECT_EQ(mappedClasses(LabelMapping::All, {"x", "y", "z"}), (std::vector<std::string>{"x", "y", "z"}));
}

TEST(LabelMapping, NamesRoundTrip) {
  for (const auto mapping : {LabelMapping::All, LabelMapping::Referable, LabelMapping::AnyDr})
    EXPECT_EQ(parseLabelMapping(toString(mapping)), mapping);
  EXPECT_THROW(parseLabelMapping("binary"), Error);
}

}  // namespace
}  // namespace medlocker::training
