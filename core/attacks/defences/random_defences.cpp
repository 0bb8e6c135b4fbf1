// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/defences/random_defences.h"

#include <torch/torch.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "core/attacks/defences/pixel_defences.h"
#include "core/attacks/transfer/gradient_views.h"
#include "core/common/error.h"

namespace medlocker::attacks {
namespace {

constexpr double kReferenceSide = 299;  // the side for which sizes of R&P are published
constexpr double kReferenceLowest = 310;
constexpr double kReferenceCanvas = 331;

using Matrix = std::array<double, 6>;  // rows of a 2×3 matrix that maps output to input, unit: [-1,1]

Matrix compose(const Matrix& outer, const Matrix& inner) {
  return {outer[0] * inner[0] + outer[1] * inner[3],
          outer[0] * inner[1] + outer[1] * inner[4],
          outer[0] * inner[2] + outer[1] * inner[5] + outer[2],
          outer[3] * inner[0] + outer[4] * inner[3],
          outer[3] * inner[1] + outer[4] * inner[4],
          outer[3] * inner[2] + outer[4] * inner[5] + outer[5]};
}

double jitterFactor(RandomStream& stream) {
  return 0.95 + 0.01 * static_cast<double>(stream.below(11));
}

/// Inverse map of the four steps in their order: the last one is undone first.
Matrix drawJitter(RandomStream& stream) {
  const double shear = std::numbers::pi / 128 * jitterFactor(stream);
  const double shiftX = 0.02 * 2 * jitterFactor(stream);  // 2 % of a width of 2
  const double shiftY = 0.02 * 2 * jitterFactor(stream);
  const double zoom = 0.95 * jitterFactor(stream);
  const double angle = -std::numbers::pi / 128 * jitterFactor(stream);
  const Matrix sheared{1, std::tan(shear), 0, 0, 1, 0};
  const Matrix shifted{1, 0, shiftX, 0, 1, shiftY};
  const Matrix zoomed{zoom, 0, 0, 0, zoom, 0};
  const Matrix rotated{std::cos(angle), -std::sin(angle), 0, std::sin(angle), std::cos(angle), 0};
  return compose(compose(sheared, shifted), compose(zoomed, rotated));
}

at::Tensor forwardX(const at::Tensor& z) {
  at::Tensor d = torch::zeros_like(z);
  d.slice(3, 0, -1).copy_(z.slice(3, 1) - z.slice(3, 0, -1));
  return d;
}

at::Tensor forwardY(const at::Tensor& z) {
  at::Tensor d = torch::zeros_like(z);
  d.slice(2, 0, -1).copy_(z.slice(2, 1) - z.slice(2, 0, -1));
  return d;
}

/// Adjoint of (forwardX, forwardY).
at::Tensor adjoint(const at::Tensor& px, const at::Tensor& py) {
  at::Tensor r = torch::zeros_like(px);
  r.slice(3, 0, -1).sub_(px.slice(3, 0, -1));
  r.slice(3, 1).add_(px.slice(3, 0, -1));
  r.slice(2, 0, -1).sub_(py.slice(2, 0, -1));
  r.slice(2, 1).add_(py.slice(2, 0, -1));
  return r;
}

at::Tensor perImageNorm(const at::Tensor& x) {
  return x.flatten(1).norm(2, 1).view({-1, 1, 1, 1});
}

/// Where the solver starts at dropped values: the mean of kept neighbours, so that nothing of a dropped value
/// remains and few iterations are needed.
at::Tensor filledIn(const at::Tensor& images, const at::Tensor& kept) {
  const std::int64_t channels = images.size(1);
  const at::Tensor box = torch::ones({channels, 1, 3, 3}, images.options());
  const at::Tensor sum = torch::conv2d(images * kept, box, {}, 1, 1, 1, channels);
  const at::Tensor count = torch::conv2d(kept, box, {}, 1, 1, 1, channels);
  const at::Tensor whole = (images * kept).sum({2, 3}, true) / kept.sum({2, 3}, true).clamp_min(1);
  const at::Tensor local = torch::where(count > 0, sum / count.clamp_min(1), whole.expand_as(sum));
  return torch::where(kept > 0, images, local);
}

}  // namespace

RandomResizeDefence::Sizes RandomResizeDefence::sizesFor(std::int64_t side) {
  const auto published = static_cast<double>(side) / kReferenceSide;
  const auto lowest = static_cast<std::int64_t>(std::lround(published * kReferenceLowest));
  return {lowest, std::max(static_cast<std::int64_t>(std::ceil(published * kReferenceCanvas)), lowest + 1)};
}

RandomResizeDefence::RandomResizeDefence(int side, int draws)
    : sizes_(sizesFor(side)),
      draws_(draws > 0    ? draws
             : side < 160 ? 10
                          : 30) {
}

Json RandomResizeDefence::settings() const {
  return {{"lowest", sizes_.lowest},
          {"highest", sizes_.canvas - 1},
          {"canvas", sizes_.canvas},
          {"draws", draws_}};
}

at::Tensor RandomResizeDefence::transform(const at::Tensor& images, std::span<const RandomStream> streams,
                                          int pass) const {
  const auto [lowest, canvas] = sizesFor(images.size(2));
  std::vector<at::Tensor> copies;
  for (std::int64_t i = 0; i < images.size(0); ++i) {
    RandomStream stream = streams[static_cast<std::size_t>(i)].child("rp", static_cast<std::uint64_t>(pass));
    const auto size =
        lowest + static_cast<std::int64_t>(stream.below(static_cast<std::uint64_t>(canvas - lowest)));
    const auto offsets = static_cast<std::uint64_t>(canvas - size + 1);
    const auto top = static_cast<std::int64_t>(stream.below(offsets));
    const auto left = static_cast<std::int64_t>(stream.below(offsets));
    const bool flip = stream.chance(0.5);
    at::Tensor copy = torch::upsample_nearest2d(images.narrow(0, i, 1), {size, size});
    copy = torch::constant_pad_nd(copy, {left, canvas - size - left, top, canvas - size - top}, 0);
    copies.push_back(flip ? copy.flip({3}) : copy);
  }
  return copies.empty() ? images : resizeTo(torch::cat(copies), images.size(2));
}

JitterDefence::JitterDefence(int draws) : draws_(draws) {
  if (draws < 1) throw Error(ErrorCode::InvalidArgument, "nips-r3 takes one draw or more");
}

Json JitterDefence::settings() const {
  return {{"draws", draws_}, {"jitter_weight", 0.9}, {"jpeg_weight", 0.1}, {"jpeg_quality", 50}};
}

at::Tensor JitterDefence::transform(const at::Tensor& images, std::span<const RandomStream> streams,
                                    int pass) const {
  if (pass == draws_) return jpegRoundTrip(images, 50);
  at::Tensor maps = torch::empty({images.size(0), 2, 3}, torch::kFloat);
  auto values = maps.accessor<float, 3>();
  for (std::int64_t i = 0; i < images.size(0); ++i) {
    RandomStream stream =
        streams[static_cast<std::size_t>(i)].child("jitter", static_cast<std::uint64_t>(pass));
    const Matrix map = drawJitter(stream);
    for (std::int64_t j = 0; j < 6; ++j)
      values[i][j / 3][j % 3] = static_cast<float>(map[static_cast<std::size_t>(j)]);
  }
  const at::Tensor grid = torch::affine_grid_generator(maps, images.sizes(), false);
  constexpr std::int64_t kNearest = 1, kZeros = 0;
  return torch::grid_sampler(images, grid, kNearest, kZeros, false);
}

at::Tensor minimiseTotalVariation(const at::Tensor& images, const at::Tensor& kept, double lambda,
                                  int iterations, double tolerance) {
  const torch::NoGradGuard noGradients;
  const double step = 1 / std::sqrt(8.0);
  const at::Tensor x = images.detach().to(torch::kFloat64);
  const at::Tensor keep = kept.to(torch::kFloat64);
  at::Tensor z = filledIn(x, keep);
  at::Tensor ahead = z;
  at::Tensor px = torch::zeros_like(z), py = torch::zeros_like(z);
  at::Tensor moving = torch::ones({z.size(0), 1, 1, 1}, z.options());
  for (int i = 0; i < iterations; ++i) {
    px = px + step * forwardX(ahead);
    py = py + step * forwardY(ahead);
    const at::Tensor excess = (torch::sqrt(px.square() + py.square()) / lambda).clamp_min(1);
    px = px / excess;
    py = py / excess;
    const at::Tensor v = z - step * adjoint(px, py);
    const at::Tensor next = torch::where(keep > 0, (v + step * x) / (1 + step), v);
    const at::Tensor change = next - z;
    const at::Tensor still = perImageNorm(change) < tolerance * perImageNorm(z).clamp_min(1e-12);
    // Finished images stay where they are, so that a batch changes nothing.
    ahead = torch::where(moving > 0, next + change, ahead);
    z = torch::where(moving > 0, next, z);
    moving = moving * still.logical_not().to(moving.scalar_type());
    if (tolerance > 0 && moving.sum().item<double>() == 0) break;
  }
  return z;
}

TotalVariationDefence::TotalVariationDefence(double lambda) : lambda_(lambda) {
  if (!(lambda > 0)) throw Error(ErrorCode::InvalidArgument, "tvm takes a lambda above 0");
}

Json TotalVariationDefence::settings() const {
  return {{"lambda", lambda_}, {"drop", 0.5}, {"iterations", 200}};
}

at::Tensor TotalVariationDefence::transform(const at::Tensor& images, std::span<const RandomStream> streams,
                                            int pass) const {
  at::Tensor kept = torch::empty(images.sizes(), torch::kFloat);
  auto* value = kept.data_ptr<float>();
  const std::int64_t perImage = images.size(0) > 0 ? kept.numel() / images.size(0) : 0;
  for (std::int64_t i = 0; i < images.size(0); ++i) {
    RandomStream stream = streams[static_cast<std::size_t>(i)].child("tvm", static_cast<std::uint64_t>(pass));
    for (std::int64_t j = 0; j < perImage; ++j) *value++ = stream.chance(0.5) ? 1.F : 0.F;
  }
  return minimiseTotalVariation(images, kept, lambda_).clamp(0, 1).to(torch::kFloat);
}

SmoothingDefence::SmoothingDefence(double sigma, int draws, double alpha)
    : sigma_(sigma), draws_(draws), alpha_(alpha) {
  if (!(sigma > 0 && sigma <= 10)) throw Error(ErrorCode::InvalidArgument, "rs takes a sigma in (0, 10]");
  if (draws < 1) throw Error(ErrorCode::InvalidArgument, "rs takes one draw or more");
}

Json SmoothingDefence::settings() const {
  return {{"sigma", sigma_}, {"draws", draws_}, {"alpha", alpha_}};
}

at::Tensor SmoothingDefence::transform(const at::Tensor& images, std::span<const RandomStream> streams,
                                       int pass) const {
  at::Tensor noise = torch::empty(images.sizes(), torch::kFloat);
  auto* value = noise.data_ptr<float>();
  const std::int64_t perImage = images.size(0) > 0 ? noise.numel() / images.size(0) : 0;
  for (std::int64_t i = 0; i < images.size(0); ++i) {
    RandomStream stream = streams[static_cast<std::size_t>(i)].child("rs", static_cast<std::uint64_t>(pass));
    for (std::int64_t j = 0; j < perImage; ++j) *value++ = static_cast<float>(sigma_ * stream.normal());
  }
  return images + noise;
}

}  // namespace medlocker::attacks
