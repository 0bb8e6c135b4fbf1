// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/synthetic_fundus.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "core/data/synthetic/fundus_anatomy.h"
#include "core/data/synthetic/fundus_canvas.h"
#include "core/data/synthetic/lesion_painter.h"
#include "core/data/synthetic/lesion_plan.h"
#include "core/data/synthetic/noise_field.h"

namespace medlocker::data {
namespace {

using namespace synthetic;

/// What both photographs of one patient share: the camera's habits and the fundus pigmentation.
struct Camera {
  FundusShape shape = FundusShape::Circle;
  double cutAt = 0.84;      ///< half height of a cut field, eye units
  bool notch = false;       ///< marker at the rim
  Colour base;              ///< retina's colour at light 1
  double vignette = 0.3;    ///< loss of light at the rim
  double haze = 0;          ///< whitish crescent at the rim
  double blur = 0.0035;     ///< eye units
  double noise = 0.006;     ///< of full range
  double tessellation = 0;  ///< visibility of choroidal vessels
  double fibreSheen = 0;    ///< visibility of the nerve fibre layer
};

Camera drawCamera(const RandomStream& patient) {
  RandomStream stream = patient.child("camera and pigment");
  Camera camera;
  camera.shape = stream.chance(0.55) ? FundusShape::Cut : FundusShape::Circle;
  camera.cutAt = stream.uniform(0.82, 0.90);
  camera.notch = stream.chance(0.35);
  // From dark brown through orange to pink; pale fundi have more green and much more blue.
  const double pale = stream.uniform();
  const double red = stream.uniform(0.60, 0.84);
  camera.base.r = static_cast<float>(red);
  camera.base.g = static_cast<float>(red * (0.41 + 0.13 * pale + stream.uniform(-0.03, 0.03)));
  camera.base.b = static_cast<float>(red * (0.10 + 0.32 * pale * pale + stream.uniform(-0.02, 0.05)));
  camera.vignette = stream.uniform(0.15, 0.42);
  camera.haze = stream.chance(0.3) ? stream.uniform(0.3, 1.0) : 0.0;
  camera.blur = stream.uniform(0.0032, 0.0055);
  camera.noise = stream.uniform(0.004, 0.009);
  camera.tessellation = std::max(0.0, stream.uniform(-0.5, 1.0));
  camera.fibreSheen = stream.uniform(0.2, 1.0);
  return camera;
}

EyeFrame placeEye(int width, int height, FundusShape shape, double cutAt, bool mirrored) {
  EyeFrame frame;
  frame.width = width;
  frame.height = height;
  frame.mirrored = mirrored;
  frame.centreX = 0.5 * width;
  frame.centreY = 0.5 * height;
  const double whole = 0.485 * std::min(width, height);
  frame.radius =
      shape == FundusShape::Circle ? whole : std::min(0.49 * width, std::max(whole, 0.5 * height / cutAt));
  return frame;
}

/// Columns of one row that may be lit.
struct Span {
  int begin = 0;
  int end = 0;
};

Span litSpan(const EyeFrame& frame, int y, double reach) {
  const double ey = frame.eyeY(y + 0.5);
  const double half2 = reach * reach - ey * ey;
  if (half2 <= 0) return {};
  const double half = std::sqrt(half2) * frame.radius;
  return {std::max(0, static_cast<int>(std::floor(frame.centreX - half))),
          std::min(frame.width, static_cast<int>(std::ceil(frame.centreX + half)) + 1)};
}

void paintCoverage(FundusCanvas& canvas, const Camera& camera, FundusShape shape) {
  const EyeFrame& frame = canvas.frame;
  const double cut = (shape == FundusShape::Cut ? camera.cutAt : 2.0) * frame.radius;
  const double notchX = std::cos(-0.55);
  const double notchY = std::sin(-0.55);
  for (int y = 0; y < frame.height; ++y) {
    const double dy = y + 0.5 - frame.centreY;
    const Span span = litSpan(frame, y, 1.06);
    for (int x = span.begin; x < span.end; ++x) {
      const double dx = x + 0.5 - frame.centreX;
      double inside = frame.radius - std::sqrt(dx * dx + dy * dy);
      if (camera.notch && inside < 0) {
        const double along = dx * notchX + dy * notchY;
        const double across = dy * notchX - dx * notchY;
        if (along > 0 && std::abs(across) < 0.024 * frame.radius)
          inside = 1.03 * frame.radius - along - 0.3 * std::abs(across);
      }
      inside = std::min(inside, cut - std::abs(dy));
      canvas.coverage[static_cast<std::size_t>(y) * frame.width + x] =
          static_cast<float>(std::clamp(inside + 0.5, 0.0, 1.0));
    }
  }
}

/// Outline distance of the disc: 1 on its edge, smaller inside.
class DiscShape {
 public:
  explicit DiscShape(const OpticDisc& disc)
      : disc_(disc),
        cos_(static_cast<float>(std::cos(disc.tilt))),
        sin_(static_cast<float>(std::sin(disc.tilt))),
        inverseX_(static_cast<float>(std::sqrt(disc.elongation) / disc.radius)),
        inverseY_(static_cast<float>(1 / (std::sqrt(disc.elongation) * disc.radius))) {}

  float operator()(float x, float y) const {
    const float dx = x - static_cast<float>(disc_.centre.x);
    const float dy = y - static_cast<float>(disc_.centre.y);
    const float u = (dx * cos_ + dy * sin_) * inverseX_;
    const float v = (dy * cos_ - dx * sin_) * inverseY_;
    const float q = std::sqrt(u * u + v * v);
    if (q < 0.3F || q > 2.0F) return q;
    // Harmonics of the outline from the unit vector, without angles.
    const float c1 = u / q;
    const float s1 = v / q;
    float c = c1;
    float s = s1;
    float wobble = 0;
    for (const auto& harmonic : disc_.wobble) {
      const float next = c * c1 - s * s1;
      s = s * c1 + c * s1;
      c = next;
      wobble += static_cast<float>(harmonic[0]) * c + static_cast<float>(harmonic[1]) * s;
    }
    return q / (1.0F + wobble);
  }

 private:
  OpticDisc disc_;
  float cos_, sin_, inverseX_, inverseY_;
};

void paintRetina(FundusCanvas& canvas, const Camera& camera, const FundusAnatomy& anatomy,
                 const RandomStream& eye) {
  const EyeFrame& frame = canvas.frame;
  RandomStream stream = eye.child("light");
  const auto lightX = static_cast<float>(stream.uniform(-0.22, 0.22));
  const auto lightY = static_cast<float>(stream.uniform(-0.22, 0.22));
  const auto tiltX = static_cast<float>(stream.uniform(-0.08, 0.08));
  const auto tiltY = static_cast<float>(stream.uniform(-0.08, 0.08));
  const double hazeAngle = stream.uniform(0, 2 * std::numbers::pi);
  const auto hazeX = static_cast<float>(std::cos(hazeAngle));
  const auto hazeY = static_cast<float>(std::sin(hazeAngle));
  const auto macula = static_cast<float>(stream.uniform(0.14, 0.26));
  const auto fovea = static_cast<float>(stream.uniform(0.16, 0.34));
  const auto crescent = static_cast<float>(stream.chance(0.35) ? stream.uniform(0.2, 0.6) : 0.0);
  const auto glow = static_cast<float>(stream.uniform(0.06, 0.16));
  const auto vignette = static_cast<float>(camera.vignette);
  const auto haze = static_cast<float>(camera.haze);
  const auto tessellation = static_cast<float>(camera.tessellation);
  const auto sheen = static_cast<float>(camera.fibreSheen);

  std::vector<float> xs(static_cast<std::size_t>(frame.width));
  for (int x = 0; x < frame.width; ++x) xs[x] = static_cast<float>(frame.eyeX(x + 0.5));
  const RandomStream texture = eye.child("texture");
  const NoiseField broad(texture.child("broad"), 0.42F);
  const NoiseField tint(texture.child("tint"), 0.30F);
  const NoiseField patches(texture.child("patches"), 0.13F);
  const NoiseField mottle(texture.child("mottle"), 0.040F);
  const NoiseField grain(texture.child("grain"), 0.014F);
  const NoiseField choroid(texture.child("choroid"), 0.085F);
  const NoiseField choroid2(texture.child("choroid fine"), 0.055F);
  const NoiseField fibres(texture.child("fibres"), 0.035F);
  NoiseField::RowSampler broadRow(broad, xs);
  NoiseField::RowSampler tintRow(tint, xs);
  NoiseField::RowSampler patchesRow(patches, xs);
  NoiseField::RowSampler mottleRow(mottle, xs);
  NoiseField::RowSampler grainRow(grain, xs);

  const DiscShape discShape(anatomy.disc);
  const auto discX = static_cast<float>(anatomy.disc.centre.x);
  const auto discY = static_cast<float>(anatomy.disc.centre.y);
  const auto discRadius = static_cast<float>(anatomy.disc.radius);
  const auto foveaX = static_cast<float>(anatomy.fovea.x);
  const auto foveaY = static_cast<float>(anatomy.fovea.y);
  const auto cup = static_cast<float>(anatomy.disc.cupRatio);
  const auto cupX = static_cast<float>(anatomy.disc.cupOffset.x);
  const auto cupY = static_cast<float>(anatomy.disc.cupOffset.y);
  const auto rim = static_cast<float>(0.035 + 0.6 * canvas.softness / (frame.radius * anatomy.disc.radius));
  const Colour base = canvas.base;

  for (int y = 0; y < frame.height; ++y) {
    const Span span = litSpan(frame, y, 1.06);
    if (span.begin >= span.end) continue;
    const auto ey = static_cast<float>(frame.eyeY(y + 0.5));
    broadRow.moveTo(ey);
    tintRow.moveTo(ey);
    patchesRow.moveTo(ey);
    mottleRow.moveTo(ey);
    grainRow.moveTo(ey);
    for (int x = span.begin; x < span.end; ++x) {
      const std::size_t pixel = static_cast<std::size_t>(y) * frame.width + x;
      if (canvas.coverage[pixel] <= 0) continue;
      const float ex = xs[x];

      // Light: falls off from a centre that is never quite the picture's.
      const float lx = ex - lightX;
      const float ly = ey - lightY;
      const float l2 = lx * lx + ly * ly;
      float light = 1.06F - vignette * l2 * (0.55F + 0.45F * l2) + tiltX * ex + tiltY * ey;
      light *= 1.0F + 0.035F * broadRow[x];
      light = std::max(light, 0.30F);

      const float dx = ex - discX;
      const float dy = ey - discY;
      const float disc2 = dx * dx + dy * dy;
      const float fx = ex - foveaX;
      const float fy = ey - foveaY;
      const float fovea2 = fx * fx + fy * fy;

      // The thick nerve fibre layer around the disc shines; the macula's pigment swallows light.
      const float nearDisc = glow * decay(disc2 * 5.5F);
      const float dark = macula * decay(fovea2 * 14.0F) + fovea * decay(fovea2 * 190.0F);
      const float shade =
          1.0F + nearDisc - dark + 0.020F * patchesRow[x] + 0.016F * mottleRow[x] + 0.010F * grainRow[x];
      float r = base.r * (shade + 0.35F * dark);
      float g = base.g * (shade + 0.6F * nearDisc + 0.035F * tintRow[x] - 0.12F * dark);
      float b = base.b * (shade + 1.2F * nearDisc + 0.09F * tintRow[x] - 0.45F * dark);

      // Choroidal vessels: the ridges of a noise, seen away from macula and disc.
      if (tessellation > 0) {
        const float bend = 0.05F * patchesRow[x];
        const float a = choroid.at(ex + bend, 0.7F * ey - bend);
        const float c = choroid2.at(ex - bend, ey + bend);
        const float ridge = decay(5.0F * a * a) - 0.45F + 0.6F * (decay(5.0F * c * c) - 0.45F);
        const float where = tessellation * smoothStep(0.05F, 0.45F, fovea2);
        r += base.r * 0.05F * where * ridge;
        g += base.g * 0.11F * where * ridge;
        b += base.b * 0.03F * where * ridge;
      }

      // Nerve fibre streaks.
      const float fibreZone = decay(std::max(0.0F, disc2 - discRadius * discRadius) * 9.0F);
      if (fibreZone > 0.03F) {
        const float inverse = 1.0F / std::sqrt(std::max(1e-4F, disc2));
        const float streak = fibres.at(dx * inverse, dy * inverse) + 0.5F * patchesRow[x];
        const float add = 0.022F * sheen * fibreZone * streak;
        r += base.r * add;
        g += base.g * 1.5F * add;
        b += base.b * 2.2F * add;
      }

      const float q = discShape(ex, ey);
      if (q < 1.8F) {
        // Crescent of thin pigment at the temporal side.
        const float temporal = smoothStep(0.2F, 0.9F, -dx / (discRadius * std::max(0.3F, q)));
        const float ring = crescent * temporal * smoothStep(1.32F, 1.12F, q);
        r = mix(r, std::min(1.0F, base.r * 1.15F), ring * 0.7F);
        g = mix(g, base.g * 1.45F, ring * 0.6F);
        b = mix(b, base.b * 1.6F, ring * 0.5F);
        const float inside = smoothStep(1.0F + rim, 1.0F - rim, q);
        if (inside > 0) {
          const float cx = dx / discRadius - cupX;
          const float cy = dy / discRadius - cupY;
          const float cupDistance = std::sqrt(cx * cx + cy * cy) / cup;
          const float pit = smoothStep(1.7F, 0.3F, cupDistance);
          // Neuroretinal rim: orange-pink, paler at the temporal side; the cup is nearly white.
          const float pallor = 0.5F - 0.32F * dx / discRadius;
          const float roughness = 0.025F * mottleRow[x] + 0.02F * patchesRow[x];
          const float rimR = 0.96F + 0.04F * pallor + roughness;
          const float rimG = 0.50F + 0.17F * pallor + roughness + 0.25F * (base.g - 0.32F);
          const float rimB = 0.22F + 0.14F * pallor + roughness + 0.55F * (base.b - 0.15F);
          const float gain = 0.86F + 0.20F * base.r;
          r = mix(r, gain * mix(rimR, 1.02F, pit), inside);
          g = mix(g, gain * mix(rimG, 0.86F, pit), inside);
          b = mix(b, gain * mix(rimB, 0.56F + 0.5F * (base.b - 0.15F), pit), inside);
        }
      }

      if (haze > 0) {
        const float side = smoothStep(0.62F, 1.02F, ex * hazeX + ey * hazeY) * haze;
        r = mix(r, 0.80F, 0.45F * side);
        g = mix(g, 0.62F, 0.45F * side);
        b = mix(b, 0.48F, 0.40F * side);
      }
      canvas.light[pixel] = light;
      canvas.red[pixel] = r * light;
      canvas.green[pixel] = g * light;
      canvas.blue[pixel] = b * light;
    }
  }
}

void paintVessels(FundusCanvas& canvas, const FundusAnatomy& anatomy) {
  const EyeFrame& frame = canvas.frame;
  const auto blur = static_cast<float>(canvas.softness);
  const Box whole{0, 0, frame.width, frame.height};
  VesselRaster veins(whole);
  VesselRaster arteries(whole);
  for (const Vessel& vessel : anatomy.vessels) {
    (vessel.artery ? arteries : veins).stroke(vessel, frame, canvas.softness);
  }
  for (std::size_t i = 0; i < canvas.red.size(); ++i) {
    const float vein =
        veins.edge[i] < blur ? vesselProfile(veins.edge[i], veins.radius[i], blur, 0.0F) : 0.0F;
    const float artery =
        arteries.edge[i] < blur ? vesselProfile(arteries.edge[i], arteries.radius[i], blur, 0.38F) : 0.0F;
    if (vein <= 0 && artery <= 0) continue;
    canvas.vesselDensity[i] = std::max(vein, artery);
    canvas.red[i] *= decay(0.24F * vein + 0.09F * artery);
    canvas.green[i] *= decay(0.68F * vein + 0.42F * artery);
    canvas.blue[i] *= decay(0.45F * vein + 0.32F * artery);
  }
}

void finishTone(FundusCanvas& canvas) {
  for (std::vector<float>* plane : {&canvas.red, &canvas.green, &canvas.blue}) {
    // A soft shoulder instead of clipping keeps structure in the disc.
    for (float& value : *plane) {
      const float over = std::max(0.0F, value - 0.82F);
      value = std::clamp(value - over + 0.18F * (1.0F - decay(over / 0.18F)), 0.0F, 1.0F);
    }
  }
}

std::vector<std::uint8_t> discMask(const FundusCanvas& canvas, const FundusAnatomy& anatomy) {
  const EyeFrame& frame = canvas.frame;
  std::vector<std::uint8_t> mask(canvas.red.size(), 0);
  const DiscShape shape(anatomy.disc);
  const Box box = frame.around(anatomy.disc.centre, anatomy.disc.radius * 1.4);
  for (int y = box.y0; y < box.y1; ++y) {
    for (int x = box.x0; x < box.x1; ++x) {
      const std::size_t pixel = static_cast<std::size_t>(y) * frame.width + x;
      const bool inside =
          shape(static_cast<float>(frame.eyeX(x + 0.5)), static_cast<float>(frame.eyeY(y + 0.5))) <= 1;
      mask[pixel] = inside && canvas.coverage[pixel] >= 1.0F ? 1 : 0;
    }
  }
  return mask;
}

/// Adds the sensor's noise, which depends on the pixel alone and not on what is shown there, and rounds.
Image develop(const FundusCanvas& canvas, int bits, double noise, const RandomStream& eye) {
  const EyeFrame& frame = canvas.frame;
  Image image(frame.width, frame.height, 3, bits);
  RandomStream stream = eye.child("sensor");
  const auto top = static_cast<float>(image.maxValue());
  const auto common = static_cast<float>(noise * 0.8);
  const auto own = static_cast<float>(noise * 0.6);
  std::span<std::uint8_t> out8;
  std::span<std::uint16_t> out16;
  if (bits == 8) {
    out8 = image.samples8();
  } else {
    out16 = image.samples16();
  }
  const auto put = [&](std::size_t sample, float value) {
    const auto level = static_cast<int>(std::clamp(value, 0.0F, 1.0F) * top + 0.5F);
    if (bits == 8) {
      out8[sample] = static_cast<std::uint8_t>(level);
    } else {
      out16[sample] = static_cast<std::uint16_t>(level);
    }
  };
  for (int y = 0; y < frame.height; ++y) {
    const Span span = litSpan(frame, y, 1.06);
    for (int x = span.begin; x < span.end; ++x) {
      const std::size_t pixel = static_cast<std::size_t>(y) * frame.width + x;
      // 16 bytes of the stream per pixel: brightness noise and one value per channel.
      const std::uint64_t a = stream.nextU64();
      const std::uint64_t c = stream.nextU64();
      const auto bell = [](std::uint64_t four) {
        const auto sum = static_cast<float>((four & 0xFF) + ((four >> 8) & 0xFF) + ((four >> 16) & 0xFF) +
                                            ((four >> 24) & 0xFF));
        return (sum - 510.0F) * (1.7320508F / 256.0F);
      };
      const float grey = common * bell(a);
      const float cover = canvas.coverage[pixel];
      if (cover <= 0) continue;
      put(3 * pixel, cover * (canvas.red[pixel] + grey + own * bell(a >> 32)));
      put(3 * pixel + 1, cover * (canvas.green[pixel] + grey + own * bell(c)));
      put(3 * pixel + 2, cover * (canvas.blue[pixel] + grey + own * bell(c >> 32)));
    }
  }
  return image;
}

}  // namespace

std::string_view toString(Eye eye) {
  return eye == Eye::Left ? "left" : "right";
}

std::vector<OptionIssue> SyntheticFundusOptions::validate() const {
  std::vector<OptionIssue> issues;
  const auto side = [&](const char* field, int value) {
    if (value < 96 || value > 8192) issues.push_back({field, "must be 96 to 8192 pixels"});
  };
  side("width", width);
  side("height", height);
  // Beyond this the eye would be a small disc on an empty picture.
  if (width > 0 && height > 0 && (width > 3 * height || height > 2 * width)) {
    issues.push_back({"width", "must be at most 3 times the height, and the height at most twice the width"});
  }
  if (grade < 0 || grade >= kGradeCount) issues.push_back({"grade", "must be 0 to 4"});
  if (bits != 8 && bits != 16) issues.push_back({"bits", "must be 8 or 16"});
  if (!(difficulty >= 0 && difficulty <= 1)) issues.push_back({"difficulty", "must be 0 to 1"});
  return issues;
}

const LesionLayer& SyntheticFundus::layer(LesionKind kind) const {
  for (const LesionLayer& layer : layers) {
    if (layer.kind == kind) return layer;
  }
  throw Error(ErrorCode::InvalidArgument, "a synthetic fundus has no masks of this kind");
}

SyntheticFundus renderSyntheticFundus(const SyntheticFundusOptions& options, const RandomStream& patient) {
  throwIfInvalid(options.validate());
  const Camera camera = drawCamera(patient);
  const RandomStream eye = patient.child("eye", options.eye == Eye::Left ? 0 : 1);
  const FundusAnatomy anatomy = growAnatomy(eye);
  const FundusShape shape = options.shape.value_or(camera.shape);

  FundusCanvas canvas;
  canvas.frame = placeEye(options.width, options.height, shape, camera.cutAt, options.eye == Eye::Left);
  const std::size_t pixels = static_cast<std::size_t>(options.width) * options.height;
  for (std::vector<float>* plane :
       {&canvas.red, &canvas.green, &canvas.blue, &canvas.light, &canvas.vesselDensity, &canvas.coverage}) {
    plane->assign(pixels, 0.0F);
  }
  canvas.base = camera.base;
  canvas.softness = std::max(0.75, camera.blur * canvas.frame.radius);
  paintCoverage(canvas, camera, shape);
  paintRetina(canvas, camera, anatomy, eye);
  paintVessels(canvas, anatomy);
  finishTone(canvas);

  SyntheticFundus result;
  result.grade = options.grade;
  result.eye = options.eye;
  for (const LesionKind kind : {LesionKind::Microaneurysm, LesionKind::Haemorrhage, LesionKind::HardExudate,
                                LesionKind::SoftExudate, LesionKind::Other, LesionKind::OpticDisc}) {
    result.layers.push_back({kind, std::vector<std::uint8_t>(pixels, 0), 0, 0});
  }
  const auto layer = [&](LesionKind kind) -> LesionLayer& {
    return *std::find_if(result.layers.begin(), result.layers.end(),
                         [&](const LesionLayer& candidate) { return candidate.kind == kind; });
  };
  if (options.lesions) {
    const LesionPlan plan = planLesions(anatomy, options.grade, options.difficulty, eye);
    LesionPainter painter(canvas, eye, kLesionThreshold);
    for (const Lesion& lesion : plan.lesions) {
      LesionLayer& target = layer(lesion.kind);
      painter.paint(lesion, target.mask);
      if (lesion.kind != LesionKind::HardExudate) ++target.count;
    }
    layer(LesionKind::HardExudate).count = plan.exudateClusters;
  }
  layer(LesionKind::OpticDisc).mask = discMask(canvas, anatomy);
  layer(LesionKind::OpticDisc).count = 1;
  for (LesionLayer& each : result.layers) {
    each.area = std::count(each.mask.begin(), each.mask.end(), std::uint8_t{1});
  }
  result.image = develop(canvas, options.bits, camera.noise, eye);
  const EyeFrame& frame = canvas.frame;
  result.fieldOfView = {frame.centreX, frame.centreY, frame.radius};
  result.opticDisc = {frame.pixelX(anatomy.disc.centre.x), frame.pixelY(anatomy.disc.centre.y),
                      anatomy.disc.radius * frame.radius};
  result.fovea = {frame.pixelX(anatomy.fovea.x), frame.pixelY(anatomy.fovea.y), 0};
  return result;
}

}  // namespace medlocker::data
