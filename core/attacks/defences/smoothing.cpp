// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/defences/smoothing.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace medlocker::attacks {
namespace {

/// Continued fraction of the incomplete beta function, evaluated by the modified Lentz method.
double betaFraction(double x, double a, double b) {
  constexpr double kTiny = 1e-300;
  double c = 1;
  double d = 1 - (a + b) * x / (a + 1);
  if (std::abs(d) < kTiny) d = kTiny;
  d = 1 / d;
  double value = d;
  for (int m = 1; m < 100'000; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    double factor = 1;
    for (const double term : {even, odd}) {
      d = 1 + term * d;
      if (std::abs(d) < kTiny) d = kTiny;
      d = 1 / d;
      c = 1 + term / c;
      if (std::abs(c) < kTiny) c = kTiny;
      factor = c * d;
      value *= factor;
    }
    if (std::abs(factor - 1) < 1e-16) break;
  }
  return value;
}

/// Regularised incomplete beta function I_x(a, b): the distribution function of Beta(a, b).
double betaDistribution(double x, double a, double b) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const double front =
      std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) + a * std::log(x) + b * std::log1p(-x));
  // The fraction converges quickly below the mean; above it the mirrored function is used.
  if (x < (a + 1) / (a + b + 2)) return front * betaFraction(x, a, b) / a;
  return 1 - front * betaFraction(1 - x, b, a) / b;
}

}  // namespace

double binomialTestHalf(std::int64_t successes, std::int64_t trials) {
  if (trials <= 0) return 1;
  // With p = 1/2 the distribution is symmetric: twice the smaller tail.
  const std::int64_t low = std::min(successes, trials - successes);
  if (2 * low == trials) return 1;
  double tail = 0;
  const auto n = static_cast<double>(trials);
  for (std::int64_t k = 0; k <= low; ++k) {
    const auto i = static_cast<double>(k);
    tail +=
        std::exp(std::lgamma(n + 1) - std::lgamma(i + 1) - std::lgamma(n - i + 1) - n * std::numbers::ln2);
  }
  return std::min(1.0, 2 * tail);
}

double betaQuantile(double probability, double a, double b) {
  double low = 0;
  double high = 1;
  // Bisection: monotonic, so it cannot fail, and 60 halvings are exact to the last bits of a double.
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (betaDistribution(middle, a, b) < probability ? low : high) = middle;
  }
  return (low + high) / 2;
}

double normalQuantile(double probability) {
  if (probability <= 0) return -std::numeric_limits<double>::infinity();
  if (probability >= 1) return std::numeric_limits<double>::infinity();
  double low = -40;
  double high = 40;
  for (int i = 0; i < 100; ++i) {
    const double middle = (low + high) / 2;
    (0.5 * std::erfc(-middle / std::numbers::sqrt2) < probability ? low : high) = middle;
  }
  return (low + high) / 2;
}

SmoothedPrediction predictFromCounts(std::span<const std::int64_t> counts, double alpha) {
  SmoothedPrediction prediction;
  if (counts.empty()) return prediction;
  std::size_t first = 0;
  for (std::size_t c = 1; c < counts.size(); ++c)
    if (counts[c] > counts[first]) first = c;
  std::int64_t second = 0;
  for (std::size_t c = 0; c < counts.size(); ++c)
    if (c != first) second = std::max(second, counts[c]);
  prediction.label = static_cast<int>(first);
  prediction.pValue = binomialTestHalf(counts[first], counts[first] + second);
  prediction.abstain = prediction.pValue > alpha;
  return prediction;
}

SmoothedCertificate certifyCount(int label, std::int64_t top, std::int64_t trials, double alpha,
                                 double sigma) {
  SmoothedCertificate certificate;
  if (top > 0)
    certificate.lower = betaQuantile(alpha, static_cast<double>(top), static_cast<double>(trials - top) + 1);
  certificate.abstain = certificate.lower < 0.5;
  if (certificate.abstain) return certificate;
  certificate.label = label;
  certificate.radius = sigma * normalQuantile(certificate.lower);
  return certificate;
}

std::vector<std::int64_t> countNoisy(const at::Tensor& image, double sigma, std::int64_t draws, int classes,
                                     std::int64_t batchSize, const RandomStream& stream,
                                     const std::function<at::Tensor(const at::Tensor&)>& predict) {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(classes), 0);
  const std::int64_t values = image.numel();
  for (std::int64_t begin = 0; begin < draws; begin += batchSize) {
    const std::int64_t count = std::min(batchSize, draws - begin);
    at::Tensor noise = torch::empty({count, image.size(1), image.size(2), image.size(3)}, torch::kFloat);
    auto* value = noise.data_ptr<float>();
    for (std::int64_t i = 0; i < count; ++i) {
      RandomStream draw = stream.child("draw", static_cast<std::uint64_t>(begin + i));
      for (std::int64_t j = 0; j < values; ++j) *value++ = static_cast<float>(sigma * draw.normal());
    }
    const at::Tensor classesOf = predict(image + noise.to(image.device())).to(torch::kCPU).contiguous();
    const auto* label = classesOf.data_ptr<std::int64_t>();
    for (std::int64_t i = 0; i < count; ++i) ++counts.at(static_cast<std::size_t>(label[i]));
  }
  return counts;
}

SmoothedCertificate certifyImage(const at::Tensor& image, int classes, const CertifyOptions& options,
                                 const RandomStream& stream,
                                 const std::function<at::Tensor(const at::Tensor&)>& predict) {
  const auto selection = countNoisy(image, options.sigma, options.selectionDraws, classes, options.batchSize,
                                    stream.child("select"), predict);
  const auto label =
      static_cast<int>(std::max_element(selection.begin(), selection.end()) - selection.begin());
  // New draws: a class chosen and estimated from the same ones would be certified too often.
  const auto counts = countNoisy(image, options.sigma, options.draws, classes, options.batchSize,
                                 stream.child("estimate"), predict);
  return certifyCount(label, counts[static_cast<std::size_t>(label)], options.draws, options.alpha,
                      options.sigma);
}

}  // namespace medlocker::attacks
