// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/data/image.h"
#include "core/data/preprocess.h"

/// What happens to shared pictures before a model sees them (spec 10.4, adversary T1). Fixed settings, so
/// there is nothing to draw and results repeat. Thread-safe.
namespace medlocker::audit {

struct RobustnessCase {
  enum class Kind {
    Identity,
    Jpeg,        ///< value: quality
    Scale,       ///< value: factor of both sides
    CentreCrop,  ///< value: kept share of both sides of the lit frame
    Blur,        ///< value: sigma in pixels of the file
    Median,      ///< value: side of the window in pixels of the file
    Brightness,  ///< value: factor
    Contrast,    ///< value: factor about the mean of the lit frame
    Gamma,       ///< value: exponent
    Profile,     ///< another preprocessing than the model's own
    FlipHorizontal,
    FlipVertical,
    TenViews,  ///< four corners, the middle, and all five mirrored; mean probability
  };
  std::string name;  ///< for example "jpeg-75"
  Kind kind = Kind::Identity;
  double value = 0;
  std::optional<data::PreprocessProfile> profile;  ///< for Kind::Profile
};

/// The table of 10.4, the identity first.
std::vector<RobustnessCase> robustnessCases();

/// The pictures a model is shown in place of `view`: ten for TenViews, else one.
std::vector<data::FloatImage> applyRobustness(const RobustnessCase& robustness, const data::FloatImage& view,
                                              const data::Box& litFrame);

}  // namespace medlocker::audit
