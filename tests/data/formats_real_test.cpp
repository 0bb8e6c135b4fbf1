// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
// One real photograph in 22 encodings, good and bad: each is read right or refused with its reason.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/common/error.h"
#include "core/data/image_io.h"
#include "core/data/orientation.h"
#include "tests/support/temp_folder.h"

namespace medlocker::data {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// Pixel hashes as an independent decoder sees the samples; made by tests/golden/pixel_hashes.py.
constexpr const char* kReference = "700f89f613d70eff50c2bb7b00f46b808791b99676ad18450e8c33133cc14bf5";
constexpr const char* kBaseline = "c45a6c6959d87af37a5be5785de72786879cd987f97dc67f4404ecb790214838";

struct Readable {
  const char* file;
  FileFormat format;
  const char* pixelHash;  ///< null: compared by content elsewhere
  int channels;
  int bits;
  bool lossy;
  bool alpha;
  int orientation;
  const char* notice;  ///< null: none
};

constexpr Readable kReadable[] = {
    {"rgb.png", FileFormat::Png, kReference, 3, 8, false, false, 1, nullptr},
    {"rgba.png", FileFormat::Png, kReference, 3, 8, false, true, 1, nullptr},
    {"palette.png", FileFormat::Png, "b1ad658f969480217b824bf6b73c60c629a771ac3b47339e46a09caa10b8db7d", 3, 8,
     false, false, 1, "palette image converted to RGB"},
    {"gray.png", FileFormat::Png, "4ccee558949a22a1cbc5ac00699e1da552ec9b2f33fcee4889cd2491fc40cbcb", 1, 8,
     false, false, 1, nullptr},
    {"gray16.png", FileFormat::Png, "871cdb0c7c5335e1ac8388f992b6b4be8ef8ea0ddc5877c97fcc16819c62ba43", 1, 16,
     false, false, 1, nullptr},
    {"baseline.jpg", FileFormat::Jpeg, kBaseline, 3, 8, true, false, 1, nullptr},
    {"progressive.jpg", FileFormat::Jpeg, kBaseline, 3, 8, true, false, 1, nullptr},
    {"cmyk.jpg", FileFormat::Jpeg, nullptr, 3, 8, true, false, 1, "CMYK image converted"},
    {"gray.jpg", FileFormat::Jpeg, "d76adda928d48fb1121166f5de246252094a175a98aa4bce5553411ccfb3aa8b", 1, 8,
     true, false, 1, nullptr},
    {"exif_orientation6.jpg", FileFormat::Jpeg,
     "a5098d2a913054672aefb47e10352f52bffc7f9d57ea575659681788e0d4681c", 3, 8, true, false, 6, nullptr},
    {"lzw.tif", FileFormat::Tiff, kReference, 3, 8, false, false, 1, nullptr},
    {"deflate.tif", FileFormat::Tiff, kReference, 3, 8, false, false, 1, nullptr},
    {"rgb.bmp", FileFormat::Bmp, kReference, 3, 8, false, false, 1, nullptr},
    {"lossless.webp", FileFormat::Webp, kReference, 3, 8, false, false, 1, nullptr},
    {"jp2.jp2", FileFormat::Jpeg2000, kReference, 3, 8, false, false, 1, nullptr},
};

struct Refused {
  const char* file;
  const char* reason;
};

constexpr Refused kRefused[] = {
    {"crc_error.png", "is damaged"},
    {"truncated.png", "truncated"},
    {"header_60000_wide.png", "claims 60000 x 267 pixels; a side may have at most 50000"},
    {"png_named.jpg", "mislabelled: it holds PNG data"},
    {"text.png", "does not hold a PNG image"},
    {"zero.png", "is empty"},
    {"truncated.jpg", "Premature end of JPEG file"},
};

fs::path fileOf(const fs::path& data, const char* suffix) {
  return data / "formats" / (std::string("IDRiD_06_") + suffix);
}

double meanDifference(const Image& a, const Image& b) {
  EXPECT_EQ(a.sampleCount(), b.sampleCount());
  double sum = 0;
  for (std::size_t i = 0; i < a.sampleCount(); ++i)
    sum += std::abs(int{a.samples8()[i]} - int{b.samples8()[i]});
  return sum / static_cast<double>(a.sampleCount());
}

TEST(RealFormats, EveryGoodFileIsReadRight) {
  MEDLOCKER_REQUIRE_DATA(data);
  for (const Readable& expected : kReadable) {
    SCOPED_TRACE(expected.file);
    const DecodedImage decoded = readImage(fileOf(data, expected.file));
    const Image& image = decoded.image;
    EXPECT_EQ(decoded.format, expected.format);
    EXPECT_EQ(image.width(), expected.orientation == 6 ? 267 : 402);
    EXPECT_EQ(image.height(), expected.orientation == 6 ? 402 : 267);
    EXPECT_EQ(image.channels(), expected.channels);
    EXPECT_EQ(image.bits(), expected.bits);
    EXPECT_EQ(image.metadata.lossySource, expected.lossy);
    EXPECT_EQ(image.metadata.orientation, expected.orientation);
    EXPECT_EQ(image.alpha.empty(), !expected.alpha);
    if (expected.pixelHash) {
      EXPECT_EQ(toHex(pixelHash(image)), expected.pixelHash);
    }
    if (expected.notice) {
      EXPECT_THAT(decoded.notices, ::testing::ElementsAre(HasSubstr(expected.notice)));
    } else {
      EXPECT_THAT(decoded.notices, ::testing::IsEmpty());
    }
  }
}

TEST(RealFormats, EveryBadFileIsRefusedWithItsReason) {
  MEDLOCKER_REQUIRE_DATA(data);
  for (const Refused& expected : kRefused) {
    SCOPED_TRACE(expected.file);
    try {
      readImage(fileOf(data, expected.file));
      ADD_FAILURE() << "was read";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::InputRejected);
      EXPECT_THAT(error.message(), HasSubstr(expected.reason));
      EXPECT_THAT(error.what(), HasSubstr(expected.file));
    }
  }
}

TEST(RealFormats, NoFileIsLeftOut) {
  MEDLOCKER_REQUIRE_DATA(data);
  std::set<std::string> known;
  for (const Readable& file : kReadable) known.insert(fileOf(data, file.file).filename().string());
  for (const Refused& file : kRefused) known.insert(fileOf(data, file.file).filename().string());
  for (const auto& entry : fs::directory_iterator(data / "formats"))
    EXPECT_TRUE(known.count(entry.path().filename().string())) << entry.path();
}

// Lossy and converted files must still show the same photograph: a mean difference of a few levels. Wrong
// channel order, inverted inks or a wrong turn give 20 and more.
TEST(RealFormats, LossyFilesShowTheSamePhotograph) {
  MEDLOCKER_REQUIRE_DATA(data);
  const Image reference = readImage(fileOf(data, "rgb.png")).image;
  EXPECT_LT(meanDifference(readImage(fileOf(data, "baseline.jpg")).image, reference), 2);
  EXPECT_LT(meanDifference(readImage(fileOf(data, "cmyk.jpg")).image, reference), 2);
  EXPECT_LT(meanDifference(readImage(fileOf(data, "palette.png")).image, reference), 4);
  const Image turned = readImage(fileOf(data, "exif_orientation6.jpg")).image;
  EXPECT_LT(meanDifference(oriented(turned, 6), reference), 2);
  EXPECT_LT(
      meanDifference(readImage(fileOf(data, "gray.jpg")).image, readImage(fileOf(data, "gray.png")).image),
      2);
}

TEST(RealFormats, EveryLosslessSourceSurvivesWritingInEveryFormat) {
  MEDLOCKER_REQUIRE_DATA(data);
  for (const Readable& file : kReadable) {
    const Image image = readImage(fileOf(data, file.file)).image;
    for (const FileFormat format : {FileFormat::Png, FileFormat::Tiff, FileFormat::Bmp}) {
      if (format == FileFormat::Bmp && image.bitsAllocated() == 16) continue;
      SCOPED_TRACE(std::string(file.file) + " as " + std::string(toString(format)));
      const Image back = decodeImage(encodeImage(image, format), "x").image;
      EXPECT_EQ(pixelHash(back), pixelHash(image));
      EXPECT_EQ(back.alpha, image.alpha);
      if (format != FileFormat::Bmp) {
        EXPECT_EQ(back.metadata.orientation, image.metadata.orientation);
      }
    }
  }
}

// The picture with EXIF orientation also carries invented personal tags.
TEST(RealFormats, PersonalTagsAreNotWritten) {
  MEDLOCKER_REQUIRE_DATA(data);
  const Image image = readImage(fileOf(data, "exif_orientation6.jpg")).image;
  for (const FileFormat format : {FileFormat::Png, FileFormat::Tiff, FileFormat::Bmp}) {
    const std::string text = asString(encodeImage(image, format));
    for (const char* tag : {"SynthMaker", "2024:01:15"}) EXPECT_EQ(text.find(tag), std::string::npos) << tag;
  }
}

}  // namespace
}  // namespace medlocker::data
