// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>

#include "core/common/error.h"
#include "core/data/dicom/dicom_image.h"
#include "core/data/dicom/prescan.h"
#include "core/data/image_io.h"
#include "tests/data/dicom_bytes.h"

namespace medlocker::data {
namespace {

using test::DicomBytes;

std::string refusalOf(const Bytes& bytes) {
  try {
    decodeImage(bytes, "x.dcm");
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::InputRejected);
    EXPECT_EQ(e.context(), "x.dcm");
    return e.message();
  }
  return {};
}

long residentKilobytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

Bytes ramp(std::size_t count) {
  Bytes values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<std::uint8_t>(i * 7);
  return values;
}

TEST(DicomPrescan, ReadsAHandMadePicture) {
  DicomBytes file;
  file.picture(4, 6).pixels(ramp(72));
  const Image image = decodeImage(file.bytes(), "x.dcm").image;
  EXPECT_EQ(image.width(), 6);
  EXPECT_EQ(image.height(), 4);
  EXPECT_EQ(Bytes(image.bytes().begin(), image.bytes().end()), ramp(72));
}

TEST(DicomPrescan, RefusesTwoGigabytesDeclaredInFourHundredBytesAtOnce) {
  // Length, and rows × columns × frames, both claim 2 GiB.
  DicomBytes file;
  file.picture(16384, 16384, 1, 8, "8", "MONOCHROME2").open(0x7FE0, 0x0010, "OW", 0x80000000U);
  Bytes bytes = file.bytes();
  bytes.resize(std::max<std::size_t>(bytes.size(), 400));
  ASSERT_LE(bytes.size(), 512U);
  const long before = residentKilobytes();
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_NE(refusalOf(bytes).find("claims"), std::string::npos);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
  EXPECT_LT(residentKilobytes() - before, 64 * 1024);
}

TEST(DicomPrescan, RefusesCompressedFramesThatCannotComeFromSoFewBytes) {
  DicomBytes file("1.2.840.10008.1.2.5");
  file.picture(14000, 14000, 1, 8, "1", "MONOCHROME2").open(0x7FE0, 0x0010, "OB", 0xFFFFFFFF);
  file.tag(0xFFFE, 0xE000).u32(0).tag(0xFFFE, 0xE000).u32(64).raw(std::string(64, '\1'));
  file.tag(0xFFFE, 0xE0DD).u32(0);
  const long before = residentKilobytes();
  EXPECT_NE(refusalOf(file.bytes()).find("cannot come from so few bytes"), std::string::npos);
  EXPECT_LT(residentKilobytes() - before, 64 * 1024);
}

TEST(DicomPrescan, CountsPixelsInSixtyFourBits) {
  // 65536 × 65536 × 1 wraps to 0 in 32 bits; 46341² does in 31.
  DicomBytes file;
  file.picture(46341, 46341, 1, 8, "1", "MONOCHROME2").pixels(Bytes(2));
  EXPECT_FALSE(refusalOf(file.bytes()).empty());
  DicomBytes frames;
  frames.picture(4096, 4096, 1, 8, "256", "MONOCHROME2").pixels(Bytes(2));  // 2^32 bytes
  EXPECT_NE(refusalOf(frames.bytes()).find("4294967296"), std::string::npos);
}

TEST(DicomPrescan, FollowsSixteenNestedSequencesAndRefusesSeventeen) {
  for (const int depth : {16, 17}) {
    DicomBytes file;
    file.picture(2, 2);
    for (int i = 0; i < depth; ++i)
      file.open(0x0040, 0xA730, "SQ", 0xFFFFFFFF).tag(0xFFFE, 0xE000).u32(0xFFFFFFFF);
    for (int i = 0; i < depth; ++i) file.tag(0xFFFE, 0xE00D).u32(0).tag(0xFFFE, 0xE0DD).u32(0);
    file.pixels(Bytes(12));
    const std::string refusal = refusalOf(file.bytes());
    EXPECT_EQ(refusal.empty(), depth == 16) << refusal;
  }
}

TEST(DicomPrescan, RefusesEveryTruncation) {
  DicomBytes file;
  file.picture(4, 6);
  file.open(0x0040, 0xA730, "SQ", 8).tag(0xFFFE, 0xE000).u32(0);
  file.pixels(ramp(72));
  ASSERT_TRUE(refusalOf(file.bytes()).empty());
  for (std::size_t length = 0; length < file.bytes().size(); ++length) {
    Bytes cut(file.bytes().begin(), file.bytes().begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_FALSE(refusalOf(cut).empty()) << length;
  }
}

TEST(DicomPrescan, RefusesAttributesThatDecideAboutMemoryGivenTwice) {
  DicomBytes file;
  file.picture(4, 6).number(0x0028, 0x0010, 60000).pixels(ramp(72));
  EXPECT_NE(refusalOf(file.bytes()).find("twice"), std::string::npos);
}

TEST(DicomPrescan, RefusesContradictionsWithAReason) {
  const auto refusal = [](auto change) {
    DicomBytes file;
    change(file);
    return refusalOf(file.bytes());
  };
  EXPECT_NE(refusal([](DicomBytes& f) {
              f.picture(4, 6, 3, 8, "1", "MONOCHROME2").pixels(Bytes(72));
            }).find("contradict"),
            std::string::npos);
  EXPECT_NE(refusal([](DicomBytes& f) { f.picture(0, 6).pixels(Bytes(0)); }).find("empty"),
            std::string::npos);
  EXPECT_NE(refusal([](DicomBytes& f) {
              f.picture(4, 6, 1, 1, "1", "MONOCHROME2").pixels(Bytes(4));
            }).find("bit-packed"),
            std::string::npos);
  EXPECT_NE(refusal([](DicomBytes& f) {
              f.picture(4, 6, 1, 32, "1", "MONOCHROME2").pixels(Bytes(96));
            }).find("32 bits"),
            std::string::npos);
  EXPECT_NE(refusal([](DicomBytes& f) { f.picture(4, 6, 3, 8, "1A").pixels(Bytes(72)); }).find("frames"),
            std::string::npos);
  EXPECT_NE(
      refusal([](DicomBytes& f) { f.picture(4, 6).open(0x7FE0, 0x0008, "OF", 4).u32(0); }).find("floating"),
      std::string::npos);
  EXPECT_NE(refusal([](DicomBytes& f) {
              f.text(0x0008, 0x0005, "CS", "ISO_IR 999").picture(4, 6).pixels(Bytes(72));
            }).find("character set"),
            std::string::npos);
}

TEST(DicomPrescan, NoticesIdentityWithoutRepeatingIt) {
  DicomBytes file;
  file.picture(4, 6);
  DicomBytes named;
  named.text(0x0010, 0x0010, "PN", "Example^Person").text(0x0010, 0x0020, "LO", "ID-77");
  named.picture(4, 6).text(0x0028, 0x0301, "CS", "YES").pixels(ramp(72));
  const DecodedImage decoded = decodeImage(named.bytes(), "x.dcm");
  ASSERT_EQ(decoded.notices.size(), 2U);
  for (const std::string& notice : decoded.notices) {
    EXPECT_EQ(notice.find("Example"), std::string::npos);
    EXPECT_EQ(notice.find("ID-77"), std::string::npos);
  }
  file.pixels(ramp(72));
  EXPECT_TRUE(decodeImage(file.bytes(), "x.dcm").notices.empty());
}

TEST(DicomSamples, KeepsSignAndCutsBitsOutsideBitsStored) {
  // 12 bits in 16, signed, with foreign bits above: F801 is -2047 (0x801), 17FF is 2047.
  DicomBytes file;
  file.text(0x0008, 0x0016, "UI", "1.2.840.10008.5.1.4.1.1.7").text(0x0008, 0x0018, "UI", "1.2.3");
  file.number(0x0028, 0x0002, 1).text(0x0028, 0x0004, "CS", "MONOCHROME1");
  file.number(0x0028, 0x0010, 1).number(0x0028, 0x0011, 2).number(0x0028, 0x0100, 16);
  file.number(0x0028, 0x0101, 12).number(0x0028, 0x0102, 11).number(0x0028, 0x0103, 1);
  file.text(0x0028, 0x1050, "DS", "40").text(0x0028, 0x1051, "DS", "401");
  file.text(0x0028, 0x1052, "DS", "-1024").text(0x0028, 0x1053, "DS", "2");
  file.pixels({0x01, 0xF8, 0xFF, 0x17});
  const Image image = decodeImage(file.bytes(), "x.dcm").image;
  EXPECT_EQ(image.bits(), 12);
  EXPECT_TRUE(image.isSigned());
  EXPECT_TRUE(image.metadata.inverted);
  EXPECT_EQ(image.sample(0, 0, 0), -2047);
  EXPECT_EQ(image.sample(1, 0, 0), 2047);
  // Window 40 ± 200 after v·2 − 1024: darkest at (−160.5 + 1024)/2 … (239.5 + 1024)/2.
  ASSERT_TRUE(image.metadata.windowLo);
  EXPECT_NEAR(*image.metadata.windowLo, (40 - 0.5 - 200 + 1024) / 2, 1e-9);
  EXPECT_NEAR(*image.metadata.windowHi, (40 - 0.5 + 200 + 1024) / 2, 1e-9);
}

}  // namespace
}  // namespace medlocker::data
