// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/codecs/opencv_codec.h"

#include <limits>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

namespace medlocker::data::codecs {

Image decodeWithOpenCv(ByteView bytes, const ExpectedRaster& expected, const ReadRequest& request) {
  // What OpenCV would print about a file does not name it; our own reason does.
  static const auto silenced = cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  static_cast<void>(silenced);
  cv::Mat decoded;
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
    refuse(request, "is too large for its decoder (2 GiB)");
  try {
    // OpenCV takes a non-const matrix but only reads from it.
    const cv::Mat input(1, static_cast<int>(bytes.size()), CV_8U, const_cast<std::uint8_t*>(bytes.data()));
    decoded = cv::imdecode(input, cv::IMREAD_UNCHANGED);
  } catch (const cv::Exception&) {
    decoded.release();  // its text speaks of source lines, not of the file
  }
  if (decoded.empty()) refuse(request, "is damaged: the pixel data cannot be decoded");
  const int channels = decoded.channels();
  if (decoded.cols != expected.width || decoded.rows != expected.height ||
      decoded.depth() != (expected.bits == 16 ? CV_16U : CV_8U) || channels > 4 || channels == 2)
    refuse(request, "is damaged: the pixel data do not fit the header");
  if (!decoded.isContinuous()) decoded = decoded.clone();

  Image image(decoded.cols, decoded.rows, channels == 1 ? 1 : 3, expected.bits);
  const int type = CV_MAKETYPE(decoded.depth(), image.channels());
  if (channels == 4) {
    cv::Mat rgba;
    cv::cvtColor(decoded, rgba, cv::COLOR_BGRA2RGBA);
    splitAlpha({rgba.data, rgba.total() * rgba.elemSize()}, channels, image);
  } else {
    cv::Mat target(decoded.rows, decoded.cols, type, image.bytes().data());
    if (channels == 3)
      cv::cvtColor(decoded, target, cv::COLOR_BGR2RGB);
    else
      decoded.copyTo(target);
  }
  return image;
}

}  // namespace medlocker::data::codecs
