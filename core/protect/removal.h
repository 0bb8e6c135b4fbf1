// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/data/field_of_view.h"
#include "core/data/geometry.h"
#include "core/data/image.h"
#include "core/protect/compositor.h"
#include "core/protect/logo.h"

/// Attempts to get rid of the logo (spec 10.5), so that their success can be measured and published. Views
/// are floats in 0..1 as models see them. Free functions without state: thread-safe, deterministic for one
/// version of OpenCV. Sizes that do not fit throw Error(InvalidArgument).
namespace medlocker::protect {

/// Pixels of W*H that are 1, grown by `pixels` in every direction (square neighbourhood).
std::vector<std::uint8_t> dilateMask(const std::vector<std::uint8_t>& mask, int width, int height,
                                     int pixels);

/// The boxes become black.
data::FloatImage blackOut(const data::FloatImage& view, const std::vector<data::Box>& boxes);

/// The boxes become the mean colour of the field of view outside them.
data::FloatImage fillWithMean(const data::FloatImage& view, const std::vector<data::Box>& boxes,
                              const data::FieldOfView& fov);

enum class InpaintMethod { NavierStokes, FastMarching };
inline constexpr double kInpaintRadius = 5;  ///< pixels
inline constexpr int kInpaintDilation = 3;   ///< pixels by which the mask is grown
/// Inpaints where `mask` is 1; in 8 bits, as the tools that do it are.
data::FloatImage inpaint(const data::FloatImage& view, const std::vector<std::uint8_t>& mask,
                         InpaintMethod method, double radius = kInpaintRadius);

/// The known-parameter inverse (3.3) of every tile, last one first; fully opaque pixels stay as they are.
data::Image reverseBlend(const data::Image& marked, const std::vector<PlacedTile>& tiles, OpacityLaw law);

/// The same by somebody who knows places and colours, and takes each logo's opacity for constant: the mean
/// over its support.
data::Image reverseConstantBlend(const data::Image& marked, const std::vector<PlacedTile>& tiles,
                                 OpacityLaw law);

/// Where somebody who has the clean logo file alone believes it is.
struct LogoGuess {
  data::Box box;
  double opacity = 0;  ///< by least squares against the smooth surroundings
  double score = 0;    ///< normalised cross-correlation
};
/// Tries the clean logo at the sizes 1/8 … 2/3 of the frame everywhere in it. Empty where the logo fits in
/// nowhere.
std::optional<LogoGuess> locateLogo(const data::FloatImage& view, const data::FieldOfView& fov,
                                    const Logo& logo);
/// Inverts the blend with the guess.
data::FloatImage reverseGuess(const data::FloatImage& view, const Logo& logo, const LogoGuess& guess);

/// A logo estimated from many marked images whose logo boxes are known: median of the gradients, integrated,
/// with the opacity from how much less the images differ under the logo than around it (after T. Dekel et
/// al., On the Effectiveness of Visible Watermarks, CVPR 2017). Not thread-safe while adding.
class MultiImageEstimate {
 public:
  /// `box` must lie in the view.
  void add(const data::FloatImage& view, const data::Box& box);
  std::size_t images() const { return crops_.size(); }
  /// Call once, after the last add(); needs at least 3 images.
  void estimate();
  /// Removes the estimated logo from a box.
  data::FloatImage remove(const data::FloatImage& view, const data::Box& box) const;

 private:
  std::vector<std::vector<float>> crops_;  ///< kSide*kSide*3 each
  std::vector<float> opacity_;             ///< kSide*kSide
  std::vector<float> colour_;              ///< opacity times colour, kSide*kSide*3
};

inline constexpr std::size_t kMultiImageFiles = 50;  ///< fewer files make the estimate weaker than intended

}  // namespace medlocker::protect
