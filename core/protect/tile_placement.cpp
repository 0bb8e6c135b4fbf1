// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/tile_placement.h"

#include <algorithm>
#include <cmath>

#include "core/common/error.h"

namespace medlocker::protect {
namespace {

/// Where one canvas pixel samples the tile along one axis: between texel `low` and the next.
struct Sample {
  int low = 0;
  double part = 0;
};

/// Texel coordinate of the centre of canvas pixel i.
Sample sampleAt(int i, const AffineRow& row, int canvas, int texels) {
  const double normalised = row.scale * ((2.0 * i + 1) / canvas - 1) + row.offset;
  const double texel = ((normalised + 1) * texels - 1) / 2;
  const double low = std::floor(texel);
  return {static_cast<int>(low), texel - low};
}

}  // namespace

/// Opacity of every texel and its derivative by α, at one opacity.
struct TilePlacer::Prepared {
  std::vector<double> opacity;
  std::vector<double> slope;
};

/// Canvas pixels that can see the tile.
struct TilePlacer::Window {
  int x0, y0, x1, y1;
};

TilePlacer::TilePlacer(TileTexture texture, double extentX, double extentY, int canvasWidth, int canvasHeight)
    : texture_(std::move(texture)),
      extentX_(extentX),
      extentY_(extentY),
      width_(canvasWidth),
      height_(canvasHeight) {
  const std::size_t texels = static_cast<std::size_t>(texture_.width) * texture_.height;
  if (texels == 0 || texture_.colour.size() != 3 * texels || texture_.opacityScaled.size() != texels ||
      (!texture_.opacityFixed.empty() && texture_.opacityFixed.size() != texels) || !(extentX > 0) ||
      !(extentY > 0))
    throw Error(ErrorCode::InvalidArgument, "the logo's texture has no usable size");
}

TilePlacer::Prepared TilePlacer::prepare(double alpha) const {
  Prepared out;
  const std::size_t texels = texture_.opacityScaled.size();
  out.opacity.resize(texels);
  out.slope.resize(texels);
  for (std::size_t i = 0; i < texels; ++i) {
    const double fixed = texture_.opacityFixed.empty() ? 0 : texture_.opacityFixed[i];
    const double scaled = texture_.opacityScaled[i];
    if (texture_.law == OpacityLaw::Matte) {
      out.opacity[i] = fixed + alpha * scaled;
      out.slope[i] = scaled;
    } else {
      out.opacity[i] = std::max(fixed, std::min(scaled, alpha));
      out.slope[i] = scaled > alpha && alpha >= fixed ? 1 : 0;
    }
  }
  return out;
}

TilePlacer::Window TilePlacer::window(const SoftPlacement& at) const {
  // Bilinear sampling reaches half a texel beyond the tile's edge.
  const double reachX = 0.5 * extentX_ / texture_.width;
  const double reachY = 0.5 * extentY_ / texture_.height;
  const auto clampTo = [](double v, int top) { return static_cast<int>(std::clamp<double>(v, 0, top)); };
  return {clampTo(std::floor(at.x - reachX - 0.5), width_), clampTo(std::floor(at.y - reachY - 0.5), height_),
          clampTo(std::ceil(at.x + extentX_ + reachX + 0.5), width_),
          clampTo(std::ceil(at.y + extentY_ + reachY + 0.5), height_)};
}

void TilePlacer::compose(float* planes, const SoftPlacement& at, const float* visible) const {
  const Prepared prepared = prepare(at.alpha);
  const Window w = window(at);
  const AffineRow across = affineRow(width_, extentX_, at.x);
  const AffineRow down = affineRow(height_, extentY_, at.y);
  const std::size_t area = static_cast<std::size_t>(width_) * height_;
  for (int y = w.y0; y < w.y1; ++y) {
    const Sample sy = sampleAt(y, down, height_, texture_.height);
    for (int x = w.x0; x < w.x1; ++x) {
      const Sample sx = sampleAt(x, across, width_, texture_.width);
      double sum[4] = {0, 0, 0, 0};
      for (int dy = 0; dy < 2; ++dy)
        for (int dx = 0; dx < 2; ++dx) {
          const int tx = sx.low + dx;
          const int ty = sy.low + dy;
          if (tx < 0 || ty < 0 || tx >= texture_.width || ty >= texture_.height) continue;
          const std::size_t t = static_cast<std::size_t>(ty) * texture_.width + tx;
          const double weight = (dx ? sx.part : 1 - sx.part) * (dy ? sy.part : 1 - sy.part);
          for (std::size_t c = 0; c < 3; ++c)
            sum[c] += weight * prepared.opacity[t] * texture_.colour[3 * t + c];
          sum[3] += weight * prepared.opacity[t];
        }
      const std::size_t pixel = static_cast<std::size_t>(y) * width_ + x;
      const double shown = visible ? visible[pixel] : 1;
      for (std::size_t c = 0; c < 3; ++c) {
        float& value = planes[c * area + pixel];
        value = static_cast<float>(value * (1 - sum[3]) + shown * sum[c]);
      }
    }
  }
}

SoftGradient TilePlacer::gradient(const float* before, const float* upstream, const SoftPlacement& at,
                                  const float* visible, double* colourGradient) const {
  const Prepared prepared = prepare(at.alpha);
  const Window w = window(at);
  const AffineRow across = affineRow(width_, extentX_, at.x);
  const AffineRow down = affineRow(height_, extentY_, at.y);
  const std::size_t area = static_cast<std::size_t>(width_) * height_;
  SoftGradient total;
  for (int y = w.y0; y < w.y1; ++y) {
    const Sample sy = sampleAt(y, down, height_, texture_.height);
    for (int x = w.x0; x < w.x1; ++x) {
      const Sample sx = sampleAt(x, across, width_, texture_.width);
      const std::size_t pixel = static_cast<std::size_t>(y) * width_ + x;
      const double shown = visible ? visible[pixel] : 1;
      double g[3];
      double ofOpacity = 0;  // derivative by â of the sampled tile
      for (std::size_t c = 0; c < 3; ++c) {
        g[c] = upstream[c * area + pixel];
        ofOpacity -= g[c] * before[c * area + pixel];
        g[c] *= shown;
      }
      for (int dy = 0; dy < 2; ++dy)
        for (int dx = 0; dx < 2; ++dx) {
          const int tx = sx.low + dx;
          const int ty = sy.low + dy;
          if (tx < 0 || ty < 0 || tx >= texture_.width || ty >= texture_.height) continue;
          const std::size_t t = static_cast<std::size_t>(ty) * texture_.width + tx;
          const double wx = dx ? sx.part : 1 - sx.part;
          const double wy = dy ? sy.part : 1 - sy.part;
          double perOpacity = ofOpacity;
          for (std::size_t c = 0; c < 3; ++c) {
            perOpacity += g[c] * texture_.colour[3 * t + c];
            if (colourGradient) colourGradient[3 * t + c] += wx * wy * g[c] * prepared.opacity[t];
          }
          total.dAlpha += wx * wy * perOpacity * prepared.slope[t];
          total.dx += (dx ? 1 : -1) * wy * perOpacity * prepared.opacity[t];
          total.dy += (dy ? 1 : -1) * wx * perOpacity * prepared.opacity[t];
        }
    }
  }
  // Moving the corner by one canvas pixel moves the sampling point back by this many texels.
  total.dx *= -texture_.width / extentX_;
  total.dy *= -texture_.height / extentY_;
  return total;
}

}  // namespace medlocker::protect
