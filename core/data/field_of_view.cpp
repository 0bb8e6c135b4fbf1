// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/field_of_view.h"

#include <opencv2/imgproc.hpp>

#include "core/common/error.h"

namespace medlocker::data {
namespace {

constexpr float kThreshold = static_cast<float>(10.0 / 255.0);
constexpr int kMedianSide = 5;
constexpr int kMedianMajority = kMedianSide * kMedianSide / 2 + 1;
constexpr double kLeastAreaShare = 0.2;
constexpr int kLeastSide = 64;

/// 1 where max over channels exceeds the threshold.
cv::Mat1b litPixels(const FloatImage& view) {
  cv::Mat1b lit(view.height, view.width);
  const float* in = view.values.data();
  for (int y = 0; y < view.height; ++y) {
    std::uint8_t* out = lit[y];
    for (int x = 0; x < view.width; ++x, in += 3)
      out[x] = static_cast<std::uint8_t>(in[0] > kThreshold || in[1] > kThreshold || in[2] > kThreshold);
  }
  return lit;
}

/// Thresholding commutes with the median: the median of 25 values exceeds t exactly where at least 13 of them
/// do. So the filter runs on bits, exactly and quickly, whatever the depth of the image.
cv::Mat1b medianOfBits(const cv::Mat1b& bits) {
  cv::Mat1b count;
  cv::boxFilter(bits, count, CV_8U, {kMedianSide, kMedianSide}, {-1, -1}, false, cv::BORDER_REPLICATE);
  return (count >= kMedianMajority) / 255;
}

/// The largest 8-connected component; ties: the one whose bounding box begins first in reading order.
cv::Mat1b largestComponent(const cv::Mat1b& bits) {
  cv::Mat1i labels;
  cv::Mat1i stats;
  cv::Mat1d centroids;
  const int count = cv::connectedComponentsWithStats(bits, labels, stats, centroids, 8, CV_32S);
  int best = 0;
  const auto precedes = [&](int a, int b) {
    if (stats(a, cv::CC_STAT_AREA) != stats(b, cv::CC_STAT_AREA))
      return stats(a, cv::CC_STAT_AREA) > stats(b, cv::CC_STAT_AREA);
    if (stats(a, cv::CC_STAT_TOP) != stats(b, cv::CC_STAT_TOP))
      return stats(a, cv::CC_STAT_TOP) < stats(b, cv::CC_STAT_TOP);
    return stats(a, cv::CC_STAT_LEFT) < stats(b, cv::CC_STAT_LEFT);
  };
  for (int label = 1; label < count; ++label)
    if (best == 0 || precedes(label, best)) best = label;
  if (best == 0) return cv::Mat1b::zeros(bits.size());
  return (labels == best) / 255;
}

/// Sets background that cannot reach the image border (4-connected, the dual of an 8-connected foreground).
cv::Mat1b fillHoles(const cv::Mat1b& bits) {
  cv::Mat1b padded;
  cv::copyMakeBorder(bits, padded, 1, 1, 1, 1, cv::BORDER_CONSTANT, cv::Scalar(0));
  constexpr int kOutside = 2;
  cv::floodFill(padded, cv::Point(0, 0), cv::Scalar(kOutside), nullptr, {}, {}, 4);
  return (padded(cv::Rect(1, 1, bits.cols, bits.rows)) != kOutside) / 255;
}

}  // namespace

FieldOfView detectFieldOfView(const FloatImage& view) {
  if (view.width < 1 || view.height < 1 ||
      view.values.size() != static_cast<std::size_t>(view.width) * view.height * 3)
    throw Error(ErrorCode::InvalidArgument, "the field of view needs a non-empty three-channel view");
  const cv::Mat1b lit = fillHoles(largestComponent(medianOfBits(litPixels(view))));
  FieldOfView fov;
  fov.width = view.width;
  fov.height = view.height;
  fov.area = cv::countNonZero(lit);
  const cv::Rect bounds = cv::boundingRect(lit);
  fov.frame = {bounds.x, bounds.y, bounds.x + bounds.width, bounds.y + bounds.height};
  const std::int64_t pixels = static_cast<std::int64_t>(view.width) * view.height;
  fov.fallback = static_cast<double>(fov.area) < kLeastAreaShare * static_cast<double>(pixels) ||
                 bounds.width < kLeastSide || bounds.height < kLeastSide;
  if (fov.fallback) {
    fov.mask.assign(static_cast<std::size_t>(pixels), 1);
    fov.frame = {0, 0, view.width, view.height};
    fov.area = pixels;
  } else {
    fov.mask.assign(lit.begin(), lit.end());
  }
  return fov;
}

}  // namespace medlocker::data
