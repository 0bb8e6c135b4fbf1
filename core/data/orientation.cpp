// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/orientation.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/common/error.h"

namespace medlocker::data {
namespace {

void check(int exif) {
  if (exif < 1 || exif > 8)
    throw Error(ErrorCode::InvalidArgument, "orientation " + std::to_string(exif) + " is not one of 1 to 8");
}

/// Maps a point of a width×height plane as `exif` asks; `Number` is double for positions and int for edges.
template <typename Number>
std::pair<Number, Number> moved(int exif, Number width, Number height, Number x, Number y) {
  switch (exif) {
    case 2:
      return {width - x, y};
    case 3:
      return {width - x, height - y};
    case 4:
      return {x, height - y};
    case 5:
      return {y, x};
    case 6:
      return {height - y, x};
    case 7:
      return {height - y, width - x};
    case 8:
      return {y, width - x};
    default:
      return {x, y};
  }
}

Box movedBox(int exif, int width, int height, const Box& box) {
  const auto [ax, ay] = moved<int>(exif, width, height, box.x0, box.y0);
  const auto [bx, by] = moved<int>(exif, width, height, box.x1, box.y1);
  return {std::min(ax, bx), std::min(ay, by), std::max(ax, bx), std::max(ay, by)};
}

/// Moves pixels of `pixelBytes` bytes.
void movePixels(const std::uint8_t* in, std::uint8_t* out, int width, int height, std::size_t pixelBytes,
                int exif) {
  const int outWidth = exif >= 5 ? height : width;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      // A pixel moves like the box it covers.
      const Box to = movedBox(exif, width, height, {x, y, x + 1, y + 1});
      std::memcpy(out + (static_cast<std::size_t>(to.y0) * outWidth + to.x0) * pixelBytes,
                  in + (static_cast<std::size_t>(y) * width + x) * pixelBytes, pixelBytes);
    }
}

}  // namespace

Orientation::Orientation(int exif, int storedWidth, int storedHeight)
    : exif_(exif), width_(storedWidth), height_(storedHeight) {
  check(exif);
}

Point Orientation::toDisplay(const Point& stored) const {
  const auto [x, y] = moved<double>(exif_, width_, height_, stored.x, stored.y);
  return {x, y};
}
Point Orientation::toStored(const Point& display) const {
  const auto [x, y] =
      moved<double>(inverseOrientation(exif_), displayWidth(), displayHeight(), display.x, display.y);
  return {x, y};
}
Box Orientation::toDisplay(const Box& stored) const {
  return movedBox(exif_, width_, height_, stored);
}
Box Orientation::toStored(const Box& display) const {
  return movedBox(inverseOrientation(exif_), displayWidth(), displayHeight(), display);
}

int inverseOrientation(int exif) {
  check(exif);
  if (exif == 6) return 8;
  if (exif == 8) return 6;
  return exif;
}

Image oriented(const Image& image, int exif) {
  check(exif);
  const bool swaps = exif >= 5;
  if (image.empty()) return image;
  Image out(swaps ? image.height() : image.width(), swaps ? image.width() : image.height(), image.channels(),
            image.bitsAllocated(), image.bits(), image.isSigned());
  const std::size_t sampleBytes = static_cast<std::size_t>(image.bitsAllocated()) / 8;
  movePixels(image.bytes().data(), out.bytes().data(), image.width(), image.height(),
             sampleBytes * static_cast<std::size_t>(image.channels()), exif);
  if (!image.alpha.empty()) {
    out.alpha.resize(image.alpha.size());
    movePixels(image.alpha.data(), out.alpha.data(), image.width(), image.height(), sampleBytes, exif);
  }
  out.metadata = image.metadata;
  out.metadata.orientation = 1;
  if (swaps) std::swap(out.metadata.dotsPerMetreX, out.metadata.dotsPerMetreY);
  return out;
}

Image inDisplayOrientation(Image image) {
  return image.metadata.orientation == 1 ? std::move(image) : oriented(image, image.metadata.orientation);
}

FloatImage oriented(const FloatImage& view, int exif) {
  check(exif);
  const bool swaps = exif >= 5;
  FloatImage out{swaps ? view.height : view.width, swaps ? view.width : view.height,
                 std::vector<float>(view.values.size())};
  movePixels(reinterpret_cast<const std::uint8_t*>(view.values.data()),
             reinterpret_cast<std::uint8_t*>(out.values.data()), view.width, view.height, 3 * sizeof(float),
             exif);
  return out;
}

std::vector<std::uint8_t> oriented(const std::vector<std::uint8_t>& mask, int width, int height, int exif) {
  check(exif);
  if (mask.size() != static_cast<std::size_t>(width) * height)
    throw Error(ErrorCode::InvalidArgument, "the mask's values do not fit its size");
  std::vector<std::uint8_t> out(mask.size());
  movePixels(mask.data(), out.data(), width, height, 1, exif);
  return out;
}

}  // namespace medlocker::data
