// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/mark_evidence.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "core/common/error.h"

namespace medlocker::protect {
namespace {

/// Brightness and contrast of the copy, by least squares over pixels that are neither under the recorded logo
/// nor far off (another logo, text).
void matchBrightness(const RecordedMark& mark, const std::vector<std::uint8_t>& usable,
                     std::vector<float>& copy) {
  double gain = 1;
  double offset = 0;
  double cut = 1e9;
  for (int pass = 0; pass < 4; ++pass) {
    double n = 0;
    double sx = 0;
    double sy = 0;
    double sxx = 0;
    double sxy = 0;
    double squares = 0;
    for (std::size_t i = 0; i < copy.size(); ++i) {
      if (!usable[i]) continue;
      const double x = copy[i];
      const double y = mark.original.values[i];
      const double residual = y - gain * x - offset;
      if (std::abs(residual) > cut) continue;
      n += 1;
      sx += x;
      sy += y;
      sxx += x * x;
      sxy += x * y;
      squares += residual * residual;
    }
    if (n < 64) return;
    const double variance = sxx - sx * sx / n;
    if (variance < 1e-9 * n) return;
    gain = std::clamp((sxy - sx * sy / n) / variance, 0.2, 5.0);
    offset = (sy - gain * sx) / n;
    cut = pass == 0 ? 0.1 : std::max(0.01, 2.5 * std::sqrt(squares / n));
  }
  for (float& value : copy) value = static_cast<float>(gain * value + offset);
}

/// Largest of the 3×3 values around a place: half a pixel of registration error must not cost the match.
float around(const cv::Mat& response, int x, int y) {
  float best = -1;
  for (int dy = -1; dy <= 1; ++dy)
    for (int dx = -1; dx <= 1; ++dx) {
      const int px = x + dx;
      const int py = y + dy;
      if (px < 0 || py < 0 || px >= response.cols || py >= response.rows) continue;
      best = std::max(best, response.at<float>(py, px));
    }
  return best;
}

}  // namespace

MarkEvidence measureMark(const RecordedMark& mark, const GreyImage& copy,
                         const std::vector<std::uint8_t>& inside, const FeasibleMap& feasible,
                         RandomStream stream, int draws) {
  const int width = mark.original.width;
  const int height = mark.original.height;
  const std::size_t pixels = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  if (mark.marked.width != width || mark.marked.height != height || copy.width != width ||
      copy.height != height || inside.size() != pixels || mark.fieldOfView.size() != pixels)
    throw Error(ErrorCode::InvalidArgument, "images of different size cannot be compared");
  const data::Box& logo = mark.logo;
  if (logo.empty() || logo.x0 < 0 || logo.y0 < 0 || logo.x1 > width || logo.y1 > height)
    throw Error(ErrorCode::InvalidArgument, "the recorded logo lies outside the picture");

  std::vector<std::uint8_t> usable(pixels);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const std::size_t i = static_cast<std::size_t>(y) * width + x;
      const bool under = x >= logo.x0 && x < logo.x1 && y >= logo.y0 && y < logo.y1;
      usable[i] = inside[i] && mark.fieldOfView[i] && !under;
    }
  std::vector<float> seen = copy.values;
  matchBrightness(mark, usable, seen);

  // What the copy changed against the original, and what the record says it would have.
  cv::Mat change(height, width, CV_32F);
  cv::Mat recorded(height, width, CV_32F);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const std::size_t i = static_cast<std::size_t>(y) * width + x;
      const bool counts = inside[i] && mark.fieldOfView[i];
      change.at<float>(y, x) = counts ? seen[i] - mark.original.values[i] : 0.0F;
      recorded.at<float>(y, x) = mark.marked.values[i] - mark.original.values[i];
    }
  const cv::Rect box(logo.x0, logo.y0, logo.width(), logo.height());
  const double sigma = std::max(2.0, 0.35 * std::min(box.width, box.height));
  const auto fine = [&](const cv::Mat& image) {
    cv::Mat background;
    cv::GaussianBlur(image, background, cv::Size(), sigma, sigma, cv::BORDER_REPLICATE);
    return cv::Mat(image - background);
  };
  const cv::Mat fineChange = fine(change);
  const cv::Mat pattern = fine(recorded)(box).clone();
  cv::Mat response;
  cv::matchTemplate(fineChange, pattern, response, cv::TM_CCOEFF_NORMED);
  cv::patchNaNs(response, 0);

  MarkEvidence out;
  out.score = around(response, logo.x0, logo.y0);
  double most = 0;
  cv::Point place;
  cv::minMaxLoc(response, nullptr, &most, nullptr, &place);
  out.foundScore = most;
  out.foundX = place.x;
  out.foundY = place.y;
  out.positionAgrees =
      std::abs(place.x - logo.x0) <= kPositionTolerance && std::abs(place.y - logo.y0) <= kPositionTolerance;

  double both = 0;
  double own = 0;
  for (int y = logo.y0; y < logo.y1; ++y)
    for (int x = logo.x0; x < logo.x1; ++x) {
      const double r = recorded.at<float>(y, x);
      both += r * change.at<float>(y, x);
      own += r * r;
    }
  out.opacity = own > 0 ? mark.opacity * both / own : 0;
  out.opacityAgrees = std::abs(out.opacity - mark.opacity) * 255 <= kOpacityTolerance;

  int reached = 0;
  if (feasible.count() > 0) {
    for (int i = 0; i < draws; ++i) {
      const Position at = feasible.draw(stream);
      if (around(response, at.x, at.y) >= out.score) ++reached;
    }
    out.draws = draws;
  }
  out.pValue = static_cast<double>(1 + reached) / (1 + out.draws);
  return out;
}

double evidenceBits(std::int64_t feasiblePositions, int steps, std::int64_t choiceBits, bool optimised) {
  constexpr double kPlaces = (2 * kPositionTolerance + 1) * (2 * kPositionTolerance + 1);
  constexpr double kOpacities = 2 * kOpacityTolerance + 1;
  if (feasiblePositions <= 0 || steps <= 0) return 0;
  double bits = std::log2(static_cast<double>(feasiblePositions) * steps / (kPlaces * kOpacities));
  if (optimised) bits = std::min(bits, static_cast<double>(choiceBits) + std::log2(steps / kOpacities));
  return std::max(0.0, bits);
}

int opacitySteps(double low, double high) {
  return static_cast<int>(std::lround(255 * high) - std::lround(255 * low)) + 1;
}

std::string_view evidenceLevel(double bits) {
  return bits >= kStrongBits ? "strong" : bits >= kSupportingBits ? "supporting" : "none";
}

}  // namespace medlocker::protect
