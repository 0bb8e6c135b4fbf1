// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "core/common/error.h"
#include "core/common/files.h"
#include "core/data/carried_payload.h"
#include "core/data/dicom/dicom_image.h"
#include "core/data/dicom/dicom_writer.h"
#include "core/data/dicom/prescan.h"
#include "core/data/dicom/segmentation.h"
#include "tests/data/dicom_bytes.h"
#include "tests/support/process.h"
#include "tests/support/temp_folder.h"

namespace medlocker::data {
namespace {

namespace fs = std::filesystem;
using medlocker::test::runProcess;
using medlocker::test::TempFolder;

dicom::ProtectedFileOptions protection() {
  return {std::string(kProtectedNotePrefix) + "; run 00112233445566778899aabbccddeeff", "run-1", true};
}

std::vector<Image> framesOf(const Bytes& bytes) {
  const dicom::DicomImage file(bytes, "source");
  std::vector<Image> frames;
  for (std::uint32_t f = 0; f < file.info().frames; ++f) frames.push_back(file.readFrame(f).image);
  return frames;
}

/// A block of other samples, as a logo would be.
void mark(Image& image) {
  for (int y = image.height() / 4; y < image.height() / 2; ++y)
    for (int x = image.width() / 4; x < image.width() / 2; ++x)
      for (int c = 0; c < image.channels(); ++c) image.setSample(x, y, c, image.maxValue() - (x + y + c) % 5);
}

Bytes protectedCopy(const Bytes& source) {
  std::vector<Image> frames = framesOf(source);
  for (Image& frame : frames) mark(frame);
  return dicom::writeProtectedFile(source, "source", frames, protection()).bytes;
}

std::string dumpOf(const fs::path& file) {
  const auto result = runProcess({"dcmdump", "-q", "+L", "+U8", file.string()});
  return result.out;
}

/// Errors of dciodvfy, one a line; nothing where the tool is absent.
std::multiset<std::string> errorsOf(const fs::path& file) {
  const auto result = runProcess({"dciodvfy", file.string()});
  std::multiset<std::string> errors;
  std::istringstream lines(result.err + result.out);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("Error")) errors.insert(line);
  return errors;
}

bool isInstalled(const std::string& program) {
  for (const char* folder : {"/usr/bin/", "/usr/local/bin/"})
    if (fs::exists(folder + program)) return true;
  return false;
}

Bytes handMade() {
  test::DicomBytes file;
  file.text(0x0008, 0x0008, "CS", "ORIGINAL\\PRIMARY");
  file.picture(40, 60).text(0x0028, 0x0106, "US", std::string("\1\0", 2));
  Bytes pixels(40 * 60 * 3);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(i * 11 % 251);
  file.open(0x0088, 0x0200, "SQ", 0xFFFFFFFF).tag(0xFFFE, 0xE000).u32(0).tag(0xFFFE, 0xE0DD).u32(0);
  file.pixels(pixels);
  file.open(0xFFFA, 0xFFFA, "SQ", 0xFFFFFFFF).tag(0xFFFE, 0xE000).u32(0).tag(0xFFFE, 0xE0DD).u32(0);
  return file.bytes();
}

TEST(DicomWrite, CarriesAPayloadUntilItIsRestored) {
  const Bytes source = handMade();
  EXPECT_THROW(withCarriedPayload(source, Bytes(20, 3), "source"), Error);  // not a protected file
  const Bytes marked = protectedCopy(source);
  for (const std::size_t size : {21U, 5000U}) {
    Bytes payload(size);
    for (std::size_t i = 0; i < size; ++i) payload[i] = static_cast<std::uint8_t>(i * 7);
    const Bytes carrying = withCarriedPayload(marked, payload, "marked");
    EXPECT_EQ(carriedPayload(carrying, "carrying"), payload);
    EXPECT_TRUE(framesOf(carrying)[0].sameSamples(framesOf(marked)[0]));
    EXPECT_THROW(withCarriedPayload(carrying, payload, "carrying"), Error);
    const Bytes restored = dicom::writeRestoredFile(carrying, "carrying", framesOf(source)).bytes;
    EXPECT_FALSE(carriedPayload(restored, "restored").has_value());
  }
  EXPECT_FALSE(carriedPayload(marked, "marked").has_value());
}

TEST(DicomWriter, ChangesExactlyTheAttributesThatAPixelChangeAsksFor) {
  TempFolder folder;
  const Bytes source = handMade();
  std::vector<Image> frames = framesOf(source);
  mark(frames.front());
  const dicom::WrittenFile written = dicom::writeProtectedFile(source, "source", frames, protection());
  ASSERT_EQ(written.notices.size(), 1U);
  EXPECT_NE(written.notices.front().find("signatures"), std::string::npos);
  const dicom::Prescan scan = dicom::prescan(written.bytes, "written");
  EXPECT_EQ(scan.transferSyntax, dicom::kExplicitLittle);
  EXPECT_NE(scan.sopInstance, "1.2.3.4");
  EXPECT_TRUE(scan.sopInstance.starts_with("2.25."));
  const std::vector<Image> back = framesOf(written.bytes);
  EXPECT_TRUE(back.front().sameSamples(frames.front()));
  EXPECT_EQ(back.front().metadata.protectedNote, protection().note);
  if (!isInstalled("dcmdump")) GTEST_SKIP() << "dcmdump is not installed";
  writeFileAtomically(folder / "w.dcm", written.bytes);
  const std::string dump = dumpOf(folder / "w.dcm");
  EXPECT_NE(dump.find("DERIVED\\PRIMARY"), std::string::npos);
  EXPECT_NE(dump.find("[visible protective watermark, not for diagnosis]"), std::string::npos);
  EXPECT_NE(dump.find("[1.2.3.4]"), std::string::npos);  // Source Image Sequence
  for (const char* gone : {"(0028,0106)", "(0088,0200)", "(fffa,fffa)"})
    EXPECT_EQ(dump.find(gone), std::string::npos) << gone;
}

TEST(DicomWriter, SameArgumentsGiveSameBytesAndAnotherRunGivesOtherUids) {
  const Bytes source = handMade();
  EXPECT_EQ(protectedCopy(source), protectedCopy(source));
  dicom::ProtectedFileOptions other = protection();
  other.uidScope = "run-2";
  const std::vector<Image> frames = framesOf(source);
  const Bytes second = dicom::writeProtectedFile(source, "source", frames, other).bytes;
  EXPECT_NE(dicom::prescan(second, "x").sopInstance, dicom::prescan(protectedCopy(source), "x").sopInstance);
}

TEST(DicomWriter, KeepsForeignBitsAboveBitsStored) {
  test::DicomBytes file;
  file.text(0x0008, 0x0016, "UI", "1.2.840.10008.5.1.4.1.1.7").text(0x0008, 0x0018, "UI", "1.2.3");
  file.number(0x0028, 0x0002, 1).text(0x0028, 0x0004, "CS", "MONOCHROME2");
  file.number(0x0028, 0x0010, 1).number(0x0028, 0x0011, 2).number(0x0028, 0x0100, 16);
  file.number(0x0028, 0x0101, 12).number(0x0028, 0x0102, 11).number(0x0028, 0x0103, 0);
  file.pixels({0x34, 0xA2, 0x10, 0x00});
  std::vector<Image> frames = framesOf(file.bytes());
  ASSERT_EQ(frames.front().sample(0, 0, 0), 0x234);
  frames.front().setSample(0, 0, 0, 0x777);
  frames.front().setSample(1, 0, 0, 0x111);
  const Bytes written = dicom::writeProtectedFile(file.bytes(), "source", frames, protection()).bytes;
  const Bytes tail(written.end() - 4, written.end());
  EXPECT_EQ(tail, (Bytes{0x77, 0xA7, 0x11, 0x01}));
}

TEST(DicomWriter, RestoringPutsTheSamplesBackAndTakesTheFlagAway) {
  const Bytes source = handMade();
  const std::vector<Image> originals = framesOf(source);
  const Bytes restored = dicom::writeRestoredFile(protectedCopy(source), "protected", originals).bytes;
  const std::vector<Image> back = framesOf(restored);
  EXPECT_TRUE(back.front().sameSamples(originals.front()));
  EXPECT_TRUE(back.front().metadata.protectedNote.empty());
}

TEST(DicomWriter, CorpusComesBackWithTheSameSamplesAndNoNewErrorInTwoOtherToolkits) {
  MEDLOCKER_REQUIRE_DATA(dataRoot);
  if (!isInstalled("dciodvfy") || !isInstalled("gdcmraw") || !isInstalled("dcmdump"))
    GTEST_SKIP() << "dciodvfy (dicom3tools), gdcmraw (libgdcm-tools) and dcmdump (dcmtk) are needed";
  TempFolder folder;
  int checked = 0;
  for (const fs::directory_entry& entry :
       fs::directory_iterator(dataRoot / "dicom" / "op-synthetic-headers")) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("OP_") || name.find("full_4288") != std::string::npos) continue;
    const Bytes source = readFile(entry.path());
    const Bytes written = protectedCopy(source);
    const fs::path file = folder / name;
    writeFileAtomically(file, written);

    const std::vector<Image> before = framesOf(source);
    const std::vector<Image> after = framesOf(written);
    ASSERT_EQ(before.size(), after.size());
    Bytes all;
    for (std::size_t f = 0; f < after.size(); ++f) {
      Image expected = before[f];
      mark(expected);
      EXPECT_TRUE(after[f].sameSamples(expected)) << name;
      all.insert(all.end(), after[f].bytes().begin(), after[f].bytes().end());
    }
    const std::multiset<std::string> had = errorsOf(entry.path());
    for (const std::string& error : errorsOf(file)) EXPECT_TRUE(had.contains(error)) << name << ": " << error;
    EXPECT_EQ(runProcess({"dcmdump", "-q", file.string()}).status, 0) << name;
    const fs::path raw = folder / (name + ".raw");
    EXPECT_EQ(runProcess({"gdcmraw", "-i", file.string(), "-o", raw.string(), "-t", "7fe0,0010"}).status, 0);
    Bytes seen = readFile(raw);
    if (seen.size() == all.size() + 1) seen.pop_back();
    EXPECT_EQ(seen, all) << name;
    ++checked;
  }
  EXPECT_EQ(checked, 11);
}

TEST(DicomSegmentation, ReadsBinaryAndLabelMapMasksAsDrawn) {
  MEDLOCKER_REQUIRE_DATA(dataRoot);
  const fs::path root = dataRoot / "dicom" / "op-synthetic-headers";
  const std::string source =
      dicom::DicomImage(readFile(root / "OP_IDRiD_01_explicit_le.dcm"), "x").info().sopInstance;
  for (const char* name : {"SEG_IDRiD_01_binary_EX_HE_OD.dcm", "SEG_IDRiD_01_labelmap_EX_HE_OD.dcm",
                           "SEG_IDRiD_01_binary_EX_empty.dcm"}) {
    const dicom::Segmentation segmentation = dicom::readSegmentation(readFile(root / name), name);
    EXPECT_EQ(segmentation.sourceInstance, source) << name;
    ASSERT_EQ(segmentation.segments.size(), 3U) << name;
    const bool emptyExudates = std::string(name).find("EX_empty") != std::string::npos;
    const bool labelMap = std::string(name).find("labelmap") != std::string::npos;
    for (const dicom::Segment& segment : segmentation.segments) {
      const std::string code(toString(segment.kind));
      const MaskImage truth = readMask(root / ("truth_IDRiD_01_" + code + ".png"));
      const auto set = std::count(segment.mask.begin(), segment.mask.end(), 1);
      if (emptyExudates && segment.kind == LesionKind::HardExudate)
        EXPECT_EQ(set, 0);
      else if (!labelMap)
        EXPECT_EQ(segment.mask, truth.values) << name << " " << code;
      else  // a label map holds one segment a pixel: where masks overlap, one of them is cut
        EXPECT_GT(set, 0) << name << " " << code;
    }
  }
}

TEST(DicomSegmentation, WritesWhatItReadsBackAndWhatDciodvfyAccepts) {
  MEDLOCKER_REQUIRE_DATA(dataRoot);
  TempFolder folder;
  const Bytes source = readFile(dataRoot / "dicom" / "op-synthetic-headers" / "OP_IDRiD_01_explicit_le.dcm");
  const dicom::ImageInfo info = dicom::readImageInfo(source, "source");
  std::vector<dicom::Segment> segments(3);
  const LesionKind kinds[] = {LesionKind::Microaneurysm, LesionKind::OpticDisc, LesionKind::SoftExudate};
  for (std::size_t s = 0; s < segments.size(); ++s) {
    segments[s].number = static_cast<int>(s) + 1;
    segments[s].kind = kinds[s];
    segments[s].algorithmName = "unet-lesions";
    segments[s].algorithmVersion = "2.1";
    segments[s].mask.resize(static_cast<std::size_t>(info.width) * info.height);
    for (std::size_t i = 0; i < segments[s].mask.size(); ++i) segments[s].mask[i] = s < 2 && i % (7 + s) == 0;
  }
  const Bytes written =
      dicom::writeSegmentation(source, "source", info.width, info.height, segments, {.uidScope = "t"});
  const dicom::Segmentation back = dicom::readSegmentation(written, "written");
  EXPECT_EQ(back.sourceInstance, info.sopInstance);
  ASSERT_EQ(back.segments.size(), segments.size());
  for (std::size_t s = 0; s < segments.size(); ++s) {
    EXPECT_EQ(back.segments[s].mask, segments[s].mask);
    EXPECT_EQ(back.segments[s].kind, segments[s].kind);
    EXPECT_EQ(back.segments[s].algorithmName, "unet-lesions");
    EXPECT_EQ(back.segments[s].algorithmVersion, "2.1");
  }
  EXPECT_EQ(written,
            dicom::writeSegmentation(source, "source", info.width, info.height, segments, {.uidScope = "t"}));
  if (!isInstalled("dciodvfy")) GTEST_SKIP() << "dciodvfy (dicom3tools) is not installed";
  writeFileAtomically(folder / "seg.dcm", written);
  EXPECT_EQ(errorsOf(folder / "seg.dcm"), std::multiset<std::string>{});
  // Without a DICOM source, as for photographs in other formats.
  writeFileAtomically(folder / "plain.dcm", dicom::writeSegmentation({}, "a.png", info.width, info.height,
                                                                     segments, {.uidScope = "t"}));
  EXPECT_EQ(errorsOf(folder / "plain.dcm"), std::multiset<std::string>{});
}

}  // namespace
}  // namespace medlocker::data
