// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/common/random.h"
#include "core/data/synthetic/fundus_canvas.h"
#include "core/data/synthetic/lesion_plan.h"
#include "core/data/synthetic/noise_field.h"

namespace medlocker::data::synthetic {

/// Draws lesions into a finished photograph. A pixel that a lesion would change by less than `threshold` in
/// every channel keeps its bits and stays out of the mask, so the masks are exact. Not thread-safe.
class LesionPainter {
 public:
  /// `canvas` must outlive the painter.
  LesionPainter(FundusCanvas& canvas, const RandomStream& eye, float threshold);

  /// Sets ones in `mask` (width*height).
  void paint(const Lesion& lesion, std::vector<std::uint8_t>& mask);

 private:
  /// A pixel's place relative to a lesion: along and across its axes, in units of its half length and width.
  struct Place {
    float u;
    float v;
    float noise;  ///< outline noise, standard deviation about 1
  };
  /// What a lesion does to a pixel: takes light (absorbance per channel), then is laid over as a colour.
  struct Effect {
    float absorbed = 0;
    float opacity = 0;
    Colour colour;  ///< at light 1
  };
  Effect blood(float density) const;
  void paintShape(const Lesion& lesion, double reach, std::vector<std::uint8_t>& mask,
                  const std::function<Effect(const Place&, std::size_t pixel)>& effect);
  void paintTuft(const Lesion& lesion, std::vector<std::uint8_t>& mask);
  void apply(std::size_t pixel, const Effect& effect, std::vector<std::uint8_t>& mask);

  FundusCanvas& canvas_;
  RandomStream stream_;
  NoiseField outline_;
  float threshold_;
};

}  // namespace medlocker::data::synthetic
