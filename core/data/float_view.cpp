// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "core/common/error.h"
#include "core/data/field_of_view.h"
#include "core/data/image.h"

namespace medlocker::data {
namespace {

constexpr double kLowShare = 0.005;
constexpr double kHighShare = 0.995;
constexpr std::size_t kStoredValues16 = 1 << 16;

/// Counts of the samples by value minus minValue; `mask` (per pixel) selects, null = all.
std::vector<std::uint64_t> histogram(const Image& image, const std::uint8_t* mask) {
  std::vector<std::uint64_t> counts(kStoredValues16, 0);
  const auto samples = image.samples16();
  const auto channels = static_cast<std::size_t>(image.channels());
  const std::size_t pixels = samples.size() / channels;
  for (std::size_t i = 0; i < pixels; ++i) {
    if (mask && !mask[i]) continue;
    for (std::size_t c = 0; c < channels; ++c) ++counts[samples[i * channels + c]];
  }
  // Two's complement order is the unsigned order with its halves swapped.
  if (image.isSigned()) std::rotate(counts.begin(), counts.begin() + kStoredValues16 / 2, counts.end());
  return counts;
}

/// Nearest rank: the least value whose cumulative share reaches `share`.
double percentile(const std::vector<std::uint64_t>& counts, double share, int firstValue) {
  std::uint64_t total = 0;
  for (const std::uint64_t count : counts) total += count;
  const auto rank =
      std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(total))));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    seen += counts[i];
    if (seen >= rank) return static_cast<double>(i) + firstValue;
  }
  return static_cast<double>(counts.size() - 1) + firstValue;
}

ValueWindow ordered(ValueWindow window) {
  if (!(window.hi > window.lo)) window.hi = window.lo + 1;
  return window;
}

ValueWindow percentileWindow(const Image& image, const std::uint8_t* mask) {
  const auto counts = histogram(image, mask);
  const int first = image.isSigned() ? -static_cast<int>(kStoredValues16 / 2) : 0;
  return ordered({percentile(counts, kLowShare, first), percentile(counts, kHighShare, first)});
}

/// Float value of every stored bit pattern.
std::vector<float> valueTable(const Image& image, const ValueWindow& window) {
  const std::size_t size = image.bitsAllocated() == 8 ? 256 : kStoredValues16;
  std::vector<float> table(size);
  for (std::size_t i = 0; i < size; ++i) {
    double value = static_cast<double>(i);
    if (image.isSigned() && i >= size / 2) value -= static_cast<double>(size);
    double f = std::clamp((value - window.lo) / (window.hi - window.lo), 0.0, 1.0);
    if (image.metadata.inverted) f = 1 - f;
    table[i] = static_cast<float>(f);
  }
  return table;
}

template <typename Sample>
void fillView(std::span<const Sample> samples, int channels, const std::vector<float>& table,
              std::vector<float>& out) {
  if (channels == 3) {
    for (std::size_t i = 0; i < samples.size(); ++i) out[i] = table[samples[i]];
    return;
  }
  for (std::size_t i = 0; i < samples.size(); ++i)
    out[3 * i] = out[3 * i + 1] = out[3 * i + 2] = table[samples[i]];
}

}  // namespace

ValueWindow displayWindow(const Image& image) {
  if (image.bits() <= 8)
    return {static_cast<double>(image.minValue()), static_cast<double>(image.maxValue())};
  if (image.metadata.windowLo && image.metadata.windowHi)
    return ordered({*image.metadata.windowLo, *image.metadata.windowHi});
  if (image.empty()) return {0, static_cast<double>(image.maxValue())};
  const ValueWindow whole = percentileWindow(image, nullptr);
  const FieldOfView fov = detectFieldOfView(floatView(image, whole));
  return fov.fallback ? whole : percentileWindow(image, fov.mask.data());
}

FloatImage floatView(const Image& image, const ValueWindow& window) {
  if (!(window.hi > window.lo))
    throw Error(ErrorCode::InvalidArgument, "the value window is empty or not a number");
  FloatImage view;
  view.width = image.width();
  view.height = image.height();
  view.values.resize(static_cast<std::size_t>(image.width()) * image.height() * 3);
  const std::vector<float> table = valueTable(image, window);
  if (image.bitsAllocated() == 8)
    fillView(image.samples8(), image.channels(), table, view.values);
  else
    fillView(image.samples16(), image.channels(), table, view.values);
  return view;
}

}  // namespace medlocker::data
