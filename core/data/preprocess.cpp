// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/preprocess.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "core/common/error.h"
#include "core/data/orientation.h"
#include "core/data/resample.h"

namespace medlocker::data {
namespace {

constexpr std::array<std::pair<PreprocessProfile, std::string_view>, 5> kNames = {
    {{PreprocessProfile::Squash, "squash"},
     {PreprocessProfile::Pad, "pad"},
     {PreprocessProfile::Circle, "circle"},
     {PreprocessProfile::LocalMean, "localmean"},
     {PreprocessProfile::Clahe, "clahe"}}};

constexpr double kBlurPerRadius = 1.0 / 30;
constexpr float kLocalMeanGain = 4;
constexpr double kClaheClip = 2.0;
constexpr int kClaheTiles = 8;

/// A square around the frame, the frame in its middle (an odd remainder goes to the right or below).
Box squareAround(const Box& frame) {
  const int side = std::max(frame.width(), frame.height());
  const int x0 = frame.x0 - (side - frame.width()) / 2;
  const int y0 = frame.y0 - (side - frame.height()) / 2;
  return {x0, y0, x0 + side, y0 + side};
}

/// What pads the frame to a square must be 0 even where the photograph goes on, so rows and columns outside
/// the frame are masked.
FloatImage padded(const FloatImage& view, const Box& frame, int side) {
  const Box square = squareAround(frame);
  const Box inner = {frame.x0 - square.x0, frame.y0 - square.y0, frame.x1 - square.x0, frame.y1 - square.y0};
  return resizeRegion(view, square, side, side, [&](int y) {
    return y >= inner.y0 && y < inner.y1 ? RowSpan{inner.x0, inner.x1} : RowSpan{};
  });
}

FloatImage circled(const FloatImage& view, const Box& frame, int side) {
  // Doubled coordinates keep the test "pixel centre inside the inscribed circle" in integers.
  const std::int64_t width = frame.width();
  const std::int64_t height = frame.height();
  const std::int64_t diameter = std::min(width, height);
  return resizeRegion(view, frame, side, side, [=](int y) {
    const std::int64_t dy = 2 * static_cast<std::int64_t>(y) + 1 - height;
    const std::int64_t room = diameter * diameter - dy * dy;
    if (room < 0) return RowSpan{};
    const auto inside = [&](std::int64_t x) { return (2 * x + 1 - width) * (2 * x + 1 - width) <= room; };
    const double half = std::sqrt(static_cast<double>(room));
    auto first = static_cast<std::int64_t>(std::floor((static_cast<double>(width) - 1 - half) / 2));
    while (first < width && !inside(first)) ++first;
    if (first >= width) return RowSpan{};
    return RowSpan{static_cast<int>(first), static_cast<int>(width - first)};  // symmetric
  });
}

cv::Mat3f matOf(FloatImage& image) {
  return cv::Mat3f(image.height, image.width, reinterpret_cast<cv::Vec3f*>(image.values.data()));
}

void subtractLocalMean(FloatImage& image) {
  const double radius = image.width / 2.0;
  cv::Mat3f pixels = matOf(image);
  cv::Mat3f mean;
  cv::GaussianBlur(pixels, mean, {0, 0}, radius * kBlurPerRadius);
  const auto* blurred = reinterpret_cast<const float*>(mean.data);
  for (std::size_t i = 0; i < image.values.size(); ++i)
    image.values[i] = kLocalMeanGain * image.values[i] - kLocalMeanGain * blurred[i] + 0.5F;
}

/// On L of CIE L*a*b*, which the equaliser needs in 8 bits; a and b stay in float.
void equaliseLuminance(FloatImage& image) {
  cv::Mat3f pixels = matOf(image);
  cv::Mat3f lab;
  cv::cvtColor(pixels, lab, cv::COLOR_RGB2Lab);
  cv::Mat1f lightness;
  cv::extractChannel(lab, lightness, 0);
  cv::Mat1b codes;
  lightness.convertTo(codes, CV_8U, 255.0 / 100);
  cv::createCLAHE(kClaheClip, {kClaheTiles, kClaheTiles})->apply(codes, codes);
  codes.convertTo(lightness, CV_32F, 100.0 / 255);
  cv::insertChannel(lightness, lab, 0);
  cv::cvtColor(lab, pixels, cv::COLOR_Lab2RGB);
}

}  // namespace

std::string_view toString(PreprocessProfile profile) {
  for (const auto& [value, name] : kNames)
    if (value == profile) return name;
  return "unknown";
}

PreprocessProfile parsePreprocessProfile(std::string_view name) {
  for (const auto& [value, known] : kNames)
    if (known == name) return value;
  throw Error(ErrorCode::InvalidArgument, "unknown preprocessing profile '" + std::string(name) +
                                              "'; known: squash pad circle localmean clahe");
}

FloatImage preprocess(const FloatImage& view, const FieldOfView& fov, PreprocessProfile profile, int side) {
  if (side < 1) throw Error(ErrorCode::InvalidArgument, "the model's input side must be at least 1");
  if (fov.width != view.width || fov.height != view.height)
    throw Error(ErrorCode::InvalidArgument, "the field of view belongs to an image of another size");
  const Box frame = intersect(fov.frame, {0, 0, view.width, view.height});
  FloatImage out;
  switch (profile) {
    case PreprocessProfile::Squash:
      out = resizeRegion(view, frame, side, side);
      break;
    case PreprocessProfile::Pad:
      out = padded(view, frame, side);
      break;
    case PreprocessProfile::Circle:
      out = circled(view, frame, side);
      break;
    case PreprocessProfile::LocalMean:
      out = circled(view, frame, side);
      subtractLocalMean(out);
      break;
    case PreprocessProfile::Clahe:
      out = resizeRegion(view, frame, side, side);
      equaliseLuminance(out);
      break;
  }
  for (float& value : out.values) value = std::clamp(value, 0.F, 1.F);
  return out;
}

FloatImage preprocess(const Image& image, PreprocessProfile profile, int side) {
  const bool upright = image.metadata.orientation == 1;
  const FloatImage view = upright ? floatView(image) : oriented(floatView(image), image.metadata.orientation);
  return preprocess(view, detectFieldOfView(view), profile, side);
}

}  // namespace medlocker::data
