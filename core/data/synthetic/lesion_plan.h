// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "core/common/random.h"
#include "core/data/manifest.h"
#include "core/data/synthetic/fundus_anatomy.h"

namespace medlocker::data::synthetic {

enum class LesionShape {
  Dot,         ///< microaneurysm
  Blot,        ///< dot or blot haemorrhage
  Flame,       ///< haemorrhage along the nerve fibres
  Boat,        ///< pre-retinal haemorrhage with a fluid level
  Speck,       ///< one spot of hard exudate
  CottonWool,  ///< soft exudate
  Tuft,        ///< new vessels
  Strand,      ///< fibrous tissue
};

struct Lesion {
  LesionKind kind = LesionKind::Other;
  LesionShape shape = LesionShape::Dot;
  Point at;
  double radius = 0;        ///< half the width; eye units
  double stretch = 1;       ///< length to width
  double angle = 0;         ///< of the long axis, radians
  float strength = 1;       ///< contrast, about 0..1
  std::uint64_t index = 0;  ///< gives each lesion its own outline
};

struct LesionPlan {
  std::vector<Lesion> lesions;  ///< in the order in which they are drawn
  int exudateClusters = 0;
};

/// What one eye of this grade shows, by the international scale: microaneurysms alone at grade 1;
/// haemorrhages, hard exudates and cotton-wool spots join at 2; many of them in every quadrant at 3; new
/// vessels, pre-retinal haemorrhage or fibrous tissue at 4. Deterministic in the stream's key.
LesionPlan planLesions(const FundusAnatomy& anatomy, int grade, double difficulty, const RandomStream& eye);

}  // namespace medlocker::data::synthetic
