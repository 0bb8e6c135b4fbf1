// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

#include <string>
#include <utility>

#include "core/attacks/target.h"

namespace medlocker::attacks::test {

/// Logits W·x + b of the flattened image: losses, gradients and distances have closed forms.
inline Target linearTarget(const at::Tensor& weights, const at::Tensor& bias, std::string name = "linear") {
  return Target(std::move(name), static_cast<int>(weights.size(0)),
                [weights, bias](const at::Tensor& images, const Pass&) {
                  return torch::matmul(images.flatten(1), weights.t()) + bias;
                });
}

/// The two-class oracle of the specification (2.6): margin m(x) = w·x + b, logits (m/2, -m/2).
inline Target marginTarget(const at::Tensor& w, double b) {
  return linearTarget(torch::stack({w / 2, -w / 2}), torch::tensor({b / 2, -b / 2}, torch::kFloat32));
}

/// A fixed two-layer network with smooth, non-linear logits. It computes in float64, so that its float32
/// answers do not depend on how a matrix product rounds for one batch size or another.
inline Target smoothTarget(int inputs, int classes, std::uint64_t seed, double scale = 1.0) {
  auto generator = at::detail::createCPUGenerator(seed);
  const at::Tensor first =
      torch::randn({32, inputs}, generator, torch::kFloat64) / std::sqrt(static_cast<double>(inputs)) * 3;
  const at::Tensor second = torch::randn({classes, 32}, generator, torch::kFloat64);
  return Target("smooth", classes, [first, second, scale](const at::Tensor& images, const Pass&) {
    const at::Tensor hidden =
        torch::tanh(torch::matmul(images.flatten(1).to(torch::kFloat64) - 0.5, first.t()));
    return (scale * torch::matmul(hidden, second.t())).to(torch::kFloat32);
  });
}

/// Uniform images in [low, high] from a generator of its own.
inline at::Tensor someImages(std::vector<std::int64_t> shape, std::uint64_t seed, double low = 0.0,
                             double high = 1.0) {
  auto generator = at::detail::createCPUGenerator(seed);
  return torch::rand(shape, generator) * (high - low) + low;
}

}  // namespace medlocker::attacks::test
