// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
// Real fundus photographs and their lesion masks.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "core/data/field_of_view.h"
#include "core/data/image_io.h"
#include "core/data/preprocess.h"
#include "core/data/working_frame.h"
#include "tests/support/temp_folder.h"

namespace medlocker::data {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> filesBelow(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && isImageExtension(entry.path())) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

bool isMask(const fs::path& path) {
  return path.string().find("Groundtruths") != std::string::npos;
}

struct Size {
  int width;
  int height;
};

/// Checks every photograph below the folder; the sizes by stem, for the masks.
std::map<std::string, Size> checkPhotographs(const fs::path& folder, std::size_t expectedCount) {
  std::map<std::string, Size> sizes;
  for (const fs::path& path : filesBelow(folder)) {
    if (isMask(path)) continue;
    SCOPED_TRACE(path.filename().string());
    const Image image = readImage(path).image;
    const FloatImage view = floatView(image);
    const FieldOfView fov = detectFieldOfView(view);
    EXPECT_FALSE(fov.fallback);
    EXPECT_GT(static_cast<double>(fov.area), 0.3 * image.width() * image.height());
    EXPECT_EQ(fov.area, std::count(fov.mask.begin(), fov.mask.end(), 1));
    const WorkingFrame frame = makeWorkingFrame(view, fov);
    EXPECT_EQ(std::min(frame.width, frame.height),
              std::min(448, std::min(fov.frame.width(), fov.frame.height())));
    sizes[path.stem().string()] = {image.width(), image.height()};
  }
  EXPECT_EQ(sizes.size(), expectedCount);
  return sizes;
}

/// Checks every mask below the folder against the size of its photograph; the number of masks.
std::size_t checkMasks(const fs::path& folder, const std::map<std::string, Size>& sizes) {
  std::size_t count = 0;
  for (const fs::path& path : filesBelow(folder)) {
    if (!isMask(path)) continue;
    SCOPED_TRACE(path.filename().string());
    const MaskImage mask = readMask(path);
    const std::string stem = path.stem().string();
    const auto size = sizes.find(stem.substr(0, stem.rfind('_')));
    if (size == sizes.end()) {
      ADD_FAILURE() << "no photograph";
      continue;
    }
    EXPECT_EQ(mask.width, size->second.width);
    EXPECT_EQ(mask.height, size->second.height);
    EXPECT_THAT(mask.notices, ::testing::IsEmpty()) << "these masks are exactly two-valued";
    const auto marked = std::count(mask.values.begin(), mask.values.end(), 1);
    EXPECT_GE(marked, 14) << "the smallest lesion mask of these sets has 14 pixels at 512 px";
    EXPECT_LT(marked, static_cast<std::int64_t>(mask.values.size()) / 5);
    ++count;
  }
  return count;
}

TEST(RealFundus, SegmentationSetAt512) {
  MEDLOCKER_REQUIRE_DATA(data);
  const auto sizes = checkPhotographs(data / "idrid-seg-512", 36);
  EXPECT_EQ(checkMasks(data / "idrid-seg-512", sizes), 4U * 36 + 15);
}

TEST(RealFundus, SegmentationSetAtNativeSize) {
  MEDLOCKER_REQUIRE_DATA(data);
  const auto sizes = checkPhotographs(data / "idrid-seg-native", 2);
  EXPECT_EQ(checkMasks(data / "idrid-seg-native", sizes), 6U);
}

TEST(RealFundus, TwoClassFolders) {
  MEDLOCKER_REQUIRE_DATA(data);
  checkPhotographs(data / "two-class-folders-512", 95);
}

// The native masks are 1-bit palettes with a dark red mark; the other set holds the same lesions at 512 px.
// Both must show about the same share of lesion inside the retina (its README gives an overlap of 0.76 to
// 0.93).
TEST(RealFundus, NativeAndReducedMasksAgreeInArea) {
  MEDLOCKER_REQUIRE_DATA(data);
  const auto maskShare = [&](const char* set, const std::string& suffix) {
    for (const fs::path& path : filesBelow(data / set))
      if (isMask(path) && path.stem().string() == suffix) {
        const MaskImage mask = readMask(path);
        return static_cast<double>(std::count(mask.values.begin(), mask.values.end(), 1));
      }
    return 0.0;
  };
  const auto retina = [&](const char* set, const std::string& stem) {
    for (const fs::path& path : filesBelow(data / set))
      if (!isMask(path) && path.stem().string() == stem)
        return static_cast<double>(detectFieldOfView(floatView(readImage(path).image)).area);
    return 0.0;
  };
  for (const std::string stem : {"IDRiD_01", "IDRiD_03"})
    for (const std::string kind : {"_HE", "_EX", "_OD"}) {
      const double native = maskShare("idrid-seg-native", stem + kind) / retina("idrid-seg-native", stem);
      const double reduced = maskShare("idrid-seg-512", stem + kind) / retina("idrid-seg-512", stem);
      EXPECT_GT(native, 0) << stem << kind;
      EXPECT_NEAR(reduced / native, 1, 0.35) << stem << kind;
    }
}

}  // namespace
}  // namespace medlocker::data
