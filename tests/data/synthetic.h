// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/common/random.h"
#include "core/data/image.h"

namespace medlocker::test {

inline RandomStream seededRandom(std::uint64_t seed) {
  return RandomStream::fromSeed(seed, "medlocker/test");
}

/// Pixel centre inside the disc.
inline bool inDisc(int x, int y, double cx, double cy, double radius) {
  const double dx = x + 0.5 - cx;
  const double dy = y + 0.5 - cy;
  return dx * dx + dy * dy <= radius * radius;
}

/// Uniform random samples over the whole range of the image's depth.
inline void fillRandomly(data::Image& image, RandomStream& random) {
  const auto range = static_cast<std::uint64_t>(image.maxValue() - image.minValue()) + 1;
  for (int y = 0; y < image.height(); ++y)
    for (int x = 0; x < image.width(); ++x)
      for (int c = 0; c < image.channels(); ++c)
        image.setSample(x, y, c, image.minValue() + static_cast<int>(random.below(range)));
}

inline data::FloatImage randomView(int width, int height, RandomStream& random) {
  data::FloatImage view{width, height, {}};
  view.values.resize(static_cast<std::size_t>(width) * height * 3);
  for (float& value : view.values) value = static_cast<float>(random.uniform());
  return view;
}

}  // namespace medlocker::test
