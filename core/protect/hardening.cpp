// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/hardening.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace medlocker::protect {
namespace {

constexpr int kControlPoints = 5;
constexpr double kLeastAmplitude = 0.75;   // native pixels
constexpr double kAmplitudeShare = 0.004;  // of the logo's width
constexpr double kTextureDeviation = 0.05;
constexpr double kCoarseLength = 0.04;  // correlation lengths in shares of the width
constexpr double kFineLength = 0.01;
constexpr double kFineShare = 0.5;  // amplitude of the second octave against the first
constexpr double kJitter = 0.02;
constexpr double kCoreMatte = 0.95;
constexpr double kCoreShare = 0.2;
constexpr double kCoreLength = 0.15;

std::uint16_t toCode(double value) {
  return static_cast<std::uint16_t>(std::floor(65535.0 * std::clamp(value, 0.0, 1.0) + 0.5));
}

double amplitudeOf(int logoWidth) {
  return std::max(kLeastAmplitude, kAmplitudeShare * logoWidth);
}

/// Catmull-Rom weights of the four points around part t of a cell.
std::array<double, 4> cubicWeights(double t) {
  const double t2 = t * t;
  const double t3 = t2 * t;
  return {-0.5 * t3 + t2 - 0.5 * t, 1.5 * t3 - 2.5 * t2 + 1, -1.5 * t3 + 2 * t2 + 0.5 * t,
          0.5 * t3 - 0.5 * t2};
}

/// A grid of values with bicubic interpolation; edge values are repeated.
struct Lattice {
  int columns = 0;
  int rows = 0;
  std::vector<double> values;

  Lattice(int c, int r) : columns(c), rows(r), values(static_cast<std::size_t>(c) * r) {}

  /// (u, v) in cells, 0..columns−1 and 0..rows−1.
  double at(double u, double v) const {
    const int iu = std::clamp(static_cast<int>(std::floor(u)), 0, columns - 1);
    const int iv = std::clamp(static_cast<int>(std::floor(v)), 0, rows - 1);
    const std::array<double, 4> wu = cubicWeights(u - iu);
    const std::array<double, 4> wv = cubicWeights(v - iv);
    double sum = 0;
    for (int dy = 0; dy < 4; ++dy)
      for (int dx = 0; dx < 4; ++dx)
        sum += wu[static_cast<std::size_t>(dx)] * wv[static_cast<std::size_t>(dy)] *
               values[static_cast<std::size_t>(std::clamp(iv + dy - 1, 0, rows - 1)) * columns +
                      std::clamp(iu + dx - 1, 0, columns - 1)];
    return sum;
  }
};

/// Smooth noise over width×height pixels with the given correlation length in pixels.
std::vector<double> smoothNoise(RandomStream& stream, int width, int height, double length) {
  const double cell = std::max(1.0, length);
  Lattice lattice(static_cast<int>(std::ceil(width / cell)) + 2,
                  static_cast<int>(std::ceil(height / cell)) + 2);
  for (double& value : lattice.values) value = stream.normal();
  std::vector<double> out(static_cast<std::size_t>(width) * height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      out[static_cast<std::size_t>(y) * width + x] = lattice.at((x + 0.5) / cell, (y + 0.5) / cell);
  return out;
}

/// Mean 0 and the given standard deviation over the support.
void standardise(std::vector<double>& noise, const std::vector<std::uint16_t>& matte, double deviation) {
  double sum = 0;
  double squares = 0;
  double count = 0;
  for (std::size_t i = 0; i < noise.size(); ++i) {
    if (matte[i] == 0) continue;
    sum += noise[i];
    squares += noise[i] * noise[i];
    ++count;
  }
  if (count == 0) return;
  const double mean = sum / count;
  const double spread = std::sqrt(std::max(1e-12, squares / count - mean * mean));
  for (double& value : noise) value = (value - mean) / spread * deviation;
}

LogoTile warped(const LogoTile& plain, std::uint64_t seed) {
  RandomStream stream = RandomStream::fromSeed(seed, "medlocker/warp/1");
  const double amplitude = amplitudeOf(plain.width);
  const int padding = static_cast<int>(std::ceil(amplitude));
  std::array<Lattice, 2> shift{Lattice(kControlPoints, kControlPoints),
                               Lattice(kControlPoints, kControlPoints)};
  for (Lattice& axis : shift)
    for (double& value : axis.values) value = stream.uniform(-amplitude, amplitude);
  LogoTile out;
  out.width = plain.width + 2 * padding;
  out.height = plain.height + 2 * padding;
  const std::size_t count = static_cast<std::size_t>(out.width) * out.height;
  out.rgb.assign(3 * count, 0);
  out.matte.assign(count, 0);
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x) {
      const double u = (x + 0.5) / out.width * (kControlPoints - 1);
      const double v = (y + 0.5) / out.height * (kControlPoints - 1);
      // Bicubic interpolation overshoots a little; the padding holds for the amplitude itself.
      const double sx = x - padding + std::clamp(shift[0].at(u, v), -amplitude, amplitude);
      const double sy = y - padding + std::clamp(shift[1].at(u, v), -amplitude, amplitude);
      const int ix = static_cast<int>(std::floor(sx));
      const int iy = static_cast<int>(std::floor(sy));
      double colour[3] = {0, 0, 0};
      double matte = 0;
      for (int dy = 0; dy < 2; ++dy)
        for (int dx = 0; dx < 2; ++dx) {
          if (ix + dx < 0 || iy + dy < 0 || ix + dx >= plain.width || iy + dy >= plain.height) continue;
          const std::size_t from = static_cast<std::size_t>(iy + dy) * plain.width + ix + dx;
          const double weight = (dx ? sx - ix : 1 - (sx - ix)) * (dy ? sy - iy : 1 - (sy - iy));
          const double m = weight * plain.matte[from] / 65535.0;
          matte += m;
          for (std::size_t c = 0; c < 3; ++c) colour[c] += m * plain.rgb[3 * from + c] / 65535.0;
        }
      const std::size_t to = static_cast<std::size_t>(y) * out.width + x;
      out.matte[to] = toCode(matte);
      if (out.matte[to] == 0) continue;
      for (std::size_t c = 0; c < 3; ++c) out.rgb[3 * to + c] = toCode(colour[c] / matte);
    }
  return out;
}

void addTexture(LogoTile& tile, std::uint64_t seed) {
  RandomStream stream = RandomStream::fromSeed(seed, "medlocker/texture/1");
  std::vector<double> noise = smoothNoise(stream, tile.width, tile.height, kCoarseLength * tile.width);
  const std::vector<double> fine = smoothNoise(stream, tile.width, tile.height, kFineLength * tile.width);
  for (std::size_t i = 0; i < noise.size(); ++i) noise[i] += kFineShare * fine[i];
  standardise(noise, tile.matte, kTextureDeviation);
  for (std::size_t i = 0; i < tile.matte.size(); ++i)
    if (tile.matte[i] > 0)
      tile.matte[i] = std::max<std::uint16_t>(1, toCode(tile.matte[i] / 65535.0 * (1 + noise[i])));
}

void jitterColours(LogoTile& tile, std::uint64_t seed) {
  RandomStream stream = RandomStream::fromSeed(seed, "medlocker/jitter/1");
  for (std::size_t c = 0; c < 3; ++c) {
    const double shift = stream.uniform(-kJitter, kJitter);
    for (std::size_t i = 0; i < tile.matte.size(); ++i)
      if (tile.matte[i] > 0) tile.rgb[3 * i + c] = toCode(tile.rgb[3 * i + c] / 65535.0 + shift);
  }
}

/// Smooth blobs: the pixels where the noise is highest.
void addCore(LogoTile& tile, const std::vector<std::uint16_t>& plainMatte, std::uint64_t seed) {
  RandomStream stream = RandomStream::fromSeed(seed, "medlocker/core/1");
  const std::vector<double> noise = smoothNoise(stream, tile.width, tile.height, kCoreLength * tile.width);
  std::vector<std::size_t> eligible;
  for (std::size_t i = 0; i < plainMatte.size(); ++i)
    if (plainMatte[i] >= kCoreMatte * 65535) eligible.push_back(i);
  const std::size_t wanted =
      std::min(eligible.size(),
               static_cast<std::size_t>(std::ceil(kCoreShare * static_cast<double>(tile.supportArea()))));
  std::stable_sort(eligible.begin(), eligible.end(),
                   [&](std::size_t a, std::size_t b) { return noise[a] > noise[b]; });
  tile.core.assign(tile.matte.size(), 0);
  for (std::size_t i = 0; i < wanted; ++i) tile.core[eligible[i]] = 1;
}

}  // namespace

HardeningSeeds drawHardening(const HardeningOptions& options, const RandomStream& secret) {
  RandomStream stream = secret.child("hardening");
  // All are drawn whether used or not, so that one option never changes another's draw; 0 means "not".
  std::array<std::uint64_t, 4> drawn{};
  for (std::uint64_t& seed : drawn) seed = std::max<std::uint64_t>(1, stream.nextU64());
  return {options.warp ? drawn[0] : 0, options.texture ? drawn[1] : 0, options.jitter ? drawn[2] : 0,
          options.opaqueCore ? drawn[3] : 0};
}

int hardeningPadding(int logoWidth, const HardeningSeeds& seeds) {
  return seeds.warp == 0 ? 0 : static_cast<int>(std::ceil(amplitudeOf(logoWidth)));
}

LogoTile hardenTile(const LogoTile& plain, const HardeningSeeds& seeds) {
  LogoTile tile = seeds.warp == 0 ? plain : warped(plain, seeds.warp);
  const std::vector<std::uint16_t> matte = tile.matte;
  if (seeds.texture != 0) addTexture(tile, seeds.texture);
  if (seeds.jitter != 0) jitterColours(tile, seeds.jitter);
  if (seeds.core != 0) addCore(tile, matte, seeds.core);
  return tile;
}

}  // namespace medlocker::protect
