// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "core/common/resources.h"
#include "core/protect/logo.h"

namespace medlocker::protect {
namespace {

TEST(DefaultLogos, AreLoadedAndMostlyFilled) {
  for (const std::string_view name : {kDefaultLogo, kResearchUseOnlyLogo}) {
    const Logo logo = loadLogo(findLogo(std::string(name)));
    EXPECT_GT(logo.width, 400) << name;
    EXPECT_GT(logo.height, 400) << name;
    double matte = 0;
    double lightest = 0;
    double darkest = 1;
    const std::size_t pixels = static_cast<std::size_t>(logo.width) * logo.height;
    for (std::size_t i = 0; i < pixels; ++i) {
      const double* rgba = &logo.premultiplied[4 * i];
      matte += rgba[3];
      if (rgba[3] < 1) continue;
      const double brightness = (rgba[0] + rgba[1] + rgba[2]) / 3;
      lightest = std::max(lightest, brightness);
      darkest = std::min(darkest, brightness);
    }
    EXPECT_GT(matte / static_cast<double>(pixels), 0.6) << name;
    EXPECT_GT(lightest, 0.9) << "light and dark parts, so that it shows on any retina";
    EXPECT_LT(darkest, 0.3) << name;
  }
}

}  // namespace
}  // namespace medlocker::protect
