// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/transfer/gradient_views.h"

#include <torch/torch.h>

#include <cmath>
#include <numeric>

#include "core/attacks/threat.h"

namespace medlocker::attacks {

DiversityGeometry diversityGeometry(int side, double rate) {
  // A rate such as 1.1 has no exact double: 10 · 1.1 must be 11 for every side.
  return {side, static_cast<int>(std::floor(side * rate + 1e-9))};
}

DiversityDraw drawDiversity(const DiversityGeometry& geometry, double probability, RandomStream& stream) {
  DiversityDraw draw;
  if (geometry.identity()) return draw;
  draw.apply = stream.chance(probability);
  if (!draw.apply) return draw;
  draw.size = geometry.side +
              static_cast<int>(stream.below(static_cast<std::uint64_t>(geometry.canvas - geometry.side)));
  const auto offsets = static_cast<std::uint64_t>(geometry.canvas - draw.size + 1);
  draw.top = static_cast<int>(stream.below(offsets));
  draw.left = static_cast<int>(stream.below(offsets));
  return draw;
}

at::Tensor applyDiversity(const at::Tensor& images, const DiversityGeometry& geometry,
                          const DiversityDraw& draw, bool resizeBack) {
  if (!draw.apply) return images;
  const at::Tensor resized = torch::upsample_bilinear2d(images, {draw.size, draw.size}, false);
  const std::int64_t right = geometry.canvas - draw.size - draw.left;
  const std::int64_t bottom = geometry.canvas - draw.size - draw.top;
  const at::Tensor padded = torch::constant_pad_nd(resized, {draw.left, right, draw.top, bottom}, 0);
  return resizeBack ? torch::upsample_bilinear2d(padded, {geometry.side, geometry.side}, false) : padded;
}

at::Tensor resizeTo(const at::Tensor& images, std::int64_t side) {
  if (images.size(2) == side && images.size(3) == side) return images;
  if (images.size(2) > side || images.size(3) > side)
    return torch::_upsample_bilinear2d_aa(images, {side, side}, false);
  return torch::upsample_bilinear2d(images, {side, side}, false);
}

std::vector<double> kernelProfile(KernelShape shape, int size, double extent) {
  std::vector<double> profile(static_cast<std::size_t>(size));
  const int radius = (size - 1) / 2;
  for (int i = 0; i < size; ++i) {
    double& value = profile[static_cast<std::size_t>(i)];
    switch (shape) {
      case KernelShape::Gaussian: {
        const double u = radius == 0 ? 0 : extent * (i - radius) / radius;
        value = std::exp(-u * u / 2);
        break;
      }
      case KernelShape::Uniform:
        value = 1;
        break;
      case KernelShape::Linear:
        value = 1 - static_cast<double>(std::abs(i - radius)) / (radius + 1);
        break;
    }
  }
  const double sum = std::accumulate(profile.begin(), profile.end(), 0.0);
  for (double& value : profile) value /= sum;
  return profile;
}

at::Tensor smoothGradient(const at::Tensor& gradient, const std::vector<double>& profile) {
  const auto size = static_cast<std::int64_t>(profile.size());
  if (size == 1) return gradient;
  const std::int64_t channels = gradient.size(1);
  const at::Tensor line = torch::tensor(profile, torch::kFloat64);
  const at::Tensor kernel = torch::outer(line, line)
                                .to(gradient.options())
                                .view({1, 1, size, size})
                                .expand({channels, 1, size, size})
                                .contiguous();
  return torch::conv2d(gradient, kernel, {}, 1, (size - 1) / 2, 1, channels);
}

at::Tensor accumulateMomentum(const at::Tensor& previous, const at::Tensor& gradient, double momentum) {
  return momentum * previous + gradient / meanAbs(gradient);
}

at::Tensor lookAhead(const at::Tensor& x, const at::Tensor& previous, double momentum, double step) {
  return x + step * momentum * previous;
}

at::Tensor flatnessProbe(const at::Tensor& x, const at::Tensor& gradient, double step) {
  return x - step * gradient / meanAbs(gradient);
}

}  // namespace medlocker::attacks
