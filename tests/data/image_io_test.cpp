// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/image_io.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "core/common/error.h"
#include "core/common/files.h"
#include "tests/data/encoded_samples.h"
#include "tests/data/synthetic.h"
#include "tests/support/temp_folder.h"

namespace medlocker::data {
namespace {

using test::JpegSpec;
using test::PngSpec;
using ::testing::HasSubstr;

/// The reason for which the bytes are refused; empty where they are not.
std::string refusal(ByteView bytes, const DecodeLimits& limits = {}) {
  try {
    decodeImage(bytes, "picture", limits);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InputRejected);
    EXPECT_EQ(error.context(), "picture");
    return error.message();
  }
  return {};
}

Image randomImage(int width, int height, int channels, int allocated, bool alpha, std::uint64_t seed) {
  RandomStream random = test::seededRandom(seed);
  Image image(width, height, channels, allocated);
  test::fillRandomly(image, random);
  if (alpha) {
    image.alpha.resize(static_cast<std::size_t>(width) * height * (allocated / 8));
    for (auto& byte : image.alpha) byte = static_cast<std::uint8_t>(random.below(256));
  }
  return image;
}

/// Slow gradients with noise, as photographs have them, so that every PNG filter is chosen somewhere.
Image smoothImage(int width, int height, int channels, int allocated) {
  RandomStream random = test::seededRandom(99);
  Image image(width, height, channels, allocated);
  const int scale = allocated == 8 ? 1 : 256;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < channels; ++c) {
        const int plane = y < height / 3 ? x * (c + 1) : y < 2 * height / 3 ? y * 2 + c : (x + y) / 2;
        image.setSample(x, y, c, (plane % 250 + static_cast<int>(random.below(4))) * scale);
      }
  return image;
}

const std::string kNote = std::string(kProtectedNotePrefix) + "; run 00ff";

TEST(SniffFormat, GoesByContentAlone) {
  const auto sniff = [](std::string_view text) { return sniffFormat(asBytes(text)); };
  using namespace std::string_view_literals;
  EXPECT_EQ(sniff("\x89PNG\r\n\x1A\n"sv), FileFormat::Png);
  EXPECT_EQ(sniff("\xFF\xD8\xFF\xE0"sv), FileFormat::Jpeg);
  EXPECT_EQ(sniff("II*\0...."sv), FileFormat::Tiff);
  EXPECT_EQ(sniff("MM\0+...."sv), FileFormat::Tiff);
  EXPECT_EQ(sniff("BM........"sv), FileFormat::Bmp);
  EXPECT_EQ(sniff("RIFF....WEBPVP8L"sv), FileFormat::Webp);
  EXPECT_EQ(sniff("RIFF....WAVE"sv), FileFormat::Unknown);
  EXPECT_EQ(sniff("\0\0\0\x0CjP  \r\n\x87\n"sv), FileFormat::Jpeg2000);
  EXPECT_EQ(sniff(std::string(128, '\0') + "DICM"), FileFormat::Dicom);
  EXPECT_EQ(sniff("PK\x03\x04...."sv), FileFormat::Npz);
  EXPECT_EQ(sniff("hello"sv), FileFormat::Unknown);
  EXPECT_EQ(sniff(""sv), FileFormat::Unknown);
}

TEST(FormatOfExtension, IgnoresCase) {
  EXPECT_EQ(formatOfExtension("a/b.PNG"), FileFormat::Png);
  EXPECT_EQ(formatOfExtension("x.JpEg"), FileFormat::Jpeg);
  EXPECT_EQ(formatOfExtension("x.tif"), FileFormat::Tiff);
  EXPECT_EQ(formatOfExtension("x.png.txt"), FileFormat::Unknown);
  EXPECT_EQ(formatOfExtension("png"), FileFormat::Unknown);
  EXPECT_TRUE(isImageExtension("x.bmp"));
  EXPECT_FALSE(isImageExtension("x.csv"));
  EXPECT_FALSE(isImageExtension("x.npz"));
}

struct RoundTripCase {
  FileFormat format;
  int channels;
  int allocated;
  bool alpha;
};

class RoundTrip : public ::testing::TestWithParam<RoundTripCase> {};

TEST_P(RoundTrip, KeepsEverySample) {
  const RoundTripCase& p = GetParam();
  for (const auto& [width, height] : {std::pair{1, 1}, {3, 2}, {37, 21}, {300, 5}}) {
    const Image image = randomImage(width, height, p.channels, p.allocated, p.alpha, 5);
    const DecodedImage back = decodeImage(encodeImage(image, p.format), "x");
    EXPECT_EQ(back.format, p.format);
    EXPECT_EQ(back.image.alpha, image.alpha);
    EXPECT_TRUE(back.image.sameSamples(image)) << width << "x" << height;
    EXPECT_EQ(pixelHash(back.image), pixelHash(image));
    EXPECT_FALSE(back.image.metadata.lossySource);
    EXPECT_THAT(back.notices, ::testing::IsEmpty());
  }
  if (!p.alpha) {
    const Image image = smoothImage(120, 90, p.channels, p.allocated);
    const Bytes bytes = encodeImage(image, p.format);
    EXPECT_TRUE(decodeImage(bytes, "x").image.sameSamples(image));
    EXPECT_EQ(encodeImage(image, p.format), bytes) << "the same input gives the same bytes";
  }
}

INSTANTIATE_TEST_SUITE_P(
    Formats, RoundTrip,
    ::testing::Values(
        RoundTripCase{FileFormat::Png, 1, 8, false}, RoundTripCase{FileFormat::Png, 1, 8, true},
        RoundTripCase{FileFormat::Png, 3, 8, false}, RoundTripCase{FileFormat::Png, 3, 8, true},
        RoundTripCase{FileFormat::Png, 1, 16, false}, RoundTripCase{FileFormat::Png, 1, 16, true},
        RoundTripCase{FileFormat::Png, 3, 16, false}, RoundTripCase{FileFormat::Png, 3, 16, true},
        RoundTripCase{FileFormat::Tiff, 1, 8, false}, RoundTripCase{FileFormat::Tiff, 1, 8, true},
        RoundTripCase{FileFormat::Tiff, 3, 8, false}, RoundTripCase{FileFormat::Tiff, 3, 8, true},
        RoundTripCase{FileFormat::Tiff, 1, 16, false}, RoundTripCase{FileFormat::Tiff, 3, 16, false},
        RoundTripCase{FileFormat::Tiff, 3, 16, true}, RoundTripCase{FileFormat::Bmp, 1, 8, false},
        RoundTripCase{FileFormat::Bmp, 3, 8, false}, RoundTripCase{FileFormat::Bmp, 3, 8, true}),
    [](const auto& param) {
      return std::string(toString(param.param.format)) + std::to_string(param.param.channels) + "x" +
             std::to_string(param.param.allocated) + (param.param.alpha ? "Alpha" : "");
    });

TEST(EncodeImage, EveryCompressionLevelReadsBackTheSame) {
  const Image image = smoothImage(90, 60, 3, 8);
  std::size_t fastest = 0;
  for (int level = 1; level <= 12; ++level) {
    const Bytes bytes = encodeImage(image, FileFormat::Png, {.pngCompression = level});
    EXPECT_TRUE(decodeImage(bytes, "x").image.sameSamples(image));
    if (level == 1) fastest = bytes.size();
    if (level == 12) {
      EXPECT_LE(bytes.size(), fastest);
    }
  }
  EXPECT_THROW(encodeImage(image, FileFormat::Png, {.pngCompression = 0}), Error);
  EXPECT_THROW(encodeImage(image, FileFormat::Png, {.pngCompression = 13}), Error);
}

TEST(EncodeImage, KeepsProfileResolutionOrientationAndNote) {
  Image image = randomImage(20, 10, 3, 8, false, 6);
  image.metadata.dotsPerMetreX = 11811;
  image.metadata.dotsPerMetreY = 5906;
  image.metadata.orientation = 6;
  for (const FileFormat format : {FileFormat::Png, FileFormat::Tiff}) {
    ASSERT_TRUE(canCarryNote(format));
    const ImageMetadata back =
        decodeImage(encodeImage(image, format, {.protectedNote = kNote}), "x").image.metadata;
    // TIFF stores dots per inch as 32-bit floats.
    EXPECT_NEAR(back.dotsPerMetreX, 11811, 0.01);
    EXPECT_NEAR(back.dotsPerMetreY, 5906, 0.01);
    EXPECT_EQ(back.orientation, 6);
    EXPECT_EQ(back.protectedNote, kNote);
    EXPECT_EQ(decodeImage(encodeImage(image, format), "x").image.metadata.protectedNote, "");
  }
  EXPECT_FALSE(canCarryNote(FileFormat::Bmp));
  const ImageMetadata bmp = decodeImage(encodeImage(image, FileFormat::Bmp), "x").image.metadata;
  EXPECT_EQ(bmp.dotsPerMetreX, 11811);
  EXPECT_EQ(bmp.dotsPerMetreY, 5906);
}

/// The least ICC profile that libpng accepts for RGB: header, tag table of no entries.
Bytes smallProfile() {
  Bytes profile(132, 0);
  const auto put = [&](std::size_t at, std::string_view text) {
    std::copy(text.begin(), text.end(), profile.begin() + static_cast<std::ptrdiff_t>(at));
  };
  profile[3] = 132;
  profile[8] = 2;
  put(12, "mntrRGB XYZ ");
  put(36, "acsp");
  const std::uint8_t d50[] = {0, 0, 0xF6, 0xD6, 0, 1, 0, 0, 0, 0, 0xD3, 0x2D};
  std::copy(std::begin(d50), std::end(d50), profile.begin() + 68);
  return profile;
}

TEST(EncodeImage, KeepsTheColourProfileByteForByte) {
  Image image = randomImage(8, 8, 3, 8, false, 7);
  image.metadata.iccProfile = smallProfile();
  for (const FileFormat format : {FileFormat::Png, FileFormat::Tiff})
    EXPECT_EQ(decodeImage(encodeImage(image, format), "x").image.metadata.iccProfile, smallProfile());
}

TEST(EncodeImage, KeepsPngColourSpaceWithoutProfile) {
  Image image = randomImage(8, 8, 3, 8, false, 7);
  image.metadata.pngColourSpace.renderingIntent = 1;
  EXPECT_EQ(decodeImage(encodeImage(image, FileFormat::Png), "x").image.metadata.pngColourSpace,
            image.metadata.pngColourSpace);
  image.metadata.pngColourSpace = {
      .gamma100000 = 55556, .chromaticities100000 = {31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000}};
  EXPECT_EQ(decodeImage(encodeImage(image, FileFormat::Png), "x").image.metadata.pngColourSpace,
            image.metadata.pngColourSpace);
}

TEST(EncodeImage, TiffKeepsItsCompressionKindDepthAndSign) {
  for (const TiffCompression kind :
       {TiffCompression::None, TiffCompression::Lzw, TiffCompression::Deflate, TiffCompression::PackBits}) {
    Image image = smoothImage(64, 48, 3, 16);
    image.metadata.tiffCompression = kind;
    const DecodedImage back = decodeImage(encodeImage(image, FileFormat::Tiff), "x");
    EXPECT_TRUE(back.image.sameSamples(image));
    EXPECT_EQ(back.image.metadata.tiffCompression, kind);
  }
  Image twelve(9, 5, 1, 16, 12);
  RandomStream random = test::seededRandom(3);
  test::fillRandomly(twelve, random);
  EXPECT_TRUE(decodeImage(encodeImage(twelve, FileFormat::Tiff), "x").image.sameSamples(twelve));
  Image negative(9, 5, 1, 16, 16, true);
  test::fillRandomly(negative, random);
  negative.metadata.inverted = true;
  const DecodedImage back = decodeImage(encodeImage(negative, FileFormat::Tiff), "x");
  EXPECT_TRUE(back.image.sameSamples(negative));
  EXPECT_TRUE(back.image.metadata.inverted);
}

TEST(EncodeImage, RefusesWhatAFormatCannotHold) {
  const auto code = [](const Image& image, FileFormat format, const EncodeOptions& options = {}) {
    try {
      encodeImage(image, format, options);
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::Internal;
  };
  Image signedGrey(4, 4, 1, 16, 16, true);
  EXPECT_EQ(code(signedGrey, FileFormat::Png), ErrorCode::Unsupported);
  EXPECT_EQ(code(Image(4, 4, 1, 16), FileFormat::Bmp), ErrorCode::Unsupported);
  EXPECT_EQ(code(Image(4, 4, 1), FileFormat::Jpeg), ErrorCode::Unsupported);
  Image inverted(4, 4, 1);
  inverted.metadata.inverted = true;
  EXPECT_EQ(code(inverted, FileFormat::Png), ErrorCode::Unsupported);
  EXPECT_EQ(code(Image(), FileFormat::Png), ErrorCode::InvalidArgument);
  EXPECT_EQ(code(Image(4, 4, 1), FileFormat::Png, {.protectedNote = "other text"}),
            ErrorCode::InvalidArgument);
  EXPECT_EQ(code(Image(4, 4, 1), FileFormat::Png, {.protectedNote = kNote + "\n"}),
            ErrorCode::InvalidArgument);
  Image badAlpha(4, 4, 1);
  badAlpha.alpha.resize(3);
  EXPECT_EQ(code(badAlpha, FileFormat::Png), ErrorCode::InvalidArgument);
}

// Whatever one byte of a PNG is changed, the checksums notice it: the file is refused. Only what lies outside
// of every chunk's meaning could pass, and then the samples must be the same.
TEST(DecodeImage, NoticesEveryChangedByteOfAPng) {
  Image image = smoothImage(24, 16, 3, 8);
  image.metadata.dotsPerMetreX = image.metadata.dotsPerMetreY = 3000;
  const Bytes good = encodeImage(image, FileFormat::Png, {.protectedNote = kNote});
  for (std::size_t i = 0; i < good.size(); ++i)
    for (const int flip : {0x01, 0x80, 0xFF}) {
      Bytes bad = good;
      bad[i] = static_cast<std::uint8_t>(bad[i] ^ flip);
      EXPECT_NE(refusal(bad), "") << "byte " << i << " changed by " << flip;
    }
}

TEST(DecodeImage, RefusesEveryTruncation) {
  const Image image = smoothImage(24, 16, 3, 8);
  std::vector<Bytes> files = {encodeImage(image, FileFormat::Png), encodeImage(image, FileFormat::Tiff),
                              encodeImage(image, FileFormat::Bmp)};
  const Bytes samples(image.bytes().begin(), image.bytes().end());
  files.push_back(test::makeJpeg({.width = 24, .height = 16, .samples = samples}));
  files.push_back(test::makeJpeg({.width = 24, .height = 16, .progressive = true, .samples = samples}));
  for (const Bytes& file : files) {
    ASSERT_EQ(refusal(file), "");
    for (std::size_t size = 0; size < file.size(); ++size)
      EXPECT_NE(refusal(ByteView(file).first(size)), "") << toString(sniffFormat(file)) << " cut at " << size;
  }
}

TEST(DecodeImage, ChecksLimitsFromTheHeader) {
  const Image image = randomImage(40, 30, 3, 8, false, 1);
  for (const FileFormat format : {FileFormat::Png, FileFormat::Tiff, FileFormat::Bmp}) {
    const Bytes bytes = encodeImage(image, format);
    EXPECT_EQ(refusal(bytes, {.maxPixels = 1200, .maxSide = 40}), "");
    EXPECT_THAT(refusal(bytes, {.maxPixels = 1199}), HasSubstr("at most 1199 pixels"));
    EXPECT_THAT(refusal(bytes, {.maxSide = 39}), HasSubstr("a side may have at most 39"));
    EXPECT_THAT(refusal(bytes, {.maxFileBytes = bytes.size() - 1}), HasSubstr("larger than allowed"));
  }
  const Bytes jpeg = test::makeJpeg({.width = 40, .height = 30, .samples = Bytes(3600, 90)});
  EXPECT_THAT(refusal(jpeg, {.maxPixels = 1199}), HasSubstr("at most 1199 pixels"));
}

TEST(DecodeImage, RefusesAHeaderThatTheFileCannotFill) {
  Bytes png = encodeImage(Image(8, 8, 1), FileFormat::Png);
  // 4000 x 2000 pixels from less than a hundred bytes; the header's checksum is made right again by hand.
  PngSpec spec{.width = 4000, .height = 2000};
  spec.rows.assign(2000, Bytes(4000, 0));
  const Bytes large = test::makePng(spec);
  std::copy(large.begin(), large.begin() + 33, png.begin());
  EXPECT_THAT(refusal(png), HasSubstr("needs at least"));
  EXPECT_EQ(refusal(large), "") << "but an all-black picture of that size is fine";

  Bytes jpeg = test::makeJpeg({.width = 16, .height = 16, .components = 1, .samples = Bytes(256, 7)});
  const std::uint8_t frame[] = {0xFF, 0xC0};
  const auto at = std::search(jpeg.begin(), jpeg.end(), std::begin(frame), std::end(frame)) - jpeg.begin();
  jpeg[static_cast<std::size_t>(at) + 5] = 0x20;  // height 8208
  jpeg[static_cast<std::size_t>(at) + 7] = 0x20;  // width 8208
  EXPECT_THAT(refusal(jpeg), HasSubstr("needs at least"));
}

TEST(DecodeImage, UnderstandsPngPalettesSmallDepthsAndInterlacing) {
  PngSpec palette{.width = 3, .height = 1, .depth = 4, .colourType = 3};
  palette.palette = {{1, 2, 3}, {40, 50, 60}, {250, 240, 230}};
  palette.rows = {{0x02, 0x10}};
  DecodedImage decoded = decodeImage(test::makePng(palette), "x");
  EXPECT_EQ(decoded.image.channels(), 3);
  EXPECT_EQ(decoded.image.sample(1, 0, 2), 230);
  EXPECT_EQ(decoded.image.sample(2, 0, 0), 40);
  EXPECT_THAT(decoded.notices, ::testing::ElementsAre(HasSubstr("palette")));

  palette.paletteAlpha = {255, 128};
  decoded = decodeImage(test::makePng(palette), "x");
  EXPECT_EQ(decoded.image.alpha, (Bytes{255, 255, 128}));
  EXPECT_EQ(decoded.image.channels(), 3);

  PngSpec grey{.width = 2, .height = 1, .depth = 4};
  grey.rows = {{0xF3}};
  decoded = decodeImage(test::makePng(grey), "x");
  EXPECT_EQ(decoded.image.sample(0, 0, 0), 255);
  EXPECT_EQ(decoded.image.sample(1, 0, 0), 51);
  EXPECT_THAT(decoded.notices, ::testing::ElementsAre(HasSubstr("expanded")));

  const Image image = smoothImage(19, 13, 3, 8);
  PngSpec interlaced{.width = 19, .height = 13, .colourType = 2, .interlaced = true};
  for (std::size_t y = 0; y < 13; ++y)
    interlaced.rows.emplace_back(image.bytes().begin() + static_cast<std::ptrdiff_t>(y * 57),
                                 image.bytes().begin() + static_cast<std::ptrdiff_t>((y + 1) * 57));
  EXPECT_TRUE(decodeImage(test::makePng(interlaced), "x").image.sameSamples(image));
}

TEST(DecodeImage, RefusesOneBitPhotographs) {
  PngSpec spec{.width = 8, .height = 1, .depth = 1};
  spec.rows = {{0xA5}};
  EXPECT_THAT(refusal(test::makePng(spec)), HasSubstr("1-bit"));
  test::TiffSpec tiff{.width = 8, .height = 1, .bits = 1};
  tiff.rows = {{0xA5}};
  EXPECT_THAT(refusal(test::makeTiff(tiff)), HasSubstr("1-bit"));
}

TEST(DecodeImage, ReadsTiffTilesPlanesPalettesAndInvertedGrey) {
  const Image image = smoothImage(37, 21, 3, 8);
  test::TiffSpec tiled{
      .width = 37, .height = 21, .samples = 3, .photometric = 2, .compression = 8, .tileSide = 16};
  for (std::size_t y = 0; y < 21; ++y)
    tiled.rows.emplace_back(image.bytes().begin() + static_cast<std::ptrdiff_t>(y * 111),
                            image.bytes().begin() + static_cast<std::ptrdiff_t>((y + 1) * 111));
  EXPECT_TRUE(decodeImage(test::makeTiff(tiled), "x").image.sameSamples(image));

  test::TiffSpec planes{.width = 37, .height = 21, .samples = 3, .photometric = 2, .separatePlanes = true};
  for (int c = 0; c < 3; ++c)
    for (int y = 0; y < 21; ++y) {
      Bytes row;
      for (int x = 0; x < 37; ++x) row.push_back(static_cast<std::uint8_t>(image.sample(x, y, c)));
      planes.rows.push_back(row);
    }
  EXPECT_TRUE(decodeImage(test::makeTiff(planes), "x").image.sameSamples(image));

  test::TiffSpec palette{.width = 4, .height = 1, .bits = 4, .photometric = 3};
  palette.palette.assign(16, {0, 0, 0});
  palette.palette[5] = {0xFFFF, 0x8080, 0x0101};
  palette.rows = {{0x05, 0x50}};
  DecodedImage decoded = decodeImage(test::makeTiff(palette), "x");
  EXPECT_EQ(decoded.image.bitsAllocated(), 8);
  EXPECT_EQ(decoded.image.sample(1, 0, 0), 255);
  EXPECT_EQ(decoded.image.sample(2, 0, 1), 128);
  EXPECT_EQ(decoded.image.sample(2, 0, 2), 1);
  EXPECT_EQ(decoded.image.sample(3, 0, 0), 0);
  palette.palette[5] = {0xFFFF, 0x8081, 0x0101};  // needs all 16 bits
  decoded = decodeImage(test::makeTiff(palette), "x");
  EXPECT_EQ(decoded.image.bitsAllocated(), 16);
  EXPECT_EQ(decoded.image.sample(1, 0, 1), 0x8081);

  test::TiffSpec inverted{.width = 2, .height = 1, .photometric = 0};
  inverted.rows = {{0, 204}};
  decoded = decodeImage(test::makeTiff(inverted), "x");
  EXPECT_TRUE(decoded.image.metadata.inverted);
  EXPECT_EQ(decoded.image.sample(1, 0, 0), 204) << "samples stay as stored";
  EXPECT_FLOAT_EQ(floatView(decoded.image).at(0, 0, 0), 1.F);
}

TEST(DecodeImage, UsesTheFirstTiffPageAndSaysSo) {
  test::TiffSpec spec{.width = 2, .height = 1, .pages = 3};
  spec.rows = {{7, 9}};
  const DecodedImage decoded = decodeImage(test::makeTiff(spec), "x");
  EXPECT_EQ(decoded.image.sample(1, 0, 0), 9);
  EXPECT_THAT(decoded.notices, ::testing::ElementsAre(HasSubstr("multi-page")));
}

TEST(DecodeImage, RefusesUnsupportedTiffs) {
  test::TiffSpec floating{.width = 1, .height = 1, .bits = 16, .sampleFormat = 3};
  floating.rows = {{0, 0}};
  EXPECT_THAT(refusal(test::makeTiff(floating)), HasSubstr("floating-point"));
  test::TiffSpec deep{.width = 1, .height = 1, .bits = 32};
  deep.rows = {{0, 0, 0, 0}};
  EXPECT_THAT(refusal(test::makeTiff(deep)), HasSubstr("32 bits per sample"));
  test::TiffSpec lab{.width = 1, .height = 1, .samples = 3, .photometric = 8};
  lab.rows = {{0, 0, 0}};
  EXPECT_THAT(refusal(test::makeTiff(lab)), HasSubstr("colour model"));
}

TEST(DecodeImage, FindsOurNoteInsideATiffDescription) {
  test::TiffSpec spec{.width = 1, .height = 1, .description = "Camera text\n" + kNote + "\nmore"};
  spec.rows = {{1}};
  EXPECT_EQ(decodeImage(test::makeTiff(spec), "x").image.metadata.protectedNote, kNote);
}

Bytes exifBlock(std::string_view secret, int orientation) {
  Bytes block = {'E', 'x',  'i', 'f', 0,
                 0,   'I',  'I', 42,  0,
                 8,   0,    0,   0,   1,
                 0,   0x12, 1,   3,   0,
                 1,   0,    0,   0,   static_cast<std::uint8_t>(orientation),
                 0,   0,    0,   0,   0,
                 0,   0};
  for (const char c : secret) block.push_back(static_cast<std::uint8_t>(c));
  return block;
}

TEST(DecodeImage, ReadsJpegMetadataAndDropsTheRestOnWriting) {
  JpegSpec spec{.samples = Bytes(768, 100),
                .exif = exifBlock("Jane Doe 51N 0W", 8),
                .profile = smallProfile(),
                .dotsPerInch = 300};
  const DecodedImage decoded = decodeImage(test::makeJpeg(spec), "x");
  const ImageMetadata& metadata = decoded.image.metadata;
  EXPECT_TRUE(metadata.lossySource);
  EXPECT_EQ(metadata.iccProfile, smallProfile());
  EXPECT_NEAR(metadata.dotsPerMetreX, 11811.02, 0.01);
  // An EXIF file has no JFIF marker in strict writers; ours has both.
  EXPECT_EQ(metadata.orientation, 8);
  for (const FileFormat format : {FileFormat::Png, FileFormat::Tiff, FileFormat::Bmp})
    EXPECT_EQ(asString(encodeImage(decoded.image, format)).find("Jane Doe"), std::string::npos);
}

TEST(DecodeImage, TakesAMalformedExifBlockAsNone) {
  for (std::size_t cut = 0; cut < 32; ++cut) {
    Bytes exif = exifBlock("", 3);
    exif.resize(std::max<std::size_t>(cut, 1));
    JpegSpec spec{.components = 1, .samples = Bytes(256, 50), .exif = exif};
    EXPECT_EQ(decodeImage(test::makeJpeg(spec), "x").image.metadata.orientation, cut < 28 ? 1 : 3) << cut;
  }
  Bytes exif = exifBlock("", 9);
  JpegSpec spec{.components = 1, .samples = Bytes(256, 50), .exif = exif};
  EXPECT_EQ(decodeImage(test::makeJpeg(spec), "x").image.metadata.orientation, 1);
}

TEST(DecodeImage, ConvertsAdobeCmykAndRefusesUndefinedInks) {
  // Stored inverted: 255 is no ink. c = 200, k = 128 gives 200*128/255 = 100.4.
  Bytes samples;
  for (int i = 0; i < 256; ++i) samples.insert(samples.end(), {200, 255, 100, 128});
  JpegSpec spec{.components = 4, .quality = 100, .samples = samples};
  const DecodedImage decoded = decodeImage(test::makeJpeg(spec), "x");
  EXPECT_EQ(decoded.image.channels(), 3);
  EXPECT_NEAR(decoded.image.sample(5, 5, 0), 100, 1);
  EXPECT_NEAR(decoded.image.sample(5, 5, 1), 128, 1);
  EXPECT_NEAR(decoded.image.sample(5, 5, 2), 50, 1);
  EXPECT_THAT(decoded.notices, ::testing::ElementsAre(HasSubstr("CMYK")));
  spec.adobeMarker = false;
  EXPECT_THAT(refusal(test::makeJpeg(spec)), HasSubstr("without Adobe marker"));
  spec.adobeMarker = true;
  spec.profile = smallProfile();
  EXPECT_THAT(refusal(test::makeJpeg(spec)), HasSubstr("colour management"));
}

TEST(DecodeImage, NamesDecoderSettings) {
  EXPECT_THAT(jpegDecoderSettings(), HasSubstr("slow integer IDCT, fancy upsampling"));
}

TEST(ReadImage, RefusesMislabelledEmptyAndForeignFilesByName) {
  const test::TempFolder folder;
  const Bytes png = encodeImage(Image(4, 4, 1), FileFormat::Png);
  const auto reason = [&](const std::string& name, ByteView content) {
    writeFileAtomically(folder / name, content);
    try {
      readImage(folder / name);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::InputRejected);
      EXPECT_EQ(error.context(), (folder / name).string());
      return error.message();
    }
    return std::string();
  };
  EXPECT_EQ(reason("good.png", png), "");
  EXPECT_EQ(reason("no_extension", png), "");
  EXPECT_THAT(reason("a.jpg", png), HasSubstr("mislabelled: it holds PNG data"));
  EXPECT_THAT(reason("a.png", asBytes("just text")), HasSubstr("does not hold a PNG image"));
  EXPECT_THAT(reason("b.png", {}), HasSubstr("is empty"));
  EXPECT_THAT(reason("unknown.dat", asBytes("just text")), HasSubstr("not an image of a known format"));
  EXPECT_THROW(readImage(folder / "absent.png"), Error);
}

TEST(DecodeImage, GivesTheSameSamplesOnManyThreads) {
  const Image image = smoothImage(200, 150, 3, 8);
  const Bytes samples(image.bytes().begin(), image.bytes().end());
  const std::vector<Bytes> files = {encodeImage(image, FileFormat::Png), encodeImage(image, FileFormat::Tiff),
                                    encodeImage(image, FileFormat::Bmp),
                                    test::makeJpeg({.width = 200, .height = 150, .samples = samples})};
  std::vector<Digest> expected;
  for (const Bytes& file : files) expected.push_back(pixelHash(decodeImage(file, "x").image));
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < 20; ++i) {
        const std::size_t k = (i + static_cast<std::size_t>(t)) % files.size();
        if (pixelHash(decodeImage(files[k], "x").image) != expected[k]) ++wrong;
        if (!refusal(ByteView(files[k]).first(files[k].size() / 2)).size()) ++wrong;
        if (encodeImage(image, FileFormat::Png) != files[0]) ++wrong;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace medlocker::data
