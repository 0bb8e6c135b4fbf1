// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "core/data/field_of_view.h"
#include "core/segmentation/protected_regions.h"
#include "tests/support/temp_folder.h"

namespace medlocker::segmentation {
namespace {

using data::Box;
using data::LesionKind;

void checkSet(const std::filesystem::path& folder, std::size_t expectedSamples) {
  const data::Manifest manifest = data::openDataset(folder);
  ASSERT_EQ(manifest.samples.size(), expectedSamples);
  for (const data::Sample& sample : manifest.samples) {
    SCOPED_TRACE(sample.id);
    const data::Image image = data::readSample(sample).image;
    const data::FieldOfView fov = data::detectFieldOfView(data::floatView(image));
    const ProtectedRegions regions = regionsOfSample(sample, fov);
    EXPECT_EQ(regions.source, BoxSource::Annotation);
    EXPECT_FALSE(regions.boxes.empty());
    ASSERT_EQ(regions.anatomy.size(), 1U);
    EXPECT_EQ(regions.anatomy[0].kind, LesionKind::OpticDisc);
    EXPECT_FALSE(fov.fallback);

    // Every marked pixel inside the frame is in the mask and in a box of either list.
    std::vector<std::uint8_t> wide(regions.lesionMask.size());
    std::vector<std::uint8_t> tight(regions.lesionMask.size());
    const auto fill = [&](std::vector<std::uint8_t>& map, const std::vector<ProtectedBox>& boxes) {
      for (const ProtectedBox& item : boxes) {
        EXPECT_EQ(data::intersect(item.box, fov.frame), item.box);
        for (int y = item.box.y0; y < item.box.y1; ++y)
          std::fill_n(map.begin() + static_cast<std::ptrdiff_t>(y) * regions.width + item.box.x0,
                      item.box.width(), 1);
      }
    };
    fill(wide, regions.boxes);
    fill(tight, regions.tightBoxes);
    std::int64_t marked = 0;
    std::int64_t missed = 0;
    for (const data::MaskRef& ref : sample.masks) {
      if (ref.kind == LesionKind::OpticDisc) continue;
      const data::MaskImage mask = data::readMask(ref.path);
      for (int y = fov.frame.y0; y < fov.frame.y1; ++y)
        for (int x = fov.frame.x0; x < fov.frame.x1; ++x) {
          const auto at = static_cast<std::size_t>(y) * static_cast<std::size_t>(regions.width) +
                          static_cast<std::size_t>(x);
          if (!mask.values[at]) continue;
          ++marked;
          missed += regions.lesionMask[at] && wide[at] && tight[at] ? 0 : 1;
        }
    }
    EXPECT_GT(marked, 0);
    EXPECT_EQ(missed, 0);
  }
}

TEST(RealRegions, CoverEveryMarkedPixelOfTheSmallSet) {
  MEDLOCKER_REQUIRE_DATA(dataRoot);
  checkSet(dataRoot / "idrid-seg-512", 36);
}

TEST(RealRegions, CoverEveryMarkedPixelAtNativeSize) {
  MEDLOCKER_REQUIRE_DATA(dataRoot);
  checkSet(dataRoot / "idrid-seg-native", 2);
}

}  // namespace
}  // namespace medlocker::segmentation
