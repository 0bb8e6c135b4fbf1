// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/surrogate_view.h"

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/common/error.h"
#include "core/models/classifier.h"
#include "core/protect/transforms.h"

namespace medlocker::protect {
namespace {

using data::PreprocessProfile;

/// Tile samples per model pixel that are kept: enough for sub-pixel positions of hard edges.
constexpr double kSamplesPerPixel = 4;

/// The profile whose result is the geometry alone.
PreprocessProfile geometryOf(PreprocessProfile profile) {
  switch (profile) {
    case PreprocessProfile::LocalMean:
      return PreprocessProfile::Circle;
    case PreprocessProfile::Clahe:
      return PreprocessProfile::Squash;
    default:
      return profile;
  }
}

data::FieldOfView wholeImage(int width, int height) {
  data::FieldOfView fov;
  fov.width = width;
  fov.height = height;
  fov.frame = {0, 0, width, height};
  fov.mask.assign(static_cast<std::size_t>(width) * height, 1);
  fov.area = fov.frame.area();
  return fov;
}

/// Share of each model pixel inside the inscribed circle. Computed on a frame of the same aspect but at most
/// four times the model's side, which is exact enough for a soft edge and needs no memory of source size.
std::vector<float> circleCoverage(const data::Box& frame, int side) {
  const double shrink = std::min(1.0, 4.0 * side / std::max(frame.width(), frame.height()));
  data::FloatImage ones;
  ones.width = std::max(1, static_cast<int>(std::lround(shrink * frame.width())));
  ones.height = std::max(1, static_cast<int>(std::lround(shrink * frame.height())));
  ones.values.assign(static_cast<std::size_t>(ones.width) * ones.height * 3, 1.F);
  const data::FloatImage circle =
      data::preprocess(ones, wholeImage(ones.width, ones.height), PreprocessProfile::Circle, side);
  std::vector<float> coverage(static_cast<std::size_t>(side) * side);
  for (std::size_t i = 0; i < coverage.size(); ++i) coverage[i] = circle.values[3 * i];
  return coverage;
}

at::Tensor subtractLocalMean(const at::Tensor& images) {
  // As in data::preprocess: sigma is a thirtieth of the radius, and the kernel reaches four sigma.
  const double sigma = static_cast<double>(images.size(3)) / 2.0 / 30.0;
  const int taps = static_cast<int>(std::lround(sigma * 8 + 1)) | 1;
  return (4.0 * images - 4.0 * gaussianBlur(images, sigma, taps / 2) + 0.5).clamp(0, 1);
}

at::Tensor equaliseLocally(const at::Tensor& images) {
  at::Tensor out = images.detach().to(torch::kCPU, torch::kFloat, false, true).contiguous();
  const int height = static_cast<int>(out.size(2));
  const int width = static_cast<int>(out.size(3));
  const data::FieldOfView fov = wholeImage(width, height);
  const std::size_t area = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
  float* data = out.data_ptr<float>();
  at::parallel_for(0, out.size(0), 1, [&](std::int64_t begin, std::int64_t end) {
    data::FloatImage image;
    image.width = width;
    image.height = height;
    image.values.resize(area * 3);
    for (std::int64_t n = begin; n < end; ++n) {
      float* planes = data + static_cast<std::size_t>(n) * area * 3;
      for (std::size_t i = 0; i < area; ++i)
        for (std::size_t c = 0; c < 3; ++c) image.values[3 * i + c] = planes[c * area + i];
      const data::FloatImage equalised = data::preprocess(image, fov, PreprocessProfile::Clahe, width);
      for (std::size_t i = 0; i < area; ++i)
        for (std::size_t c = 0; c < 3; ++c) planes[c * area + i] = equalised.values[3 * i + c];
    }
  });
  out = out.to(images.options());
  return images.requires_grad() ? images + (out - images).detach() : out;
}

}  // namespace

at::Tensor profileGeometry(const data::FloatImage& view, const data::FieldOfView& fov,
                           PreprocessProfile profile, int side) {
  return models::toTensor(data::preprocess(view, fov, geometryOf(profile), side));
}

double ColourField::at(const GridWeights& x, const GridWeights& y, std::size_t channel) const {
  const auto cell = [&](int cx, int cy) {
    return values[3 * (static_cast<std::size_t>(cy) * width + cx) + channel];
  };
  const double top = cell(x.low, y.low) * (1 - x.part) + cell(x.high, y.low) * x.part;
  const double bottom = cell(x.low, y.high) * (1 - x.part) + cell(x.high, y.high) * x.part;
  return top * (1 - y.part) + bottom * y.part;
}

FloatTile::FloatTile(const LogoTile& tile, OpacityLaw law, bool grey)
    : width_(tile.width),
      height_(tile.height),
      law_(law),
      core_(tile.core),
      supportArea_(tile.supportArea()) {
  const std::size_t count = tile.matte.size();
  colour_.resize(count * 3);
  matte_.resize(count);
  lumaMatte_.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint16_t* rgb = &tile.rgb[3 * i];
    const double brightness = luma(rgb[0], rgb[1], rgb[2]);
    const double matte = tile.matte[i] / 65535.0;
    matte_[i] = static_cast<float>(matte);
    lumaMatte_[i] = static_cast<float>(brightness * matte);
    for (std::size_t c = 0; c < 3; ++c)
      colour_[3 * i + c] = static_cast<float>(grey ? brightness : rgb[c] / 65535.0);
  }
}

std::vector<float> FloatTile::premultiplied(int alphaCode) const {
  const auto alpha = static_cast<float>(opacityValue(alphaCode));
  std::vector<float> out(matte_.size() * 4);
  for (std::size_t i = 0; i < matte_.size(); ++i) {
    const float opacity = !core_.empty() && core_[i] ? 1.F
                          : law_ == OpacityLaw::Cap  ? std::min(lumaMatte_[i], alpha)
                          : scalesWithAlpha()        ? matte_[i]
                                                     : alpha * matte_[i];
    for (std::size_t c = 0; c < 3; ++c) out[4 * i + c] = opacity * colour_[3 * i + c];
    out[4 * i + 3] = opacity;
  }
  return out;
}

double FloatTile::meanOpacity(int alphaCode) const {
  const double alpha = opacityValue(alphaCode);
  double sum = 0;
  for (std::size_t i = 0; i < matte_.size(); ++i)
    sum += !core_.empty() && core_[i]  ? 1
           : law_ == OpacityLaw::Matte ? alpha * matte_[i]
                                       : std::min<double>(lumaMatte_[i], alpha);
  return supportArea_ == 0 ? 0 : sum / static_cast<double>(supportArea_);
}

TileTexture FloatTile::texture(int width, int height) const {
  TileTexture out;
  out.width = width;
  out.height = height;
  out.law = law_;
  const std::size_t texels = static_cast<std::size_t>(width) * height;
  out.colour.resize(3 * texels);
  out.opacityScaled.resize(texels);
  if (!core_.empty()) out.opacityFixed.resize(texels);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      // Exact overlaps of the texel with the tile's pixels.
      const double x0 = static_cast<double>(x) * width_ / width;
      const double x1 = static_cast<double>(x + 1) * width_ / width;
      const double y0 = static_cast<double>(y) * height_ / height;
      const double y1 = static_cast<double>(y + 1) * height_ / height;
      double colour[3] = {0, 0, 0};
      double matte = 0;
      double scaled = 0;
      double fixed = 0;
      double area = 0;
      for (int ty = static_cast<int>(y0); ty < height_ && ty < y1; ++ty)
        for (int tx = static_cast<int>(x0); tx < width_ && tx < x1; ++tx) {
          const double overlap = (std::min(x1, tx + 1.0) - std::max<double>(x0, tx)) *
                                 (std::min(y1, ty + 1.0) - std::max<double>(y0, ty));
          const std::size_t i = static_cast<std::size_t>(ty) * width_ + tx;
          area += overlap;
          matte += overlap * matte_[i];
          if (!core_.empty() && core_[i])
            fixed += overlap;
          else
            scaled += overlap * (law_ == OpacityLaw::Matte ? matte_[i] : lumaMatte_[i]);
          for (std::size_t c = 0; c < 3; ++c) colour[c] += overlap * matte_[i] * colour_[3 * i + c];
        }
      const std::size_t t = static_cast<std::size_t>(y) * width + x;
      out.opacityScaled[t] = static_cast<float>(scaled / area);
      if (!core_.empty()) out.opacityFixed[t] = static_cast<float>(fixed / area);
      for (std::size_t c = 0; c < 3; ++c)
        out.colour[3 * t + c] = matte > 0 ? static_cast<float>(colour[c] / matte) : 0.F;
    }
  return out;
}

/// The tile at a few samples per model pixel (never finer than it is): enough for sub-pixel positions,
/// and the cost of a candidate no longer depends on the size of the photograph.
struct SurrogateView::Reduced {
  int width = 0;
  int height = 0;
  std::vector<float> values;  ///< height*width*4, a·c and a
};

/// Which tile samples make which model pixels along one axis.
struct SurrogateView::Taps {
  struct Run {
    int first = 0;
    int count = 0;
    std::size_t at = 0;
  };
  int begin = 0;  ///< first model pixel
  std::vector<Run> runs;
  std::vector<float> weights;
};

SurrogateView::SurrogateView(const data::FloatImage& view, const data::FieldOfView& fov,
                             PreprocessProfile profile, int side, const FloatTile& tile)
    : profile_(profile), side_(side), tile_(&tile) {
  const PreprocessProfile geometry = geometryOf(profile);
  clean_ = profileGeometry(view, fov, profile, side);
  const data::Box& g = fov.frame;
  across_ = {static_cast<double>(side) / g.width(), 0, g.x0, g.width()};
  down_ = {static_cast<double>(side) / g.height(), 0, g.y0, g.height()};
  if (geometry == PreprocessProfile::Pad) {
    const int square = std::max(g.width(), g.height());
    const double scale = static_cast<double>(side) / square;
    across_ = {scale, scale * ((square - g.width()) / 2), g.x0, g.width()};
    down_ = {scale, scale * ((square - g.height()) / 2), g.y0, g.height()};
  }
  if (geometry == PreprocessProfile::Circle) coverage_ = circleCoverage(g, side);
  setTile(tile);
}

void SurrogateView::setTile(const FloatTile& tile) {
  tile_ = &tile;
  placer_.reset();
  matteTile_ = tile.scalesWithAlpha() ? std::make_shared<const Reduced>(reduce(kOpacityOne)) : nullptr;
}

SurrogateView::Reduced SurrogateView::reduce(int alphaCode) const {
  Reduced out;
  const auto reducedExtent = [](int extent, double scale) {
    const int factor = std::max(1, static_cast<int>(std::floor(1.0 / (kSamplesPerPixel * scale))));
    return (extent + factor - 1) / factor;
  };
  const int width = tile_->width();
  const int height = tile_->height();
  out.width = reducedExtent(width, across_.scale);
  out.height = reducedExtent(height, down_.scale);
  const std::vector<float> full = tile_->premultiplied(alphaCode);
  if (out.width == width && out.height == height) {
    out.values = full;
    return out;
  }
  // Area averaging; one axis after the other.
  const auto overlapping = [](int target, int source, int i, auto&& visit) {
    const double from = static_cast<double>(i) * source / target;
    const double to = static_cast<double>(i + 1) * source / target;
    for (int j = static_cast<int>(from); j < source && j < to; ++j)
      visit(j, (std::min(to, j + 1.0) - std::max(from, static_cast<double>(j))) * target / source);
  };
  std::vector<float> rows(static_cast<std::size_t>(width) * out.height * 4, 0.F);
  for (int y = 0; y < out.height; ++y)
    overlapping(out.height, height, y, [&](int j, double weight) {
      const float* in = &full[static_cast<std::size_t>(j) * width * 4];
      float* row = &rows[static_cast<std::size_t>(y) * width * 4];
      for (int i = 0; i < width * 4; ++i) row[i] += static_cast<float>(weight) * in[i];
    });
  out.values.assign(static_cast<std::size_t>(out.width) * out.height * 4, 0.F);
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x)
      overlapping(out.width, width, x, [&](int j, double weight) {
        for (int c = 0; c < 4; ++c)
          out.values[(static_cast<std::size_t>(y) * out.width + x) * 4 + c] +=
              static_cast<float>(weight) * rows[(static_cast<std::size_t>(y) * width + j) * 4 + c];
      });
  return out;
}

SurrogateView::Taps SurrogateView::taps(const Axis& axis, double corner, int tileExtent,
                                        int reducedExtent) const {
  Taps out;
  const double local = corner - axis.frameStart;
  const double start = axis.offset + local * axis.scale;
  const double extent = tileExtent * axis.scale;
  const bool shrinking = axis.scale <= 1;
  // When enlarging, the logo's edge is interpolated half a native pixel beyond its box.
  const double spread = shrinking ? 0 : 0.5 * axis.scale;
  out.begin = std::clamp(static_cast<int>(std::floor(start - spread)), 0, side_);
  const int end = std::clamp(static_cast<int>(std::ceil(start + extent + spread)), out.begin, side_);
  const double perPixel = reducedExtent / extent;  // tile samples per model pixel
  for (int j = out.begin; j < end; ++j) {
    Taps::Run run;
    run.at = out.weights.size();
    if (shrinking) {
      const double from = std::max(0.0, (j - start) * perPixel);
      const double to = std::min<double>(reducedExtent, (j + 1 - start) * perPixel);
      run.first = std::clamp(static_cast<int>(std::floor(from)), 0, reducedExtent - 1);
      for (int i = run.first; i < reducedExtent && i < to; ++i)
        out.weights.push_back(static_cast<float>(
            std::max(0.0, std::min(to, i + 1.0) - std::max(from, static_cast<double>(i))) / perPixel));
    } else {
      // Bilinear between native pixel centres, clamped to the frame; samples outside the tile are clear.
      const double source =
          std::clamp((j + 0.5 - axis.offset) / axis.scale - 0.5, 0.0, axis.frameExtent - 1.0) - local;
      const double base = std::floor(source);
      const double part = source - base;
      const int low = static_cast<int>(base);
      run.first = std::clamp(low, 0, reducedExtent - 1);
      for (int i = low; i <= low + 1; ++i)
        if (i >= 0 && i < reducedExtent)
          out.weights.push_back(static_cast<float>(i == low ? 1 - part : part));
    }
    run.count = static_cast<int>(out.weights.size() - run.at);
    out.runs.push_back(run);
  }
  return out;
}

void SurrogateView::composeOne(float* planes, const NativePlacement& placement, const Reduced& tile) const {
  // Where opacities scale with α, the prepared values are for α = 1.
  const float gain = matteTile_ ? static_cast<float>(opacityValue(placement.alphaCode)) : 1.F;
  const Taps columns = taps(across_, placement.x, tile_->width(), tile.width);
  const Taps rows = taps(down_, placement.y, tile_->height(), tile.height);
  const std::size_t area = static_cast<std::size_t>(side_) * static_cast<std::size_t>(side_);
  const std::size_t rowFloats = static_cast<std::size_t>(tile.width) * 4;
  std::vector<float> line(rowFloats);
  for (std::size_t r = 0; r < rows.runs.size(); ++r) {
    const Taps::Run& rowRun = rows.runs[r];
    std::fill(line.begin(), line.end(), 0.F);
    for (int k = 0; k < rowRun.count; ++k) {
      const float weight = rows.weights[rowRun.at + static_cast<std::size_t>(k)] * gain;
      const float* in = &tile.values[static_cast<std::size_t>(rowRun.first + k) * rowFloats];
      for (std::size_t i = 0; i < rowFloats; ++i) line[i] += weight * in[i];
    }
    const std::size_t rowStart = (static_cast<std::size_t>(rows.begin) + r) * static_cast<std::size_t>(side_);
    for (std::size_t q = 0; q < columns.runs.size(); ++q) {
      const Taps::Run& run = columns.runs[q];
      float sum[4] = {0.F, 0.F, 0.F, 0.F};
      for (int k = 0; k < run.count; ++k) {
        const float weight = columns.weights[run.at + static_cast<std::size_t>(k)];
        const float* in = &line[static_cast<std::size_t>(run.first + k) * 4];
        for (int c = 0; c < 4; ++c) sum[c] += weight * in[c];
      }
      const std::size_t pixel = rowStart + static_cast<std::size_t>(columns.begin) + q;
      const float visible = coverage_.empty() ? 1.F : coverage_[pixel];
      for (std::size_t c = 0; c < 3; ++c) {
        float& value = planes[c * area + pixel];
        value = value * (1.F - sum[3]) + visible * sum[c];
      }
    }
  }
}

at::Tensor SurrogateView::compose(std::span<const NativePlacement> placements) const {
  std::vector<PlacementSet> sets;
  sets.reserve(placements.size());
  for (const NativePlacement& placement : placements) sets.push_back({placement});
  return composeSets(sets);
}

at::Tensor SurrogateView::composeSets(std::span<const PlacementSet> sets) const {
  const auto count = static_cast<std::int64_t>(sets.size());
  at::Tensor out = clean_.expand({count, 3, side_, side_}).clone(at::MemoryFormat::Contiguous);
  if (count == 0) return out;
  // Without that scaling the tile depends on the opacity; few opacities occur in one call.
  std::map<int, Reduced> byOpacity;
  if (!matteTile_)
    for (const PlacementSet& set : sets)
      for (const NativePlacement& placement : set)
        if (const auto [entry, added] = byOpacity.try_emplace(placement.alphaCode); added)
          entry->second = reduce(placement.alphaCode);
  float* data = out.data_ptr<float>();
  const std::int64_t stride = 3LL * side_ * side_;
  at::parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      for (const NativePlacement& placement : sets[static_cast<std::size_t>(i)])
        composeOne(data + i * stride, placement,
                   matteTile_ ? *matteTile_ : byOpacity.at(placement.alphaCode));
  });
  return out;
}

const TilePlacer& SurrogateView::placer() const {
  if (!placer_) {
    const double extentX = tile_->width() * across_.scale;
    const double extentY = tile_->height() * down_.scale;
    const auto texels = [](double extent, int pixels) {
      return std::clamp(static_cast<int>(std::lround(extent)), 1, pixels);
    };
    placer_ = std::make_shared<const TilePlacer>(
        tile_->texture(texels(extentX, tile_->width()), texels(extentY, tile_->height())), extentX, extentY,
        side_, side_);
  }
  return *placer_;
}

SoftPlacement SurrogateView::onCanvas(const SoftPlacement& native) const {
  return {across_.offset + (native.x - across_.frameStart) * across_.scale,
          down_.offset + (native.y - down_.frameStart) * down_.scale, native.alpha};
}

at::Tensor SurrogateView::composeSoft(const at::Tensor& base,
                                      std::span<const SoftPlacement> placements) const {
  const auto count = static_cast<std::int64_t>(placements.size());
  at::Tensor out = base.expand({count, 3, side_, side_}).clone(at::MemoryFormat::Contiguous);
  float* data = out.data_ptr<float>();
  const std::int64_t stride = 3LL * side_ * side_;
  for (std::int64_t i = 0; i < count; ++i)
    placer().compose(data + i * stride, onCanvas(placements[static_cast<std::size_t>(i)]), visible());
  return out;
}

std::vector<SoftGradient> SurrogateView::softGradients(const at::Tensor& base, const at::Tensor& upstream,
                                                       std::span<const SoftPlacement> placements) const {
  const at::Tensor flat = upstream.contiguous();
  const float* data = flat.data_ptr<float>();
  const std::int64_t stride = 3LL * side_ * side_;
  std::vector<SoftGradient> out;
  for (std::size_t i = 0; i < placements.size(); ++i) {
    const SoftGradient g =
        placer().gradient(base.data_ptr<float>(), data + static_cast<std::int64_t>(i) * stride,
                          onCanvas(placements[i]), visible());
    out.push_back({g.dx * across_.scale, g.dy * down_.scale, g.dAlpha});
  }
  return out;
}

TilePlacer SurrogateView::shiftedPlacer(const ColourField& shift) const {
  TileTexture texture = placer().texture();
  for (int y = 0; y < texture.height; ++y) {
    const GridWeights wy = gridWeights(y, texture.height, shift.height);
    for (int x = 0; x < texture.width; ++x) {
      const GridWeights wx = gridWeights(x, texture.width, shift.width);
      for (std::size_t c = 0; c < 3; ++c) {
        float& colour = texture.colour[3 * (static_cast<std::size_t>(y) * texture.width + x) + c];
        colour = static_cast<float>(std::clamp(colour + shift.at(wx, wy, c), 0.0, 1.0));
      }
    }
  }
  return {std::move(texture), tile_->width() * across_.scale, tile_->height() * down_.scale, side_, side_};
}

at::Tensor SurrogateView::composeShifted(std::span<const NativePlacement> placements,
                                         const ColourField& shift) const {
  at::Tensor out = clean_.clone(at::MemoryFormat::Contiguous);
  const TilePlacer shifted = shiftedPlacer(shift);
  for (const NativePlacement& p : placements)
    shifted.compose(out.data_ptr<float>(), onCanvas({p.x, p.y, opacityValue(p.alphaCode)}), visible());
  return out;
}

void SurrogateView::shiftGradient(const at::Tensor& upstream, std::span<const NativePlacement> placements,
                                  const ColourField& shift, std::vector<double>& gradient) const {
  const at::Tensor flat = upstream.contiguous();
  const TilePlacer shifted = shiftedPlacer(shift);
  const TileTexture& texture = shifted.texture();
  std::vector<double> ofTexels(texture.colour.size());
  for (const NativePlacement& p : placements)
    shifted.gradient(clean_.data_ptr<float>(), flat.data_ptr<float>(),
                     onCanvas({p.x, p.y, opacityValue(p.alphaCode)}), visible(), ofTexels.data());
  // The transpose of the interpolation. Clamped texels pass their derivative on, so that they can come back.
  for (int y = 0; y < texture.height; ++y) {
    const GridWeights wy = gridWeights(y, texture.height, shift.height);
    for (int x = 0; x < texture.width; ++x) {
      const GridWeights wx = gridWeights(x, texture.width, shift.width);
      for (std::size_t c = 0; c < 3; ++c) {
        const double g = ofTexels[3 * (static_cast<std::size_t>(y) * texture.width + x) + c];
        const auto cell = [&](int cx, int cy) -> double& {
          return gradient[3 * (static_cast<std::size_t>(cy) * shift.width + cx) + c];
        };
        cell(wx.low, wy.low) += g * (1 - wx.part) * (1 - wy.part);
        cell(wx.high, wy.low) += g * wx.part * (1 - wy.part);
        cell(wx.low, wy.high) += g * (1 - wx.part) * wy.part;
        cell(wx.high, wy.high) += g * wx.part * wy.part;
      }
    }
  }
}

at::Tensor SurrogateView::finishProfile(const at::Tensor& images, PreprocessProfile profile) {
  switch (profile) {
    case PreprocessProfile::LocalMean:
      return subtractLocalMean(images);
    case PreprocessProfile::Clahe:
      return equaliseLocally(images);
    default:
      return images;
  }
}

}  // namespace medlocker::protect
