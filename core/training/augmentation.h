// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/common/json_fields.h"
#include "core/common/random.h"

namespace medlocker::training {

/// Random changes of training images. 0 or false switches a part off; all off = images as they are.
struct AugmentOptions {
  bool horizontalFlip = false;
  bool verticalFlip = false;
  double rotationDegrees = 0;  ///< uniform in ±this, about the centre
  double scale = 0;            ///< zoom factor uniform in [1-this, 1+this]
  double translation = 0;      ///< shift per axis uniform in ± this fraction of the side
  int cropPadding = 0;    ///< zero padding in input pixels, then a random crop: an integer shift in ±this
  double brightness = 0;  ///< factor uniform in [1-this, 1+this]
  double contrast = 0;    ///< the same, about the image's mean luma
  double saturation = 0;  ///< the same, about the pixel's luma
  double colourCast = 0;  ///< the same, for each channel alone (camera and lamp differ between clinics)

  bool any() const;
  std::vector<OptionIssue> validate() const;
  bool operator==(const AugmentOptions&) const = default;
};

/// none; fundus (flips, small rotation, scale, shift, exposure and colour); cifar (padding 4 and crop,
/// horizontal flip). Throws Error(InvalidArgument) for another name.
AugmentOptions augmentPreset(std::string_view name);

/// What happens to one image.
struct AugmentDraw {
  bool flipX = false;
  bool flipY = false;
  double angle = 0;   ///< radians
  double zoom = 1;    ///< above 1: objects appear larger
  double shiftX = 0;  ///< fractions of the side; positive moves the content right and down
  double shiftY = 0;
  int cropX = 0;  ///< further shift in whole output pixels
  int cropY = 0;
  double brightness = 1;
  double contrast = 1;
  double saturation = 1;
  std::array<double, 3> cast{1, 1, 1};
};

/// Always takes the same number of values from the stream, so switching one part off leaves the others as
/// they were.
AugmentDraw drawAugmentation(const AugmentOptions& options, RandomStream& stream);

/// Stream of one draw: depends on the seed, epoch, item and repetition alone, never on the batch or thread.
RandomStream augmentationStream(std::uint64_t seed, int epoch, std::int64_t item, std::int64_t repetition);

/// Renders one image: geometry by inverse bilinear mapping (pixel centres, black outside), then colour, in
/// one pass. `source`: side×side×3 bytes; `out`: outSide×outSide×3 floats in [0,1]. An identity draw at equal
/// sizes gives value/255 exactly. The mapping equals torch's affine_grid + grid_sample (align_corners=false);
/// it is done here so that loader threads need neither torch's own thread pool nor an intermediate float
/// image. Thread-safe.
void renderAugmented(std::span<const std::uint8_t> source, int side, const AugmentDraw& draw,
                     std::span<float> out, int outSide);

template <typename Visitor, typename Self>
requires std::same_as<std::remove_const_t<Self>, AugmentOptions>
void describe(Visitor& visit, Self& options) {
  visit("horizontal_flip", options.horizontalFlip);
  visit("vertical_flip", options.verticalFlip);
  visit("rotation_degrees", options.rotationDegrees);
  visit("scale", options.scale);
  visit("translation", options.translation);
  visit("crop_padding", options.cropPadding);
  visit("brightness", options.brightness);
  visit("contrast", options.contrast);
  visit("saturation", options.saturation);
  visit("colour_cast", options.colourCast);
}

}  // namespace medlocker::training
