// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/models/formula_fill.h"

#include <cmath>

namespace medlocker::test {
namespace {

std::uint64_t fnv1a(const std::string& text) {
  std::uint64_t value = 0xCBF29CE484222325ULL;
  for (const char c : text) value = (value ^ static_cast<std::uint8_t>(c)) * 0x100000001B3ULL;
  return value;
}

}  // namespace

std::vector<double> formulaUniform(const std::string& name, std::int64_t count) {
  std::vector<double> values(static_cast<std::size_t>(count));
  std::uint64_t state = fnv1a(name);
  for (double& value : values) {
    std::uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    z ^= z >> 31;
    value = static_cast<double>(z >> 40) / 16777216.0 - 0.5;
    state += 0x9E3779B97F4A7C15ULL;
  }
  return values;
}

void formulaFill(models::Network& network, double gain) {
  const torch::NoGradGuard guard;
  for (const auto& [name, tensor] : models::stateDict(network)) {
    if (!tensor.is_floating_point()) continue;
    double scale = 0.2;
    double offset = 0;
    if (name.ends_with("running_var")) {
      scale = 0.5;
      offset = 1;
    } else if (name.ends_with("running_mean")) {
      scale = 0.2;
    } else if (tensor.dim() >= 2 && name.ends_with("weight")) {
      const auto fanIn = static_cast<double>(tensor.numel() / tensor.size(0));
      scale = gain * std::sqrt(12.0 / fanIn);
    } else if (name.ends_with("weight")) {
      scale = 0.4;
      offset = 0.8;
    }
    const std::vector<double> uniform = formulaUniform(name, tensor.numel());
    std::vector<float> values(uniform.size());
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = static_cast<float>(offset + scale * uniform[i]);
    tensor.copy_(torch::from_blob(values.data(), tensor.sizes()));
  }
}

torch::Tensor formulaImages(std::int64_t count, std::int64_t side) {
  const std::vector<double> noise = formulaUniform("input", count * 3 * side * side);
  torch::Tensor images = torch::empty({count, 3, side, side});
  float* out = images.data_ptr<float>();
  std::size_t i = 0;
  for (std::int64_t b = 0; b < count; ++b)
    for (std::int64_t c = 0; c < 3; ++c)
      for (std::int64_t y = 0; y < side; ++y)
        for (std::int64_t x = 0; x < side; ++x, ++i) {
          const double stripes = static_cast<double>((x * (c + 1) + y * (b + 2)) % 32) / 32;
          out[i] = static_cast<float>(0.75 * stripes + 0.25 * (noise[i] + 0.5));
        }
  return images;
}

}  // namespace medlocker::test
