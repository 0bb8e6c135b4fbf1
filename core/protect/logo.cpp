// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/logo.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/common/error.h"
#include "core/common/files.h"
#include "core/data/image_io.h"

namespace medlocker::protect {
namespace {

constexpr int kMinLogoSide = 32;
constexpr double kMinMeanMatte = 0.05;
constexpr std::int64_t kMaxDenominator = 1'000'000;

[[noreturn]] void refuse(const std::string& reason, const std::string& name) {
  throw Error(ErrorCode::InputRejected, "LOGO_BAD: " + reason, name);
}

std::vector<double> premultiply(const data::Image& image) {
  const std::size_t pixels = static_cast<std::size_t>(image.width()) * image.height();
  const double range = static_cast<double>(image.maxValue()) - image.minValue();
  const bool wide = image.bitsAllocated() == 16;
  const auto alphaAt = [&](std::size_t i) -> double {
    if (image.alpha.empty()) return 1.0;
    const double stored = wide ? image.alpha[2 * i] + 256 * image.alpha[2 * i + 1] : image.alpha[i];
    return std::clamp(stored / range, 0.0, 1.0);
  };
  std::vector<double> out(pixels * 4);
  std::size_t i = 0;
  for (int y = 0; y < image.height(); ++y) {
    for (int x = 0; x < image.width(); ++x, ++i) {
      const double matte = alphaAt(i);
      for (int c = 0; c < 3; ++c) {
        const int value = image.sample(x, y, image.channels() == 3 ? c : 0);
        out[4 * i + c] = std::clamp((value - image.minValue()) / range, 0.0, 1.0) * matte;
      }
      out[4 * i + 3] = matte;
    }
  }
  return out;
}

data::Box matteBox(const std::vector<double>& pixels, int width, int height) {
  data::Box box{width, height, 0, 0};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      if (pixels[(static_cast<std::size_t>(y) * width + x) * 4 + 3] > 0)
        box = {std::min(box.x0, x), std::min(box.y0, y), std::max(box.x1, x + 1), std::max(box.y1, y + 1)};
  return box;
}

/// Weights with which source samples first..first+size make one output sample; they sum to 1.
struct Taps {
  int first = 0;
  std::vector<double> weights;
};

double catmullRom(double t) {
  t = std::abs(t);
  if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
  if (t < 2) return ((-0.5 * t + 2.5) * t - 4) * t + 2;
  return 0;
}

std::vector<Taps> resamplingTaps(int source, int target) {
  std::vector<Taps> taps(static_cast<std::size_t>(target));
  const double step = static_cast<double>(source) / target;
  for (int i = 0; i < target; ++i) {
    Taps& tap = taps[static_cast<std::size_t>(i)];
    if (target < source) {
      // Exact overlap of [i, i+1)·step with each source sample, in units of 1/target so that it stays
      // integer.
      const std::int64_t from = static_cast<std::int64_t>(i) * source;
      const std::int64_t to = from + source;
      tap.first = static_cast<int>(from / target);
      for (std::int64_t j = tap.first; j * target < to; ++j)
        tap.weights.push_back(
            static_cast<double>(std::min(to, (j + 1) * target) - std::max(from, j * target)) / source);
      continue;
    }
    const double centre = (i + 0.5) * step - 0.5;
    tap.first = static_cast<int>(std::floor(centre)) - 1;
    for (int j = 0; j < 4; ++j) tap.weights.push_back(catmullRom(tap.first + j - centre));
  }
  return taps;
}

/// Samples outside are the nearest edge sample: a logo trimmed to its support must not fade at its border.
std::vector<double> resample(const std::vector<double>& source, int width, int height, int outWidth,
                             int outHeight) {
  const std::vector<Taps> across = resamplingTaps(width, outWidth);
  const std::vector<Taps> down = resamplingTaps(height, outHeight);
  std::vector<double> rows(static_cast<std::size_t>(outWidth) * height * 4, 0.0);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < outWidth; ++x) {
      double* out = &rows[(static_cast<std::size_t>(y) * outWidth + x) * 4];
      const Taps& tap = across[static_cast<std::size_t>(x)];
      for (std::size_t k = 0; k < tap.weights.size(); ++k) {
        const int column = std::clamp(tap.first + static_cast<int>(k), 0, width - 1);
        const double* in = &source[(static_cast<std::size_t>(y) * width + column) * 4];
        for (int c = 0; c < 4; ++c) out[c] += tap.weights[k] * in[c];
      }
    }
  std::vector<double> result(static_cast<std::size_t>(outWidth) * outHeight * 4, 0.0);
  for (int y = 0; y < outHeight; ++y) {
    const Taps& tap = down[static_cast<std::size_t>(y)];
    for (std::size_t k = 0; k < tap.weights.size(); ++k) {
      const int row = std::clamp(tap.first + static_cast<int>(k), 0, height - 1);
      const double* in = &rows[static_cast<std::size_t>(row) * outWidth * 4];
      double* out = &result[static_cast<std::size_t>(y) * outWidth * 4];
      for (int i = 0; i < outWidth * 4; ++i) out[i] += tap.weights[k] * in[i];
    }
  }
  return result;
}

SizeFactor reduced(std::int64_t num, std::int64_t den) {
  const std::int64_t divisor = std::gcd(num, den);
  return {num / divisor, den / divisor};
}

std::uint16_t toCode(double value) {
  return static_cast<std::uint16_t>(std::floor(65535.0 * std::clamp(value, 0.0, 1.0) + 0.5));
}

}  // namespace

Logo makeLogo(const data::Image& rgba, const Digest& sha256, const std::string& name) {
  if (rgba.width() < kMinLogoSide || rgba.height() < kMinLogoSide)
    refuse("the logo is " + std::to_string(rgba.width()) + " x " + std::to_string(rgba.height()) +
               " pixels; at least 32 x 32 are needed",
           name);
  const std::vector<double> all = premultiply(rgba);
  const data::Box box = matteBox(all, rgba.width(), rgba.height());
  if (box.empty()) refuse("the logo is fully transparent", name);

  Logo logo;
  logo.width = box.width();
  logo.height = box.height();
  logo.sha256 = sha256;
  logo.premultiplied.reserve(static_cast<std::size_t>(box.area()) * 4);
  double matteSum = 0;
  for (int y = box.y0; y < box.y1; ++y)
    for (int x = box.x0; x < box.x1; ++x) {
      const double* pixel = &all[(static_cast<std::size_t>(y) * rgba.width() + x) * 4];
      logo.premultiplied.insert(logo.premultiplied.end(), pixel, pixel + 4);
      matteSum += pixel[3];
    }
  if (matteSum / static_cast<double>(box.area()) < kMinMeanMatte)
    refuse("the logo is almost transparent (mean opacity below 5 %)", name);
  return logo;
}

Logo loadLogo(ByteView fileBytes, const std::string& name) {
  const data::DecodedImage decoded = data::decodeImage(fileBytes, name);
  return makeLogo(decoded.image, sha256(fileBytes), name);
}

Logo loadLogo(const std::filesystem::path& path) {
  return loadLogo(readFile(path, 64ULL << 20), path.string());
}

SizeFactor SizeFactor::fromDouble(double value) {
  if (!(value > 0 && value <= 1)) throw Error(ErrorCode::InvalidArgument, "the logo size must lie in (0, 1]");
  // Small denominators first, so that 0.25 or 0.3333 typed by a person become 1/4 and 3333/10000.
  for (const std::int64_t den : {12LL, 10'000LL, 1'000'000LL}) {
    const double scaled = value * static_cast<double>(den);
    if (std::abs(scaled - std::round(scaled)) < 1e-9 || den == kMaxDenominator)
      return reduced(std::max<std::int64_t>(1, std::llround(scaled)), den);
  }
  return {};
}

SizeFactor SizeFactor::shrunk() const {
  return reduced(std::max<std::int64_t>(1, num * 9 * (kMaxDenominator / 10) / den), kMaxDenominator);
}

PixelSize logoSize(const Logo& logo, const data::Box& frame, const SizeFactor& size) {
  const std::int64_t aw = logo.width;
  const std::int64_t ah = logo.height;
  // Compare s·Gw/aw with s·Gh/ah without dividing.
  const bool widthLimits = frame.width() * ah <= frame.height() * aw;
  const std::int64_t side = size.num * (widthLimits ? frame.width() : frame.height());
  const std::int64_t base = size.den * (widthLimits ? aw : ah);
  return {static_cast<int>(std::max<std::int64_t>(1, side * aw / base)),
          static_cast<int>(std::max<std::int64_t>(1, side * ah / base))};
}

std::int64_t LogoTile::supportArea() const {
  return std::count_if(matte.begin(), matte.end(), [](std::uint16_t q) { return q > 0; });
}

double LogoTile::meanMatte() const {
  const std::int64_t area = supportArea();
  if (area == 0) return 0;
  const std::uint64_t sum = std::accumulate(matte.begin(), matte.end(), std::uint64_t{0});
  return static_cast<double>(sum) / 65535.0 / static_cast<double>(area);
}

LogoTile renderTile(const Logo& logo, int width, int height) {
  if (width < 1 || height < 1) throw Error(ErrorCode::InvalidArgument, "a logo tile needs at least 1 x 1 px");
  const std::vector<double> pixels = resample(logo.premultiplied, logo.width, logo.height, width, height);
  LogoTile tile;
  tile.width = width;
  tile.height = height;
  const std::size_t count = static_cast<std::size_t>(width) * height;
  tile.rgb.resize(count * 3);
  tile.matte.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    // Bicubic overshoot may leave [0,1]; colour is divided by the clamped matte, so it cannot exceed 1.
    const double matte = std::clamp(pixels[4 * i + 3], 0.0, 1.0);
    tile.matte[i] = toCode(matte);
    if (tile.matte[i] == 0) continue;
    for (int c = 0; c < 3; ++c) tile.rgb[3 * i + c] = toCode(pixels[4 * i + c] / matte);
  }
  return tile;
}

Digest tileHash(const LogoTile& tile) {
  const std::string header = "mltile1|" + std::to_string(tile.width) + "|" + std::to_string(tile.height) +
                             "|" + std::string(kResamplerName) + "\n";
  const auto raw = [](const std::vector<std::uint16_t>& values) {
    return ByteView(reinterpret_cast<const std::uint8_t*>(values.data()), values.size() * 2);
  };
  return Sha256().update(header).update(raw(tile.rgb)).update(raw(tile.matte)).update(tile.core).finish();
}

}  // namespace medlocker::protect
