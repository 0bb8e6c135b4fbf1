// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/audit/robustness.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/common/error.h"

namespace medlocker::audit {
namespace {

using Kind = RobustnessCase::Kind;

constexpr double kViewShare = 0.875;  ///< side of one of ten views, as in 224 of 256

cv::Mat matOf(const data::FloatImage& view) {
  return cv::Mat(view.height, view.width, CV_32FC3, const_cast<float*>(view.values.data())).clone();
}

data::FloatImage imageOf(const cv::Mat& mat) {
  data::FloatImage out{mat.cols, mat.rows, std::vector<float>(mat.total() * 3)};
  for (int y = 0; y < mat.rows; ++y) {
    const float* row = mat.ptr<float>(y);
    for (int i = 0; i < mat.cols * 3; ++i)
      out.values[static_cast<std::size_t>(y) * mat.cols * 3 + static_cast<std::size_t>(i)] =
          std::clamp(row[i], 0.0F, 1.0F);
  }
  return out;
}

cv::Mat eightBit(const cv::Mat& view) {
  cv::Mat out;
  view.convertTo(out, CV_8UC3, 255.0);
  return out;
}

cv::Mat floats(const cv::Mat& image) {
  cv::Mat out;
  image.convertTo(out, CV_32FC3, 1 / 255.0);
  return out;
}

cv::Mat throughJpeg(const cv::Mat& view, int quality) {
  cv::Mat bgr;
  cv::cvtColor(eightBit(view), bgr, cv::COLOR_RGB2BGR);
  std::vector<std::uint8_t> bytes;
  if (!cv::imencode(".jpg", bgr, bytes, {cv::IMWRITE_JPEG_QUALITY, quality}))
    throw Error(ErrorCode::Internal, "JPEG encoding failed");
  cv::Mat rgb;
  cv::cvtColor(cv::imdecode(bytes, cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION), rgb, cv::COLOR_BGR2RGB);
  return floats(rgb);
}

cv::Rect rectOf(const data::Box& box) {
  return {box.x0, box.y0, box.width(), box.height()};
}

/// A part of the lit frame; fractions of its sides.
cv::Rect part(const cv::Rect& frame, double left, double top, double share) {
  const int width = std::max(1, static_cast<int>(std::lround(share * frame.width)));
  const int height = std::max(1, static_cast<int>(std::lround(share * frame.height)));
  return {frame.x + static_cast<int>(std::lround(left * (frame.width - width))),
          frame.y + static_cast<int>(std::lround(top * (frame.height - height))), width, height};
}

std::vector<data::FloatImage> tenViews(const cv::Mat& view, const cv::Rect& frame) {
  std::vector<data::FloatImage> out;
  for (const auto& [left, top] : {std::pair{0.0, 0.0}, {1.0, 0.0}, {0.0, 1.0}, {1.0, 1.0}, {0.5, 0.5}}) {
    const cv::Mat cut = view(part(frame, left, top, kViewShare)).clone();
    cv::Mat mirrored;
    cv::flip(cut, mirrored, 1);
    out.push_back(imageOf(cut));
    out.push_back(imageOf(mirrored));
  }
  return out;
}

}  // namespace

std::vector<RobustnessCase> robustnessCases() {
  std::vector<RobustnessCase> cases{{"identity", Kind::Identity, 0, {}}};
  for (const int quality : {95, 75, 50, 30})
    cases.push_back({"jpeg-" + std::to_string(quality), Kind::Jpeg, static_cast<double>(quality), {}});
  cases.push_back({"scale-0.5", Kind::Scale, 0.5, {}});
  for (const int share : {90, 80, 70})
    cases.push_back({"crop-" + std::to_string(share), Kind::CentreCrop, share / 100.0, {}});
  cases.push_back({"blur-1", Kind::Blur, 1, {}});
  cases.push_back({"blur-2", Kind::Blur, 2, {}});
  cases.push_back({"median-3", Kind::Median, 3, {}});
  cases.push_back({"median-5", Kind::Median, 5, {}});
  cases.push_back({"brightness-0.8", Kind::Brightness, 0.8, {}});
  cases.push_back({"brightness-1.2", Kind::Brightness, 1.2, {}});
  cases.push_back({"contrast-0.8", Kind::Contrast, 0.8, {}});
  cases.push_back({"contrast-1.2", Kind::Contrast, 1.2, {}});
  cases.push_back({"gamma-0.8", Kind::Gamma, 0.8, {}});
  cases.push_back({"gamma-1.25", Kind::Gamma, 1.25, {}});
  cases.push_back({"clahe", Kind::Profile, 0, data::PreprocessProfile::Clahe});
  cases.push_back({"localmean", Kind::Profile, 0, data::PreprocessProfile::LocalMean});
  cases.push_back({"flip-horizontal", Kind::FlipHorizontal, 0, {}});
  cases.push_back({"flip-vertical", Kind::FlipVertical, 0, {}});
  cases.push_back({"ten-views", Kind::TenViews, 0, {}});
  return cases;
}

std::vector<data::FloatImage> applyRobustness(const RobustnessCase& robustness, const data::FloatImage& view,
                                              const data::Box& litFrame) {
  const data::Box box = intersect(litFrame, {0, 0, view.width, view.height});
  const cv::Rect frame = box.empty() ? cv::Rect(0, 0, view.width, view.height) : rectOf(box);
  const cv::Mat source = matOf(view);
  cv::Mat out;
  switch (robustness.kind) {
    case Kind::Identity:
    case Kind::Profile:
      return {view};
    case Kind::Jpeg:
      out = throughJpeg(source, static_cast<int>(robustness.value));
      break;
    case Kind::Scale:
      return {data::resize(view, std::max(1, static_cast<int>(std::lround(view.width * robustness.value))),
                           std::max(1, static_cast<int>(std::lround(view.height * robustness.value))))};
    case Kind::CentreCrop:
      out = source(part(frame, 0.5, 0.5, robustness.value)).clone();
      break;
    case Kind::Blur:
      cv::GaussianBlur(source, out, cv::Size(), robustness.value, robustness.value, cv::BORDER_REFLECT_101);
      break;
    case Kind::Median:
      cv::medianBlur(source, out, static_cast<int>(robustness.value));
      break;
    case Kind::Brightness:
      out = source * robustness.value;
      break;
    case Kind::Contrast: {
      const cv::Scalar mean = cv::mean(source(frame));
      const double middle = (mean[0] + mean[1] + mean[2]) / 3;
      source.convertTo(out, CV_32FC3, robustness.value, middle * (1 - robustness.value));
      break;
    }
    case Kind::Gamma:
      cv::pow(source, robustness.value, out);
      break;
    case Kind::FlipHorizontal:
      cv::flip(source, out, 1);
      break;
    case Kind::FlipVertical:
      cv::flip(source, out, 0);
      break;
    case Kind::TenViews:
      return tenViews(source, frame);
  }
  return {imageOf(out)};
}

}  // namespace medlocker::audit
