// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "core/common/error.h"
#include "core/common/files.h"
#include "core/data/image_io.h"
#include "tests/data/encoded_samples.h"
#include "tests/support/temp_folder.h"

namespace medlocker::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Values = std::vector<std::uint8_t>;

Bytes greyPng(const Bytes& values, int allocated = 8) {
  Image image(static_cast<int>(values.size()), 1, 1, allocated);
  for (std::size_t i = 0; i < values.size(); ++i)
    image.setSample(static_cast<int>(i), 0, 0, allocated == 8 ? values[i] : values[i] * 257);
  return encodeImage(image, FileFormat::Png);
}

std::string refusal(const Bytes& bytes) {
  try {
    decodeMask(bytes, "mask");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InputRejected);
    return error.message();
  }
  return {};
}

TEST(ReadMask, TakesTwoValuedMasksWithoutNotice) {
  for (const std::uint8_t mark : {1, 40, 127, 255}) {
    const MaskImage mask = decodeMask(greyPng({0, mark, mark, 0}), "x");
    EXPECT_EQ(mask.values, (Values{0, 1, 1, 0})) << int{mark};
    EXPECT_THAT(mask.notices, IsEmpty());
  }
  EXPECT_EQ(decodeMask(greyPng({0, 255, 0}, 16), "x").values, (Values{0, 1, 0}));
}

TEST(ReadMask, AllBlackMeansNoLesion) {
  const MaskImage mask = decodeMask(greyPng({0, 0, 0, 0}), "x");
  EXPECT_EQ(std::accumulate(mask.values.begin(), mask.values.end(), 0), 0);
  EXPECT_THAT(mask.notices, IsEmpty());
}

TEST(ReadMask, CountsTheMiddleValueAsLesionWithANotice) {
  const MaskImage mask = decodeMask(greyPng({0, 0, 0, 0, 127, 255}), "x");
  EXPECT_EQ(mask.values, (Values{0, 0, 0, 0, 1, 1}));
  EXPECT_THAT(mask.notices, ElementsAre(HasSubstr("not two-valued")));
}

TEST(ReadMask, DropsNoiseUpToAQuarterOfTheMaximum) {
  EXPECT_EQ(decodeMask(greyPng({0, 3, 12, 63, 64, 240, 255, 0}), "x").values,
            (Values{0, 0, 0, 0, 1, 1, 1, 0}));
  // Relative to the mask's own maximum: 120/4 = 30.
  EXPECT_EQ(decodeMask(greyPng({0, 30, 31, 120}), "x").values, (Values{0, 0, 1, 1}));
}

TEST(ReadMask, RefusesWhatItCannotTellApart) {
  EXPECT_THAT(refusal(greyPng({0, 1, 2, 3})), HasSubstr("cannot be told"));
  EXPECT_THAT(refusal(greyPng({255, 255})), HasSubstr("marks every pixel"));
}

TEST(ReadMask, WarnsWhenMostOfTheImageIsMarked) {
  EXPECT_THAT(decodeMask(greyPng({255, 255, 255, 0}), "x").notices, ElementsAre(HasSubstr("inverted")));
}

// IDRiD's own masks: 1-bit palette, index 1 = (255,0,0), whose grey value is only 76.
TEST(ReadMask, UnderstandsOneBitPalettesWithADarkRedMark) {
  test::TiffSpec spec{.width = 8, .height = 2, .bits = 1, .photometric = 3};
  spec.palette = {{0, 0, 0}, {0xFFFF, 0, 0}};
  spec.rows = {{0x18}, {0x00}};
  const MaskImage mask = decodeMask(test::makeTiff(spec), "x");
  EXPECT_EQ(mask.width, 8);
  EXPECT_EQ(mask.height, 2);
  EXPECT_EQ(mask.values, (Values{0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_THAT(mask.notices, IsEmpty());

  spec.palette = {{0, 0, 0}, {0x4000, 0, 0}};  // darker still
  EXPECT_EQ(decodeMask(test::makeTiff(spec), "x").values[3], 1);

  test::PngSpec png{.width = 8, .height = 1, .depth = 1, .colourType = 3};
  png.palette = {{0, 0, 0}, {128, 0, 0}};
  png.rows = {{0x81}};
  EXPECT_EQ(decodeMask(test::makePng(png), "x").values, (Values{1, 0, 0, 0, 0, 0, 0, 1}));
}

TEST(ReadMask, UnderstandsOneBitImagesOfBothPolarities) {
  test::TiffSpec spec{.width = 8, .height = 1, .bits = 1, .photometric = 1};
  spec.rows = {{0xC0}};
  EXPECT_EQ(decodeMask(test::makeTiff(spec), "x").values, (Values{1, 1, 0, 0, 0, 0, 0, 0}));
  spec.photometric = 0;  // 0 is white
  EXPECT_EQ(decodeMask(test::makeTiff(spec), "x").values, (Values{0, 0, 1, 1, 1, 1, 1, 1}));
  test::PngSpec png{.width = 8, .height = 1, .depth = 1};
  png.rows = {{0x01}};
  EXPECT_EQ(decodeMask(test::makePng(png), "x").values, (Values{0, 0, 0, 0, 0, 0, 0, 1}));
}

TEST(ReadMask, TakesTheBrightestChannelOfColourMasks) {
  Image image(3, 1, 3);
  image.setSample(1, 0, 2, 255);  // pure blue
  image.alpha = {255, 255, 255};
  EXPECT_EQ(decodeMask(encodeImage(image, FileFormat::Png), "x").values, (Values{0, 1, 0}));
}

TEST(ReadMask, SurvivesJpegNoise) {
  const int side = 64;
  Bytes samples(side * side, 0);
  Values truth(samples.size(), 0);
  for (int y = 20; y < 44; ++y)
    for (int x = 16; x < 50; ++x) {
      samples[static_cast<std::size_t>(y * side + x)] = 255;
      truth[static_cast<std::size_t>(y * side + x)] = 1;
    }
  const Bytes jpeg =
      test::makeJpeg({.width = side, .height = side, .components = 1, .quality = 60, .samples = samples});
  const MaskImage mask = decodeMask(jpeg, "x");
  EXPECT_THAT(mask.notices, ElementsAre(HasSubstr("not two-valued")));
  int different = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) different += mask.values[i] != truth[i];
  EXPECT_LE(different, 34 + 24) << "at most part of the rectangle's outline may differ";

  // A nearly black JPEG holds noise only.
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<std::uint8_t>(i % 7);
  const MaskImage noise = decodeMask(
      test::makeJpeg({.width = side, .height = side, .components = 1, .quality = 60, .samples = samples}),
      "x");
  EXPECT_EQ(std::accumulate(noise.values.begin(), noise.values.end(), 0), 0);
  EXPECT_THAT(noise.notices, ElementsAre(HasSubstr("compression noise")));
}

TEST(ReadMask, NamesTheFile) {
  const test::TempFolder folder;
  writeFileAtomically(folder / "mask.tif", greyPng({0, 1}));
  try {
    readMask(folder / "mask.tif");
    FAIL() << "a PNG named .tif must be refused";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("mask.tif"));
    EXPECT_THAT(error.what(), HasSubstr("mislabelled"));
  }
}

}  // namespace
}  // namespace medlocker::data
