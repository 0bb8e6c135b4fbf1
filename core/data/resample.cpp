// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/resample.h"

#include <algorithm>
#include <cmath>

#include "core/common/error.h"
#include "core/data/preprocess.h"

namespace medlocker::data {
namespace {

/// Source taps of every output position along one axis: positions first … first+count-1, weights from
/// `weights[offset]` on; they sum to 1.
struct Axis {
  struct Tap {
    int first;
    int count;
    std::size_t offset;
  };
  std::vector<Tap> taps;
  std::vector<float> weights;
};

Axis makeAxis(int source, int target) {
  Axis axis;
  axis.taps.reserve(static_cast<std::size_t>(target));
  for (int i = 0; i < target; ++i) {
    const std::size_t offset = axis.weights.size();
    if (target == source) {
      axis.taps.push_back({i, 1, offset});
      axis.weights.push_back(1);
    } else if (target < source) {
      // In units of 1/target source pixels all edges are integers, so the overlaps are exact.
      const std::int64_t begin = static_cast<std::int64_t>(i) * source;
      const std::int64_t end = begin + source;
      const int first = static_cast<int>(begin / target);
      const int last = static_cast<int>((end + target - 1) / target);
      axis.taps.push_back({first, last - first, offset});
      for (int j = first; j < last; ++j) {
        const std::int64_t left = static_cast<std::int64_t>(j) * target;
        const std::int64_t overlap = std::min(end, left + target) - std::max(begin, left);
        axis.weights.push_back(static_cast<float>(static_cast<double>(overlap) / source));
      }
    } else {
      const double centre = (i + 0.5) * source / target - 0.5;
      const double base = std::floor(centre);
      const int left = std::clamp(static_cast<int>(base), 0, source - 1);
      const int right = std::clamp(static_cast<int>(base) + 1, 0, source - 1);
      const auto share = static_cast<float>(centre - base);
      axis.taps.push_back({left, right - left + 1, offset});
      if (left == right) {
        axis.weights.push_back(1);
      } else {
        axis.weights.push_back(1 - share);
        axis.weights.push_back(share);
      }
    }
  }
  return axis;
}

/// Weighted sums of `Channels` interleaved values of one source row. Region column x is source column
/// x + shift; only columns of `span` are touched.
template <int Channels, typename Value>
void resizeRow(const Value* row, int shift, const RowSpan& span, const Axis& axis, float* out) {
  for (const Axis::Tap& tap : axis.taps) {
    const int first = std::max(tap.first, span.first);
    const int last = std::min(tap.first + tap.count, span.last);
    float sums[Channels] = {};
    for (int x = first; x < last; ++x) {
      const float weight = axis.weights[tap.offset + static_cast<std::size_t>(x - tap.first)];
      const Value* value = row + static_cast<std::size_t>(x + shift) * Channels;
      for (int c = 0; c < Channels; ++c) sums[c] += weight * static_cast<float>(value[c]);
    }
    for (int c = 0; c < Channels; ++c) out[c] = sums[c];
    out += Channels;
  }
}

template <int Channels, typename Value>
std::vector<float> resizePlane(const Value* source, int sourceWidth, int sourceHeight, const Box& region,
                               int width, int height, const std::function<RowSpan(int)>& spanOfRow) {
  if (region.empty() || width < 1 || height < 1)
    throw Error(ErrorCode::InvalidArgument, "an image cannot be resized from or to nothing");
  const Axis columns = makeAxis(region.width(), width);
  const Axis rows = makeAxis(region.height(), height);
  const std::size_t rowValues = static_cast<std::size_t>(width) * Channels;
  const RowSpan inside{std::max(0, -region.x0), std::min(region.width(), sourceWidth - region.x0)};

  std::vector<float> out(rowValues * static_cast<std::size_t>(height), 0.F);
  // Rows come in ascending order and neighbours share at most their edge rows (shrinking) or a pair
  // (enlarging), so two resized rows are all that must be remembered.
  std::vector<float> kept[2] = {std::vector<float>(rowValues), std::vector<float>(rowValues)};
  int keptRow[2] = {-1, -1};
  const auto resizedRow = [&](int y) -> const float* {
    std::vector<float>& slot = kept[y % 2];
    if (keptRow[y % 2] == y) return slot.data();
    keptRow[y % 2] = y;
    RowSpan span = inside;
    if (spanOfRow) {
      const RowSpan wanted = spanOfRow(y);
      span = {std::max(span.first, wanted.first), std::min(span.last, wanted.last)};
    }
    const Value* row = source + static_cast<std::size_t>(y + region.y0) * sourceWidth * Channels;
    resizeRow<Channels>(row, region.x0, span, columns, slot.data());
    return slot.data();
  };
  for (int j = 0; j < height; ++j) {
    const Axis::Tap& tap = rows.taps[static_cast<std::size_t>(j)];
    float* target = out.data() + static_cast<std::size_t>(j) * rowValues;
    for (int k = 0; k < tap.count; ++k) {
      const int y = tap.first + k;
      if (y + region.y0 < 0 || y + region.y0 >= sourceHeight) continue;
      const float weight = rows.weights[tap.offset + static_cast<std::size_t>(k)];
      const float* row = resizedRow(y);
      for (std::size_t i = 0; i < rowValues; ++i) target[i] += weight * row[i];
    }
  }
  return out;
}

void checkView(const FloatImage& source) {
  if (source.values.size() != static_cast<std::size_t>(source.width) * source.height * 3)
    throw Error(ErrorCode::InvalidArgument, "the view's values do not fit its size");
}

}  // namespace

FloatImage resizeRegion(const FloatImage& source, const Box& region, int width, int height,
                        const std::function<RowSpan(int)>& spanOfRow) {
  checkView(source);
  return {
      width, height,
      resizePlane<3>(source.values.data(), source.width, source.height, region, width, height, spanOfRow)};
}

FloatImage resize(const FloatImage& source, int width, int height) {
  return resizeRegion(source, {0, 0, source.width, source.height}, width, height);
}

std::vector<std::uint8_t> resizeMask(const std::vector<std::uint8_t>& mask, int sourceWidth, int sourceHeight,
                                     const Box& region, int width, int height) {
  if (mask.size() != static_cast<std::size_t>(sourceWidth) * sourceHeight)
    throw Error(ErrorCode::InvalidArgument, "the mask's values do not fit its size");
  const std::vector<float> cover =
      resizePlane<1>(mask.data(), sourceWidth, sourceHeight, region, width, height, {});
  // A little below one half, so that an exact half does not hang on the last bit of a float sum.
  constexpr float kHalf = 0.5F - 1e-5F;
  std::vector<std::uint8_t> out(cover.size());
  std::transform(cover.begin(), cover.end(), out.begin(),
                 [](float share) { return static_cast<std::uint8_t>(share >= kHalf); });
  return out;
}

}  // namespace medlocker::data
