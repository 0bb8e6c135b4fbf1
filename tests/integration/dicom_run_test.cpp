// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "core/common/files.h"
#include "core/common/json.h"
#include "core/data/dicom/dicom_image.h"
#include "core/data/manifest.h"
#include "tests/support/process.h"
#include "tests/support/temp_folder.h"

namespace medlocker {
namespace {

namespace fs = std::filesystem;
using test::medlockerBinary;
using test::ProcessResult;
using test::runProcess;

/// Values of the two phi_header files that identify somebody (all invented).
constexpr const char* kIdentifying[] = {
    "Zo\xC3\xAB",        "Synthetic^Z", "MRN-0042-SYN",       "ALT-SYN-1", "1 Example Road", "+00 000 0000",
    "synthetic comment", "ACC-SYN-1",   "Example Eye Clinic", "Referrer^", "SYN-STATION",    "Operator^",
    "SN-SYN-1",          "19600101"};

void expectNothingIdentifying(const std::string& text, const std::string& where) {
  for (const char* value : kIdentifying)
    EXPECT_EQ(text.find(value), std::string::npos) << value << " in " << where;
}

std::vector<Digest> frameHashes(const fs::path& file) {
  const data::dicom::DicomImage dicom(readFile(file), file.filename().string());
  std::vector<Digest> hashes;
  for (std::uint32_t f = 0; f < dicom.info().frames; ++f)
    hashes.push_back(data::pixelHash(dicom.readFrame(f).image, f));
  return hashes;
}

TEST(DicomRun, ProtectsVerifiesAndRestoresASetWithoutNamingAnybody) {
  MEDLOCKER_REQUIRE_DATA(dataRoot);
  test::TempFolder folder;
  const fs::path set = folder / "set";
  fs::create_directories(set);
  std::vector<std::string> names;
  for (const fs::directory_entry& entry :
       fs::directory_iterator(dataRoot / "dicom" / "op-synthetic-headers")) {
    const std::string name = entry.path().filename().string();
    const bool wanted = name.find("phi_header") != std::string::npos || name.starts_with("OP_IDRiD_08") ||
                        name.starts_with("OP_IDRiD_09") || name.starts_with("OP_IDRiD_01_explicit") ||
                        name.starts_with("SEG_IDRiD_01_binary_EX_HE");
    if (!wanted) continue;
    fs::copy_file(entry.path(), set / name);
    if (name.starts_with("OP_")) names.push_back(name);
  }
  ASSERT_EQ(names.size(), 5U);
  fs::copy_file(dataRoot / "dicom" / "op-damaged" / "rows_too_large.dcm", set / "damaged.dcm");
  writeFileAtomically(set / "labels.csv",
                      std::string_view("image,diagnosis\nOP_IDRiD_04_phi_header.dcm,2\n"));

  ASSERT_EQ(runProcess({medlockerBinary(), "keygen", "--out", (folder / "keys").string(), "--no-passphrase"})
                .status,
            0);
  const fs::path run = folder / "run";
  const ProcessResult inspected = runProcess({medlockerBinary(), "inspect", set.string(), "--json"});
  expectNothingIdentifying(inspected.out + inspected.err, "inspect");
  const ProcessResult protect = runProcess(
      {medlockerBinary(), "protect", set.string(), "--logo",
       (fs::path(MEDLOCKER_SOURCE_DIR) / "resources/logos/medlocker.png").string(), "--key",
       (folder / "keys" / "owner.key").string(), "--mode", "random", "--out", run.string(), "--json"});
  ASSERT_EQ(protect.status, 5) << protect.out << protect.err;  // the damaged file is listed
  expectNothingIdentifying(protect.out + protect.err, "protect");
  EXPECT_NE(protect.out.find("a patient's name or ID"), std::string::npos);

  // Every frame is an item; the lesions of the segmentation stay free.
  const Json summary = parseJsonStrictly(readTextFile(run / "run.json")).at("summary");
  EXPECT_EQ(summary.at("items").size(), 6U);
  for (const Json& item : summary.at("items")) {
    EXPECT_EQ(item.at("status"), "WEAK") << item.dump();
    EXPECT_EQ(item.at("lesion_overlap_pixels"), 0);
    EXPECT_EQ(item.at("outside_max_abs_diff"), 0);
  }
  // Nothing but the pictures themselves carries what their headers say.
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(run))
    if (entry.is_regular_file() && entry.path().extension() != ".dcm")
      expectNothingIdentifying(asString(readFile(entry.path())), entry.path().filename().string());

  const data::Manifest copy = data::openDataset(run / "images");
  EXPECT_EQ(copy.layout, "dicom");
  EXPECT_EQ(copy.samples.size(), 6U);
  std::size_t masks = 0;
  for (const data::Sample& sample : copy.samples) masks += sample.masks.size();
  EXPECT_EQ(masks, 3U);

  const ProcessResult verify =
      runProcess({medlockerBinary(), "verify", (run / "certificate.json").string(), (run / "images").string(),
                  "--public-key", (folder / "keys" / "owner.pub").string()});
  EXPECT_EQ(verify.status, 0) << verify.out << verify.err;
  expectNothingIdentifying(verify.out + verify.err, "verify");

  // Protected once more: recognised, nothing is written.
  const ProcessResult again =
      runProcess({medlockerBinary(), "protect", (run / "images").string(), "--logo",
                  (fs::path(MEDLOCKER_SOURCE_DIR) / "resources/logos/medlocker.png").string(), "--key",
                  (folder / "keys" / "owner.key").string(), "--mode", "random", "--out",
                  (folder / "again").string(), "--json"});
  EXPECT_NE(again.out.find("\"SKIPPED\":6"), std::string::npos) << again.out << again.err;

  const ProcessResult restored =
      runProcess({medlockerBinary(), "restore", run.string(), "--grant", run.string(), "--key",
                  (folder / "keys" / "owner.key").string(), "--out", (folder / "back").string()});
  EXPECT_EQ(restored.status, 0) << restored.out << restored.err;
  expectNothingIdentifying(restored.out + restored.err, "restore");
  for (const std::string& name : names) {
    EXPECT_NE(frameHashes(run / "images" / name), frameHashes(set / name)) << name;
    EXPECT_EQ(frameHashes(folder / "back" / name), frameHashes(set / name)) << name;
  }
}

}  // namespace
}  // namespace medlocker
