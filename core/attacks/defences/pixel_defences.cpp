// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/defences/pixel_defences.h"

#include <torch/torch.h>

#include <cmath>
#include <numbers>

#include "core/attacks/transfer/gradient_views.h"
#include "core/common/error.h"

namespace medlocker::attacks {
namespace {

constexpr std::int64_t kBlock = 8;
constexpr std::int64_t kLowCorner = 4;
constexpr double kLowStep = 25;
constexpr double kHighStep = 30;

/// Orthonormal DCT-II: row k holds the k-th basis function.
at::Tensor dctMatrix() {
  at::Tensor matrix = torch::empty({kBlock, kBlock}, torch::kFloat64);
  auto values = matrix.accessor<double, 2>();
  for (std::int64_t k = 0; k < kBlock; ++k)
    for (std::int64_t i = 0; i < kBlock; ++i)
      values[k][i] = std::sqrt((k == 0 ? 1.0 : 2.0) / kBlock) *
                     std::cos((2.0 * static_cast<double>(i) + 1) * static_cast<double>(k) * std::numbers::pi /
                              (2.0 * kBlock));
  return matrix;
}

}  // namespace

at::Tensor reduceByThresholds(const at::Tensor& images, int levels) {
  at::Tensor above = torch::zeros_like(images);
  for (int k = 1; k < levels; ++k)
    above += images.gt(static_cast<double>(k) / levels).to(images.scalar_type());
  return above / (levels - 1);
}

at::Tensor reduceByRounding(const at::Tensor& images, int bits) {
  const double top = std::exp2(bits) - 1;
  return torch::round(images * top) / top;
}

BitReductionDefence::BitReductionDefence(int levels) : levels_(levels) {
  if (levels < 2 || levels > 256) throw Error(ErrorCode::InvalidArgument, "bit-red takes 2..256 levels");
}

at::Tensor BitReductionDefence::transform(const at::Tensor& images, std::span<const RandomStream> /*streams*/,
                                          int /*pass*/) const {
  return reduceByThresholds(images.detach(), levels_);
}

at::Tensor distilBlocks(const at::Tensor& blocks) {
  const at::Tensor dct = dctMatrix();
  at::Tensor steps = torch::full({kBlock, kBlock}, kHighStep, torch::kFloat64);
  steps.slice(0, 0, kLowCorner).slice(1, 0, kLowCorner).fill_(kLowStep);
  const at::Tensor spectrum = torch::matmul(torch::matmul(dct, blocks.to(torch::kFloat64)), dct.t());
  const at::Tensor quantised = torch::round(spectrum / steps) * steps;  // halves go to even
  return torch::matmul(torch::matmul(dct.t(), quantised), dct);
}

at::Tensor FeatureDistillationDefence::transform(const at::Tensor& images,
                                                 std::span<const RandomStream> /*streams*/,
                                                 int /*pass*/) const {
  const torch::NoGradGuard noGradients;
  const std::int64_t n = images.size(0), channels = images.size(1);
  const std::int64_t height = images.size(2), width = images.size(3);
  const std::int64_t rows = (height + kBlock - 1) / kBlock, columns = (width + kBlock - 1) / kBlock;
  const bool fits = rows * kBlock == height && columns * kBlock == width;
  at::Tensor pixels = images.detach().to(torch::kFloat64) * 255;
  if (!fits) pixels = torch::upsample_bilinear2d(pixels, {rows * kBlock, columns * kBlock}, false);
  const at::Tensor blocks =
      pixels.reshape({n, channels, rows, kBlock, columns, kBlock}).permute({0, 1, 2, 4, 3, 5});
  at::Tensor distilled = distilBlocks(blocks)
                             .permute({0, 1, 2, 4, 3, 5})
                             .reshape({n, channels, rows * kBlock, columns * kBlock})
                             .clamp(0, 255);
  if (!fits) distilled = torch::upsample_bilinear2d(distilled, {height, width}, false);
  return (distilled / 255).to(torch::kFloat);
}

}  // namespace medlocker::attacks
