// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/data/field_of_view.h"
#include "core/data/image.h"
#include "core/segmentation/protected_regions.h"

namespace medlocker::protect {

/// Largest covered share of the field of view without consent (spec 9.4).
inline constexpr double kCoverageLimit = 0.085;

/// What the watermark did to the picture (spec 9.3). Fractions are 0..1; sample differences are relative to
/// the display window, hi − lo.
struct VisibilityMetrics {
  double coveredFieldOfView = 0;  ///< support ∩ F over the area of F
  double meanOpacity = 0;         ///< ᾱ over the support; filled in by the caller, who knows the opacities
  std::optional<double> psnr;     ///< dB over the analysis frame; empty: identical
  double ssim = 1;                ///< mean over the analysis frame
  double ssimLesionBoxes = 1;     ///< lowest mean over any lesion box; 1 when there is none
  double meanAbsoluteChange = 0;  ///< inside the support
  double legibility = 0;          ///< below 1 the logo is hardly readable
  std::int64_t supportPixels = 0;
  std::int64_t lesionOverlapPixels = 0;  ///< G2: must be 0
  std::optional<double>
      lesionDistance;  ///< px from the support to the nearest lesion pixel; empty: no lesion known
  std::optional<double> lesionDistanceDiscs;  ///< the same in disc diameters, when the disc is known
  std::int64_t outsideMaxDifference = 0;  ///< G1: largest sample difference outside the support, must be 0
};

/// Mean SSIM of two luminance pictures in 0..1 over the windows that lie inside (constants as below);
/// pictures smaller than a window are compared with windows that reach beyond them, mirrored.
double meanSsim(const std::vector<double>& a, const std::vector<double>& b, int width, int height);

/// Compares the two images. `support`: W*H, 1 where the logo has A > 0. SSIM: luminance, 11×11 Gaussian of
/// σ 1.5, K1 0.01, K2 0.03, windows fully inside the frame; computed only where a window meets a change,
/// since it is exactly 1 elsewhere. Deterministic; thread-safe. Throws Error(InvalidArgument) for mismatched
/// sizes.
VisibilityMetrics measureVisibility(const data::Image& original, const data::Image& protectedImage,
                                    const data::ValueWindow& window, const data::FieldOfView& fov,
                                    const std::vector<std::uint8_t>& support,
                                    const segmentation::ProtectedRegions& regions);

}  // namespace medlocker::protect
