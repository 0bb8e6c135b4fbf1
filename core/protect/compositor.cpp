// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/compositor.h"

#include <algorithm>
#include <cmath>

#include "core/common/error.h"

namespace medlocker::protect {
namespace {

std::uint16_t lumaMatteCode(const std::uint16_t* rgb, std::uint16_t matte) {
  return static_cast<std::uint16_t>(std::floor(luma(rgb[0], rgb[1], rgb[2]) * matte + 0.5));
}

int targetSample(double colour, const data::Image& image, const data::ValueWindow& window) {
  const double value = std::floor(window.lo + colour * (window.hi - window.lo) + 0.5);
  return static_cast<int>(
      std::clamp(value, static_cast<double>(image.minValue()), static_cast<double>(image.maxValue())));
}

/// Moves a composed sample off the padding value, towards mid-range.
int avoidPadding(int value, int padding, int lowest, int highest) {
  if (value != padding) return value;
  return 2 * value < lowest + highest ? value + 1 : value - 1;
}

template <typename Sample>
void composeRows(data::Image& image, Sample* samples, const PlacedTile& placed,
                 const std::vector<std::uint16_t>& opacities) {
  const TargetTile& tile = *placed.tile;
  const int channels = image.channels();
  const auto padding = image.metadata.paddingValue;
  for (int ty = 0; ty < tile.height; ++ty) {
    Sample* row = samples + (static_cast<std::size_t>(placed.y + ty) * image.width() + placed.x) * channels;
    const std::uint16_t* opacity = &opacities[static_cast<std::size_t>(ty) * tile.width];
    const std::int32_t* target = &tile.targets[static_cast<std::size_t>(ty) * tile.width * channels];
    for (int tx = 0; tx < tile.width; ++tx) {
      if (opacity[tx] == 0) continue;
      for (int c = 0; c < channels; ++c) {
        Sample& sample = row[tx * channels + c];
        int value = composeSample(sample, target[tx * channels + c], opacity[tx]);
        if (padding) value = avoidPadding(value, *padding, image.minValue(), image.maxValue());
        sample = static_cast<Sample>(value);
      }
    }
  }
}

}  // namespace

std::string_view toString(OpacityLaw law) {
  return law == OpacityLaw::Matte ? "matte" : "cap";
}

OpacityLaw parseOpacityLaw(std::string_view name) {
  if (name == "matte") return OpacityLaw::Matte;
  if (name == "cap") return OpacityLaw::Cap;
  throw Error(ErrorCode::InvalidArgument, "unknown opacity law \"" + std::string(name) + "\" (matte or cap)");
}

int opacityCode(double alpha) {
  return static_cast<int>(std::floor(kOpacityOne * std::clamp(alpha, 0.0, 1.0) + 0.5));
}

TargetTile makeTargetTile(const LogoTile& tile, const data::Image& image, const data::ValueWindow& window) {
  TargetTile out;
  out.width = tile.width;
  out.height = tile.height;
  out.channels = image.channels();
  out.matte = tile.matte;
  out.core = tile.core;
  const std::size_t count = tile.matte.size();
  out.lumaMatte.resize(count);
  out.targets.resize(count * static_cast<std::size_t>(out.channels));
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint16_t* rgb = &tile.rgb[3 * i];
    out.lumaMatte[i] = lumaMatteCode(rgb, tile.matte[i]);
    for (int c = 0; c < out.channels; ++c) {
      double colour = out.channels == 3 ? rgb[c] / 65535.0 : luma(rgb[0], rgb[1], rgb[2]);
      if (image.metadata.inverted) colour = 1.0 - colour;
      out.targets[i * static_cast<std::size_t>(out.channels) + c] = targetSample(colour, image, window);
    }
  }
  return out;
}

std::vector<std::uint16_t> opacityMap(const TargetTile& tile, int alphaCode, OpacityLaw law) {
  std::vector<std::uint16_t> map(tile.matte.size());
  for (std::size_t i = 0; i < map.size(); ++i)
    map[i] =
        static_cast<std::uint16_t>(law == OpacityLaw::Matte ? scaleOpacity(alphaCode, tile.matte[i])
                                                            : std::min<int>(tile.lumaMatte[i], alphaCode));
  for (std::size_t i = 0; i < tile.core.size(); ++i)
    if (tile.core[i]) map[i] = kOpacityOne;
  return map;
}

double meanOpacity(const TargetTile& tile, int alphaCode, OpacityLaw law) {
  const std::vector<std::uint16_t> map = opacityMap(tile, alphaCode, law);
  std::uint64_t sum = 0;
  std::uint64_t support = 0;
  for (std::size_t i = 0; i < map.size(); ++i) {
    sum += map[i];
    support += tile.matte[i] > 0 ? 1 : 0;
  }
  return support == 0 ? 0 : static_cast<double>(sum) / kOpacityOne / static_cast<double>(support);
}

void composeInto(data::Image& image, const PlacedTile& placed, OpacityLaw law) {
  const TargetTile& tile = *placed.tile;
  if (placed.x < 0 || placed.y < 0 || placed.x + tile.width > image.width() ||
      placed.y + tile.height > image.height() || tile.channels != image.channels())
    throw Error(ErrorCode::InvalidArgument, "the logo tile does not fit into the image");
  const std::vector<std::uint16_t> opacities = opacityMap(tile, placed.alphaCode, law);
  // Signed storage is two's complement of the same width; floor division makes an offset unnecessary.
  if (image.bitsAllocated() == 8) {
    std::uint8_t* samples = image.samples8().data();
    if (image.isSigned())
      composeRows(image, reinterpret_cast<std::int8_t*>(samples), placed, opacities);
    else
      composeRows(image, samples, placed, opacities);
  } else {
    std::uint16_t* samples = image.samples16().data();
    if (image.isSigned())
      composeRows(image, reinterpret_cast<std::int16_t*>(samples), placed, opacities);
    else
      composeRows(image, samples, placed, opacities);
  }
}

data::Image compose(const data::Image& original, const std::vector<PlacedTile>& tiles, OpacityLaw law) {
  data::Image result = original;
  for (const PlacedTile& placed : tiles) composeInto(result, placed, law);
  return result;
}

data::Box changedBox(const data::Image& before, const data::Image& after) {
  if (before.width() != after.width() || before.height() != after.height() ||
      before.channels() != after.channels() || before.bitsAllocated() != after.bitsAllocated())
    throw Error(ErrorCode::InvalidArgument, "the two images differ in geometry");
  const std::size_t pixelBytes =
      static_cast<std::size_t>(before.channels()) * static_cast<std::size_t>(before.bitsAllocated() / 8);
  const std::size_t rowBytes = pixelBytes * static_cast<std::size_t>(before.width());
  data::Box box{before.width(), before.height(), 0, 0};
  for (int y = 0; y < before.height(); ++y) {
    const ByteView a = before.bytes().subspan(static_cast<std::size_t>(y) * rowBytes, rowBytes);
    const ByteView b = after.bytes().subspan(static_cast<std::size_t>(y) * rowBytes, rowBytes);
    const auto first = std::mismatch(a.begin(), a.end(), b.begin());
    if (first.first == a.end()) continue;
    const auto last = std::mismatch(a.rbegin(), a.rend(), b.rbegin());
    const std::size_t firstByte = static_cast<std::size_t>(first.first - a.begin());
    const std::size_t endByte = rowBytes - static_cast<std::size_t>(last.first - a.rbegin());
    box.x0 = std::min(box.x0, static_cast<int>(firstByte / pixelBytes));
    box.x1 = std::max(box.x1, static_cast<int>((endByte + pixelBytes - 1) / pixelBytes));
    box.y0 = std::min(box.y0, y);
    box.y1 = y + 1;
  }
  return box.empty() ? data::Box{} : box;
}

void markSupport(std::vector<std::uint8_t>& support, int imageWidth, const PlacedTile& placed,
                 OpacityLaw law) {
  const TargetTile& tile = *placed.tile;
  const std::vector<std::uint16_t> opacities = opacityMap(tile, placed.alphaCode, law);
  for (int ty = 0; ty < tile.height; ++ty)
    for (int tx = 0; tx < tile.width; ++tx)
      if (opacities[static_cast<std::size_t>(ty) * tile.width + tx] > 0)
        support[static_cast<std::size_t>(placed.y + ty) * imageWidth + placed.x + tx] = 1;
}

}  // namespace medlocker::protect
