// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/removal.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <opencv2/photo.hpp>

#include "core/common/error.h"

namespace medlocker::protect {
namespace {

constexpr int kSide = 96;    ///< of the common frame of the multi-image estimate
constexpr int kMargin = 10;  ///< surroundings of the logo's box in that frame
constexpr double kMostOpacity = 0.97;
/// Size factors tried by locateLogo.
constexpr std::array<double, 9> kSizes = {1.0 / 8, 1.0 / 6, 1.0 / 5, 0.225,  1.0 / 4,
                                          0.275,   1.0 / 3, 1.0 / 2, 2.0 / 3};
constexpr int kLocateSide = 256;  ///< short side of the frame in the search for the logo

cv::Mat matOf(const data::FloatImage& view) {
  return cv::Mat(view.height, view.width, CV_32FC3, const_cast<float*>(view.values.data())).clone();
}

data::FloatImage imageOf(const cv::Mat& mat) {
  data::FloatImage out{mat.cols, mat.rows, std::vector<float>(mat.total() * 3)};
  for (int y = 0; y < mat.rows; ++y)
    for (int x = 0; x < mat.cols; ++x) {
      const cv::Vec3f& v = mat.at<cv::Vec3f>(y, x);
      for (int c = 0; c < 3; ++c)
        out.values[(static_cast<std::size_t>(y) * mat.cols + x) * 3 + static_cast<std::size_t>(c)] =
            std::clamp(v[c], 0.0F, 1.0F);
    }
  return out;
}

void requireMask(const std::vector<std::uint8_t>& mask, int width, int height) {
  if (mask.size() != static_cast<std::size_t>(width) * static_cast<std::size_t>(height))
    throw Error(ErrorCode::InvalidArgument, "the mask does not fit the image");
}

cv::Mat maskMat(const std::vector<std::uint8_t>& mask, int width, int height) {
  requireMask(mask, width, height);
  cv::Mat out(height, width, CV_8U);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      out.at<std::uint8_t>(y, x) = mask[static_cast<std::size_t>(y) * width + x] ? 255 : 0;
  return out;
}

cv::Mat eightBit(const cv::Mat& view) {
  cv::Mat out;
  view.convertTo(out, CV_8UC3, 255.0);
  return out;
}

data::Box clipped(const data::Box& box, const data::FloatImage& view) {
  return intersect(box, {0, 0, view.width, view.height});
}

data::Image reverse(const data::Image& marked, const std::vector<PlacedTile>& tiles, OpacityLaw law,
                    bool constant) {
  data::Image out = marked;
  for (auto placed = tiles.rbegin(); placed != tiles.rend(); ++placed) {
    const TargetTile& tile = *placed->tile;
    std::vector<std::uint16_t> opacities = opacityMap(tile, placed->alphaCode, law);
    if (constant) {
      const auto mean = static_cast<std::uint16_t>(std::min<long>(
          kOpacityOne - 1, std::lround(kOpacityOne * meanOpacity(tile, placed->alphaCode, law))));
      for (std::uint16_t& opacity : opacities)
        if (opacity > 0) opacity = mean;
    }
    for (int ty = 0; ty < tile.height; ++ty)
      for (int tx = 0; tx < tile.width; ++tx) {
        const std::size_t at = static_cast<std::size_t>(ty) * tile.width + tx;
        const int x = placed->x + tx;
        const int y = placed->y + ty;
        if (opacities[at] == 0 || opacities[at] == kOpacityOne || x < 0 || y < 0 || x >= out.width() ||
            y >= out.height())
          continue;
        for (int c = 0; c < out.channels(); ++c)
          out.setSample(
              x, y, c,
              inverseSample(
                  out.sample(x, y, c),
                  tile.targets[at * static_cast<std::size_t>(out.channels()) + static_cast<std::size_t>(c)],
                  opacities[at], out.minValue(), out.maxValue()));
      }
  }
  return out;
}

/// The clean logo at one size: colour and matte as floats.
struct FloatLogo {
  cv::Mat colour;  // CV_32FC3
  cv::Mat matte;   // CV_32F
};

FloatLogo floatLogo(const Logo& logo, int width, int height) {
  const LogoTile tile = renderTile(logo, width, height);
  FloatLogo out{cv::Mat(height, width, CV_32FC3), cv::Mat(height, width, CV_32F)};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const std::size_t at = static_cast<std::size_t>(y) * width + x;
      out.matte.at<float>(y, x) = static_cast<float>(tile.matte[at] / 65535.0);
      for (int c = 0; c < 3; ++c)
        out.colour.at<cv::Vec3f>(y, x)[c] =
            static_cast<float>(tile.rgb[3 * at + static_cast<std::size_t>(c)] / 65535.0);
    }
  return out;
}

cv::Mat lumaOf(const cv::Mat& rgb) {
  cv::Mat out;
  cv::transform(rgb, out, cv::Matx13f(0.2126F, 0.7152F, 0.0722F));
  return out;
}

cv::Mat fineStructure(const cv::Mat& image, double sigma) {
  cv::Mat background;
  cv::GaussianBlur(image, background, cv::Size(), sigma, sigma, cv::BORDER_REPLICATE);
  return image - background;
}

/// What the picture would look like without the logo, going by its surroundings: smooth, no vessels.
cv::Mat smoothSurroundings(const cv::Mat& rgb, const cv::Rect& box) {
  cv::Mat weight(rgb.size(), CV_32F, cv::Scalar(1));
  weight(box).setTo(cv::Scalar(0));
  const double sigma = std::max(3.0, 0.5 * std::min(box.width, box.height));
  cv::Mat wide;
  cv::merge(std::vector<cv::Mat>{weight, weight, weight}, wide);
  cv::Mat sum;
  cv::Mat total;
  cv::GaussianBlur(rgb.mul(wide), sum, cv::Size(), sigma, sigma, cv::BORDER_CONSTANT);
  cv::GaussianBlur(wide, total, cv::Size(), sigma, sigma, cv::BORDER_CONSTANT);
  cv::Mat out;
  cv::divide(sum, total + cv::Scalar::all(1e-6), out);
  return out;
}

/// A box and its surroundings in the common frame.
cv::Mat cropOf(const data::FloatImage& view, const data::Box& box) {
  if (intersect(box, {0, 0, view.width, view.height}) != box || box.empty())
    throw Error(ErrorCode::InvalidArgument, "the logo's box leaves the image");
  const double inner = kSide - 2.0 * kMargin;
  const double sx = box.width() / inner;
  const double sy = box.height() / inner;
  // Common frame to view; pixel centres at whole numbers.
  const cv::Matx23d map(sx, 0, box.x0 - kMargin * sx + 0.5 * sx - 0.5, 0, sy,
                        box.y0 - kMargin * sy + 0.5 * sy - 0.5);
  cv::Mat source = matOf(view);
  if (std::max(sx, sy) > 1.5) cv::GaussianBlur(source, source, cv::Size(), 0.4 * std::max(sx, sy));
  cv::Mat out;
  cv::warpAffine(source, out, map, cv::Size(kSide, kSide), cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
                 cv::BORDER_REPLICATE);
  return out;
}

bool isInner(int x, int y) {
  return x >= kMargin && y >= kMargin && x < kSide - kMargin && y < kSide - kMargin;
}

float medianOf(std::vector<float>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

std::vector<std::uint8_t> dilateMask(const std::vector<std::uint8_t>& mask, int width, int height,
                                     int pixels) {
  const cv::Mat element = cv::getStructuringElement(cv::MORPH_RECT, cv::Size(2 * pixels + 1, 2 * pixels + 1));
  cv::Mat grown;
  cv::dilate(maskMat(mask, width, height), grown, element);
  std::vector<std::uint8_t> out(mask.size());
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      out[static_cast<std::size_t>(y) * width + x] = grown.at<std::uint8_t>(y, x) ? 1 : 0;
  return out;
}

data::FloatImage blackOut(const data::FloatImage& view, const std::vector<data::Box>& boxes) {
  data::FloatImage out = view;
  for (const data::Box& given : boxes) {
    const data::Box box = clipped(given, view);
    for (int y = box.y0; y < box.y1; ++y)
      std::fill_n(out.values.begin() + (static_cast<std::ptrdiff_t>(y) * view.width + box.x0) * 3,
                  3 * std::max(0, box.width()), 0.0F);
  }
  return out;
}

data::FloatImage fillWithMean(const data::FloatImage& view, const std::vector<data::Box>& boxes,
                              const data::FieldOfView& fov) {
  requireMask(fov.mask, view.width, view.height);
  std::vector<std::uint8_t> under(fov.mask.size());
  for (const data::Box& given : boxes) {
    const data::Box box = clipped(given, view);
    for (int y = box.y0; y < box.y1; ++y)
      for (int x = box.x0; x < box.x1; ++x) under[static_cast<std::size_t>(y) * view.width + x] = 1;
  }
  std::array<double, 3> sum{};
  std::int64_t count = 0;
  for (std::size_t i = 0; i < under.size(); ++i) {
    if (under[i] || !fov.mask[i]) continue;
    for (std::size_t c = 0; c < 3; ++c) sum[c] += view.values[3 * i + c];
    ++count;
  }
  data::FloatImage out = view;
  if (count == 0) return out;
  for (std::size_t i = 0; i < under.size(); ++i)
    if (under[i])
      for (std::size_t c = 0; c < 3; ++c)
        out.values[3 * i + c] = static_cast<float>(sum[c] / static_cast<double>(count));
  return out;
}

data::FloatImage inpaint(const data::FloatImage& view, const std::vector<std::uint8_t>& mask,
                         InpaintMethod method, double radius) {
  const cv::Mat area = maskMat(mask, view.width, view.height);
  cv::Mat filled;
  cv::inpaint(eightBit(matOf(view)), area, filled, radius,
              method == InpaintMethod::NavierStokes ? cv::INPAINT_NS : cv::INPAINT_TELEA);
  data::FloatImage out = view;
  for (int y = 0; y < view.height; ++y)
    for (int x = 0; x < view.width; ++x) {
      if (!area.at<std::uint8_t>(y, x)) continue;
      const std::size_t at = (static_cast<std::size_t>(y) * view.width + x) * 3;
      for (int c = 0; c < 3; ++c)
        out.values[at + static_cast<std::size_t>(c)] =
            static_cast<float>(filled.at<cv::Vec3b>(y, x)[c] / 255.0);
    }
  return out;
}

data::Image reverseBlend(const data::Image& marked, const std::vector<PlacedTile>& tiles, OpacityLaw law) {
  return reverse(marked, tiles, law, false);
}

data::Image reverseConstantBlend(const data::Image& marked, const std::vector<PlacedTile>& tiles,
                                 OpacityLaw law) {
  return reverse(marked, tiles, law, true);
}

std::optional<LogoGuess> locateLogo(const data::FloatImage& view, const data::FieldOfView& fov,
                                    const Logo& logo) {
  const data::Box frame = clipped(fov.frame, view);
  if (frame.empty()) return std::nullopt;
  const double shrink =
      std::min(1.0, static_cast<double>(kLocateSide) / std::min(frame.width(), frame.height()));
  cv::Mat picture = matOf(view)(cv::Rect(frame.x0, frame.y0, frame.width(), frame.height()));
  cv::Mat small;
  cv::resize(picture, small,
             cv::Size(std::max(1, static_cast<int>(std::lround(frame.width() * shrink))),
                      std::max(1, static_cast<int>(std::lround(frame.height() * shrink)))),
             0, 0, cv::INTER_AREA);
  std::optional<LogoGuess> best;
  for (const double size : kSizes) {
    const PixelSize native = logoSize(logo, frame, SizeFactor::fromDouble(size));
    const int width = std::max(4, static_cast<int>(std::lround(native.width * shrink)));
    const int height = std::max(4, static_cast<int>(std::lround(native.height * shrink)));
    if (width >= small.cols || height >= small.rows) continue;
    const FloatLogo tile = floatLogo(logo, width, height);
    // The logo over grey: what it adds to a picture, whatever its opacity.
    cv::Mat matte3;
    cv::merge(std::vector<cv::Mat>{tile.matte, tile.matte, tile.matte}, matte3);
    const cv::Scalar grey = cv::mean(small);
    const cv::Mat over = (tile.colour - grey).mul(matte3);
    const double sigma = std::max(1.5, 0.35 * std::min(width, height));
    const cv::Mat pattern = fineStructure(lumaOf(over), sigma);
    const cv::Mat structure = fineStructure(lumaOf(small), sigma);
    cv::Mat response;
    cv::matchTemplate(structure, pattern, response, cv::TM_CCOEFF_NORMED);
    double score = 0;
    cv::Point place;
    cv::minMaxLoc(response, nullptr, &score, nullptr, &place);
    if (!std::isfinite(score) || (best && score <= best->score)) continue;
    const cv::Rect box(place.x, place.y, width, height);
    const cv::Mat background = smoothSurroundings(small, box)(box);
    const cv::Mat direction = (tile.colour - background).mul(matte3);
    const cv::Mat change = small(box) - background;
    const double power = direction.dot(direction);
    LogoGuess guess;
    guess.score = score;
    guess.opacity = power > 1e-9 ? std::clamp(change.dot(direction) / power, 0.0, kMostOpacity) : 0;
    const int x = frame.x0 + static_cast<int>(std::lround(place.x / shrink));
    const int y = frame.y0 + static_cast<int>(std::lround(place.y / shrink));
    guess.box = {x, y, x + native.width, y + native.height};
    best = guess;
  }
  return best;
}

data::FloatImage reverseGuess(const data::FloatImage& view, const Logo& logo, const LogoGuess& guess) {
  const FloatLogo tile = floatLogo(logo, guess.box.width(), guess.box.height());
  data::FloatImage out = view;
  for (int ty = 0; ty < guess.box.height(); ++ty)
    for (int tx = 0; tx < guess.box.width(); ++tx) {
      const int x = guess.box.x0 + tx;
      const int y = guess.box.y0 + ty;
      if (x < 0 || y < 0 || x >= view.width || y >= view.height) continue;
      const auto a = static_cast<float>(std::min(kMostOpacity, guess.opacity * tile.matte.at<float>(ty, tx)));
      for (int c = 0; c < 3; ++c) {
        float& value =
            out.values[(static_cast<std::size_t>(y) * view.width + x) * 3 + static_cast<std::size_t>(c)];
        value = std::clamp((value - a * tile.colour.at<cv::Vec3f>(ty, tx)[c]) / (1 - a), 0.0F, 1.0F);
      }
    }
  return out;
}

void MultiImageEstimate::add(const data::FloatImage& view, const data::Box& box) {
  crops_.push_back(imageOf(cropOf(view, box)).values);
}

void MultiImageEstimate::estimate() {
  const std::size_t n = crops_.size();
  if (n < 3) throw Error(ErrorCode::InvalidArgument, "at least three images are needed");
  const std::size_t pixels = static_cast<std::size_t>(kSide) * kSide;
  const auto at = [](int x, int y, int c) {
    return (static_cast<std::size_t>(y) * kSide + static_cast<std::size_t>(x)) * 3 +
           static_cast<std::size_t>(c);
  };
  // How much the images differ, under the logo and around it.
  std::vector<double> mean(pixels * 3);
  std::vector<double> spread(pixels, 0.0);
  for (std::size_t i = 0; i < mean.size(); ++i) {
    double sum = 0;
    double squares = 0;
    for (const auto& crop : crops_) {
      sum += crop[i];
      squares += static_cast<double>(crop[i]) * crop[i];
    }
    mean[i] = sum / static_cast<double>(n);
    spread[i / 3] += std::max(0.0, squares / static_cast<double>(n) - mean[i] * mean[i]);
  }
  double around = 0;
  std::array<double, 3> ground{};
  int ring = 0;
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x) {
      if (isInner(x, y)) continue;
      around += spread[static_cast<std::size_t>(y) * kSide + static_cast<std::size_t>(x)];
      for (int c = 0; c < 3; ++c) ground[static_cast<std::size_t>(c)] += mean[at(x, y, c)];
      ++ring;
    }
  around /= ring;
  for (double& value : ground) value /= ring;

  cv::Mat opacity(kSide, kSide, CV_32F, cv::Scalar(0));
  for (int y = kMargin; y < kSide - kMargin; ++y)
    for (int x = kMargin; x < kSide - kMargin; ++x) {
      const double share =
          spread[static_cast<std::size_t>(y) * kSide + static_cast<std::size_t>(x)] / std::max(1e-9, around);
      opacity.at<float>(y, x) = static_cast<float>(std::clamp(1 - std::sqrt(share), 0.0, kMostOpacity));
    }
  cv::GaussianBlur(opacity, opacity, cv::Size(), 1.0);

  // Medians of the gradients: what all images have in common. They are integrated with the ring fixed at 0.
  opacity_.assign(pixels, 0.0F);
  colour_.assign(pixels * 3, 0.0F);
  std::vector<float> values(n);
  for (int c = 0; c < 3; ++c) {
    std::vector<double> gx(pixels, 0.0);
    std::vector<double> gy(pixels, 0.0);
    for (int y = 0; y + 1 < kSide; ++y)
      for (int x = 0; x + 1 < kSide; ++x) {
        const std::size_t i = static_cast<std::size_t>(y) * kSide + static_cast<std::size_t>(x);
        for (std::size_t k = 0; k < n; ++k) values[k] = crops_[k][at(x + 1, y, c)] - crops_[k][at(x, y, c)];
        gx[i] = medianOf(values);
        for (std::size_t k = 0; k < n; ++k) values[k] = crops_[k][at(x, y + 1, c)] - crops_[k][at(x, y, c)];
        gy[i] = medianOf(values);
      }
    std::vector<double> w(pixels, 0.0);
    constexpr double kOverRelaxation = 1.9;
    for (int pass = 0; pass < 400; ++pass)
      for (int y = kMargin; y < kSide - kMargin; ++y)
        for (int x = kMargin; x < kSide - kMargin; ++x) {
          const std::size_t i = static_cast<std::size_t>(y) * kSide + static_cast<std::size_t>(x);
          const double divergence = gx[i] - gx[i - 1] + gy[i] - gy[i - kSide];
          const double target = (w[i - 1] + w[i + 1] + w[i - kSide] + w[i + kSide] - divergence) / 4;
          w[i] += kOverRelaxation * (target - w[i]);
        }
    // w is opacity·(colour − ground).
    for (std::size_t i = 0; i < pixels; ++i) {
      const float a = opacity.at<float>(static_cast<int>(i) / kSide, static_cast<int>(i) % kSide);
      opacity_[i] = a;
      colour_[3 * i + static_cast<std::size_t>(c)] =
          static_cast<float>(w[i] + a * ground[static_cast<std::size_t>(c)]);
    }
  }
}

data::FloatImage MultiImageEstimate::remove(const data::FloatImage& view, const data::Box& box) const {
  if (opacity_.empty()) throw Error(ErrorCode::InvalidArgument, "nothing was estimated yet");
  const cv::Mat opacity(kSide, kSide, CV_32F, const_cast<float*>(opacity_.data()));
  const cv::Mat colour(kSide, kSide, CV_32FC3, const_cast<float*>(colour_.data()));
  const cv::Rect inner(kMargin, kMargin, kSide - 2 * kMargin, kSide - 2 * kMargin);
  cv::Mat a;
  cv::Mat al;
  cv::resize(opacity(inner), a, cv::Size(box.width(), box.height()), 0, 0, cv::INTER_LINEAR);
  cv::resize(colour(inner), al, cv::Size(box.width(), box.height()), 0, 0, cv::INTER_LINEAR);
  data::FloatImage out = view;
  for (int ty = 0; ty < box.height(); ++ty)
    for (int tx = 0; tx < box.width(); ++tx) {
      const int x = box.x0 + tx;
      const int y = box.y0 + ty;
      if (x < 0 || y < 0 || x >= view.width || y >= view.height) continue;
      const float share = std::min(static_cast<float>(kMostOpacity), a.at<float>(ty, tx));
      for (int c = 0; c < 3; ++c) {
        float& value =
            out.values[(static_cast<std::size_t>(y) * view.width + x) * 3 + static_cast<std::size_t>(c)];
        value = std::clamp((value - al.at<cv::Vec3f>(ty, tx)[c]) / (1 - share), 0.0F, 1.0F);
      }
    }
  return out;
}

}  // namespace medlocker::protect
