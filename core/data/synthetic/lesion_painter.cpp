// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/synthetic/lesion_painter.h"

#include <algorithm>
#include <cmath>

namespace medlocker::data::synthetic {
namespace {

// Blood takes green first, then blue, and least of red.
constexpr Colour kBlood{0.24F, 0.60F, 0.36F};

}  // namespace

LesionPainter::Effect LesionPainter::blood(float density) const {
  // Partly absorbing, partly opaque: over an exudate blood stays red.
  const Colour base = canvas_.base;
  return {density, 0.40F * std::min(1.0F, density), {0.72F * base.r, 0.42F * base.g, 0.55F * base.b}};
}

LesionPainter::LesionPainter(FundusCanvas& canvas, const RandomStream& eye, float threshold)
    : canvas_(canvas),
      stream_(eye.child("lesion outlines")),
      outline_(stream_.child("field"), 0.05F),
      threshold_(threshold) {
}

void LesionPainter::apply(std::size_t pixel, const Effect& effect, std::vector<std::uint8_t>& mask) {
  if (canvas_.coverage[pixel] < 1.0F) return;  // the rim stays as it is
  const float light = canvas_.light[pixel];
  const auto changed = [&](float value, float blood, float over) {
    const float absorbed = value * decay(blood * effect.absorbed);
    return std::clamp(absorbed + effect.opacity * (over * light - absorbed), 0.0F, 1.0F);
  };
  const float r = changed(canvas_.red[pixel], kBlood.r, effect.colour.r);
  const float g = changed(canvas_.green[pixel], kBlood.g, effect.colour.g);
  const float b = changed(canvas_.blue[pixel], kBlood.b, effect.colour.b);
  const float change = std::max({std::abs(r - canvas_.red[pixel]), std::abs(g - canvas_.green[pixel]),
                                 std::abs(b - canvas_.blue[pixel])});
  if (change < threshold_) return;
  canvas_.red[pixel] = r;
  canvas_.green[pixel] = g;
  canvas_.blue[pixel] = b;
  mask[pixel] = 1;
}

void LesionPainter::paintShape(const Lesion& lesion, double reach, std::vector<std::uint8_t>& mask,
                               const std::function<Effect(const Place&, std::size_t)>& effect) {
  const EyeFrame& frame = canvas_.frame;
  const Box box = frame.around(lesion.at, lesion.radius * std::max(1.0, lesion.stretch) * reach);
  const double c = std::cos(lesion.angle);
  const double s = std::sin(lesion.angle);
  RandomStream own = stream_.child("lesion", lesion.index);
  const auto noiseX = static_cast<float>(own.uniform(-1.0, 1.0));
  const auto noiseY = static_cast<float>(own.uniform(-1.0, 1.0));
  for (int y = box.y0; y < box.y1; ++y) {
    const double ey = frame.eyeY(y + 0.5) - lesion.at.y;
    for (int x = box.x0; x < box.x1; ++x) {
      const double ex = frame.eyeX(x + 0.5) - lesion.at.x;
      Place place{};
      place.u = static_cast<float>((ex * c + ey * s) / (lesion.radius * lesion.stretch));
      place.v = static_cast<float>((ey * c - ex * s) / lesion.radius);
      // About two lattice cells across the lesion, whatever its size.
      place.noise = outline_.at(noiseX + 0.05F * place.u, noiseY + 0.05F * place.v);
      const std::size_t pixel = static_cast<std::size_t>(y) * frame.width + x;
      const Effect change = effect(place, pixel);
      if (change.absorbed > 0 || change.opacity > 0) apply(pixel, change, mask);
    }
  }
}

void LesionPainter::paintTuft(const Lesion& lesion, std::vector<std::uint8_t>& mask) {
  RandomStream own = stream_.child("lesion", lesion.index);
  const double blur = canvas_.softness;
  VesselRaster raster(canvas_.frame.around(lesion.at, lesion.radius * 1.6));
  for (const Vessel& vessel : growTuft(lesion.at, lesion.radius, own)) {
    raster.stroke(vessel, canvas_.frame, blur);
  }
  const Box& box = raster.box;
  for (int y = box.y0; y < box.y1; ++y) {
    for (int x = box.x0; x < box.x1; ++x) {
      const std::size_t local = static_cast<std::size_t>(y - box.y0) * box.width() + (x - box.x0);
      if (raster.edge[local] > blur) continue;
      Effect effect;
      effect.absorbed =
          1.25F * lesion.strength *
          vesselProfile(raster.edge[local], raster.radius[local], static_cast<float>(blur), 0.0F);
      apply(static_cast<std::size_t>(y) * canvas_.frame.width + x, effect, mask);
    }
  }
}

void LesionPainter::paint(const Lesion& lesion, std::vector<std::uint8_t>& mask) {
  const Colour base = canvas_.base;
  // The optics' blur, in units of this lesion's radius.
  const auto blur = static_cast<float>(canvas_.softness / (lesion.radius * canvas_.frame.radius));
  const float strength = lesion.strength;
  switch (lesion.shape) {
    case LesionShape::Dot:
      paintShape(lesion, 1.25 + blur, mask, [&](const Place& p, std::size_t pixel) {
        const float q = std::sqrt(p.u * p.u + p.v * p.v) + 0.06F * p.noise;
        return blood(1.0F * strength * smoothStep(1.0F + 0.8F * blur, 1.0F - 0.8F * blur - 0.15F, q) *
                     (1.0F - 0.5F * canvas_.vesselDensity[pixel]));
      });
      break;
    case LesionShape::Blot:
      paintShape(lesion, 1.6 + blur, mask, [&](const Place& p, std::size_t pixel) {
        // Ragged, dense in the middle, thinner towards the edge.
        const float fine = outline_.at(0.13F * p.u + 0.5F, 0.13F * p.v);
        const float q = std::sqrt(p.u * p.u + p.v * p.v) + 0.15F * p.noise + 0.07F * fine;
        return blood(1.12F * strength * smoothStep(1.05F + 0.7F * blur, 0.45F - 0.5F * blur, q) *
                     (1.0F + 0.10F * fine) * (1.0F - 0.5F * canvas_.vesselDensity[pixel]));
      });
      break;
    case LesionShape::Flame:
      paintShape(lesion, 1.3 + blur, mask, [&](const Place& p, std::size_t) {
        // Narrows towards the ends and frays into the fibres' direction.
        const float fray = outline_.at(0.03F * p.u + 0.3F, 0.20F * p.v);
        const float end = std::abs(p.u) + 0.22F * fray;
        const float width = std::max(0.05F, 1.0F - 0.7F * p.u * p.u);
        const float q = std::abs(p.v + 0.25F * p.noise) / width;
        return blood(1.0F * strength * smoothStep(1.15F + 0.7F * blur, 0.25F - 0.5F * blur, q) *
                     smoothStep(1.05F, 0.35F, end) * (0.85F + 0.16F * fray));
      });
      break;
    case LesionShape::Boat:
      paintShape(lesion, 1.3, mask, [&](const Place& p, std::size_t) {
        // Blood in front of the retina sinks: a level top (p.v is downwards at angle 0), a round bottom.
        const float level = -0.28F + 0.07F * p.noise;
        const float q = std::sqrt(p.u * p.u + (p.v > 0 ? p.v * p.v : 0.35F * p.v * p.v)) + 0.07F * p.noise;
        const float inside = smoothStep(1.02F + 0.7F * blur, 0.90F - 0.7F * blur, q) *
                             smoothStep(level - 0.05F - 0.7F * blur, level + 0.08F + 0.7F * blur, p.v);
        const float deep = 1.0F - 0.30F * smoothStep(-0.3F, 0.8F, p.v) + 0.05F * p.noise;
        Effect effect;
        effect.opacity = 0.97F * strength * inside;
        effect.colour = {0.72F * base.r * deep, 0.40F * base.g * deep, 0.50F * base.b * deep};
        return effect;
      });
      break;
    case LesionShape::Speck:
      paintShape(lesion, 1.5 + blur, mask, [&](const Place& p, std::size_t pixel) {
        const float q = std::sqrt(p.u * p.u + p.v * p.v) + 0.16F * p.noise;
        Effect effect;
        // Deep in the retina: vessels run over it.
        effect.opacity = 0.92F * strength * smoothStep(1.0F + 0.8F * blur, 0.75F - 0.8F * blur, q) *
                         (1.0F - 0.75F * canvas_.vesselDensity[pixel]);
        const float bright = std::min(0.98F, 1.20F * base.r);
        effect.colour = {bright, mix(0.80F, 0.88F, 2.0F * base.b) * bright,
                         std::min(0.75F * bright, 1.7F * base.b + 0.10F)};
        return effect;
      });
      break;
    case LesionShape::CottonWool:
      paintShape(lesion, 1.9, mask, [&](const Place& p, std::size_t) {
        const float fibre = outline_.at(0.10F * p.u, 0.03F * p.v);
        const float q = p.u * p.u + p.v * p.v + 0.34F * p.noise;
        Effect effect;
        effect.opacity =
            0.66F * strength * decay(1.0F * std::max(0.0F, q) * std::max(0.0F, q)) * (0.90F + 0.10F * fibre);
        if (q > 2.6F) effect.opacity = 0;
        const float bright = std::min(0.95F, 1.14F * base.r);
        effect.colour = {bright, 0.83F * bright, std::min(0.72F * bright, 1.5F * base.b + 0.22F)};
        return effect;
      });
      break;
    case LesionShape::Tuft:
      paintTuft(lesion, mask);
      break;
    case LesionShape::Strand:
      paintShape(lesion, 1.3, mask, [&](const Place& p, std::size_t) {
        // A bent, uneven band that thins out at both ends.
        const float bow = p.v - 2.2F * (p.u * p.u - 0.4F) - 0.5F * p.noise;
        const float width = 1.0F - 0.8F * p.u * p.u;
        if (width <= 0) return Effect{};
        const float q = std::abs(bow) / (width * (1.0F + 0.25F * outline_.at(0.2F * p.u, 0.5F)));
        Effect effect;
        effect.opacity =
            0.62F * strength * smoothStep(1.2F, 0.2F, q) * smoothStep(1.05F, 0.7F, std::abs(p.u));
        const float bright = std::min(0.92F, 1.08F * base.r);
        effect.colour = {bright, 0.80F * bright, std::min(0.66F * bright, 1.5F * base.b + 0.16F)};
        return effect;
      });
      break;
  }
}

}  // namespace medlocker::data::synthetic
