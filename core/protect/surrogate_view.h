// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/data/field_of_view.h"
#include "core/data/image.h"
#include "core/data/preprocess.h"
#include "core/protect/compositor.h"
#include "core/protect/logo.h"
#include "core/protect/tile_placement.h"
#include "core/protect/tile_recipe.h"

namespace medlocker::protect {

/// The float search path (spec 3.1, 7): how one photograph with a logo looks to a model. The resized
/// photograph is computed once; a candidate then only changes the pixels under its logo, at the model's own
/// resolution. Nothing of source size is touched per candidate. Float composition differs from the files'
/// integer composition by rounding and by averaging opacity and image apart; the result is therefore always
/// confirmed on the real file (verify_native).

/// A candidate position: corner of the tile in native pixels of the image, and opacity code.
struct NativePlacement {
  double x = 0;
  double y = 0;
  int alphaCode = 0;
};

/// The logos of one candidate.
using PlacementSet = std::vector<NativePlacement>;

/// Colour shifts over a logo's box on a small grid, bilinear between the cell centres and constant beyond
/// them.
struct ColourField {
  int width = 0;
  int height = 0;
  std::vector<double> values;  ///< width*height*3

  double at(const GridWeights& x, const GridWeights& y, std::size_t channel) const;
};

/// A rendered tile prepared for float compositing in [0,1]. Immutable; thread-safe.
class FloatTile {
 public:
  /// `grey`: the image has one channel, so the logo becomes its luma.
  FloatTile(const LogoTile& tile, OpacityLaw law, bool grey);

  int width() const { return width_; }
  int height() const { return height_; }
  OpacityLaw law() const { return law_; }
  /// Every opacity is α times that at α = 1.
  bool scalesWithAlpha() const { return law_ == OpacityLaw::Matte && core_.empty(); }
  /// a·c and a at the tile's own resolution: width*height*4. Where it scales with α: for α = 1.
  std::vector<float> premultiplied(int alphaCode) const;
  /// ᾱ: mean of a over the pixels with matte > 0.
  double meanOpacity(int alphaCode) const;
  std::int64_t supportArea() const { return supportArea_; }
  /// Area-averaged to the given size, for differentiable placement.
  TileTexture texture(int width, int height) const;

 private:
  int width_;
  int height_;
  OpacityLaw law_;
  std::vector<float> colour_;  // straight, width*height*3
  std::vector<float> matte_;
  std::vector<float> lumaMatte_;
  std::vector<std::uint8_t> core_;
  std::int64_t supportArea_ = 0;
};

/// The photograph in the geometry of a profile, before what the profile does to its values (SurrogateView's
/// `finish`): 1×3×n×n float32 on the CPU.
at::Tensor profileGeometry(const data::FloatImage& view, const data::FieldOfView& fov,
                           data::PreprocessProfile profile, int side);

/// One photograph as one model input: profile geometry and side fixed. The tile must outlive the view.
/// Composing is thread-safe; composeSoft and softGradients are not.
class SurrogateView {
 public:
  SurrogateView(const data::FloatImage& view, const data::FieldOfView& fov, data::PreprocessProfile profile,
                int side, const FloatTile& tile);

  int side() const { return side_; }
  data::PreprocessProfile profile() const { return profile_; }

  /// The photograph without a logo in the profile's geometry, before `finish`: 1×3×n×n float32 on the CPU.
  const at::Tensor& clean() const { return clean_; }

  /// N×3×n×n float32 on the CPU: the photograph with the logo at each placement, before `finish`.
  at::Tensor compose(std::span<const NativePlacement> placements) const;
  /// The same with several logos in each picture, laid one after another.
  at::Tensor composeSets(std::span<const PlacementSet> sets) const;

  /// The same between the pixels (spec 7.5), over `base` (1×3×n×n: the photograph, perhaps with other
  /// logos); slower, about one texel per model pixel. Corners in native pixels.
  at::Tensor composeSoft(const at::Tensor& base, std::span<const SoftPlacement> placements) const;
  /// Derivatives of a function of composeSoft's result, per native pixel and unit of opacity. `upstream`:
  /// derivative by that result, N×3×n×n float32 on the CPU.
  std::vector<SoftGradient> softGradients(const at::Tensor& base, const at::Tensor& upstream,
                                          std::span<const SoftPlacement> placements) const;

  /// 1×3×n×n: the photograph with logos whose supports do not overlap and whose colours are moved by `shift`
  /// (a field over the logo, in 0..1 colour units, clamped with the colours).
  at::Tensor composeShifted(std::span<const NativePlacement> placements, const ColourField& shift) const;
  /// Adds the derivative by the field's values to `gradient`. `upstream`: by composeShifted's result.
  void shiftGradient(const at::Tensor& upstream, std::span<const NativePlacement> placements,
                     const ColourField& shift, std::vector<double>& gradient) const;

  /// From now on with this tile, which must outlive the view.
  void setTile(const FloatTile& tile);

  /// What the profile does after its geometry: nothing (squash, pad, circle), subtraction of the local mean,
  /// or local histogram equalisation (computed on the CPU; gradient straight through). Range [0,1].
  at::Tensor finish(const at::Tensor& images) const { return finishProfile(images, profile_); }
  static at::Tensor finishProfile(const at::Tensor& images, data::PreprocessProfile profile);

 private:
  struct Axis {  ///< native coordinate along one axis → model pixels
    double scale = 1;
    double offset = 0;  ///< model coordinate of the frame's edge
    int frameStart = 0;
    int frameExtent = 0;
  };
  struct Taps;
  struct Reduced;

  Reduced reduce(int alphaCode) const;
  Taps taps(const Axis& axis, double corner, int tileExtent, int reducedExtent) const;
  const TilePlacer& placer() const;
  SoftPlacement onCanvas(const SoftPlacement& native) const;
  TilePlacer shiftedPlacer(const ColourField& shift) const;
  const float* visible() const { return coverage_.empty() ? nullptr : coverage_.data(); }
  void composeOne(float* planes, const NativePlacement& placement, const Reduced& tile) const;

  data::PreprocessProfile profile_;
  int side_;
  const FloatTile* tile_;
  Axis across_;
  Axis down_;
  at::Tensor clean_;
  std::shared_ptr<const Reduced> matteTile_;          // where opacities scale with α: for α = 1
  mutable std::shared_ptr<const TilePlacer> placer_;  // made at the first gradient; one search owns a view
  std::vector<float> coverage_;  // n*n share of each pixel inside the inscribed circle; empty: everywhere 1
};

}  // namespace medlocker::protect
