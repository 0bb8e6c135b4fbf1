// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
//
// The counts are those that the real data's own README states.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>

#include "core/data/manifest.h"
#include "tests/data/dataset_tree_support.h"

namespace medlocker::data {
namespace {

using ::testing::ElementsAre;

std::map<Split, std::size_t> perSplit(const Manifest& manifest) {
  std::map<Split, std::size_t> counts;
  for (const Sample& sample : manifest.samples) ++counts[sample.split];
  return counts;
}

std::map<LesionKind, std::size_t> perMaskKind(const Manifest& manifest) {
  std::map<LesionKind, std::size_t> counts;
  for (const Sample& sample : manifest.samples)
    for (const MaskRef& mask : sample.masks) ++counts[mask.kind];
  return counts;
}

std::size_t groupCount(const Manifest& manifest) {
  std::map<std::string, int> groups;
  for (const Sample& sample : manifest.samples) ++groups[sample.group];
  return groups.size();
}

TEST(RealManifest, IdridSegmentation512) {
  MEDLOCKER_REQUIRE_DATA(dataRoot);
  const Manifest manifest = openDataset(dataRoot / "idrid-seg-512");
  EXPECT_EQ(manifest.layout, "idrid-segmentation");
  EXPECT_EQ(manifest.samples.size(), 36U);
  EXPECT_EQ(perSplit(manifest)[Split::Train], 28U);
  EXPECT_EQ(perSplit(manifest)[Split::Test], 8U);
  auto masks = perMaskKind(manifest);
  EXPECT_EQ(masks[LesionKind::Microaneurysm], 36U);
  EXPECT_EQ(masks[LesionKind::Haemorrhage], 36U);
  EXPECT_EQ(masks[LesionKind::HardExudate], 36U);
  EXPECT_EQ(masks[LesionKind::SoftExudate], 15U);
  EXPECT_EQ(masks[LesionKind::OpticDisc], 36U);
  EXPECT_TRUE(manifest.issues.empty());
  expectBalanced(manifest);
}

TEST(RealManifest, IdridSegmentationNative) {
  MEDLOCKER_REQUIRE_DATA(dataRoot);
  const Manifest manifest = openDataset(dataRoot / "idrid-seg-native");
  EXPECT_EQ(manifest.layout, "idrid-segmentation");
  EXPECT_EQ(manifest.samples.size(), 2U);
  EXPECT_EQ(manifest.accounting.masks, 6);
  EXPECT_TRUE(manifest.issues.empty());
  expectBalanced(manifest);
}

TEST(RealManifest, TwoClassFolders) {
  MEDLOCKER_REQUIRE_DATA(dataRoot);
  const Manifest manifest = openDataset(dataRoot / "two-class-folders-512");
  EXPECT_EQ(manifest.layout, "class-folders");
  EXPECT_THAT(manifest.classes, ElementsAre("no_dr", "dr"));
  EXPECT_THAT(manifest.countsPerClass(), ElementsAre(59, 36));
  EXPECT_TRUE(manifest.issues.empty());
  expectBalanced(manifest);
}

TEST(RealManifest, TwoClassFoldersWithMasksOfTheSegmentationTree) {
  MEDLOCKER_REQUIRE_DATA(dataRoot);
  OpenOptions options;
  options.masksFolder = dataRoot / "idrid-seg-512" / "A. Segmentation" / "2. All Segmentation Groundtruths";
  const Manifest manifest = openDataset(dataRoot / "two-class-folders-512", options);
  auto masks = perMaskKind(manifest);
  EXPECT_EQ(masks[LesionKind::Microaneurysm], 36U);
  EXPECT_EQ(masks[LesionKind::SoftExudate], 15U);
  EXPECT_TRUE(manifest.issues.empty());
}

TEST(RealManifest, Aptos) {
  MEDLOCKER_REQUIRE_DATA(dataRoot);
  Manifest manifest = openDataset(dataRoot / "aptos-layout");
  EXPECT_EQ(manifest.layout, "aptos");
  EXPECT_EQ(manifest.samples.size(), 400U);
  EXPECT_THAT(manifest.countsPerClass(), ElementsAre(169, 61, 102, 17, 11));
  EXPECT_EQ(perSplit(manifest)[Split::Train], 360U);
  EXPECT_EQ(perSplit(manifest)[Split::Test], 40U);
  EXPECT_EQ(groupCount(manifest), 200U);
  EXPECT_TRUE(groupsAcrossSplits(manifest).empty());
  EXPECT_TRUE(manifest.issues.empty());
  expectBalanced(manifest);

  // Dividing the training part further keeps patients whole.
  for (Sample& sample : manifest.samples)
    if (sample.split == Split::Train) sample.split = Split::Unspecified;
  assignSplits(manifest, 0.2, 0, 1);
  EXPECT_TRUE(groupsAcrossSplits(manifest).empty());
  EXPECT_NEAR(static_cast<double>(perSplit(manifest)[Split::Validation]), 72, 2);
}

TEST(RealManifest, AptosByTheFullLabelFile) {
  MEDLOCKER_REQUIRE_DATA(dataRoot);
  const Manifest manifest = openDataset(dataRoot / "aptos-layout" / "labels_full.csv");
  EXPECT_EQ(manifest.samples.size(), 400U);
  EXPECT_THAT(manifest.countsPerClass(), ElementsAre(169 + 16, 61 + 6, 102 + 9, 17 + 6, 11 + 3));
  EXPECT_TRUE(manifest.issues.empty());
}

TEST(RealManifest, GradeFolders) {
  MEDLOCKER_REQUIRE_DATA(dataRoot);
  const Manifest manifest = openDataset(dataRoot / "grade-folders");
  EXPECT_EQ(manifest.layout, "class-folders");
  EXPECT_THAT(manifest.countsPerClass(), ElementsAre(30, 30, 30, 23, 14));
  EXPECT_EQ(manifest.classes.front(), "0_no_dr");
  EXPECT_TRUE(manifest.issues.empty());
  expectBalanced(manifest);
}

TEST(RealManifest, IdridGrading) {
  MEDLOCKER_REQUIRE_DATA(dataRoot);
  const Manifest manifest = openDataset(dataRoot / "idrid-grading-layout");
  EXPECT_EQ(manifest.layout, "idrid-grading");
  EXPECT_THAT(manifest.countsPerClass(), ElementsAre(8 + 3, 8 + 3, 8 + 3, 8 + 3, 7 + 1));
  EXPECT_EQ(perSplit(manifest)[Split::Train], 39U);
  EXPECT_EQ(perSplit(manifest)[Split::Test], 13U);
  EXPECT_TRUE(manifest.issues.empty());
  expectBalanced(manifest);
}

TEST(RealManifest, RetinaMnistLayout) {
  MEDLOCKER_REQUIRE_DATA(dataRoot);
  for (const char* file : {"drgrade_28.npz", "drgrade_64.npz"}) {
    const Manifest manifest = openDataset(dataRoot / "retinamnist-layout" / file);
    EXPECT_EQ(manifest.layout, "npz");
    EXPECT_EQ(manifest.samples.size(), 400U);
    EXPECT_THAT(manifest.countsPerClass(), ElementsAre(169 + 16, 61 + 6, 102 + 9, 17 + 6, 11 + 3));
    EXPECT_EQ(perSplit(manifest)[Split::Train], 320U);
    EXPECT_EQ(perSplit(manifest)[Split::Validation], 40U);
    EXPECT_EQ(perSplit(manifest)[Split::Test], 40U);
    const int side = std::string(file).find("28") != std::string::npos ? 28 : 64;
    for (const Sample& sample : manifest.samples) ASSERT_EQ(readSample(sample).image.width(), side);
    expectBalanced(manifest);
  }
  const Manifest both = openDataset(dataRoot / "retinamnist-layout");
  EXPECT_EQ(both.samples.size(), 800U);
  EXPECT_FALSE(both.notices.empty());
}

TEST(RealManifest, CifarTreeIsListedQuickly) {
  MEDLOCKER_REQUIRE_DATA(dataRoot);
  const auto start = std::chrono::steady_clock::now();
  const Manifest manifest = openDataset(dataRoot / "cifar10-jpeg");
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  EXPECT_EQ(manifest.layout, "class-folders");
  EXPECT_EQ(manifest.samples.size(), 13'000U);
  EXPECT_EQ(manifest.classes.size(), 10U);
  EXPECT_EQ(manifest.classes.front(), "airplane");
  for (const std::size_t count : manifest.countsPerClass()) EXPECT_EQ(count, 1300U);
  EXPECT_EQ(perSplit(manifest)[Split::Train], 10'000U);
  EXPECT_EQ(perSplit(manifest)[Split::Validation], 1000U);
  EXPECT_EQ(perSplit(manifest)[Split::Test], 2000U);
  EXPECT_TRUE(manifest.issues.empty());
  EXPECT_LT(elapsed.count(), 5.0);  // "a few seconds" for 13,000 names; well under one on an idle machine
  expectBalanced(manifest);
}

TEST(RealManifest, RobustnessReferenceArrays) {
  MEDLOCKER_REQUIRE_DATA(dataRoot);
  const Manifest mnist = openDataset(dataRoot / "robustness-ref" / "data" / "mnist_sdp200.npz");
  EXPECT_EQ(mnist.samples.size(), 200U);
  EXPECT_EQ(mnist.classes.size(), 10U);
  EXPECT_EQ(readSample(mnist.samples[0]).image.channels(), 1);
}

TEST(RealManifest, DicomFilesAreNamedAndLeftOut) {
  MEDLOCKER_REQUIRE_DATA(dataRoot);
  const Manifest manifest = openDataset(dataRoot / "dicom");
  EXPECT_EQ(manifest.layout, "folder");
  EXPECT_EQ(manifest.samples.size(), 4U);  // the PNG files with expected pixels
  EXPECT_GE(fatalIssues(manifest), 200U);
  expectBalanced(manifest);
}

}  // namespace
}  // namespace medlocker::data
