// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "core/data/geometry.h"
#include "core/data/image.h"

namespace medlocker::data {

// Samples stay in stored orientation (spec 13.1); detection and the person work in display orientation. These
// functions carry positions and rasters between the two. `exif` is the EXIF orientation 1..8 of the stored
// picture: what must be done to it for display (1 nothing, 2 mirror left-right, 3 turn by 180°, 4 mirror
// top-bottom, 5 transpose, 6 turn clockwise by 90°, 7 transpose along the other diagonal, 8 turn
// counter-clockwise by 90°). Pure functions. Throw Error(InvalidArgument) for another number.

/// A position in pixels; pixel (i,j) covers [i,i+1)×[j,j+1), its centre is (i+0.5, j+0.5).
struct Point {
  double x = 0;
  double y = 0;
  bool operator==(const Point&) const = default;
};

/// One stored picture's size and orientation, and the way there and back.
class Orientation {
 public:
  Orientation(int exif, int storedWidth, int storedHeight);

  int displayWidth() const { return swapsAxes() ? height_ : width_; }
  int displayHeight() const { return swapsAxes() ? width_ : height_; }
  bool swapsAxes() const { return exif_ >= 5; }
  bool isIdentity() const { return exif_ == 1; }

  Point toDisplay(const Point& stored) const;
  Point toStored(const Point& display) const;
  Box toDisplay(const Box& stored) const;
  Box toStored(const Box& display) const;

 private:
  int exif_;
  int width_;
  int height_;
};

/// The orientation that undoes `exif`: 6 and 8 undo each other, all others undo themselves.
int inverseOrientation(int exif);

/// The raster as `exif` asks for it. Stored to display: oriented(stored, exif); back: oriented(display,
/// inverseOrientation(exif)). An Image keeps alpha and metadata, with the resolution's axes swapped where the
/// picture's are, and orientation 1.
Image oriented(const Image& image, int exif);
/// The picture as its own tag asks to see it; the tag becomes 1.
Image inDisplayOrientation(Image image);
FloatImage oriented(const FloatImage& view, int exif);
/// width*height values, row-major.
std::vector<std::uint8_t> oriented(const std::vector<std::uint8_t>& mask, int width, int height, int exif);

}  // namespace medlocker::data
