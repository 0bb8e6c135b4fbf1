// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "core/common/files.h"
#include "core/data/npz.h"
#include "tests/data/dataset_tree_support.h"

namespace medlocker::data {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Layouts, AreTriedInAFixedOrderWithThePlainFolderLast) {
  const auto names = layoutNames();
  ASSERT_FALSE(names.empty());
  EXPECT_EQ(names.back(), "folder");
  EXPECT_LT(std::find(names.begin(), names.end(), "idrid-grading"),
            std::find(names.begin(), names.end(), "class-folders"));
}

TEST(ClassFolders, TakesFolderNamesAsClassesInNaturalOrder) {
  TestTree tree;
  tree.files({"10_x/a.png", "2_x/b.jpg", "2_x/c.JPG", "0_x/d.tiff"});
  const Manifest manifest = openDataset(tree.path());
  EXPECT_EQ(manifest.layout, "class-folders");
  EXPECT_THAT(manifest.classes, ElementsAre("0_x", "2_x", "10_x"));
  EXPECT_THAT(manifest.countsPerClass(), ElementsAre(1, 2, 1));
  EXPECT_EQ(sampleNamed(manifest, "10_x/a.png").label, 2);
  EXPECT_TRUE(manifest.issues.empty());
  expectBalanced(manifest);
}

TEST(ClassFolders, PutsTheHealthyClassFirst) {
  TestTree tree;
  tree.files({"dr/a.png", "no_dr/b.png"});
  EXPECT_THAT(openDataset(tree.path()).classes, ElementsAre("no_dr", "dr"));
}

TEST(ClassFolders, ReadsSplitsAboveTheClasses) {
  TestTree tree;
  tree.files({"train/cat/1_left.png", "train/dog/2_left.png", "val/cat/3.png", "test/dog/1_right.png"});
  const Manifest manifest = openDataset(tree.path());
  EXPECT_EQ(manifest.layout, "class-folders");
  EXPECT_THAT(manifest.classes, ElementsAre("cat", "dog"));
  EXPECT_EQ(sampleNamed(manifest, "train/cat/1_left.png").split, Split::Train);
  EXPECT_EQ(sampleNamed(manifest, "val/cat/3.png").split, Split::Validation);
  EXPECT_EQ(sampleNamed(manifest, "test/dog/1_right.png").split, Split::Test);
  EXPECT_THAT(groupsAcrossSplits(manifest), ElementsAre("1"));
}

TEST(ClassFolders, KeepsStrayImagesWithoutLabel) {
  TestTree tree;
  for (int i = 0; i < 20; ++i)
    tree.file("a/" + std::to_string(i) + ".png").file("b/" + std::to_string(i) + ".png");
  tree.files({"stray.png", "a/deeper/x.png", "a/notes.txt", "readme.md", "b/scan.dcm", "b/old.gif"});
  const Manifest manifest = openDataset(tree.path());
  EXPECT_EQ(manifest.layout, "class-folders");
  EXPECT_EQ(manifest.samples.size(), 42U);
  EXPECT_EQ(sampleNamed(manifest, "stray.png").label, std::nullopt);
  EXPECT_THAT(reasonsOf(manifest, "stray.png"), HasSubstr("outside the class folders"));
  EXPECT_THAT(reasonsOf(manifest, "b/scan.dcm"), HasSubstr("DICOM"));
  EXPECT_THAT(reasonsOf(manifest, "b/old.gif"), HasSubstr("format"));
  EXPECT_EQ(fatalIssues(manifest), 2U);
  EXPECT_EQ(manifest.accounting.otherFiles, 2);
  expectBalanced(manifest);
}

TEST(ClassFolders, AreNotImagesBesideMasks) {
  TestTree tree;
  tree.files({"images/a.png", "images/b.png", "masks/a_MA.png", "masks/b.png", "masks/none.png"});
  const Manifest manifest = openDataset(tree.path());
  EXPECT_EQ(manifest.layout, "folder");
  ASSERT_EQ(manifest.samples.size(), 2U);
  ASSERT_EQ(manifest.samples[0].masks.size(), 1U);
  EXPECT_EQ(manifest.samples[0].masks[0].kind, LesionKind::Microaneurysm);
  EXPECT_EQ(manifest.samples[1].masks[0].kind, LesionKind::Other);
  EXPECT_THAT(reasonsOf(manifest, "masks/none.png"), HasSubstr("no image"));
  expectBalanced(manifest);
}

TEST(PlainFolder, TakesEveryImage) {
  TestTree tree;
  tree.files({"a.png", "sub/b_left.jpg", "sub/b_right.jpg", "c.txt"});
  const Manifest manifest = openDataset(tree.path());
  EXPECT_EQ(manifest.layout, "folder");
  EXPECT_TRUE(manifest.classes.empty());
  ASSERT_EQ(manifest.samples.size(), 3U);
  EXPECT_EQ(sampleNamed(manifest, "sub/b_left.jpg").group, "b");
  EXPECT_EQ(sampleNamed(manifest, "a.png").group, "");
  expectBalanced(manifest);
}

TEST(PlainFolder, TakesOneImageByItself) {
  TestTree tree;
  tree.files({"a.png", "b.png"});
  const Manifest manifest = openDataset(tree / "b.png");
  ASSERT_EQ(manifest.samples.size(), 1U);
  EXPECT_EQ(manifest.samples[0].id, "b.png");
}

TEST(PlainFolder, RefusesAFolderWithoutImages) {
  TestTree tree;
  tree.file("notes.md");
  EXPECT_THROW(openDataset(tree.path()), Error);
  EXPECT_THROW(openDataset(tree / "notes.md"), Error);
  EXPECT_THROW(openDataset(tree / "absent"), Error);
}

TEST(Aptos, JoinsTablesWithTheirFolders) {
  TestTree tree;
  tree.file("train.csv", "id_code,diagnosis\nP001_L,0\nP001_R,1\nP002_L,4\n")
      .file("test.csv", "id_code\nP003_L\n")
      .files({"train_images/P001_L.png", "train_images/P001_R.png", "train_images/P002_L.png",
              "test_images/P003_L.png"});
  const Manifest manifest = openDataset(tree.path());
  EXPECT_EQ(manifest.layout, "aptos");
  EXPECT_EQ(manifest.classes.size(), 5U);
  ASSERT_EQ(manifest.samples.size(), 4U);
  EXPECT_EQ(sampleNamed(manifest, "train_images/P001_R.png").label, 1);
  EXPECT_EQ(sampleNamed(manifest, "train_images/P001_R.png").group, "P001");
  EXPECT_EQ(sampleNamed(manifest, "train_images/P001_R.png").split, Split::Train);
  EXPECT_EQ(sampleNamed(manifest, "test_images/P003_L.png").label, std::nullopt);
  EXPECT_EQ(sampleNamed(manifest, "test_images/P003_L.png").split, Split::Test);
  EXPECT_THAT(manifest.sidecars, ElementsAre("test.csv", "train.csv"));
  EXPECT_TRUE(manifest.issues.empty());
  expectBalanced(manifest);
}

TEST(Aptos, AccountsForEveryRowAndFile) {
  TestTree tree;
  tree.file("train.csv",
            "id_code,diagnosis\n"
            "a,0\n"            // 2: fine, another extension and case
            "missing,1\n"      // 3: no file
            "b,two\n"          // 4: not an integer
            "c,7\n"            // 5: out of range
            "d,\n"             // 6: empty
            "e,1\ne,1\n"       // 7, 8: repeated
            "f,1\nf,2\n"       // 9, 10: contradiction
            "../g,1\n"         // 11: escapes
            "/etc/passwd,1\n"  // 12: absolute
            ",3\n"             // 13: no name
            "h,1,surplus\n"    // 14: too many cells
            "i,-1\n"           // 15: negative
            "j.png,2.0\n"      // 16: a spreadsheet's integer
            "k,1\n")           // 17: two files fit
      .files({"train_images/A.JPEG", "train_images/b.png", "train_images/c.png", "train_images/d.png",
              "train_images/e.png", "train_images/f.png", "train_images/h.png", "train_images/i.png",
              "train_images/j.png", "train_images/k.png", "train_images/k.tif", "train_images/unlisted.png",
              "g.png"});
  const Manifest manifest = openDataset(tree.path());
  EXPECT_EQ(manifest.layout, "aptos");
  EXPECT_EQ(manifest.samples.size(), 13U);
  expectBalanced(manifest);
  EXPECT_EQ(manifest.accounting.labelRows, 16);
  EXPECT_EQ(manifest.accounting.repeatedRows, 1);
  EXPECT_EQ(sampleNamed(manifest, "train_images/A.JPEG").label, 0);
  EXPECT_EQ(sampleNamed(manifest, "train_images/j.png").label, 2);
  EXPECT_EQ(sampleNamed(manifest, "train_images/e.png").label, 1);
  EXPECT_EQ(sampleNamed(manifest, "train_images/f.png").label, std::nullopt);
  for (const char* name : {"b", "c", "d", "h", "i"})
    EXPECT_EQ(sampleNamed(manifest, "train_images/" + std::string(name) + ".png").label, std::nullopt)
        << name;
  EXPECT_THAT(reasonsOf(manifest, "train.csv:3"), HasSubstr("no image file is called 'missing'"));
  EXPECT_THAT(reasonsOf(manifest, "train.csv:4"), HasSubstr("'two' is not an integer"));
  EXPECT_THAT(reasonsOf(manifest, "train.csv:5"), HasSubstr("out of range"));
  EXPECT_THAT(reasonsOf(manifest, "train.csv:6"), HasSubstr("empty"));
  EXPECT_THAT(reasonsOf(manifest, "train.csv:8"), HasSubstr("repeats train.csv:7"));
  EXPECT_THAT(reasonsOf(manifest, "train.csv:10"), HasSubstr("contradicts train.csv:9"));
  EXPECT_THAT(reasonsOf(manifest, "train.csv:11"), HasSubstr("not allowed"));
  EXPECT_THAT(reasonsOf(manifest, "train.csv:12"), HasSubstr("not allowed"));
  EXPECT_THAT(reasonsOf(manifest, "train.csv:13"), HasSubstr("names no image"));
  EXPECT_THAT(reasonsOf(manifest, "train.csv:14"), HasSubstr("more cells"));
  EXPECT_THAT(reasonsOf(manifest, "train.csv:15"), HasSubstr("out of range"));
  EXPECT_THAT(reasonsOf(manifest, "train.csv:17"), HasSubstr("2 image files fit"));
  EXPECT_THAT(reasonsOf(manifest, "train_images/unlisted.png"), HasSubstr("kept without a label"));
}

TEST(Aptos, TakesASingleLabelFileByName) {
  TestTree tree;
  tree.file("train.csv", "id_code,diagnosis\na,0\n")
      .file("all.csv", "id_code,diagnosis\na,0\nb,3\n")
      .files({"train_images/a.png", "test_images/b.png", "test_images/c.png"});
  const Manifest manifest = openDataset(tree / "all.csv");
  EXPECT_EQ(manifest.layout, "aptos");
  ASSERT_EQ(manifest.samples.size(), 2U);
  EXPECT_EQ(manifest.samples[0].id, "test_images/b.png");
  EXPECT_EQ(manifest.samples[0].label, 3);
  EXPECT_EQ(manifest.samples[0].split, Split::Unspecified);
  EXPECT_TRUE(manifest.issues.empty());
  expectBalanced(manifest);
}

TEST(Aptos, RefusesABrokenTableByName) {
  TestTree tree;
  tree.file("train.csv", "id_code,diagnosis\n\"a,0\n").files({"x/a.png", "y/b.png"});
  try {
    openDataset(tree.path());
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("train.csv"));
    EXPECT_THAT(error.what(), HasSubstr("not closed"));
  }
}

TEST(EyePacs, TakesThePatientFromTheName) {
  TestTree tree;
  tree.file("trainLabels.csv", "image,level\n10_left,0\n10_right,2\n13_left,1\n")
      .files({"train/10_left.jpeg", "train/10_right.jpeg", "train/13_left.jpeg"});
  const Manifest manifest = openDataset(tree.path());
  EXPECT_EQ(manifest.layout, "eyepacs");
  EXPECT_EQ(sampleNamed(manifest, "train/10_left.jpeg").group, "10");
  EXPECT_EQ(sampleNamed(manifest, "train/10_right.jpeg").group, "10");
  EXPECT_EQ(sampleNamed(manifest, "train/13_left.jpeg").label, 1);
  EXPECT_EQ(sampleNamed(manifest, "train/13_left.jpeg").split, Split::Unspecified);
  expectBalanced(manifest);
}

constexpr const char* kIdridHeader = "Image name,Retinopathy grade,Risk of macular edema ,,,,,,,,,\r\n";

TestTree& idridGrading(TestTree& tree, const std::string& base) {
  const std::string images = base + "1. Original Images/";
  const std::string truth = base + "2. Groundtruths/";
  return tree
      .file(truth + "a. IDRiD_Disease Grading_Training Labels.csv",
            std::string(kIdridHeader) + "IDRiD_001,3,2,,,,,,,,,\r\nIDRiD_002,0,0,,,,,,,,,\r\n,,,,,,,,,,,\r\n")
      .file(truth + "b. IDRiD_Disease Grading_Testing Labels.csv",
            std::string(kIdridHeader) + "IDRiD_001,4,0,,,,,,,,,\r\n")
      .files({images + "a. Training Set/IDRiD_001.jpg", images + "a. Training Set/IDRiD_002.jpg",
              images + "b. Testing Set/IDRiD_001.jpg"});
}

TEST(IdridGrading, MatchesEachTableWithItsOwnSet) {
  TestTree tree;
  idridGrading(tree, "B. Disease Grading/");
  const Manifest manifest = openDataset(tree.path());
  EXPECT_EQ(manifest.layout, "idrid-grading");
  ASSERT_EQ(manifest.samples.size(), 3U);
  const std::string images = "B. Disease Grading/1. Original Images/";
  EXPECT_EQ(sampleNamed(manifest, images + "a. Training Set/IDRiD_001.jpg").label, 3);
  EXPECT_EQ(sampleNamed(manifest, images + "b. Testing Set/IDRiD_001.jpg").label, 4);
  EXPECT_EQ(sampleNamed(manifest, images + "b. Testing Set/IDRiD_001.jpg").split, Split::Test);
  EXPECT_TRUE(manifest.issues.empty());
  expectBalanced(manifest);
}

TEST(IdridGrading, OpensFromTheLabelFileAlone) {
  TestTree tree;
  idridGrading(tree, "");
  const Manifest manifest = openDataset(tree / "2. Groundtruths/b. IDRiD_Disease Grading_Testing Labels.csv");
  EXPECT_EQ(manifest.layout, "idrid-grading");
  ASSERT_EQ(manifest.samples.size(), 1U);
  EXPECT_EQ(manifest.samples[0].id, "1. Original Images/b. Testing Set/IDRiD_001.jpg");
  EXPECT_EQ(manifest.samples[0].label, 4);
}

TestTree& idridSegmentation(TestTree& tree, const std::string& base) {
  const std::string images = base + "1. Original Images/";
  const std::string truth = base + "2. All Segmentation Groundtruths/";
  return tree.files({images + "a. Training Set/IDRiD_01.jpg", images + "a. Training Set/IDRiD_02.jpg",
                     images + "b. Testing Set/IDRiD_55.jpg",
                     truth + "a. Training Set/1. Microaneurysms/IDRiD_01_MA.tif",
                     truth + "a. Training Set/2. Haemorrhages/IDRiD_01_HE.tif",
                     truth + "a. Training Set/5. Optic Disc/IDRiD_02_OD.tif",
                     truth + "b. Testing Set/4. Soft Exudates/IDRiD_55_SE.tif"});
}

TEST(IdridSegmentation, GivesMasksToTheirPhotographs) {
  TestTree tree;
  idridSegmentation(tree, "A. Segmentation/");
  tree.file(
      "A. Segmentation/2. All Segmentation Groundtruths/a. Training Set/3. Hard Exudates/IDRiD_55_EX.tif");
  tree.file("A. Segmentation/2. All Segmentation Groundtruths/a. Training Set/3. Hard Exudates/strange.tif");
  const Manifest manifest = openDataset(tree.path());
  EXPECT_EQ(manifest.layout, "idrid-segmentation");
  ASSERT_EQ(manifest.samples.size(), 3U);
  EXPECT_EQ(manifest.samples[0].masks.size(), 2U);
  EXPECT_EQ(manifest.samples[0].masks[0].kind, LesionKind::Microaneurysm);
  EXPECT_EQ(manifest.samples[1].masks[0].kind, LesionKind::OpticDisc);
  EXPECT_EQ(manifest.samples[2].split, Split::Test);
  EXPECT_EQ(manifest.samples[2].masks.size(), 1U);  // the mask in the training set is not its
  EXPECT_EQ(fatalIssues(manifest), 2U);
  EXPECT_EQ(manifest.accounting.masks, 4);
  expectBalanced(manifest);
}

TEST(IdridSegmentation, IsReadTogetherWithAGradingTree) {
  TestTree tree;
  idridGrading(tree, "B. Disease Grading/");
  idridSegmentation(tree, "A. Segmentation/");
  const Manifest manifest = openDataset(tree.path());
  EXPECT_EQ(manifest.layout, "idrid-grading");
  EXPECT_EQ(manifest.samples.size(), 6U);
  EXPECT_EQ(manifest.accounting.masks, 4);
  EXPECT_EQ(fatalIssues(manifest), 0U);
  expectBalanced(manifest);
}

TEST(Ddr, KeepsUngradableImagesVisible) {
  TestTree tree;
  tree.file("DR_grading/train.txt", "007-0004-000.jpg 0\n007-0007-000.jpg 5\r\nno_label_here.jpg\n")
      .file("DR_grading/valid.txt", "a b.jpg 4\n")
      .files({"DR_grading/train/007-0004-000.jpg", "DR_grading/train/007-0007-000.jpg",
              "DR_grading/valid/a b.jpg"});
  const Manifest manifest = openDataset(tree.path());
  EXPECT_EQ(manifest.layout, "ddr");
  ASSERT_EQ(manifest.samples.size(), 3U);
  EXPECT_EQ(sampleNamed(manifest, "DR_grading/train/007-0004-000.jpg").label, 0);
  const Sample& ungradable = sampleNamed(manifest, "DR_grading/train/007-0007-000.jpg");
  EXPECT_FALSE(ungradable.gradable);
  EXPECT_EQ(ungradable.label, std::nullopt);
  EXPECT_EQ(ungradable.split, Split::Train);
  EXPECT_EQ(sampleNamed(manifest, "DR_grading/valid/a b.jpg").label, 4);
  EXPECT_THAT(reasonsOf(manifest, "DR_grading/train.txt:3"), HasSubstr("not 'name label'"));
  expectBalanced(manifest);
}

TEST(Messidor2, ReadsGradesGradabilityAndPairs) {
  TestTree tree;
  tree.file("messidor_data.csv",
            "image_id,adjudicated_dr_grade,adjudicated_dme,adjudicated_gradable\n"
            "x_1_PP.png,0,0,1\nx_2_PP.png,3,1,1\nIM001.jpg,,,0\n")
      .file("messidor-2.csv", "left;right\nx_1_PP.png;x_2_PP.png\nIM001.JPG;\n")
      .files({"IMAGES/x_1_PP.png", "IMAGES/x_2_PP.png", "IMAGES/IM001.JPG"});
  const Manifest manifest = openDataset(tree.path());
  EXPECT_EQ(manifest.layout, "messidor2");
  ASSERT_EQ(manifest.samples.size(), 3U);
  EXPECT_EQ(sampleNamed(manifest, "IMAGES/x_2_PP.png").label, 3);
  EXPECT_EQ(sampleNamed(manifest, "IMAGES/x_1_PP.png").group,
            sampleNamed(manifest, "IMAGES/x_2_PP.png").group);
  EXPECT_NE(sampleNamed(manifest, "IMAGES/x_1_PP.png").group,
            sampleNamed(manifest, "IMAGES/IM001.JPG").group);
  EXPECT_FALSE(sampleNamed(manifest, "IMAGES/IM001.JPG").gradable);
  EXPECT_TRUE(manifest.issues.empty());
  EXPECT_EQ(manifest.sidecars.size(), 2U);
  expectBalanced(manifest);
}

NpyArray imageStack(std::int64_t n, std::int64_t side, std::int64_t channels, std::uint8_t base = 0) {
  Bytes data(static_cast<std::size_t>(n * side * side * channels));
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(base + i % 251);
  std::vector<std::int64_t> shape{n, side, side};
  if (channels > 1) shape.push_back(channels);
  return makeNpyArray(NpyType::UInt8, shape, data);
}
NpyArray labelColumn(Bytes values) {
  const auto n = static_cast<std::int64_t>(values.size());
  return makeNpyArray(NpyType::UInt8, {n, 1}, std::move(values));
}

TEST(NpzLayout, ReadsItemsOutOfArrays) {
  TestTree tree;
  writeFileAtomically(tree / "set.npz", serialiseNpz({{"train_images", imageStack(12, 4, 3)},
                                                      {"train_labels", labelColumn(Bytes(12, 1))},
                                                      {"test_images", imageStack(2, 4, 3, 9)},
                                                      {"test_labels", labelColumn({2, 0})}}));
  for (const fs::path& path : {tree.path(), tree / "set.npz"}) {
    const Manifest manifest = openDataset(path);
    EXPECT_EQ(manifest.layout, "npz");
    ASSERT_EQ(manifest.samples.size(), 14U);
    EXPECT_THAT(manifest.classes, ElementsAre("0", "1", "2"));
    const Sample& item = sampleNamed(manifest, "set.npz/train_images/000010");
    EXPECT_EQ(item.label, 1);
    EXPECT_EQ(item.split, Split::Train);
    const DecodedImage decoded = readSample(item);
    EXPECT_EQ(decoded.format, FileFormat::Npz);
    EXPECT_EQ(decoded.image.width(), 4);
    EXPECT_EQ(decoded.image.channels(), 3);
    EXPECT_EQ(decoded.image.sample(1, 2, 0), (10 * 48 + (2 * 4 + 1) * 3) % 251);
    expectBalanced(manifest);
  }
}

TEST(NpzLayout, ReadsGreyAndSixteenBitStacks) {
  TestTree tree;
  Bytes data(2 * 3 * 5 * 2);
  data[2 * (15 + 5 * 2 + 3)] = 0x34;
  data[2 * (15 + 5 * 2 + 3) + 1] = 0x12;
  writeFileAtomically(tree / "set.npz",
                      serialiseNpz({{"test_images", makeNpyArray(NpyType::UInt16, {2, 3, 5}, data)}}));
  const Manifest manifest = openDataset(tree.path());
  ASSERT_EQ(manifest.samples.size(), 2U);
  EXPECT_TRUE(manifest.classes.empty());
  const Image image = readSample(manifest.samples[1]).image;
  EXPECT_EQ(image.width(), 5);
  EXPECT_EQ(image.height(), 3);
  EXPECT_EQ(image.bitsAllocated(), 16);
  EXPECT_EQ(image.sample(3, 2, 0), 0x1234);
}

TEST(NpzLayout, MakesBadLabelsIssues) {
  TestTree tree;
  Bytes floats(12);
  const float values[3] = {1, 2.5F, -1};
  std::memcpy(floats.data(), values, 12);
  writeFileAtomically(tree / "set.npz",
                      serialiseNpz({{"train_images", imageStack(3, 2, 1)},
                                    {"train_labels", makeNpyArray(NpyType::Float32, {3}, floats)}}));
  const Manifest manifest = openDataset(tree.path());
  EXPECT_EQ(manifest.samples.size(), 3U);
  EXPECT_EQ(manifest.samples[0].label, 1);
  EXPECT_EQ(manifest.samples[1].label, std::nullopt);
  EXPECT_EQ(fatalIssues(manifest), 2U);
  expectBalanced(manifest);
}

TEST(NpzLayout, RefusesArraysThatAreNoImages) {
  const auto refusal = [](const std::vector<NamedArray>& arrays) {
    TestTree tree;
    writeFileAtomically(tree / "set.npz", serialiseNpz(arrays));
    try {
      openDataset(tree.path());
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("set.npz"));
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_THAT(refusal({{"x", imageStack(1, 2, 1)}}), HasSubstr("none of train_images"));
  EXPECT_THAT(refusal({{"train_images", labelColumn({1, 2})}}), HasSubstr("N×H×W"));
  EXPECT_THAT(refusal({{"train_images", makeNpyArray(NpyType::Float32, {1, 2, 2}, Bytes(16))}}),
              HasSubstr("<f4"));
  EXPECT_THAT(refusal({{"train_images", imageStack(2, 2, 4)}}), HasSubstr("channels"));
  EXPECT_THAT(refusal({{"train_images", imageStack(2, 2, 1)}, {"train_labels", labelColumn({1})}}),
              HasSubstr("one entry per image"));
}

TEST(Masks, ComeFromAFolderOfTheirOwn) {
  TestTree tree;
  tree.files({"set/p/a.png", "set/p/b.png", "set/q/a.png", "set/p/12_OD.png"})
      .files({"m/p/a_MA.png", "m/p/a_HE.tif", "m/q/a.png", "m/b_mask.png", "m/a_EX.png", "m/nobody_MA.png",
              "m/12_OD_EX.png", "m/12_OD.png", "m/Hard Exudates/b.png", "m/notes.txt"});
  OpenOptions options;
  options.masksFolder = tree / "m";
  const Manifest manifest = openDataset(tree / "set", options);
  const auto kinds = [&](const std::string& id) {
    std::string all;
    for (const MaskRef& mask : sampleNamed(manifest, id).masks) all += std::string(toString(mask.kind)) + " ";
    return all;
  };
  EXPECT_EQ(kinds("p/a.png"), "MA HE ");
  EXPECT_EQ(kinds("q/a.png"), "OTHER ");
  EXPECT_EQ(kinds("p/b.png"), "EX OTHER ");
  EXPECT_EQ(kinds("p/12_OD.png"), "EX OTHER ");
  EXPECT_THAT(reasonsOf(manifest, "masks/a_EX.png"), HasSubstr("2 images"));
  EXPECT_THAT(reasonsOf(manifest, "masks/nobody_MA.png"), HasSubstr("no image"));
  EXPECT_EQ(fatalIssues(manifest), 2U);
}

TEST(Masks, InsideTheDatasetAreNotSamples) {
  TestTree tree;
  tree.files({"a.png", "b.png", "truth/a_MA.png"});
  OpenOptions options;
  options.masksFolder = tree / "truth";
  const Manifest manifest = openDataset(tree.path(), options);
  EXPECT_EQ(manifest.samples.size(), 2U);
  EXPECT_EQ(manifest.samples[0].masks.size(), 1U);
  options.masksFolder = tree / "absent";
  EXPECT_THROW(openDataset(tree.path(), options), Error);
}

TEST(DatasetTree, DoesNotFollowLinksOutOfTheFolder) {
  TestTree outside;
  outside.files({"secret.png", "folder/x.png"});
  TestTree tree;
  tree.files({"a.png", "real/b.png"});
  fs::create_symlink(outside / "secret.png", tree / "leak.png");
  fs::create_symlink(outside / "folder", tree / "leakfolder");
  fs::create_symlink(tree / "a.png", tree / "inside.png");
  fs::create_symlink(tree / "real", tree / "again");
  fs::create_symlink("nowhere", tree / "dangling.png");
  fs::create_symlink("..", tree / "real/loop");
  const Manifest manifest = openDataset(tree.path());
  EXPECT_EQ(manifest.samples.size(), 3U);
  EXPECT_TRUE(hasSample(manifest, "inside.png"));
  EXPECT_THAT(reasonsOf(manifest, "leak.png"), HasSubstr("out of the dataset"));
  EXPECT_THAT(reasonsOf(manifest, "leakfolder"), HasSubstr("out of the dataset"));
  EXPECT_THAT(reasonsOf(manifest, "dangling.png"), HasSubstr("nothing"));
  expectBalanced(manifest);
}

TEST(DatasetTree, RefusesNamesThatCannotTravel) {
  TestTree tree;
  tree.files({"ok.png", "line\nbreak.png", "back\\slash.png", "bad\xff.png", ".hidden.png", ".DS_Store",
              ".git/x.png", "__MACOSX/._ok.png"});
  const Manifest manifest = openDataset(tree.path());
  ASSERT_EQ(manifest.samples.size(), 1U);
  EXPECT_EQ(fatalIssues(manifest), 4U);
  EXPECT_THAT(reasonsOf(manifest, "bad\\xff.png"), HasSubstr("UTF-8"));
  EXPECT_THAT(reasonsOf(manifest, "line\\x0abreak.png"), HasSubstr("control character"));
  EXPECT_THAT(reasonsOf(manifest, ".hidden.png"), HasSubstr("hidden"));
  expectBalanced(manifest);
}

TEST(DatasetTree, RecognisesDicomWithoutExtension) {
  TestTree tree;
  tree.files({"a.png", "IM0001", "README"}).file("IM0002", std::string(128, '\0') + "DICM rest");
  const Manifest manifest = openDataset(tree.path());
  EXPECT_EQ(manifest.samples.size(), 1U);
  EXPECT_EQ(fatalIssues(manifest), 1U);
  EXPECT_THAT(reasonsOf(manifest, "IM0002"), HasSubstr("DICOM"));
  EXPECT_EQ(manifest.accounting.otherFiles, 2);
}

TEST(OpenDataset, ObeysANamedLayout) {
  TestTree tree;
  tree.files({"p1/a.png", "p2/b.png"});
  OpenOptions options;
  options.layout = "folder";
  EXPECT_EQ(openDataset(tree.path(), options).layout, "folder");
  options.layout = "aptos";
  EXPECT_THROW(openDataset(tree.path(), options), Error);
  options.layout = "nonsense";
  try {
    openDataset(tree.path(), options);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
    EXPECT_THAT(error.what(), HasSubstr("class-folders"));
  }
}

TEST(Fingerprint, DependsOnContentNamesAndLabelsOnly) {
  const auto fingerprint = [](const std::string& content, const std::string& folder, int threads = 0) {
    TestTree tree;
    tree.file(folder + "/a.png", content).files({"y/b.png", "y/c.png"});
    return datasetFingerprint(openDataset(tree.path()), threads);
  };
  const std::string base = fingerprint("1", "x");
  EXPECT_EQ(base.size(), 64U);
  EXPECT_EQ(base, fingerprint("1", "x", 1));
  EXPECT_EQ(base, fingerprint("1", "x", 7));
  EXPECT_NE(base, fingerprint("2", "x"));
  EXPECT_NE(base, fingerprint("1", "z"));
  TestTree tree;
  tree.files({"x/a.png", "y/b.png"});
  Manifest manifest = openDataset(tree.path());
  const std::string before = datasetFingerprint(manifest);
  std::swap(manifest.samples[0], manifest.samples[1]);
  EXPECT_EQ(datasetFingerprint(manifest), before);
  manifest.samples[0].label.reset();
  EXPECT_NE(datasetFingerprint(manifest), before);
  fs::remove(tree / "x/a.png");
  EXPECT_NO_THROW(datasetFingerprint(manifest));
}

}  // namespace
}  // namespace medlocker::data
