// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/attacks/transfer/transfer_options.h"
#include "core/common/random.h"

/// The pieces of the transfer loop as functions of tensors: images N×C×H×W. All are pure and thread-safe.
namespace medlocker::attacks {

/// Sizes of input diversity for a side: canvas M = floor(side · rate), resized sides r in {side … M-1}.
struct DiversityGeometry {
  int side = 0;
  int canvas = 0;
  bool identity() const { return canvas <= side; }
};
DiversityGeometry diversityGeometry(int side, double rate);

/// One draw of input diversity, shared by all images of a step and view.
struct DiversityDraw {
  bool apply = false;
  int size = 0;  ///< r
  int top = 0;
  int left = 0;
};
DiversityDraw drawDiversity(const DiversityGeometry& geometry, double probability, RandomStream& stream);
/// Differentiable. Square images.
at::Tensor applyDiversity(const at::Tensor& images, const DiversityGeometry& geometry,
                          const DiversityDraw& draw, bool resizeBack);

/// Differentiable resize to side×side: bilinear (pixel centres), area-filtered when shrinking; the same
/// tensor when it has that side already.
at::Tensor resizeTo(const at::Tensor& images, std::int64_t side);

/// Normalised one-dimensional profile of the separable smoothing kernel, `size` odd. The Gaussian is sampled
/// at `size` points evenly spaced on [-extent, extent] standard deviations.
std::vector<double> kernelProfile(KernelShape shape, int size, double extent = 3);
/// Depthwise convolution with the profile's outer product, zero padding; k = 1 returns the input.
at::Tensor smoothGradient(const at::Tensor& gradient, const std::vector<double>& profile);

/// MI: mu·previous + gradient / meanabs(gradient).
at::Tensor accumulateMomentum(const at::Tensor& previous, const at::Tensor& gradient, double momentum);
/// NI: where the gradient is taken, x + step·mu·previous; not clipped.
at::Tensor lookAhead(const at::Tensor& x, const at::Tensor& previous, double momentum, double step);
/// PGN: the probe x - step·gradient / meanabs(gradient); not clipped.
at::Tensor flatnessProbe(const at::Tensor& x, const at::Tensor& gradient, double step);

}  // namespace medlocker::attacks
