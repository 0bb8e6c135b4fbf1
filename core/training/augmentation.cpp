// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/augmentation.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace medlocker::training {
namespace {

// Rec. 709 luma, as everywhere in the product.
constexpr float kLumaR = 0.2126F;
constexpr float kLumaG = 0.7152F;
constexpr float kLumaB = 0.0722F;

std::array<float, 256> makeByteToFloat() {
  std::array<float, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = static_cast<float>(i) / 255.0F;
  return table;
}
const std::array<float, 256> kByteToFloat = makeByteToFloat();

/// Inverse map from output pixel centres to source positions: s = m·(x, y) + offset, in source pixels with
/// integer positions at pixel centres.
struct InverseMap {
  float xx, xy, x0, yx, yy, y0;
  bool identity;
};

InverseMap inverseMap(const AugmentDraw& draw, int side, int outSide) {
  const double ratio = static_cast<double>(side) / outSide;
  const bool plain = draw.angle == 0 && draw.zoom == 1;
  const double cosine = plain ? 1 : std::cos(draw.angle) / draw.zoom;
  const double sine = plain ? 0 : std::sin(draw.angle) / draw.zoom;
  const double fx = draw.flipX ? -1 : 1;
  const double fy = draw.flipY ? -1 : 1;
  // Output centre -> unshifted -> unrotated -> unflipped -> source centre.
  const double half = outSide / 2.0;
  const double shiftX = draw.shiftX * outSide + draw.cropX;
  const double shiftY = draw.shiftY * outSide + draw.cropY;
  const double bx = 0.5 - half - shiftX;
  const double by = 0.5 - half - shiftY;
  const double xx = fx * cosine * ratio, xy = fx * sine * ratio;
  const double yx = -fy * sine * ratio, yy = fy * cosine * ratio;
  InverseMap map{};
  map.xx = static_cast<float>(xx);
  map.xy = static_cast<float>(xy);
  map.x0 = static_cast<float>(xx * bx + xy * by + side / 2.0 - 0.5);
  map.yx = static_cast<float>(yx);
  map.yy = static_cast<float>(yy);
  map.y0 = static_cast<float>(yx * bx + yy * by + side / 2.0 - 0.5);
  map.identity = side == outSide && plain && !draw.flipX && !draw.flipY && shiftX == 0 && shiftY == 0;
  return map;
}

/// out_c = clamp(gain_c·(own·v_c + luma·Y(v) + offset)): brightness, contrast, saturation and cast together.
struct ColourMap {
  float own = 1, luma = 0, offset = 0;
  std::array<float, 3> gain{1, 1, 1};
  bool identity = true;
};

ColourMap colourMap(const AugmentDraw& draw, std::span<const std::uint8_t> source) {
  ColourMap map;
  map.identity = draw.brightness == 1 && draw.contrast == 1 && draw.saturation == 1 && draw.cast[0] == 1 &&
                 draw.cast[1] == 1 && draw.cast[2] == 1;
  if (map.identity) return map;
  double mean = 0;
  if (draw.contrast != 1) {
    std::uint64_t r = 0, g = 0, b = 0;
    for (std::size_t i = 0; i + 2 < source.size(); i += 3) {
      r += source[i];
      g += source[i + 1];
      b += source[i + 2];
    }
    mean = (0.2126 * static_cast<double>(r) + 0.7152 * static_cast<double>(g) +
            0.0722 * static_cast<double>(b)) /
           (255.0 * static_cast<double>(source.size() / 3));
  }
  const double scale = draw.brightness * draw.contrast;
  map.own = static_cast<float>(scale * draw.saturation);
  map.luma = static_cast<float>(scale * (1 - draw.saturation));
  map.offset = static_cast<float>(draw.brightness * (1 - draw.contrast) * mean);
  for (std::size_t c = 0; c < 3; ++c) map.gain[c] = static_cast<float>(draw.cast[c]);
  return map;
}

inline void store(float* out, float r, float g, float b, const ColourMap& colour) {
  if (!colour.identity) {
    const float base = colour.luma * (kLumaR * r + kLumaG * g + kLumaB * b) + colour.offset;
    r = std::clamp(colour.gain[0] * (colour.own * r + base), 0.0F, 1.0F);
    g = std::clamp(colour.gain[1] * (colour.own * g + base), 0.0F, 1.0F);
    b = std::clamp(colour.gain[2] * (colour.own * b + base), 0.0F, 1.0F);
  }
  out[0] = r;
  out[1] = g;
  out[2] = b;
}

/// Bilinear value with taps outside the image counted as black.
inline void sampleBordered(const std::uint8_t* source, int side, float sx, float sy, float value[3]) {
  value[0] = value[1] = value[2] = 0;
  const float fx = std::floor(sx), fy = std::floor(sy);
  if (!(fx >= -1 && fy >= -1 && fx < static_cast<float>(side) && fy < static_cast<float>(side))) return;
  const int x = static_cast<int>(fx), y = static_cast<int>(fy);
  const float wx = sx - fx, wy = sy - fy;
  const float weights[4] = {(1 - wx) * (1 - wy), wx * (1 - wy), (1 - wx) * wy, wx * wy};
  for (int tap = 0; tap < 4; ++tap) {
    const int px = x + (tap & 1), py = y + (tap >> 1);
    if (px < 0 || py < 0 || px >= side || py >= side) continue;
    const std::uint8_t* pixel = source + (static_cast<std::size_t>(py) * side + px) * 3;
    for (int c = 0; c < 3; ++c) value[c] += weights[tap] * kByteToFloat[pixel[c]];
  }
}

}  // namespace

bool AugmentOptions::any() const {
  return !(*this == AugmentOptions{});
}

std::vector<OptionIssue> AugmentOptions::validate() const {
  std::vector<OptionIssue> issues;
  const auto inRange = [&issues](const char* field, double value, double high) {
    if (!(value >= 0 && value <= high))
      issues.push_back({std::string("augment.") + field, "must lie in 0.." + Json(high).dump()});
  };
  inRange("rotation_degrees", rotationDegrees, 180);
  inRange("scale", scale, 0.9);
  inRange("translation", translation, 0.5);
  inRange("crop_padding", cropPadding, 256);
  inRange("brightness", brightness, 1);
  inRange("contrast", contrast, 1);
  inRange("saturation", saturation, 1);
  inRange("colour_cast", colourCast, 1);
  return issues;
}

AugmentOptions augmentPreset(std::string_view name) {
  if (name == "none") return {};
  if (name == "cifar") return {.horizontalFlip = true, .cropPadding = 4};
  if (name == "fundus")
    return {.horizontalFlip = true,
            .verticalFlip = true,
            .rotationDegrees = 20,
            .scale = 0.1,
            .translation = 0.03,
            .brightness = 0.15,
            .contrast = 0.15,
            .saturation = 0.1,
            .colourCast = 0.05};
  throw Error(ErrorCode::InvalidArgument,
              "the augmentation is one of none, fundus, cifar; not '" + std::string(name) + "'");
}

AugmentDraw drawAugmentation(const AugmentOptions& options, RandomStream& stream) {
  AugmentDraw draw;
  const bool mirrorX = stream.chance(0.5), mirrorY = stream.chance(0.5);
  draw.flipX = options.horizontalFlip && mirrorX;
  draw.flipY = options.verticalFlip && mirrorY;
  const auto symmetric = [&stream](double bound) { return bound * (2 * stream.uniform() - 1); };
  draw.angle = symmetric(options.rotationDegrees * std::numbers::pi / 180);
  draw.zoom = 1 + symmetric(options.scale);
  draw.shiftX = symmetric(options.translation);
  draw.shiftY = symmetric(options.translation);
  // One uniform value each instead of below(): rejection would take a varying number of values.
  const auto integer = [&stream](int bound) {
    return std::min(static_cast<int>(stream.uniform() * (2 * bound + 1)), 2 * bound) - bound;
  };
  draw.cropX = integer(options.cropPadding);
  draw.cropY = integer(options.cropPadding);
  draw.brightness = 1 + symmetric(options.brightness);
  draw.contrast = 1 + symmetric(options.contrast);
  draw.saturation = 1 + symmetric(options.saturation);
  for (double& cast : draw.cast) cast = 1 + symmetric(options.colourCast);
  return draw;
}

RandomStream augmentationStream(std::uint64_t seed, int epoch, std::int64_t item, std::int64_t repetition) {
  const std::array<std::uint64_t, 4> words{seed, static_cast<std::uint64_t>(epoch),
                                           static_cast<std::uint64_t>(item),
                                           static_cast<std::uint64_t>(repetition)};
  std::array<std::uint8_t, 32> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::uint8_t>(words[i / 8] >> (8 * (i % 8)));
  return RandomStream::derive({asBytes("training/augment"), bytes});
}

void renderAugmented(std::span<const std::uint8_t> source, int side, const AugmentDraw& draw,
                     std::span<float> out, int outSide) {
  const InverseMap map = inverseMap(draw, side, outSide);
  const ColourMap colour = colourMap(draw, source);
  if (map.identity) {
    for (std::size_t i = 0; i + 2 < out.size(); i += 3)
      store(&out[i], kByteToFloat[source[i]], kByteToFloat[source[i + 1]], kByteToFloat[source[i + 2]],
            colour);
    return;
  }
  const std::uint8_t* pixels = source.data();
  const std::size_t stride = static_cast<std::size_t>(side) * 3;
  const float last = static_cast<float>(side - 1);
  for (int y = 0; y < outSide; ++y) {
    float* row = out.data() + static_cast<std::size_t>(y) * outSide * 3;
    const float rowX = map.xy * static_cast<float>(y) + map.x0;
    const float rowY = map.yy * static_cast<float>(y) + map.y0;
    for (int x = 0; x < outSide; ++x) {
      const float sx = map.xx * static_cast<float>(x) + rowX;
      const float sy = map.yx * static_cast<float>(x) + rowY;
      float value[3];
      if (sx >= 0 && sy >= 0 && sx < last && sy < last) {
        // Inside, truncation is floor and all four taps exist.
        const int ix = static_cast<int>(sx), iy = static_cast<int>(sy);
        const float wx = sx - static_cast<float>(ix), wy = sy - static_cast<float>(iy);
        const std::uint8_t* top =
            pixels + static_cast<std::size_t>(iy) * stride + static_cast<std::size_t>(ix) * 3;
        const std::uint8_t* bottom = top + stride;
        for (int c = 0; c < 3; ++c) {
          const float a = static_cast<float>(top[c]), b = static_cast<float>(top[c + 3]);
          const float d = static_cast<float>(bottom[c]), e = static_cast<float>(bottom[c + 3]);
          const float upper = a + wx * (b - a), lower = d + wx * (e - d);
          value[c] = (upper + wy * (lower - upper)) / 255.0F;
        }
      } else {
        sampleBordered(pixels, side, sx, sy, value);
      }
      store(row + static_cast<std::size_t>(x) * 3, value[0], value[1], value[2], colour);
    }
  }
}

}  // namespace medlocker::training
