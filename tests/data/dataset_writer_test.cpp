// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/dataset_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <thread>

#include "core/common/files.h"
#include "core/data/npz.h"
#include "tests/support/temp_folder.h"

namespace medlocker::data {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr int kSide = 96;
constexpr const char* kProvenance = "SYNTHETIC fundus image for a test, no patient";

/// Five patients, one per grade, the last one with both eyes: three for training, then one per other split.
/// Few, because every file is synced to disk.
std::vector<DatasetEntry> sixEyes(DatasetLayout layout) {
  std::vector<DatasetEntry> entries;
  for (int patient = 0; patient < 5; ++patient) {
    Split split = Split::Train;
    if (patient == 3 && canHoldSplit(layout, Split::Validation)) split = Split::Validation;
    if (patient == 4 && canHoldSplit(layout, Split::Test)) split = Split::Test;
    const std::string group = "S000" + std::to_string(patient + 1);
    entries.push_back({group + "_left", group, Eye::Left, patient, split});
    if (patient == 4) entries.push_back({group + "_right", group, Eye::Right, patient, split});
  }
  return entries;
}

SyntheticFundus eyeOf(const DatasetEntry& entry, int bits = 8) {
  SyntheticFundusOptions options;
  options.width = kSide;
  options.height = kSide;
  options.bits = bits;
  options.grade = entry.grade;
  options.eye = entry.eye;
  return renderSyntheticFundus(options,
                               RandomStream::fromSeed(static_cast<std::uint64_t>(entry.grade), "patient"));
}

DatasetWriterOptions small(DatasetLayout layout) {
  DatasetWriterOptions options;
  options.layout = layout;
  options.width = kSide;
  options.height = kSide;
  options.provenance = kProvenance;
  return options;
}

/// All files below a folder with their content.
std::map<std::string, Bytes> contentOf(const std::filesystem::path& root) {
  std::map<std::string, Bytes> content;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.is_regular_file()) {
      content[std::filesystem::relative(entry.path(), root).generic_string()] = readFile(entry.path());
    }
  }
  return content;
}

class EveryLayout : public ::testing::TestWithParam<DatasetLayout> {};

TEST_P(EveryLayout, IsRecognisedWithTheSameLabelsSplitsMasksAndPixels) {
  const DatasetLayout layout = GetParam();
  const test::TempFolder folder;
  DatasetWriter writer(folder.path(), small(layout), sixEyes(layout));
  for (std::size_t i = 0; i < writer.entries().size(); ++i) writer.write(i, eyeOf(writer.entries()[i]));
  writer.finish();
  EXPECT_EQ(writer.imagesWritten(), 6);

  const Manifest manifest = openDataset(folder.path());
  EXPECT_EQ(manifest.layout, toString(layout));
  for (const ItemIssue& issue : manifest.issues) ADD_FAILURE() << issue.item << ": " << issue.reason;
  ASSERT_EQ(manifest.samples.size(), 6U);
  EXPECT_EQ(manifest.classes.size(), holdsLabels(layout) ? 5U : 0U);
  std::map<std::string, const Sample*> byId;
  for (const Sample& sample : manifest.samples) byId[sample.id] = &sample;
  std::set<Split> splits;
  for (const DatasetEntry& entry : writer.entries()) splits.insert(entry.split);

  std::int64_t masks = 0;
  for (std::size_t i = 0; i < writer.entries().size(); ++i) {
    const DatasetEntry& entry = writer.entries()[i];
    ASSERT_TRUE(byId.contains(writer.imageId(i))) << writer.imageId(i);
    const Sample& sample = *byId[writer.imageId(i)];
    EXPECT_EQ(sample.label.value_or(-1), holdsLabels(layout) ? entry.grade : -1);
    EXPECT_EQ(sample.split,
              splits.size() > 1 || layout == DatasetLayout::Npz ? entry.split : Split::Unspecified)
        << sample.id;
    if (layout == DatasetLayout::Messidor2 && entry.grade == 4) {
      EXPECT_THAT(sample.group, StartsWith("pair-"));
    } else if (layout != DatasetLayout::Npz) {
      EXPECT_EQ(sample.group, entry.group);
    }
    const SyntheticFundus fundus = eyeOf(entry);
    EXPECT_TRUE(readSample(sample).image.sameSamples(fundus.image));
    std::size_t expected = 0;
    for (const LesionLayer& layer : fundus.layers) {
      if (layer.area == 0) continue;
      ++expected;
      const auto ref = std::find_if(sample.masks.begin(), sample.masks.end(),
                                    [&](const MaskRef& candidate) { return candidate.kind == layer.kind; });
      ASSERT_NE(ref, sample.masks.end()) << sample.id << " " << toString(layer.kind);
      const MaskImage mask = readMask(ref->path);
      EXPECT_EQ(mask.values, layer.mask);
      EXPECT_TRUE(mask.notices.empty());
    }
    EXPECT_EQ(sample.masks.size(), expected);
    masks += static_cast<std::int64_t>(expected);
  }
  EXPECT_EQ(writer.masksWritten(), masks);
}

TEST_P(EveryLayout, BytesDoNotDependOnTheOrderOfWriting) {
  const DatasetLayout layout = GetParam();
  const test::TempFolder ordered;
  const test::TempFolder shuffled;
  DatasetWriter first(ordered.path(), small(layout), sixEyes(layout));
  for (std::size_t i = 0; i < 6; ++i) first.write(i, eyeOf(first.entries()[i]));
  first.finish();
  std::vector<DatasetEntry> entries = sixEyes(layout);
  std::reverse(entries.begin(), entries.end());
  DatasetWriter second(shuffled.path(), small(layout), entries);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < 6; ++i) {
      threads.emplace_back([&second, i] { second.write(i, eyeOf(second.entries()[i])); });
    }
  }
  second.finish();
  EXPECT_EQ(contentOf(ordered.path()), contentOf(shuffled.path()));
}

TEST_P(EveryLayout, HalfWrittenSetIsConsistent) {
  const DatasetLayout layout = GetParam();
  const test::TempFolder folder;
  DatasetWriter writer(folder.path(), small(layout), sixEyes(layout));
  for (const std::size_t i : {1, 3, 5}) writer.write(i, eyeOf(writer.entries()[i]));
  writer.finish();
  EXPECT_EQ(writer.imagesWritten(), 3);
  const Manifest manifest = openDataset(folder.path());
  EXPECT_EQ(manifest.samples.size(), 3U);
  for (const ItemIssue& issue : manifest.issues) ADD_FAILURE() << issue.item << ": " << issue.reason;
  for (const Sample& sample : manifest.samples) EXPECT_FALSE(sample.masks.empty()) << sample.id;
}

INSTANTIATE_TEST_SUITE_P(Layouts, EveryLayout,
                         ::testing::Values(DatasetLayout::ClassFolders, DatasetLayout::Aptos,
                                           DatasetLayout::EyePacs, DatasetLayout::IdridGrading,
                                           DatasetLayout::IdridSegmentation, DatasetLayout::Ddr,
                                           DatasetLayout::Messidor2, DatasetLayout::Npz,
                                           DatasetLayout::PlainFolder),
                         [](const ::testing::TestParamInfo<DatasetLayout>& layout) {
                           std::string name(toString(layout.param));
                           std::erase(name, '-');
                           return name;
                         });

TEST(DatasetWriter, LayoutNamesRoundTripAndAreKnownToTheReader) {
  const std::vector<std::string> known = layoutNames();
  for (const std::string& name : datasetLayoutNames()) {
    EXPECT_EQ(toString(parseDatasetLayout(name)), name);
    EXPECT_NE(std::find(known.begin(), known.end(), name), known.end()) << name;
  }
  EXPECT_EQ(parseDatasetLayout("folders"), DatasetLayout::ClassFolders);
  EXPECT_EQ(parseDatasetLayout("idrid"), DatasetLayout::IdridGrading);
  EXPECT_THROW(parseDatasetLayout("nifti"), Error);
}

TEST(DatasetWriter, IdridTableHasTheOriginalsQuirks) {
  const test::TempFolder folder;
  DatasetWriter writer(folder.path(), small(DatasetLayout::IdridGrading),
                       sixEyes(DatasetLayout::IdridGrading));
  for (std::size_t i = 0; i < 6; ++i) writer.write(i, eyeOf(writer.entries()[i]));
  writer.finish();
  const std::string table = readTextFile(folder /
                                         "B. Disease Grading/2. Groundtruths/"
                                         "a. IDRiD_Disease Grading_Training Labels.csv");
  EXPECT_THAT(
      table,
      StartsWith(
          "Image name,Retinopathy grade,Risk of macular edema ,,,,,,,,,\r\nS0001_left,0,0,,,,,,,,,\r\n"));
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 5);
  EXPECT_TRUE(
      std::filesystem::exists(folder / "A. Segmentation/2. All Segmentation Groundtruths/a. Training Set/"
                                       "1. Microaneurysms/S0003_left_MA.tif"));
  EXPECT_FALSE(
      std::filesystem::exists(folder / "A. Segmentation/2. All Segmentation Groundtruths/a. Training Set/"
                                       "1. Microaneurysms/S0001_left_MA.tif"));
}

TEST(DatasetWriter, EveryFileSaysThatItIsSynthetic) {
  for (const FileFormat format : {FileFormat::Png, FileFormat::Tiff}) {
    const test::TempFolder folder;
    DatasetWriterOptions options = small(DatasetLayout::PlainFolder);
    options.format = format;
    DatasetWriter writer(folder.path(), options, {{"S0001_left", "S0001", Eye::Left, 3, Split::Train}});
    writer.write(0, eyeOf(writer.entries()[0]));
    writer.finish();
    int images = 0;
    for (const auto& [name, bytes] : contentOf(folder.path())) {
      if (!isImageExtension(name)) continue;
      ++images;
      EXPECT_THAT(asString(bytes), HasSubstr(kProvenance)) << name;
    }
    EXPECT_GT(images, 3);
    EXPECT_THAT(readTextFile(folder / "README.txt"), StartsWith("SYNTHETIC DATA"));
    const Sample sample = openDataset(folder.path()).samples.at(0);
    EXPECT_TRUE(readSample(sample).image.metadata.protectedNote.empty()) << "synthetic is not protected";
  }
}

TEST(DatasetWriter, DescriptionCannotPassForAProtectionNote) {
  const Image image(4, 4, 3);
  EncodeOptions options;
  options.description = "see: " + std::string(kProtectedNotePrefix);
  EXPECT_THROW(encodeImage(image, FileFormat::Tiff, options), Error);
  options.description = "two\nlines";
  EXPECT_THROW(encodeImage(image, FileFormat::Png, options), Error);
  // Beside a note the description is kept, and the note is still found.
  options.description = "SYNTHETIC";
  options.protectedNote = std::string(kProtectedNotePrefix) + "; test";
  for (const FileFormat format : {FileFormat::Png, FileFormat::Tiff}) {
    const Bytes bytes = encodeImage(image, format, options);
    EXPECT_THAT(asString(bytes), HasSubstr("SYNTHETIC"));
    EXPECT_EQ(decodeImage(bytes, "x").image.metadata.protectedNote, options.protectedNote);
  }
}

TEST(DatasetWriter, WritesSixteenBitsInFilesAndArrays) {
  for (const DatasetLayout layout : {DatasetLayout::ClassFolders, DatasetLayout::Npz}) {
    const test::TempFolder folder;
    DatasetWriterOptions options = small(layout);
    options.bits = 16;
    options.format = FileFormat::Tiff;
    DatasetWriter writer(folder.path(), options, sixEyes(layout));
    for (std::size_t i = 0; i < 6; ++i) writer.write(i, eyeOf(writer.entries()[i], 16));
    writer.finish();
    for (const Sample& sample : openDataset(folder.path()).samples) {
      const Image image = readSample(sample).image;
      EXPECT_EQ(image.bits(), 16);
    }
  }
}

TEST(DatasetWriter, MasksCanBeLeftOut) {
  const test::TempFolder folder;
  DatasetWriterOptions options = small(DatasetLayout::Aptos);
  options.masks = false;
  DatasetWriter writer(folder.path(), options, sixEyes(options.layout));
  for (std::size_t i = 0; i < 6; ++i) writer.write(i, eyeOf(writer.entries()[i]));
  writer.finish();
  EXPECT_EQ(writer.masksWritten(), 0);
  EXPECT_FALSE(std::filesystem::exists(folder / "masks"));
  for (const Sample& sample : openDataset(folder.path()).samples) EXPECT_TRUE(sample.masks.empty());
}

TEST(DatasetWriter, TruthTableTellsEveryImage) {
  const test::TempFolder folder;
  DatasetWriter writer(folder.path(), small(DatasetLayout::Ddr), sixEyes(DatasetLayout::Ddr));
  for (std::size_t i = 0; i < 6; ++i) writer.write(i, eyeOf(writer.entries()[i]));
  writer.finish();
  const std::string truth = readTextFile(folder / "synthetic_truth.csv");
  EXPECT_EQ(std::count(truth.begin(), truth.end(), '\n'), 7);
  const auto cells = [](const std::string& line) { return std::count(line.begin(), line.end(), ','); };
  const std::string header = truth.substr(0, truth.find('\n'));
  std::size_t at = header.size() + 1;
  while (at < truth.size()) {
    const std::string line = truth.substr(at, truth.find('\n', at) - at);
    EXPECT_EQ(cells(line), cells(header)) << line;
    at += line.size() + 1;
  }
  EXPECT_THAT(truth, HasSubstr("\nDR_grading/test/S0005_right.png,S0005,right,4,"));
}

TEST(DatasetWriter, RefusesWhatTheLayoutCannotHold) {
  const test::TempFolder folder;
  const auto make = [&](DatasetWriterOptions options, std::vector<DatasetEntry> entries) {
    return DatasetWriter(folder.path(), std::move(options), std::move(entries)).entries().size();
  };
  const DatasetEntry good{"a", "a", Eye::Left, 0, Split::Train};
  EXPECT_EQ(make(small(DatasetLayout::Aptos), {good}), 1U);
  EXPECT_THROW(make(small(DatasetLayout::Aptos), {good, good}), Error) << "two files of one name";
  DatasetEntry entry = good;
  entry.name = "../a";
  EXPECT_THROW(make(small(DatasetLayout::Aptos), {entry}), Error);
  entry.name = "a,b";
  EXPECT_THROW(make(small(DatasetLayout::Aptos), {entry}), Error);
  entry = good;
  entry.grade = 5;
  EXPECT_THROW(make(small(DatasetLayout::Aptos), {entry}), Error);
  entry = good;
  entry.split = Split::Validation;
  EXPECT_THROW(make(small(DatasetLayout::IdridGrading), {entry}), Error);
  DatasetWriterOptions options = small(DatasetLayout::Aptos);
  options.format = FileFormat::Jpeg;
  EXPECT_THROW(make(options, {good}), Error);
  options.format = FileFormat::Bmp;
  options.bits = 16;
  EXPECT_THROW(make(options, {good}), Error);
  options = small(DatasetLayout::Npz);
  options.width = 8000;
  options.height = 8000;
  std::vector<DatasetEntry> many;  // 23 × 8000 × 8000 × 3 bytes are more than 4 GiB
  for (char name = 'a'; name < 'x'; ++name)
    many.push_back({std::string(1, name), "p", Eye::Left, 0, Split::Train});
  EXPECT_THROW(make(options, many), Error);
  DatasetWriter writer(folder.path(), small(DatasetLayout::PlainFolder), {good});
  SyntheticFundusOptions other;
  other.width = 100;
  other.height = 96;
  EXPECT_THROW(writer.write(0, renderSyntheticFundus(other, RandomStream::fromSeed(1, "x"))), Error);
}

}  // namespace
}  // namespace medlocker::data
