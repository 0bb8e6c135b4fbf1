// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/visibility.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "core/common/error.h"
#include "core/protect/compositor.h"

namespace medlocker::protect {
namespace {

constexpr int kSsimRadius = 5;
constexpr double kSsimSigma = 1.5;
constexpr double kC1 = 0.01 * 0.01;  // the dynamic range is 1 after division by the window
constexpr double kC2 = 0.03 * 0.03;
constexpr double kRing = 0.15;  // surround of the logo for legibility, in shares of its size

/// Luminance over the window, not clamped: SSIM and PSNR must see every change.
cv::Mat1d luminance(const data::Image& image, const data::Box& box, const data::ValueWindow& window) {
  cv::Mat1d out(box.height(), box.width());
  const double scale = 1.0 / (window.hi - window.lo);
  for (int y = box.y0; y < box.y1; ++y)
    for (int x = box.x0; x < box.x1; ++x) {
      const double value = image.channels() == 1
                               ? image.sample(x, y, 0)
                               : 0.2126 * image.sample(x, y, 0) + 0.7152 * image.sample(x, y, 1) +
                                     0.0722 * image.sample(x, y, 2);
      out(y - box.y0, x - box.x0) = (value - window.lo) * scale;
    }
  return out;
}

/// SSIM of every window centre of `inner`, whose windows must lie in the pictures.
cv::Mat1d ssimOf(const cv::Mat1d& x, const cv::Mat1d& y, const cv::Rect& inner) {
  const auto mean = [&](const cv::Mat1d& values) {
    cv::Mat1d blurred;
    cv::GaussianBlur(values, blurred, {2 * kSsimRadius + 1, 2 * kSsimRadius + 1}, kSsimSigma, kSsimSigma);
    return cv::Mat1d(blurred(inner));
  };
  const cv::Mat1d mx = mean(x);
  const cv::Mat1d my = mean(y);
  const cv::Mat1d xx = mean(x.mul(x));
  const cv::Mat1d yy = mean(y.mul(y));
  const cv::Mat1d xy = mean(x.mul(y));
  cv::Mat1d out(inner.height, inner.width);
  for (int r = 0; r < out.rows; ++r)
    for (int c = 0; c < out.cols; ++c) {
      const double mm = mx(r, c) * my(r, c);
      const double squares = mx(r, c) * mx(r, c) + my(r, c) * my(r, c);
      const double variances = xx(r, c) + yy(r, c) - squares;
      out(r, c) = ((2 * mm + kC1) * (2 * (xy(r, c) - mm) + kC2)) / ((squares + kC1) * (variances + kC2));
    }
  return out;
}

/// SSIM of every window centre in `centres`; the windows reach kSsimRadius beyond and must lie in the image.
cv::Mat1d ssimMap(const data::Image& a, const data::Image& b, const data::Box& centres,
                  const data::ValueWindow& window) {
  const data::Box region = dilate(centres, kSsimRadius);
  return ssimOf(luminance(a, region, window), luminance(b, region, window),
                {kSsimRadius, kSsimRadius, centres.width(), centres.height()});
}

/// SSIM by window centre over a frame: exactly 1 outside of `changed`.
struct SsimField {
  data::Box valid;    ///< centres whose windows lie in the frame
  data::Box changed;  ///< centres whose windows meet a change
  cv::Mat1d values;   ///< over `changed`

  /// Mean over the centres in `box`; 1 where it holds none.
  double mean(const data::Box& box) const {
    const data::Box centres = intersect(box, valid);
    if (centres.empty()) return 1;
    const data::Box inside = intersect(centres, changed);
    if (inside.empty()) return 1;
    const cv::Rect part(inside.x0 - changed.x0, inside.y0 - changed.y0, inside.width(), inside.height());
    const double deficit = static_cast<double>(inside.area()) - cv::sum(values(part))[0];
    return 1 - deficit / static_cast<double>(centres.area());
  }
};

SsimField ssimField(const data::Image& a, const data::Image& b, const data::Box& frame,
                    const data::Box& changed, const data::ValueWindow& window) {
  SsimField field;
  field.valid = dilate(frame, -kSsimRadius);
  if (field.valid.empty() || changed.empty()) return field;
  field.changed = intersect(dilate(changed, kSsimRadius), field.valid);
  if (!field.changed.empty()) field.values = ssimMap(a, b, field.changed, window);
  return field;
}

data::Box supportBox(const std::vector<std::uint8_t>& support, int width, int height) {
  data::Box box{width, height, 0, 0};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      if (support[static_cast<std::size_t>(y) * width + x])
        box = {std::min(box.x0, x), std::min(box.y0, y), std::max(box.x1, x + 1), std::max(box.y1, y + 1)};
  return box.empty() ? data::Box{} : box;
}

double legibilityOf(const data::Image& image, const data::Box& box, const std::vector<std::uint8_t>& support,
                    const data::FieldOfView& fov, const data::ValueWindow& window) {
  if (box.empty()) return 0;
  const int ring = std::max(2, static_cast<int>(std::lround(kRing * std::max(box.width(), box.height()))));
  const data::Box around = intersect(dilate(box, ring), {0, 0, image.width(), image.height()});
  const cv::Mat1d light = luminance(image, around, window);
  double inside = 0;
  double outside = 0;
  double squares = 0;
  std::int64_t insideCount = 0;
  std::int64_t outsideCount = 0;
  for (int y = around.y0; y < around.y1; ++y)
    for (int x = around.x0; x < around.x1; ++x) {
      const std::size_t at = static_cast<std::size_t>(y) * image.width() + x;
      const double value = light(y - around.y0, x - around.x0);
      if (support[at]) {
        inside += value;
        ++insideCount;
      } else if (fov.mask[at]) {
        outside += value;
        squares += value * value;
        ++outsideCount;
      }
    }
  if (insideCount == 0 || outsideCount == 0) return 0;
  const double mean = outside / static_cast<double>(outsideCount);
  const double variance = std::max(0.0, squares / static_cast<double>(outsideCount) - mean * mean);
  // A surround without any texture makes every logo readable; one level of 255 keeps the ratio finite.
  return std::abs(inside / static_cast<double>(insideCount) - mean) /
         std::max(std::sqrt(variance), 1.0 / 255);
}

/// Euclidean distance between pixel centres from the support to the nearest lesion pixel.
std::optional<double> distanceToLesion(const std::vector<std::uint8_t>& support,
                                       const std::vector<std::uint8_t>& lesions, int width, int height) {
  if (lesions.empty() || std::find(lesions.begin(), lesions.end(), 1) == lesions.end()) return std::nullopt;
  cv::Mat1b free(height, width);
  for (std::size_t i = 0; i < lesions.size(); ++i) free.data[i] = lesions[i] ? 0 : 1;
  cv::Mat1f distance;
  cv::distanceTransform(free, distance, cv::DIST_L2, cv::DIST_MASK_PRECISE);
  std::optional<double> nearest;
  const auto* values = reinterpret_cast<const float*>(distance.data);
  for (std::size_t i = 0; i < support.size(); ++i)
    if (support[i] && (!nearest || values[i] < *nearest)) nearest = values[i];
  return nearest;
}

}  // namespace

double meanSsim(const std::vector<double>& a, const std::vector<double>& b, int width, int height) {
  const std::size_t pixels = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  if (pixels == 0 || a.size() != pixels || b.size() != pixels)
    throw Error(ErrorCode::InvalidArgument, "the two pictures differ in size");
  const cv::Mat1d x(height, width, const_cast<double*>(a.data()));
  const cv::Mat1d y(height, width, const_cast<double*>(b.data()));
  const int left = std::min(kSsimRadius, (width - 1) / 2);
  const int top = std::min(kSsimRadius, (height - 1) / 2);
  return cv::mean(ssimOf(x, y, {left, top, width - 2 * left, height - 2 * top}))[0];
}

VisibilityMetrics measureVisibility(const data::Image& original, const data::Image& protectedImage,
                                    const data::ValueWindow& window, const data::FieldOfView& fov,
                                    const std::vector<std::uint8_t>& support,
                                    const segmentation::ProtectedRegions& regions) {
  const int width = original.width();
  const int height = original.height();
  const std::size_t pixels = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  const data::Box changed = changedBox(original, protectedImage);  // checks the geometry
  if (support.size() != pixels || fov.width != width || fov.height != height ||
      (!regions.lesionMask.empty() && regions.lesionMask.size() != pixels))
    throw Error(ErrorCode::InvalidArgument, "a mask has another size than the image");

  VisibilityMetrics m;
  std::int64_t covered = 0;
  for (std::size_t i = 0; i < pixels; ++i) {
    if (!support[i]) continue;
    ++m.supportPixels;
    covered += fov.mask[i];
    if (!regions.lesionMask.empty()) m.lesionOverlapPixels += regions.lesionMask[i];
  }
  m.coveredFieldOfView = fov.area == 0 ? 0 : static_cast<double>(covered) / static_cast<double>(fov.area);

  const double range = window.hi - window.lo;
  double squares = 0;
  double absolute = 0;
  for (int y = changed.y0; y < changed.y1; ++y)
    for (int x = changed.x0; x < changed.x1; ++x) {
      const bool inside = support[static_cast<std::size_t>(y) * width + x] != 0;
      const bool inFrame = x >= fov.frame.x0 && x < fov.frame.x1 && y >= fov.frame.y0 && y < fov.frame.y1;
      for (int c = 0; c < original.channels(); ++c) {
        const std::int64_t difference = std::abs(protectedImage.sample(x, y, c) - original.sample(x, y, c));
        const double relative = static_cast<double>(difference) / range;
        if (inFrame) squares += relative * relative;
        if (inside)
          absolute += relative;
        else
          m.outsideMaxDifference = std::max(m.outsideMaxDifference, difference);
      }
    }
  if (squares > 0)
    m.psnr = -10 * std::log10(squares / (static_cast<double>(fov.frame.area()) * original.channels()));
  if (m.supportPixels > 0)
    m.meanAbsoluteChange = absolute / (static_cast<double>(m.supportPixels) * original.channels());

  const SsimField field = ssimField(original, protectedImage, fov.frame, changed, window);
  m.ssim = field.mean(fov.frame);
  // A box whose samples are all the original's has similarity 1 inside; the windows at its edge, which see
  // what is beside it, would say less.
  const auto isChanged = [&](const data::Box& box) {
    for (int y = box.y0; y < box.y1; ++y)
      for (int x = box.x0; x < box.x1; ++x)
        for (int c = 0; c < original.channels(); ++c)
          if (original.sample(x, y, c) != protectedImage.sample(x, y, c)) return true;
    return false;
  };
  for (const segmentation::ProtectedBox& lesion : regions.boxes)
    if (isChanged(lesion.box)) m.ssimLesionBoxes = std::min(m.ssimLesionBoxes, field.mean(lesion.box));

  m.legibility = legibilityOf(protectedImage, supportBox(support, width, height), support, fov, window);
  m.lesionDistance = distanceToLesion(support, regions.lesionMask, width, height);
  if (m.lesionDistance)
    for (const segmentation::ProtectedBox& part : regions.anatomy)
      if (part.kind == data::LesionKind::OpticDisc)
        m.lesionDistanceDiscs = *m.lesionDistance / std::max(part.box.width(), part.box.height());
  return m;
}

}  // namespace medlocker::protect
