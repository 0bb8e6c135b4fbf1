// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "core/common/files.h"
#include "core/common/json.h"
#include "core/data/image_io.h"
#include "core/data/jpeg_blocks.h"
#include "tests/support/process.h"
#include "tests/support/temp_folder.h"

namespace medlocker {
namespace {

namespace fs = std::filesystem;
using test::medlockerBinary;
using test::ProcessResult;
using test::runProcess;

class JpegRun : public ::testing::TestWithParam<const char*> {};

TEST_P(JpegRun, StaysJpegAndComesBackByteForByte) {
  MEDLOCKER_REQUIRE_DATA(dataRoot);
  test::TempFolder folder;
  const fs::path set = folder / "set";
  fs::create_directories(set);
  for (const char* name : {"gray", "progressive", "exif_orientation6"})
    fs::copy_file(dataRoot / "formats" / ("IDRiD_06_" + std::string(name) + ".jpg"),
                  set / (std::string(name) + ".jpg"));
  ASSERT_EQ(runProcess({medlockerBinary(), "keygen", "--out", (folder / "keys").string(), "--no-passphrase"})
                .status,
            0);
  const std::string key = (folder / "keys" / "owner.key").string();
  const fs::path run = folder / "run";
  const ProcessResult protect =
      runProcess({medlockerBinary(), "protect", set.string(), "--logo",
                  (fs::path(MEDLOCKER_SOURCE_DIR) / "resources/logos/medlocker.png").string(), "--key", key,
                  "--mode", "random", "--jpeg", GetParam(), "--out", run.string(), "--json"});
  ASSERT_EQ(protect.status, 0) << protect.out << protect.err;

  int kept = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(set)) {
    const fs::path file = run / "images" / entry.path().filename();
    ASSERT_TRUE(fs::exists(file)) << file;
    const Bytes marked = readFile(file);
    const data::DecodedImage decoded = data::decodeImage(marked, file.string());
    EXPECT_EQ(decoded.format, data::FileFormat::Jpeg);
    EXPECT_TRUE(decoded.image.metadata.protectedNote.starts_with(data::kProtectedNotePrefix));
    if (std::string(GetParam()) != "blocks") continue;
    // Far fewer coefficients differ than a new compression would change: the logo covers a sixteenth.
    const data::JpegCoefficients before = data::readJpegCoefficients(readFile(entry.path()), "a");
    const data::JpegCoefficients after = data::readJpegCoefficients(marked, "b");
    std::size_t blocks = 0;
    std::size_t changed = 0;
    for (std::size_t c = 0; c < before.components.size(); ++c)
      for (std::size_t i = 0; i < before.components[c].values.size(); i += 64) {
        ++blocks;
        changed += !std::equal(before.components[c].values.begin() + static_cast<std::ptrdiff_t>(i),
                               before.components[c].values.begin() + static_cast<std::ptrdiff_t>(i) + 64,
                               after.components[c].values.begin() + static_cast<std::ptrdiff_t>(i));
      }
    EXPECT_GT(changed, 0U);
    EXPECT_LT(changed * 6, blocks) << entry.path().filename();
    ++kept;
  }
  EXPECT_EQ(kept, std::string(GetParam()) == "blocks" ? 3 : 0);

  EXPECT_EQ(runProcess({medlockerBinary(), "verify", (run / "certificate.json").string(),
                        (run / "images").string(), "--public-key", (folder / "keys" / "owner.pub").string()})
                .status,
            0);
  const ProcessResult restored =
      runProcess({medlockerBinary(), "restore", run.string(), "--grant", run.string(), "--key", key, "--out",
                  (folder / "back").string()});
  EXPECT_EQ(restored.status, 0) << restored.out << restored.err;
  for (const fs::directory_entry& entry : fs::directory_iterator(set))
    EXPECT_EQ(readFile(folder / "back" / entry.path().filename().string()), readFile(entry.path()))
        << entry.path().filename();
}

INSTANTIATE_TEST_SUITE_P(Kinds, JpegRun, ::testing::Values("keep", "blocks"),
                         [](const auto& kind) { return std::string(kind.param); });

}  // namespace
}  // namespace medlocker
