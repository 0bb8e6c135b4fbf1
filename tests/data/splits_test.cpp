// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "core/common/random.h"
#include "core/data/manifest.h"

namespace medlocker::data {
namespace {

/// 400 eyes of 200 patients with skewed grades, plus 50 images without patient and 10 without label.
Manifest skewed(std::uint64_t seed) {
  RandomStream random = RandomStream::fromSeed(seed, "splits test");
  Manifest manifest;
  manifest.classes = {"0", "1", "2", "3", "4"};
  const auto grade = [&] {
    const double u = random.uniform();
    return u < 0.6 ? 0 : u < 0.75 ? 1 : u < 0.9 ? 2 : u < 0.96 ? 3 : 4;
  };
  for (int i = 0; i < 460; ++i) {
    Sample sample;
    sample.id = "img" + std::to_string(i);
    if (i < 400) sample.group = "p" + std::to_string(i / 2);
    if (i < 450) sample.label = grade();
    manifest.samples.push_back(sample);
  }
  return manifest;
}

std::map<std::string, Split> byId(const Manifest& manifest) {
  std::map<std::string, Split> splits;
  for (const Sample& sample : manifest.samples) splits[sample.id] = sample.split;
  return splits;
}

TEST(AssignSplits, KeepsGroupsTogetherAndClassesBalanced) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Manifest manifest = skewed(seed);
    assignSplits(manifest, 0.15, 0.25, seed);
    EXPECT_TRUE(groupsAcrossSplits(manifest).empty());
    std::map<Split, int> sizes;
    std::map<int, std::map<Split, int>> perLabel;
    std::map<int, int> totals;
    for (const Sample& sample : manifest.samples) {
      ++sizes[sample.split];
      ++perLabel[sample.label.value_or(-1)][sample.split];
      ++totals[sample.label.value_or(-1)];
    }
    EXPECT_EQ(sizes.count(Split::Unspecified), 0U);
    EXPECT_NEAR(sizes[Split::Validation], 0.15 * 460, 4);
    EXPECT_NEAR(sizes[Split::Test], 0.25 * 460, 4);
    // A class may be off by what its companions in the groups pull along: a few images, or 6 % of a large
    // class.
    for (auto& [label, counts] : perLabel) {
      const double slack = std::max(3.0, 0.06 * totals[label]);
      EXPECT_NEAR(counts[Split::Validation], 0.15 * totals[label], slack) << label;
      EXPECT_NEAR(counts[Split::Test], 0.25 * totals[label], slack) << label;
    }
  }
}

TEST(AssignSplits, DependsOnTheSeedButNotOnTheOrder) {
  Manifest a = skewed(1);
  Manifest b = a;
  RandomStream random = RandomStream::fromSeed(3, "order");
  random.shuffle(b.samples);
  Manifest c = a;
  assignSplits(a, 0.2, 0.2, 7);
  assignSplits(b, 0.2, 0.2, 7);
  assignSplits(c, 0.2, 0.2, 8);
  EXPECT_EQ(byId(a), byId(b));
  EXPECT_NE(byId(a), byId(c));
}

TEST(AssignSplits, LeavesGivenSplitsAndTheirGroupsAlone) {
  Manifest manifest = skewed(2);
  manifest.samples[0].split = Split::Test;
  manifest.samples[3].split = Split::Validation;
  assignSplits(manifest, 0.1, 0, 1);
  EXPECT_EQ(manifest.samples[0].split, Split::Test);
  EXPECT_EQ(manifest.samples[1].split, Split::Test);
  EXPECT_EQ(manifest.samples[2].split, Split::Validation);
  for (std::size_t i = 4; i < manifest.samples.size(); ++i) EXPECT_NE(manifest.samples[i].split, Split::Test);
}

TEST(AssignSplits, HandlesExtremes) {
  Manifest none;
  EXPECT_NO_THROW(assignSplits(none, 0.2, 0.2, 0));
  Manifest all = skewed(4);
  assignSplits(all, 0, 0, 0);
  for (const Sample& sample : all.samples) EXPECT_EQ(sample.split, Split::Train);
  Manifest test = skewed(4);
  assignSplits(test, 0, 1, 0);
  for (const Sample& sample : test.samples) EXPECT_EQ(sample.split, Split::Test);
  EXPECT_THROW(assignSplits(test, 0.6, 0.6, 0), Error);
  EXPECT_THROW(assignSplits(test, -0.1, 0, 0), Error);
  EXPECT_THROW(assignSplits(test, std::nan(""), 0, 0), Error);
}

TEST(GroupsAcrossSplits, NamesGroupsThatStraddle) {
  Manifest manifest = skewed(5);
  for (std::size_t i = 0; i < manifest.samples.size(); ++i)
    manifest.samples[i].split = i < 101 ? Split::Test : Split::Train;  // patient 50 is on both sides
  manifest.samples[4].split = Split::Unspecified;
  EXPECT_EQ(groupsAcrossSplits(manifest), std::vector<std::string>{"p50"});
}

}  // namespace
}  // namespace medlocker::data
