// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/common/random.h"
#include "core/data/geometry.h"

namespace medlocker::protect {

/// A 0/1 map, row-major.
struct BinaryMap {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> values;

  BinaryMap() = default;
  BinaryMap(int w, int h, std::uint8_t fill = 0)
      : width(w), height(h), values(static_cast<std::size_t>(w) * static_cast<std::size_t>(h), fill) {}
  std::uint8_t at(int x, int y) const { return values[static_cast<std::size_t>(y) * width + x]; }
  std::uint8_t& at(int x, int y) { return values[static_cast<std::size_t>(y) * width + x]; }
  /// Sets a box, clipped to the map.
  void fill(const data::Box& box, std::uint8_t value = 1);
};

/// Sums over any box of a BinaryMap in constant time.
class SummedArea {
 public:
  explicit SummedArea(const BinaryMap& map);
  /// Box [x, x+w) × [y, y+h) inside the map.
  std::int32_t sum(int x, int y, int w, int h) const {
    const auto at = [this](int column, int row) {
      return table_[static_cast<std::size_t>(row) * stride_ + static_cast<std::size_t>(column)];
    };
    return at(x + w, y + h) - at(x, y + h) - at(x + w, y) + at(x, y);
  }

 private:
  std::size_t stride_;
  std::vector<std::int32_t> table_;
};

struct Position {
  int x = 0;
  int y = 0;
  bool operator==(const Position&) const = default;
};

struct FeasibleRules {
  int logoWidth = 0;
  int logoHeight = 0;
  double minFieldOfView = 0.98;  ///< φ: lit share of the logo's box
  bool cropSafe = false;         ///< the box must lie in the central 80 % of the frame
};

/// Pixels that crop-safe mode keeps free on either side of a frame of this extent: a tenth, rounded up.
constexpr int cropSafeMargin(int extent) {
  return (extent + 9) / 10;
}

/// The set of allowed logo positions in one frame (spec 7.2). Immutable after construction; thread-safe.
/// Memory: about 7 bytes per position.
class FeasibleMap {
 public:
  /// Per box: no blocked pixel inside the logo's bounding box. `blocked` and `fieldOfView` have one size.
  FeasibleMap(const BinaryMap& blocked, const BinaryMap& fieldOfView, const FeasibleRules& rules);
  /// Per pixel: no blocked pixel under the logo's support (size of the logo).
  FeasibleMap(const BinaryMap& blocked, const BinaryMap& fieldOfView, const FeasibleRules& rules,
              const BinaryMap& support);

  /// The same map with further blocked boxes, in its own pixels; per box even where this map is per pixel.
  FeasibleMap avoiding(const std::vector<data::Box>& boxes) const;

  /// Number of positions across and down, feasible or not: Rw−w+1 and Rh−h+1; 0 when the logo does not fit.
  int columns() const { return columns_; }
  int rows() const { return rows_; }
  int logoWidth() const { return logoWidth_; }
  int logoHeight() const { return logoHeight_; }
  /// What the map was made from; its size is the frame's.
  const BinaryMap& blocked() const { return blocked_; }
  const BinaryMap& fieldOfView() const { return lit_; }
  /// Short side R of the frame.
  int shortSide() const { return std::min(lit_.width, lit_.height); }
  /// N_feas.
  std::int64_t count() const { return rowStart_.empty() ? 0 : rowStart_.back(); }
  bool contains(int x, int y) const {
    return x >= 0 && y >= 0 && x < columns_ && y < rows_ &&
           allowed_[static_cast<std::size_t>(y) * columns_ + x] != 0;
  }

  /// proj: the feasible position nearest to (x, y) by Euclidean distance; ties go to the lower y, then the
  /// lower x. Any real input, also outside the frame. Empty only when count() is 0.
  std::optional<Position> project(double x, double y) const;

  /// Feasible positions whose x and y are multiples of `stride`, in row order.
  std::vector<Position> lattice(int stride) const;
  /// Smallest stride >= 2 whose lattice has at most `maxPoints` points.
  int strideFor(std::int64_t maxPoints) const;

  /// The index-th feasible position in row order, index < count().
  Position at(std::int64_t index) const;
  /// A uniform draw; count() must not be 0.
  Position draw(RandomStream& stream) const { return at(static_cast<std::int64_t>(stream.below(count()))); }

 private:
  void finish(const BinaryMap& fieldOfView, const FeasibleRules& rules);

  int columns_ = 0;
  int rows_ = 0;
  int logoWidth_ = 0;
  int logoHeight_ = 0;
  BinaryMap blocked_;
  BinaryMap lit_;
  FeasibleRules rules_;
  std::vector<std::uint8_t> allowed_;
  std::vector<std::int64_t> rowStart_;  // rows_+1 running counts
  std::vector<std::int32_t>
      nearestInColumn_;  // nearest feasible y in the same column, -1: none; ties: lower y
};

/// Blocked pixels under the support for every position, row-major, columns × rows as in FeasibleMap.
std::vector<std::int32_t> overlapCounts(const BinaryMap& blocked, const BinaryMap& support);

}  // namespace medlocker::protect
