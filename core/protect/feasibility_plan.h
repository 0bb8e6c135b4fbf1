// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "core/data/field_of_view.h"
#include "core/data/geometry.h"
#include "core/data/working_frame.h"
#include "core/protect/feasible.h"
#include "core/protect/logo.h"
#include "core/segmentation/protected_regions.h"

namespace medlocker::protect {

/// Steps of the fallback ladder of spec 7.2.
enum class FeasibilityStep {
  Normal,           ///< boxes with margin
  NoMargin,         ///< a: margin g → 0
  PerPixel,         ///< b: lesion pixels against the logo's support
  Smaller,          ///< c: size s ← 0.9·s
  LessFieldOfView,  ///< d: φ 0.9, then 0.75
  AnatomyReleased,  ///< e: optic disc and fovea no longer protected
  LesionOverlap,    ///< forced by the owner: position of least overlap
};
/// "none", "a" … "e", "overlap"; as recorded.
std::string_view toString(FeasibilityStep step);

struct FeasibilityOptions {
  SizeFactor size{1, 4};
  double minFieldOfView = 0.98;  ///< φ of the first attempt; 0 in the literature profile
  bool cropSafe = false;
  bool releaseAnatomy = false;      ///< step e allowed
  bool allowLesionOverlap = false;  ///< forced placement allowed when everything else fails
  /// Makes the native tile of a logo size. Null: renderTile. A tile may be larger than the logo (padding for
  /// warps); its own size is what the feasibility test uses.
  std::function<LogoTile(int width, int height)> makeTile;
};

/// The exact check in native pixels (spec 7.8.1). Immutable; thread-safe. Refers to the field of view it was
/// made from, which must outlive it.
class NativeFeasibility {
 public:
  /// `blocked`: forbidden boxes. `blockedPixels`: W*H map for per-pixel mode, then `support` (tile size)
  /// is tested; both empty otherwise.
  NativeFeasibility(const data::FieldOfView& fieldOfView, std::vector<data::Box> blocked,
                    std::vector<std::uint8_t> blockedPixels, BinaryMap support, FeasibleRules rules);

  /// The same check with further forbidden boxes, native pixels.
  NativeFeasibility avoiding(const std::vector<data::Box>& boxes) const;

  /// Corner of the tile in native image coordinates.
  bool contains(int x, int y) const;
  /// Nearest feasible native position; ties: lower y, then lower x. Empty when there is none in the frame.
  std::optional<Position> repair(int x, int y) const;

 private:
  data::Box allowedFrame() const;

  const data::FieldOfView* fov_;
  std::vector<data::Box> blocked_;
  std::vector<std::uint8_t> blockedPixels_;
  BinaryMap support_;
  FeasibleRules rules_;
};

/// Where one logo may go in one image: the outcome of the ladder.
struct FeasibilityPlan {
  FeasibilityStep step = FeasibilityStep::Normal;
  SizeFactor size;
  double minFieldOfView = 0.98;
  LogoTile tile;          ///< native size
  PixelSize workingSize;  ///< the tile's box in working pixels, rounded up
  FeasibleMap working;    ///< corner positions in working pixels relative to G
  NativeFeasibility native;
  std::optional<Position> forced;  ///< LesionOverlap: the one working position
};

enum class FeasibilityOutcome { Ok, TooSmall, Infeasible };

struct FeasibilityResult {
  FeasibilityOutcome outcome = FeasibilityOutcome::Infeasible;
  std::shared_ptr<const FeasibilityPlan> plan;  ///< set when Ok
};

/// Walks the ladder. `fov` must outlive the plan. Later steps keep what earlier ones gave up; steps d and e
/// begin again at the full size, so that the logo is as large as the weakest condition allows. Boxes drawn by
/// a person are never released. Where there is no lesion mask, the tight boxes stand in. Deterministic;
/// thread-safe. Throws Error(InvalidArgument) when the lesion mask has the wrong size.
FeasibilityResult planFeasibility(const Logo& logo, const data::FieldOfView& fov,
                                  const data::WorkingFrame& frame,
                                  const segmentation::ProtectedRegions& regions,
                                  const FeasibilityOptions& options);

}  // namespace medlocker::protect
