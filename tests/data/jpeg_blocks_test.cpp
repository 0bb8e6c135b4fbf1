// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/jpeg_blocks.h"

#include <gtest/gtest.h>

#include "core/common/error.h"
#include "core/common/files.h"
#include "core/data/image_io.h"
#include "tests/support/temp_folder.h"

namespace medlocker::data {
namespace {

const std::string kNote = std::string(kProtectedNotePrefix) + "; run 00112233445566778899aabbccddeeff";

/// A checkered box, as far from the picture as a logo is.
Image withBox(Image image, const Box& box) {
  for (int y = box.y0; y < box.y1; ++y)
    for (int x = box.x0; x < box.x1; ++x)
      for (int c = 0; c < image.channels(); ++c) image.setSample(x, y, c, (x / 9 + y / 9) % 2 ? 240 : 20);
  return image;
}

/// Number of coefficients that differ outside the MCUs of `box`.
std::size_t differencesOutside(const JpegCoefficients& a, const JpegCoefficients& b, const Box& box) {
  const Box mcus = alignToMcus(a, box);
  std::size_t count = 0;
  for (std::size_t c = 0; c < a.components.size(); ++c) {
    const auto& left = a.components[c];
    const auto& right = b.components[c];
    EXPECT_EQ(left.values.size(), right.values.size());
    const int x0 = mcus.x0 / a.mcuWidth * left.blocksPerMcuX;
    const int x1 = mcus.x1 / a.mcuWidth * left.blocksPerMcuX;
    const int y0 = mcus.y0 / a.mcuHeight * left.blocksPerMcuY;
    const int y1 = mcus.y1 / a.mcuHeight * left.blocksPerMcuY;
    for (int y = 0; y < left.blocksHigh; ++y)
      for (int x = 0; x < left.blocksWide; ++x) {
        if (x >= x0 && x < x1 && y >= y0 && y < y1) continue;
        const std::size_t at = (static_cast<std::size_t>(y) * left.blocksWide + x) * 64;
        for (std::size_t k = 0; k < 64; ++k) count += left.values[at + k] != right.values[at + k];
      }
  }
  return count;
}

TEST(JpegBlocks, OnNativePhotographsNothingElseChangesAndTheFileComesBackByteForByte) {
  MEDLOCKER_REQUIRE_DATA(dataRoot);
  int checked = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dataRoot / "idrid-seg-native")) {
    if (entry.path().extension() != ".jpg") continue;
    const Bytes source = readFile(entry.path());
    const Image image = decodeImage(source, "x.jpg").image;
    const Box box{1003, 755, 1003 + 712, 755 + 500};
    const JpegBlockEdit edit = replaceJpegBlocks(source, image, withBox(image, box), kNote, "x.jpg");
    EXPECT_EQ(
        differencesOutside(readJpegCoefficients(source, "a"), readJpegCoefficients(edit.file, "b"), box), 0U);
    const Image after = decodeImage(edit.file, "y.jpg").image;
    EXPECT_EQ(after.metadata.protectedNote, kNote);
    EXPECT_NEAR(after.sample(1003 + 4, 755 + 4, 1), withBox(image, box).sample(1003 + 4, 755 + 4, 1), 40);
    ASSERT_TRUE(edit.undo) << edit.whyNot;
    EXPECT_LT(edit.undo->size(), 4U * 712 * 500);
    EXPECT_EQ(restoreJpegBlocks(edit.file, *edit.undo), source);
    ++checked;
  }
  EXPECT_EQ(checked, 2);
}

TEST(JpegBlocks, EveryKindOfSourceIsRestoredOrSaysWhyNot) {
  MEDLOCKER_REQUIRE_DATA(dataRoot);
  int restored = 0;
  for (const char* name : {"baseline", "gray", "exif_orientation6", "progressive"}) {
    const Bytes source = readFile(dataRoot / "formats" / ("IDRiD_06_" + std::string(name) + ".jpg"));
    const Image image = decodeImage(source, name).image;
    const Box box{image.width() - 70, image.height() - 60, image.width(), image.height()};  // at the corner
    const JpegBlockEdit edit = replaceJpegBlocks(source, image, withBox(image, box), kNote, name);
    EXPECT_EQ(
        differencesOutside(readJpegCoefficients(source, name), readJpegCoefficients(edit.file, name), box),
        0U);
    const Image after = decodeImage(edit.file, name).image;
    EXPECT_EQ(after.metadata.orientation, image.metadata.orientation);
    EXPECT_EQ(after.metadata.iccProfile, image.metadata.iccProfile);
    EXPECT_EQ(after.metadata.protectedNote, kNote);
    if (edit.undo) {
      EXPECT_EQ(restoreJpegBlocks(edit.file, *edit.undo), source) << name;
      ++restored;
    } else {
      EXPECT_FALSE(edit.whyNot.empty()) << name;
    }
  }
  EXPECT_GE(restored, 3);
  const Bytes cmyk = readFile(dataRoot / "formats" / "IDRiD_06_cmyk.jpg");
  const Image image = decodeImage(cmyk, "cmyk").image;
  EXPECT_THROW(replaceJpegBlocks(cmyk, image, image, kNote, "cmyk"), Error);
}

TEST(JpegBlocks, DamagedUndoIsRefusedOrGivesAnotherFile) {
  MEDLOCKER_REQUIRE_DATA(dataRoot);
  const Bytes source = readFile(dataRoot / "formats" / "IDRiD_06_baseline.jpg");
  const Image image = decodeImage(source, "x").image;
  const JpegBlockEdit edit = replaceJpegBlocks(source, image, withBox(image, {50, 50, 120, 110}), kNote, "x");
  ASSERT_TRUE(edit.undo);
  for (std::size_t i = 0; i < edit.undo->size(); i += 97) {
    Bytes damaged = *edit.undo;
    damaged[i] ^= 0x40;
    try {
      EXPECT_NE(restoreJpegBlocks(edit.file, damaged), source) << i;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::InputRejected) << i;
    }
  }
  Bytes cut(edit.undo->begin(), edit.undo->end() - 1);
  EXPECT_THROW(restoreJpegBlocks(edit.file, cut), Error);
}

TEST(JpegKeep, UsesTheTablesOfTheSource) {
  MEDLOCKER_REQUIRE_DATA(dataRoot);
  const Bytes source = readFile(dataRoot / "formats" / "IDRiD_06_baseline.jpg");
  const Image image = decodeImage(source, "x").image;
  const Bytes written = encodeJpegLike(image, source, kNote, "x");
  const Image back = decodeImage(written, "y").image;
  EXPECT_EQ(back.metadata.protectedNote, kNote);
  EXPECT_LT(written.size(), source.size() * 12 / 10 + 4096);
  double sum = 0;
  for (std::size_t i = 0; i < image.sampleCount(); ++i)
    sum += std::abs(image.samples8()[i] - back.samples8()[i]);
  // The second compression with the same tables loses next to nothing.
  EXPECT_LT(sum / static_cast<double>(image.sampleCount()), 1.5);
}

}  // namespace
}  // namespace medlocker::data
