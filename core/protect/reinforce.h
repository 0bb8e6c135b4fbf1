// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "core/common/random.h"
#include "core/common/run_context.h"
#include "core/protect/candidate_scorer.h"
#include "core/protect/tile_recipe.h"

namespace medlocker::protect {

struct ReinforceOptions {
  double epsilon = 0;        ///< ε_L of full scale, 0..0.4; 0: off. 0.15 is a good start
  int steps = 100;           ///< per restart, 10..10000
  int restarts = 2;          ///< the first from no shift; further ones, random, only where success is missing
  double legibility = 0.80;  ///< least SSIM of the reinforced against the plain logo on mid-grey, 0..1
};

struct ReinforceResult {
  Reinforcement reinforcement;
  LogoTile tile;          ///< with it
  double similarity = 1;  ///< of that tile and the plain one
  int evaluations = 0;    ///< steps and judgements, each over all models
};

/// Moves the logo's colours by momentum sign steps of ε/8 against the smooth objective (spec 7.10; momentum:
/// Dong et al., CVPR 2018, eq. 6–7), all models; each step sees the untransformed picture and one transform
/// in turn. The best field under all transforms is kept, written in whole codes, and scaled back until the
/// logo is legible. `start`: shifts to go on from. On return the scorer carries the reinforced tile.
/// `placements`: native, not overlapping. Deterministic in its arguments; not for concurrent use of one
/// scorer.
ReinforceResult reinforceLogo(ModelScorer& scorer, const PlacementSet& placements, const LogoTile& plain,
                              const ReinforceOptions& options, const RandomStream& secret,
                              const RunContext& context, const Reinforcement* start = nullptr);

}  // namespace medlocker::protect
