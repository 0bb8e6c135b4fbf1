// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <vector>

#include "core/common/random.h"

namespace medlocker::data::synthetic {

/// A decaying curve like exp(-q) for q >= 0 made of additions and one division: it vectorises, and its bits
/// do not depend on the C library.
inline float decay(float q) {
  const float h = 0.25F * q;
  const float d = 1.0F + h * (1.0F + h * (0.5F + h * (1.0F / 6.0F)));
  const float d2 = d * d;
  return 1.0F / (d2 * d2);
}

inline float smoothStep(float from, float to, float x) {
  const float t = std::clamp((x - from) / (to - from), 0.0F, 1.0F);
  return t * t * (3.0F - 2.0F * t);
}

inline float mix(float a, float b, float t) {
  return a + (b - a) * t;
}

/// Nearly normal, mean 0 and standard deviation 1: four 16-bit uniforms from one draw.
inline float cheapNormal(RandomStream& stream) {
  const std::uint64_t bits = stream.nextU64();
  const auto sum =
      static_cast<float>((bits & 0xFFFF) + ((bits >> 16) & 0xFFFF) + ((bits >> 32) & 0xFFFF) + (bits >> 48));
  // A sum of four uniforms on 0..65535 has mean 131070 and standard deviation 65536 / sqrt(3).
  return (sum - 131070.0F) * (1.7320508F / 65536.0F);
}

/// A smooth random field over the square [-kExtent, kExtent]²: normal values on a lattice, joined by cubic
/// B-splines and scaled to a standard deviation near 1. Immutable; outside the square the border is
/// continued.
class NoiseField {
  struct Tap {
    int first;
    std::array<float, 4> weight;
  };

 public:
  static constexpr float kExtent = 1.4F;

  NoiseField(RandomStream stream, float cell) : inverseCell_(1.0F / cell) {
    side_ = static_cast<int>(std::ceil(2.0F * kExtent / cell)) + 4;
    lattice_.resize(static_cast<std::size_t>(side_) * side_);
    // A cubic B-spline leaves on average (151/315)² of a lattice's variance.
    for (float& value : lattice_) value = cheapNormal(stream) * (315.0F / 151.0F);
  }

  float at(float x, float y) const {
    const Tap tx = tap(x);
    const Tap ty = tap(y);
    float sum = 0;
    for (int j = 0; j < 4; ++j) {
      const float* row = lattice_.data() + static_cast<std::size_t>(ty.first + j) * side_ + tx.first;
      sum += ty.weight[j] *
             (tx.weight[0] * row[0] + tx.weight[1] * row[1] + tx.weight[2] * row[2] + tx.weight[3] * row[3]);
    }
    return sum;
  }

  /// Reads the field row by row at fixed columns `xs`: the same values as at() for a fraction of the work.
  /// The field must outlive it.
  class RowSampler {
   public:
    RowSampler(const NoiseField& field, std::span<const float> xs)
        : field_(field), blended_(static_cast<std::size_t>(field.side_)) {
      taps_.reserve(xs.size());
      for (const float x : xs) taps_.push_back(field.tap(x));
    }

    void moveTo(float y) {
      const Tap ty = field_.tap(y);
      const auto side = static_cast<std::size_t>(field_.side_);
      const float* rows = field_.lattice_.data() + static_cast<std::size_t>(ty.first) * side;
      for (std::size_t i = 0; i < side; ++i) {
        blended_[i] = ty.weight[0] * rows[i] + ty.weight[1] * rows[side + i] +
                      ty.weight[2] * rows[2 * side + i] + ty.weight[3] * rows[3 * side + i];
      }
    }

    float operator[](std::size_t i) const {
      const Tap& t = taps_[i];
      const float* row = blended_.data() + t.first;
      return t.weight[0] * row[0] + t.weight[1] * row[1] + t.weight[2] * row[2] + t.weight[3] * row[3];
    }

   private:
    const NoiseField& field_;
    std::vector<float> blended_;
    std::vector<Tap> taps_;
  };

 private:
  Tap tap(float x) const {
    const float limit = static_cast<float>(side_) - 3.001F;
    const float position = std::clamp((x + kExtent) * inverseCell_ + 1.0F, 1.0F, limit);
    const int cell = static_cast<int>(position);
    const float t = position - static_cast<float>(cell);
    const float u = 1.0F - t;
    return {cell - 1,
            {u * u * u / 6.0F, (4.0F - 6.0F * t * t + 3.0F * t * t * t) / 6.0F,
             (4.0F - 6.0F * u * u + 3.0F * u * u * u) / 6.0F, t * t * t / 6.0F}};
  }

  float inverseCell_;
  int side_ = 0;
  std::vector<float> lattice_;
};

}  // namespace medlocker::data::synthetic
