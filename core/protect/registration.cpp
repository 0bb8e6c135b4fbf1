// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/registration.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "core/common/error.h"

namespace medlocker::protect {
namespace {

constexpr int kCoarseSide = 96;          ///< short side of the reference in the first search
constexpr double kScaleStep = 1.05;      ///< the affine fit closes what lies between two steps
constexpr std::size_t kCandidates = 3;   ///< starts of the affine fit
constexpr double kFineStructure = 0.06;  ///< sigma of the high-pass, of the short side

cv::Mat matOf(const GreyImage& image) {
  return cv::Mat(image.height, image.width, CV_32F, const_cast<float*>(image.values.data())).clone();
}

cv::Mat resized(const cv::Mat& image, int width, int height) {
  cv::Mat out;
  const bool shrinks = width < image.cols || height < image.rows;
  cv::resize(image, out, cv::Size(std::max(1, width), std::max(1, height)), 0, 0,
             shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
  return out;
}

cv::Mat blurred(const cv::Mat& image, double sigma) {
  cv::Mat out;
  cv::GaussianBlur(image, out, cv::Size(), sigma, sigma, cv::BORDER_REPLICATE);
  return out;
}

/// `weights` empty: plain. Elsewhere the local mean leaves out what weighs nothing.
cv::Mat highPassed(const cv::Mat& image, double sigma, const cv::Mat& weights) {
  if (weights.empty()) return image - blurred(image, sigma);
  cv::Mat mean = blurred(image.mul(weights), sigma);
  cv::Mat weight = blurred(weights, sigma) + 1e-4;
  cv::divide(mean, weight, mean);
  return (image - mean).mul(weights);
}

/// Reference pixels to copy pixels, as OpenCV counts them: centres at whole numbers.
cv::Mat cvMap(const AffineMap& map) {
  cv::Mat out(2, 3, CV_64F);
  out.at<double>(0, 0) = map.a;
  out.at<double>(0, 1) = map.b;
  out.at<double>(0, 2) = map.a * 0.5 + map.b * 0.5 + map.tx - 0.5;
  out.at<double>(1, 0) = map.c;
  out.at<double>(1, 1) = map.d;
  out.at<double>(1, 2) = map.c * 0.5 + map.d * 0.5 + map.ty - 0.5;
  return out;
}

cv::Mat warped(const cv::Mat& copy, const AffineMap& map, cv::Size size, cv::Mat* inside) {
  const cv::Mat matrix = cvMap(map);
  cv::Mat out;
  cv::warpAffine(copy, out, matrix, size, cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_REPLICATE);
  if (inside) {
    const cv::Mat ones(copy.size(), CV_32F, cv::Scalar(1));
    cv::warpAffine(ones, *inside, matrix, size, cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_CONSTANT,
                   cv::Scalar(0));
    cv::threshold(*inside, *inside, 0.99, 1, cv::THRESH_BINARY);
  }
  return out;
}

double correlationOf(const cv::Mat& a, const cv::Mat& b, const cv::Mat& weights) {
  double sum = 0;
  double sumA = 0;
  double sumB = 0;
  for (int y = 0; y < a.rows; ++y)
    for (int x = 0; x < a.cols; ++x) {
      const double w = weights.at<float>(y, x);
      sum += w;
      sumA += w * a.at<float>(y, x);
      sumB += w * b.at<float>(y, x);
    }
  if (sum <= 0) return 0;
  const double meanA = sumA / sum;
  const double meanB = sumB / sum;
  double ab = 0;
  double aa = 0;
  double bb = 0;
  for (int y = 0; y < a.rows; ++y)
    for (int x = 0; x < a.cols; ++x) {
      const double w = weights.at<float>(y, x);
      const double da = a.at<float>(y, x) - meanA;
      const double db = b.at<float>(y, x) - meanB;
      ab += w * da * db;
      aa += w * da * da;
      bb += w * db * db;
    }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

/// 1 inside the lit part of a photograph, away from its edge: the round edge is alike in all eyes. All 1
/// where little is lit.
cv::Mat litPart(const cv::Mat& image) {
  constexpr double kDark = 10.0 / 255;
  const int side = std::min(image.cols, image.rows);
  const int margin = std::max(1, side / 32);
  cv::Mat lit;
  cv::threshold(blurred(image, 1.0), lit, kDark, 1, cv::THRESH_BINARY);
  const cv::Mat element =
      cv::getStructuringElement(cv::MORPH_ELLIPSE, cv::Size(2 * margin + 1, 2 * margin + 1));
  // Vessels and lesions can be as dark as the surroundings.
  cv::morphologyEx(lit, lit, cv::MORPH_CLOSE, element);
  cv::erode(lit, lit, element);
  if (cv::sum(lit)[0] < 0.2 * static_cast<double>(lit.total())) lit.setTo(1);
  return lit;
}

struct Candidate {
  AffineMap map;
  double score = -1;
};

AffineMap scaling(double x, double y) {
  return {x, 0, 0, 0, y, 0};
}

/// Peaks of the correlation of the reference's middle over scales and shifts.
std::vector<Candidate> searchCoarsely(const cv::Mat& reference, const cv::Mat& weights, const cv::Mat& copy,
                                      const RegistrationOptions& options, const AffineMap& flip) {
  const double shrink =
      std::min(1.0, static_cast<double>(kCoarseSide) / std::min(reference.cols, reference.rows));
  const cv::Mat small = resized(reference, static_cast<int>(std::lround(reference.cols * shrink)),
                                static_cast<int>(std::lround(reference.rows * shrink)));
  const cv::Mat smallWeights = weights.empty() ? cv::Mat() : resized(weights, small.cols, small.rows);
  const double sigma = std::max(1.5, kFineStructure * 1.5 * std::min(small.cols, small.rows));
  const cv::Mat structure = highPassed(small, sigma, smallWeights);
  // The middle stays in view when a copy was cropped.
  const cv::Rect middle(small.cols / 5, small.rows / 5, small.cols - 2 * (small.cols / 5),
                        small.rows - 2 * (small.rows / 5));
  const cv::Mat pattern = structure(middle).clone();
  const double gx = static_cast<double>(small.cols) / reference.cols;
  const double gy = static_cast<double>(small.rows) / reference.rows;
  std::vector<Candidate> found;
  for (double scale = options.minScale; scale <= options.maxScale * 1.0001; scale *= kScaleStep) {
    // The copy at the scale at which its content would be as large as in `small`.
    const int width = static_cast<int>(std::lround(copy.cols * gx / scale));
    const int height = static_cast<int>(std::lround(copy.rows * gy / scale));
    if (width < pattern.cols / 2 || height < pattern.rows / 2) break;  // only smaller from here on
    if (width > 12 * kCoarseSide || height > 12 * kCoarseSide) continue;
    const cv::Mat scaled = highPassed(resized(copy, width, height), sigma, cv::Mat());
    const int padX = pattern.cols / 2;
    const int padY = pattern.rows / 2;
    cv::Mat padded;
    cv::copyMakeBorder(scaled, padded, padY, padY, padX, padX, cv::BORDER_CONSTANT, cv::Scalar(0));
    if (padded.cols < pattern.cols || padded.rows < pattern.rows) continue;
    cv::Mat response;
    cv::matchTemplate(padded, pattern, response, cv::TM_CCOEFF_NORMED);
    double best = 0;
    cv::Point place;
    cv::minMaxLoc(response, nullptr, &best, nullptr, &place);
    if (!std::isfinite(best)) continue;
    const double sx = static_cast<double>(copy.cols) / width;
    const double sy = static_cast<double>(copy.rows) / height;
    // reference → small → scaled copy → copy
    AffineMap shift;
    shift.tx = place.x - padX - middle.x;
    shift.ty = place.y - padY - middle.y;
    const AffineMap map = scaling(sx, sy).after(shift).after(scaling(gx, gy));
    found.push_back({flip.after(map), best});
  }
  return found;
}

/// Gauss-Newton on the six numbers of the map, with brightness and contrast fitted along and outliers (the
/// logo, text, dust) weighed down (Tukey).
AffineMap refine(const cv::Mat& reference, const cv::Mat& weights, const cv::Mat& copy, AffineMap map,
                 int iterations) {
  const double cx = reference.cols / 2.0;
  const double cy = reference.rows / 2.0;
  const double unit = std::max(cx, cy);
  for (int iteration = 0; iteration < iterations; ++iteration) {
    cv::Mat inside;
    const cv::Mat seen = warped(copy, map, reference.size(), &inside);
    cv::Mat gradientX;
    cv::Mat gradientY;
    cv::Sobel(seen, gradientX, CV_32F, 1, 0, 3, 1.0 / 8);
    cv::Sobel(seen, gradientY, CV_32F, 0, 1, 3, 1.0 / 8);
    cv::Mat weight = weights.empty() ? inside : cv::Mat(inside.mul(weights));
    const double sum = cv::sum(weight)[0];
    if (sum < 64) break;
    // reference ≈ gain·seen + offset
    const double meanSeen = cv::sum(seen.mul(weight))[0] / sum;
    const double meanReference = cv::sum(reference.mul(weight))[0] / sum;
    const cv::Mat centred = seen - meanSeen;
    const double variance = cv::sum(centred.mul(centred).mul(weight))[0];
    if (variance <= 1e-12) break;
    double gain = cv::sum(centred.mul(reference - meanReference).mul(weight))[0] / variance;
    gain = std::clamp(gain, 0.3, 3.0);
    const cv::Mat residual = reference - meanReference - gain * centred;
    const double spread = std::sqrt(cv::sum(residual.mul(residual).mul(weight))[0] / sum) + 1e-6;
    const double cut = 3.0 * spread;
    cv::Matx66d normal = cv::Matx66d::zeros();
    cv::Vec6d right = cv::Vec6d::all(0);
    for (int y = 0; y < reference.rows; ++y)
      for (int x = 0; x < reference.cols; ++x) {
        const double w0 = weight.at<float>(y, x);
        const double r = residual.at<float>(y, x);
        if (w0 <= 0 || std::abs(r) >= cut) continue;
        const double tukey = 1 - (r / cut) * (r / cut);
        const double w = w0 * tukey * tukey;
        const double u = (x + 0.5 - cx) / unit;
        const double v = (y + 0.5 - cy) / unit;
        const double gx = gain * gradientX.at<float>(y, x);
        const double gy = gain * gradientY.at<float>(y, x);
        const cv::Vec6d j(gx * u, gx * v, gx, gy * u, gy * v, gy);
        for (int a = 0; a < 6; ++a) {
          for (int b = a; b < 6; ++b) normal(a, b) += w * j[a] * j[b];
          right[a] += w * j[a] * r;
        }
      }
    for (int a = 0; a < 6; ++a) {
      for (int b = 0; b < a; ++b) normal(a, b) = normal(b, a);
      normal(a, a) += 1e-6 * sum * gain * gain;
    }
    cv::Vec6d step;
    if (!cv::solve(normal, right, step, cv::DECOMP_CHOLESKY)) break;
    double largest = 0;
    for (int a = 0; a < 6; ++a) largest = std::max(largest, std::abs(step[a]));
    if (!std::isfinite(largest)) break;
    // A step longer than a few pixels is not to be trusted in full.
    const double limit = std::min(1.0, 4.0 / std::max(largest, 1e-12));
    step *= limit;
    AffineMap change;
    change.a = 1 + step[0] / unit;
    change.b = step[1] / unit;
    change.tx = step[2] - (step[0] * cx + step[1] * cy) / unit;
    change.c = step[3] / unit;
    change.d = 1 + step[4] / unit;
    change.ty = step[5] - (step[3] * cx + step[4] * cy) / unit;
    map = map.after(change);
    if (largest < 0.01) break;
  }
  return map;
}

/// The map between the two images when both were shrunk by these factors.
AffineMap between(const AffineMap& map, double rx, double ry, double cx, double cy) {
  return scaling(cx, cy).after(map).after(scaling(1 / rx, 1 / ry));
}

Registration judge(const cv::Mat& reference, const cv::Mat& weights, const cv::Mat& copy,
                   const AffineMap& map) {
  cv::Mat inside;
  const cv::Mat seen = warped(copy, map, reference.size(), &inside);
  const cv::Mat weight = weights.empty() ? inside : cv::Mat(inside.mul(weights));
  const double sigma = std::max(2.0, kFineStructure * std::min(reference.cols, reference.rows));
  Registration out;
  out.map = map;
  out.overlap = cv::sum(inside)[0] / static_cast<double>(inside.total());
  if (out.overlap < 0.1) return out;
  out.score = correlationOf(highPassed(reference, sigma, weight), highPassed(seen, sigma, weight), weight);
  return out;
}

GreyImage greyOf(const cv::Mat& mat) {
  GreyImage out;
  out.width = mat.cols;
  out.height = mat.rows;
  out.values.resize(mat.total());
  for (int y = 0; y < mat.rows; ++y)
    std::copy_n(mat.ptr<float>(y), mat.cols, out.values.begin() + static_cast<std::ptrdiff_t>(y) * mat.cols);
  return out;
}

cv::Mat weightsMat(const std::vector<float>& weights, int width, int height) {
  if (weights.empty()) return cv::Mat(height, width, CV_32F, cv::Scalar(1));
  if (weights.size() != static_cast<std::size_t>(width) * static_cast<std::size_t>(height))
    throw Error(ErrorCode::InvalidArgument, "the weights do not fit the image");
  return cv::Mat(height, width, CV_32F, const_cast<float*>(weights.data())).clone();
}

}  // namespace

GreyImage toGrey(const data::FloatImage& image) {
  GreyImage out{image.width, image.height, std::vector<float>(image.values.size() / 3)};
  for (std::size_t i = 0; i < out.values.size(); ++i)
    out.values[i] =
        0.2126F * image.values[3 * i] + 0.7152F * image.values[3 * i + 1] + 0.0722F * image.values[3 * i + 2];
  return out;
}

AffineMap AffineMap::after(const AffineMap& f) const {
  return {a * f.a + b * f.c, a * f.b + b * f.d, a * f.tx + b * f.ty + tx,
          c * f.a + d * f.c, c * f.b + d * f.d, c * f.tx + d * f.ty + ty};
}

AffineMap AffineMap::inverse() const {
  const double determinant = a * d - b * c;
  if (std::abs(determinant) < 1e-12) throw Error(ErrorCode::InvalidArgument, "the map cannot be inverted");
  AffineMap out{d / determinant, -b / determinant, 0, -c / determinant, a / determinant, 0};
  out.tx = -(out.a * tx + out.b * ty);
  out.ty = -(out.c * tx + out.d * ty);
  return out;
}

double AffineMap::scale() const {
  return std::sqrt(std::abs(a * d - b * c));
}

Registration registerCopy(const GreyImage& reference, const GreyImage& copy,
                          const RegistrationOptions& options) {
  if (std::min({reference.width, reference.height, copy.width, copy.height}) < 16)
    throw Error(ErrorCode::InvalidArgument, "an image is too small to be compared");
  const cv::Mat full = matOf(reference);
  // The edge of the field of view helps to align, but is alike in all eyes: it has no say in how well they
  // agree.
  const cv::Mat weights = weightsMat(options.weights, reference.width, reference.height);
  const cv::Mat judgedWeights = weights.mul(litPart(full));
  const cv::Mat theirs = matOf(copy);

  std::vector<AffineMap> flips{{}};
  if (options.flips) {
    const double w = copy.width;
    const double h = copy.height;
    flips.push_back({-1, 0, w, 0, 1, 0});
    flips.push_back({1, 0, 0, 0, -1, h});
    flips.push_back({-1, 0, w, 0, -1, h});
  }
  std::vector<Candidate> candidates;
  for (const AffineMap& flip : flips) {
    // The search runs on a mirrored copy; `flip` leads back, and is its own inverse.
    cv::Mat mirrored = theirs;
    if (flip.a < 0 && flip.d < 0) {
      cv::flip(theirs, mirrored, -1);
    } else if (flip.a < 0) {
      cv::flip(theirs, mirrored, 1);
    } else if (flip.d < 0) {
      cv::flip(theirs, mirrored, 0);
    }
    const auto found = searchCoarsely(full, weights, mirrored, options, flip);
    candidates.insert(candidates.end(), found.begin(), found.end());
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& x, const Candidate& y) { return x.score > y.score; });
  // Neighbouring scales of one peak count once.
  std::vector<AffineMap> starts;
  for (const Candidate& candidate : candidates) {
    if (starts.size() == kCandidates) break;
    const auto near = [&](const AffineMap& other) {
      const double ratio = other.scale() / candidate.map.scale();
      return (other.a > 0) == (candidate.map.a > 0) && (other.d > 0) == (candidate.map.d > 0) &&
             ratio > 0.92 && ratio < 1.09;
    };
    if (std::none_of(starts.begin(), starts.end(), near)) starts.push_back(candidate.map);
  }
  if (starts.empty()) starts.emplace_back();

  Registration best;
  best.score = -2;
  for (AffineMap map : starts) {
    for (const int side : {kCoarseSide, 2 * kCoarseSide, 5 * kCoarseSide}) {
      const int shortSide = std::min(full.cols, full.rows);
      const double shrink = std::min(1.0, static_cast<double>(side) / shortSide);
      const cv::Mat level = resized(full, static_cast<int>(std::lround(full.cols * shrink)),
                                    static_cast<int>(std::lround(full.rows * shrink)));
      const cv::Mat levelWeights = weights.empty() ? cv::Mat() : resized(weights, level.cols, level.rows);
      // The copy at about the same scale, so that both are equally sharp.
      const double theirShrink = std::min(1.0, shrink / std::max(1e-6, map.scale()));
      const cv::Mat theirLevel =
          resized(theirs, std::max(16, static_cast<int>(std::lround(theirs.cols * theirShrink))),
                  std::max(16, static_cast<int>(std::lround(theirs.rows * theirShrink))));
      const double rx = static_cast<double>(level.cols) / full.cols;
      const double ry = static_cast<double>(level.rows) / full.rows;
      const double cx = static_cast<double>(theirLevel.cols) / theirs.cols;
      const double cy = static_cast<double>(theirLevel.rows) / theirs.rows;
      const AffineMap start = between(map, rx, ry, cx, cy);
      const cv::Mat smoothLevel = blurred(level, 0.8);
      const cv::Mat smoothTheirs = blurred(theirLevel, 0.8);
      const AffineMap end = refine(smoothLevel, levelWeights, smoothTheirs, start, 20);
      // A fit that ran away is worse than none.
      const bool better = judge(smoothLevel, levelWeights, smoothTheirs, end).score >=
                          judge(smoothLevel, levelWeights, smoothTheirs, start).score;
      if (better) map = between(end, 1 / rx, 1 / ry, 1 / cx, 1 / cy);
      if (shrink == 1.0) break;
    }
    const double theirShrink = std::min(1.0, 1 / std::max(1e-6, map.scale()));
    const cv::Mat theirLevel =
        resized(theirs, std::max(16, static_cast<int>(std::lround(theirs.cols * theirShrink))),
                std::max(16, static_cast<int>(std::lround(theirs.rows * theirShrink))));
    Registration judged = judge(full, judgedWeights, theirLevel,
                                between(map, 1, 1, static_cast<double>(theirLevel.cols) / theirs.cols,
                                        static_cast<double>(theirLevel.rows) / theirs.rows));
    judged.map = map;
    if (judged.score > best.score) best = judged;
  }
  return best;
}

namespace {

/// Agreement of the part's outermost pixels with the copy's pixels just outside of it; −1 where too few lie
/// in the copy.
double seamScore(const GreyImage& part, const GreyImage& copy, const AffineMap& map) {
  constexpr double kLeastShare = 0.6;  // of the rim; a logo can touch the edge of the picture
  double sum = 0;
  double squares = 0;
  double misfit = 0;
  int count = 0;
  int all = 0;
  const auto compare = [&](int x, int y, int dx, int dy) {
    ++all;
    // Three pixels along the rim, because single ones are noise.
    double seen = 0;
    double known = 0;
    for (int k = -1; k <= 1; ++k) {
      const int px = std::clamp(x + k * std::abs(dy), 0, part.width - 1);
      const int py = std::clamp(y + k * std::abs(dx), 0, part.height - 1);
      const double u = map.x(px + dx + 0.5, py + dy + 0.5) - 0.5;
      const double v = map.y(px + dx + 0.5, py + dy + 0.5) - 0.5;
      const int ix = static_cast<int>(std::floor(u));
      const int iy = static_cast<int>(std::floor(v));
      if (ix < 0 || iy < 0 || ix + 1 >= copy.width || iy + 1 >= copy.height) return;
      const double fx = u - ix;
      const double fy = v - iy;
      seen += (1 - fy) * ((1 - fx) * copy.at(ix, iy) + fx * copy.at(ix + 1, iy)) +
              fy * ((1 - fx) * copy.at(ix, iy + 1) + fx * copy.at(ix + 1, iy + 1));
      known += part.at(px, py);
    }
    seen /= 3;
    known /= 3;
    sum += known;
    squares += known * known;
    misfit += (seen - known) * (seen - known);
    ++count;
  };
  for (int x = 0; x < part.width; ++x) {
    compare(x, 0, 0, -1);
    compare(x, part.height - 1, 0, 1);
  }
  for (int y = 0; y < part.height; ++y) {
    compare(0, y, -1, 0);
    compare(part.width - 1, y, 1, 0);
  }
  if (count < kLeastShare * all) return -1;
  const double variance = squares - sum * sum / count;
  return variance > 0 ? std::max(-1.0, 1 - misfit / variance) : -1;
}

}  // namespace

Registration fitSeam(const GreyImage& part, const GreyImage& copy, const data::Box& place) {
  if (part.width != place.width() || part.height != place.height() || std::min(part.width, part.height) < 4)
    throw Error(ErrorCode::InvalidArgument, "the part does not fit its place");
  Registration best;
  best.score = -1;
  const auto consider = [&](const AffineMap& map) {
    const double score = seamScore(part, copy, map);
    if (score <= best.score) return false;
    best.map = map;
    best.score = score;
    return true;
  };
  const auto at = [&](double scale) {
    return AffineMap{scale, 0, scale * place.x0, 0, scale, scale * place.y0};
  };
  // Most copies were only compressed again; others were resized as a whole.
  consider(at(1));
  if (best.score >= kSeamScore) return best;
  constexpr double kStep = 1.004;
  for (double scale = 0.25; scale <= 2; scale *= kStep) consider(at(scale));
  // The sides of a resized picture are whole numbers, so its two scales differ a little.
  for (double step : {0.5, 0.25, 0.1})
    for (bool better = true; better;) {
      better = false;
      const AffineMap from = best.map;
      for (const auto& [dx, dy] : {std::pair{step, 0.0}, {-step, 0.0}, {0.0, step}, {0.0, -step}}) {
        AffineMap moved = from;
        moved.tx += dx;
        moved.ty += dy;
        better = consider(moved) || better;
        AffineMap stretched = from;
        stretched.a *= 1 + dx / part.width;
        stretched.d *= 1 + dy / part.height;
        better = consider(stretched) || better;
      }
    }
  return best;
}

GreyImage warpToReference(const GreyImage& copy, const AffineMap& referenceToCopy, int width, int height,
                          std::vector<std::uint8_t>* inside) {
  // Shrinking first, because bilinear sampling alone would skip pixels of a larger copy.
  cv::Mat theirs = matOf(copy);
  AffineMap map = referenceToCopy;
  const double shrink = std::min(1.0, 1 / std::max(1e-6, map.scale()));
  if (shrink < 0.8) {
    const cv::Mat small = resized(theirs, std::max(1, static_cast<int>(std::lround(theirs.cols * shrink))),
                                  std::max(1, static_cast<int>(std::lround(theirs.rows * shrink))));
    map =
        scaling(static_cast<double>(small.cols) / theirs.cols, static_cast<double>(small.rows) / theirs.rows)
            .after(map);
    theirs = small;
  }
  cv::Mat mask;
  const cv::Mat out = warped(theirs, map, cv::Size(width, height), &mask);
  if (inside) {
    inside->resize(mask.total());
    for (int y = 0; y < mask.rows; ++y)
      for (int x = 0; x < mask.cols; ++x)
        (*inside)[static_cast<std::size_t>(y) * mask.cols + x] = mask.at<float>(y, x) > 0 ? 1 : 0;
  }
  return greyOf(out);
}

GreyImage highPass(const GreyImage& image, double sigma, const std::vector<float>& weights) {
  return greyOf(highPassed(matOf(image), sigma,
                           weights.empty() ? cv::Mat() : weightsMat(weights, image.width, image.height)));
}

double correlation(const std::vector<float>& a, const std::vector<float>& b,
                   const std::vector<float>& weights) {
  if (a.size() != b.size() || (!weights.empty() && weights.size() != a.size()))
    throw Error(ErrorCode::InvalidArgument, "images of different size cannot be correlated");
  if (a.empty()) return 0;
  const int n = static_cast<int>(a.size());
  const cv::Mat first(1, n, CV_32F, const_cast<float*>(a.data()));
  const cv::Mat second(1, n, CV_32F, const_cast<float*>(b.data()));
  const cv::Mat weight = weights.empty() ? cv::Mat(1, n, CV_32F, cv::Scalar(1))
                                         : cv::Mat(1, n, CV_32F, const_cast<float*>(weights.data()));
  return correlationOf(first, second, weight);
}

}  // namespace medlocker::protect
