// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/transforms.h"

#include <ATen/Parallel.h>
#include <torch/torch.h>
#include <turbojpeg.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>
#include <type_traits>

#include "core/common/error.h"

namespace medlocker::protect {
namespace {

namespace F = torch::nn::functional;

constexpr double kReferenceSide = 224;  // blur strengths are given for this side

struct TurboDeleter {
  void operator()(void* handle) const { tjDestroy(handle); }
};
using TurboHandle = std::unique_ptr<std::remove_pointer_t<tjhandle>, TurboDeleter>;

[[noreturn]] void jpegFailure(const TurboHandle& handle) {
  throw Error(ErrorCode::Internal, std::string("JPEG simulation failed: ") + tjGetErrorStr2(handle.get()));
}

/// One 3×h×w image, in place.
void jpegInPlace(float* planes, int height, int width, int quality) {
  thread_local const TurboHandle compressor(tjInitCompress());
  thread_local const TurboHandle decompressor(tjInitDecompress());
  thread_local std::vector<unsigned char> pixels;
  thread_local std::vector<unsigned char> stream;
  const std::size_t area = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
  pixels.resize(area * 3);
  for (std::size_t i = 0; i < area; ++i)
    for (std::size_t c = 0; c < 3; ++c)
      pixels[3 * i + c] =
          static_cast<unsigned char>(std::clamp(planes[c * area + i], 0.F, 1.F) * 255.F + 0.5F);
  stream.resize(tjBufSize(width, height, TJSAMP_420));
  unsigned char* out = stream.data();
  unsigned long size = stream.size();
  if (tjCompress2(compressor.get(), pixels.data(), width, 0, height, TJPF_RGB, &out, &size, TJSAMP_420,
                  quality, TJFLAG_NOREALLOC | TJFLAG_ACCURATEDCT) != 0)
    jpegFailure(compressor);
  if (tjDecompress2(decompressor.get(), out, size, pixels.data(), width, 0, height, TJPF_RGB,
                    TJFLAG_ACCURATEDCT) != 0)
    jpegFailure(decompressor);
  for (std::size_t i = 0; i < area; ++i)
    for (std::size_t c = 0; c < 3; ++c) planes[c * area + i] = static_cast<float>(pixels[3 * i + c]) / 255.F;
}

at::Tensor downAndUp(const at::Tensor& images, double factor) {
  const std::int64_t height = images.size(2);
  const std::int64_t width = images.size(3);
  const std::vector<std::int64_t> small{
      std::max<std::int64_t>(1, std::llround(factor * static_cast<double>(height))),
      std::max<std::int64_t>(1, std::llround(factor * static_cast<double>(width)))};
  auto options = F::InterpolateFuncOptions().mode(torch::kBilinear).align_corners(false);
  const at::Tensor shrunk = F::interpolate(images, options.size(small).antialias(true));
  return F::interpolate(shrunk, options.size(std::vector<std::int64_t>{height, width}).antialias(false));
}

/// Crop, flips and rotation as one bilinear resampling. Outside of the image is black, as outside of the
/// retina.
at::Tensor resampleGeometry(const at::Tensor& images, const Transform& t) {
  const double height = static_cast<double>(images.size(2));
  const double width = static_cast<double>(images.size(3));
  const double angle = t.rotationDegrees.value_or(0) * std::numbers::pi / 180;
  const Transform::Crop crop = t.crop.value_or(Transform::Crop{});
  const double signX = t.flipHorizontal ? -1 : 1;
  const double signY = t.flipVertical ? -1 : 1;
  // Output point -> flip -> rotate about the centre (in pixels, hence the aspect) -> place in the crop.
  // Normalised coordinates run from -1 to 1.
  const double cosine = std::cos(angle);
  const double sine = std::sin(angle);
  const double a = cosine * signX;
  const double b = -sine * signY * height / width;
  const double c = sine * signX * width / height;
  const double d = cosine * signY;
  const double centreX = 2 * crop.left + crop.width - 1;
  const double centreY = 2 * crop.top + crop.height - 1;
  const at::Tensor theta =
      torch::tensor({crop.width * a, crop.width * b, centreX, crop.height * c, crop.height * d, centreY},
                    torch::kDouble)
          .to(images.options())
          .view({1, 2, 3});
  const at::Tensor grid = F::affine_grid(theta, {1, 1, images.size(2), images.size(3)}, false)
                              .expand({images.size(0), images.size(2), images.size(3), 2});
  return F::grid_sample(
      images, grid,
      F::GridSampleFuncOptions().mode(torch::kBilinear).padding_mode(torch::kZeros).align_corners(false));
}

at::Tensor flipped(const at::Tensor& images, const Transform& t) {
  std::vector<std::int64_t> axes;
  if (t.flipVertical) axes.push_back(2);
  if (t.flipHorizontal) axes.push_back(3);
  return axes.empty() ? images : images.flip(axes);
}

}  // namespace

bool Transform::changesPixels() const {
  return jpegQuality || downscale || crop || blurSigma || brightness || contrast || gamma || flipHorizontal ||
         flipVertical || rotationDegrees;
}

Transform drawTransform(RandomStream& stream) {
  // Every value is drawn whether it is used or not, so that one draw never shifts the next.
  const auto maybe = [&stream](double probability, double lo, double hi) -> std::optional<double> {
    const bool used = stream.chance(probability);
    const double value = stream.uniform(lo, hi);
    return used ? std::optional<double>(value) : std::nullopt;
  };
  Transform t;
  if (const auto quality = maybe(0.5, 50, 96)) t.jpegQuality = static_cast<int>(*quality);
  t.downscale = maybe(0.3, 0.4, 0.9);
  const auto keepWidth = maybe(0.5, 0.85, 1.0);
  const double keepHeight = stream.uniform(0.85, 1.0);
  const double left = stream.uniform();
  const double top = stream.uniform();
  if (keepWidth)
    t.crop = Transform::Crop{left * (1 - *keepWidth), top * (1 - keepHeight), *keepWidth, keepHeight};
  t.blurSigma = maybe(0.3, 0.3, 1.2);
  t.brightness = maybe(0.5, 0.85, 1.15);
  const double contrast = stream.uniform(0.85, 1.15);
  if (t.brightness) t.contrast = contrast;
  t.gamma = maybe(0.3, 0.8, 1.25);
  t.flipHorizontal = stream.chance(0.3);
  t.flipVertical = stream.chance(0.3);
  t.rotationDegrees = maybe(0.3, -10, 10);
  constexpr std::array kProfiles{data::PreprocessProfile::Squash, data::PreprocessProfile::Pad,
                                 data::PreprocessProfile::Circle, data::PreprocessProfile::LocalMean,
                                 data::PreprocessProfile::Clahe};
  if (const auto profile = maybe(0.3, 0, kProfiles.size()))
    t.profile = kProfiles[static_cast<std::size_t>(*profile)];
  return t;
}

std::vector<Transform> drawTransformSet(RandomStream& stream, int count) {
  if (count < 0 || count > 16)
    throw Error(ErrorCode::InvalidArgument, "the number of transforms must lie in 0..16");
  std::vector<Transform> set(1);
  for (int i = 0; i < count; ++i) set.push_back(drawTransform(stream));
  return set;
}

at::Tensor gaussianBlur(const at::Tensor& images, double sigma, int radius) {
  std::vector<double> weights;
  for (int i = -radius; i <= radius; ++i) weights.push_back(std::exp(-0.5 * i * i / (sigma * sigma)));
  const at::Tensor kernel64 = torch::tensor(weights, torch::kDouble);
  const at::Tensor kernel = (kernel64 / kernel64.sum()).to(images.options());
  const std::int64_t channels = images.size(1);
  const std::int64_t taps = 2 * radius + 1;
  const at::Tensor across = kernel.view({1, 1, 1, taps}).expand({channels, 1, 1, taps});
  const at::Tensor down = kernel.view({1, 1, taps, 1}).expand({channels, 1, taps, 1});
  const at::Tensor padded =
      F::pad(images, F::PadFuncOptions({radius, radius, radius, radius}).mode(torch::kReflect));
  const auto options = F::Conv2dFuncOptions().groups(channels);
  return F::conv2d(F::conv2d(padded, across, options), down, options);
}

at::Tensor jpegRoundTrip(const at::Tensor& images, int quality) {
  at::Tensor copy = images.detach().to(torch::kCPU, torch::kFloat, false, true).contiguous();
  const int height = static_cast<int>(copy.size(2));
  const int width = static_cast<int>(copy.size(3));
  float* data = copy.data_ptr<float>();
  const std::int64_t stride = copy.size(1) * copy.size(2) * copy.size(3);
  at::parallel_for(0, copy.size(0), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) jpegInPlace(data + i * stride, height, width, quality);
  });
  copy = copy.to(images.options());
  if (!images.requires_grad()) return copy;
  return images + (copy - images).detach();
}

at::Tensor applyTransform(const at::Tensor& images, const Transform& t) {
  at::Tensor x = images;
  if (t.jpegQuality) x = jpegRoundTrip(x, *t.jpegQuality);
  if (t.downscale) x = downAndUp(x, *t.downscale);
  if (t.crop || t.rotationDegrees)
    x = resampleGeometry(x, t);
  else
    x = flipped(x, t);
  if (t.blurSigma) {
    const double side = static_cast<double>(std::min(x.size(2), x.size(3)));
    const double sigma = *t.blurSigma * side / kReferenceSide;
    x = gaussianBlur(x, sigma, std::max(1, static_cast<int>(std::ceil(3 * sigma))));
  }
  if (t.brightness) x = x * *t.brightness;
  if (t.contrast) {
    const at::Tensor mean = x.mean({1, 2, 3}, true);
    x = (x - mean) * *t.contrast + mean;
  }
  if (t.brightness || t.contrast) x = x.clamp(0, 1);
  // The floor keeps the derivative of the power finite at black.
  if (t.gamma) x = x.clamp(1e-4, 1).pow(*t.gamma);
  return x;
}

}  // namespace medlocker::protect
