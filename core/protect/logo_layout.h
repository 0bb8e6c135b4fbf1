// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/data/working_frame.h"
#include "core/protect/candidate_scorer.h"
#include "core/protect/feasibility_plan.h"
#include "core/protect/search.h"
#include "core/protect/verify_native.h"

namespace medlocker::protect {

/// How many logos one image gets and how they lie (spec 7.10). All are one tile at several places.
enum class Layout {
  Single,
  Multi,  ///< 2..4 logos, placed greedily, then moved in turn
  Tiled,  ///< a lattice of small logos over the feasible area; tiles that touch protected boxes are left out
};
std::string_view toString(Layout layout);
/// Throws Error(InvalidArgument).
Layout parseLayout(std::string_view name);

/// Lattice of a tiled layout, about the middle of the frame.
struct TileLattice {
  double phaseX = 0;  ///< shift along its own axes, in cells, 0..1
  double phaseY = 0;
  double rotation = 0;  ///< radians, 0..π/2; the logos themselves stay upright
  double pitch = 0;     ///< native pixels; at least the tile's diagonal, so that tiles never overlap
};

/// Corners of the lattice's tiles that are feasible in native pixels, row by row.
std::vector<Position> latticePlaces(const FeasibilityPlan& plan, const data::WorkingFrame& frame,
                                    const TileLattice& lattice);

/// One logo size of one image, for the functions below. References stay the caller's.
struct LayoutTask {
  Layout layout = Layout::Single;
  int logos = 1;               ///< Multi: how many are wanted
  std::int64_t mostTiles = 1;  ///< Tiled: what the coverage limit allows
  const SearchOptions& options;
  const FeasibilityPlan& plan;
  const data::WorkingFrame& frame;
  ModelScorer* scorer = nullptr;  ///< null: random placement only
  const RandomStream& secret;
  const RunContext& context;
  const SearchObserver& observer;
};

struct LayoutResult {
  std::vector<FilePlacement> logos;  ///< empty: no place is left in native pixels
  SearchResult search;               ///< counts over all logos; `placement` of the first
};

/// Places at random and at the highest opacity: the baseline, and all there is without models.
LayoutResult placeAtRandom(const LayoutTask& task);

/// Searches the layout's places at the highest opacity; `finish` as for one logo where the layout is Single
/// and `finish` is true (choice, least visible opacity, secret raise).
LayoutResult placeLogos(const LayoutTask& task, bool finish);

/// Pattern search that moves one logo at a time, the others fixed, until nothing improves or `allowance`
/// evaluations are used. Never for Tiled. Native pixels; returns evaluations used.
int moveLogos(const LayoutTask& task, std::vector<FilePlacement>& logos, int allowance);

/// Least visible common opacity by bisection, for Tiled also fainter single tiles, then secret raises
/// (7.3 step 3, 7.7). Returns evaluations used and leaves opacities as they are where they do not hold.
int fadeLogos(const LayoutTask& task, std::vector<FilePlacement>& logos, int allowance);

/// Boxes of placed tiles.
std::vector<data::Box> boxesOf(const std::vector<FilePlacement>& logos, const LogoTile& tile);
PlacementSet asSet(const std::vector<FilePlacement>& logos);

/// Shared with search_tiled.cpp.
LayoutResult placeTiled(const LayoutTask& task);

}  // namespace medlocker::protect
