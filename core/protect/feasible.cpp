// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/feasible.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/common/error.h"

namespace medlocker::protect {
namespace {

void requireSameSize(const BinaryMap& a, const BinaryMap& b) {
  if (a.width != b.width || a.height != b.height)
    throw Error(ErrorCode::InvalidArgument, "the blocked map and the field of view differ in size");
}

}  // namespace

void BinaryMap::fill(const data::Box& box, std::uint8_t value) {
  const data::Box inside = intersect(box, {0, 0, width, height});
  if (inside.empty()) return;
  for (int y = inside.y0; y < inside.y1; ++y)
    std::fill_n(values.begin() + static_cast<std::ptrdiff_t>(y) * width + inside.x0, inside.width(), value);
}

SummedArea::SummedArea(const BinaryMap& map)
    : stride_(static_cast<std::size_t>(map.width) + 1),
      table_(stride_ * (static_cast<std::size_t>(map.height) + 1), 0) {
  for (int y = 0; y < map.height; ++y) {
    std::int32_t row = 0;
    const std::int32_t* above = &table_[static_cast<std::size_t>(y) * stride_];
    std::int32_t* out = &table_[static_cast<std::size_t>(y + 1) * stride_];
    for (int x = 0; x < map.width; ++x) {
      row += map.at(x, y);
      out[x + 1] = above[x + 1] + row;
    }
  }
}

std::vector<std::int32_t> overlapCounts(const BinaryMap& blocked, const BinaryMap& support) {
  const int columns = blocked.width - support.width + 1;
  const int rows = blocked.height - support.height + 1;
  if (columns <= 0 || rows <= 0) return {};
  const std::size_t stride = static_cast<std::size_t>(blocked.width) + 1;
  std::vector<std::int32_t> running(stride * static_cast<std::size_t>(blocked.height), 0);
  for (int y = 0; y < blocked.height; ++y)
    for (int x = 0; x < blocked.width; ++x)
      running[y * stride + x + 1] = running[y * stride + x] + blocked.at(x, y);

  std::vector<std::int32_t> counts(static_cast<std::size_t>(columns) * rows, 0);
  for (int ty = 0; ty < support.height; ++ty) {
    // The support's row as runs: one difference of running sums per run and position.
    for (int begin = 0; begin < support.width;) {
      if (!support.at(begin, ty)) {
        ++begin;
        continue;
      }
      int end = begin;
      while (end < support.width && support.at(end, ty)) ++end;
      for (int y = 0; y < rows; ++y) {
        const std::int32_t* line = &running[static_cast<std::size_t>(y + ty) * stride];
        if (line[stride - 1] == 0) continue;
        std::int32_t* out = &counts[static_cast<std::size_t>(y) * columns];
        for (int x = 0; x < columns; ++x) out[x] += line[x + end] - line[x + begin];
      }
      begin = end;
    }
  }
  return counts;
}

FeasibleMap::FeasibleMap(const BinaryMap& blocked, const BinaryMap& fieldOfView, const FeasibleRules& rules)
    : logoWidth_(rules.logoWidth),
      logoHeight_(rules.logoHeight),
      blocked_(blocked),
      lit_(fieldOfView),
      rules_(rules) {
  requireSameSize(blocked, fieldOfView);
  columns_ = std::max(0, blocked.width - rules.logoWidth + 1);
  rows_ = std::max(0, blocked.height - rules.logoHeight + 1);
  allowed_.resize(static_cast<std::size_t>(columns_) * rows_);
  const SummedArea sums(blocked);
  for (int y = 0; y < rows_; ++y)
    for (int x = 0; x < columns_; ++x)
      allowed_[static_cast<std::size_t>(y) * columns_ + x] =
          sums.sum(x, y, rules.logoWidth, rules.logoHeight) == 0;
  finish(fieldOfView, rules);
}

FeasibleMap::FeasibleMap(const BinaryMap& blocked, const BinaryMap& fieldOfView, const FeasibleRules& rules,
                         const BinaryMap& support)
    : logoWidth_(rules.logoWidth),
      logoHeight_(rules.logoHeight),
      blocked_(blocked),
      lit_(fieldOfView),
      rules_(rules) {
  requireSameSize(blocked, fieldOfView);
  if (support.width != rules.logoWidth || support.height != rules.logoHeight)
    throw Error(ErrorCode::InvalidArgument, "the logo's support has another size than the logo");
  columns_ = std::max(0, blocked.width - rules.logoWidth + 1);
  rows_ = std::max(0, blocked.height - rules.logoHeight + 1);
  const std::vector<std::int32_t> counts = overlapCounts(blocked, support);
  allowed_.resize(counts.size());
  for (std::size_t i = 0; i < counts.size(); ++i) allowed_[i] = counts[i] == 0;
  if (allowed_.empty()) columns_ = rows_ = 0;
  finish(fieldOfView, rules);
}

FeasibleMap FeasibleMap::avoiding(const std::vector<data::Box>& boxes) const {
  FeasibleMap out = *this;
  for (const data::Box& box : boxes) {
    out.blocked_.fill(box);
    for (int y = std::max(0, box.y0 - logoHeight_ + 1); y < std::min(rows_, box.y1); ++y)
      for (int x = std::max(0, box.x0 - logoWidth_ + 1); x < std::min(columns_, box.x1); ++x)
        out.allowed_[static_cast<std::size_t>(y) * columns_ + x] = 0;
  }
  out.finish(lit_, rules_);
  return out;
}

void FeasibleMap::finish(const BinaryMap& fieldOfView, const FeasibleRules& rules) {
  const SummedArea lit(fieldOfView);
  const int w = rules.logoWidth;
  const int h = rules.logoHeight;
  // The small term forgives the rounding of φ·w·h, never a whole pixel.
  const double needed = rules.minFieldOfView * w * h - 1e-6;
  const int marginX = rules.cropSafe ? cropSafeMargin(fieldOfView.width) : 0;
  const int marginY = rules.cropSafe ? cropSafeMargin(fieldOfView.height) : 0;
  rowStart_.assign(static_cast<std::size_t>(rows_) + 1, 0);
  for (int y = 0; y < rows_; ++y) {
    std::int64_t inRow = 0;
    for (int x = 0; x < columns_; ++x) {
      std::uint8_t& cell = allowed_[static_cast<std::size_t>(y) * columns_ + x];
      if (!cell) continue;
      const bool central = x >= marginX && y >= marginY && x + w <= fieldOfView.width - marginX &&
                           y + h <= fieldOfView.height - marginY;
      if (!central || lit.sum(x, y, w, h) < needed) cell = 0;
      inRow += cell;
    }
    rowStart_[static_cast<std::size_t>(y) + 1] = rowStart_[static_cast<std::size_t>(y)] + inRow;
  }

  // First pass of an exact distance transform that also keeps the site: the nearest site of each column. The
  // second pass (across columns) is done per query, since only few positions are ever repaired.
  nearestInColumn_.assign(allowed_.size(), -1);
  for (int x = 0; x < columns_; ++x) {
    std::int32_t above = -1;
    for (int y = 0; y < rows_; ++y) {
      const std::size_t at = static_cast<std::size_t>(y) * columns_ + x;
      if (allowed_[at]) above = y;
      nearestInColumn_[at] = above;
    }
    std::int32_t below = -1;
    for (int y = rows_ - 1; y >= 0; --y) {
      const std::size_t at = static_cast<std::size_t>(y) * columns_ + x;
      if (allowed_[at]) below = y;
      std::int32_t& best = nearestInColumn_[at];
      if (below >= 0 && (best < 0 || below - y < y - best)) best = below;
    }
  }
}

std::optional<Position> FeasibleMap::project(double x, double y) const {
  if (count() == 0) return std::nullopt;
  const double inside = std::clamp(y, 0.0, static_cast<double>(rows_ - 1));
  const int rowBelow = static_cast<int>(std::floor(inside));
  const int rowAbove = static_cast<int>(std::ceil(inside));
  const int start = static_cast<int>(std::lround(std::clamp(x, 0.0, static_cast<double>(columns_ - 1))));

  Position best{-1, -1};
  double bestDistance = std::numeric_limits<double>::infinity();
  const auto consider = [&](int column) {
    for (const int row : {rowBelow, rowAbove}) {
      const std::int32_t site = nearestInColumn_[static_cast<std::size_t>(row) * columns_ + column];
      if (site < 0) return;
      const double dx = column - x;
      const double dy = site - y;
      const double distance = dx * dx + dy * dy;
      const bool lower = site < best.y || (site == best.y && column < best.x);
      if (distance < bestDistance || (distance == bestDistance && lower)) {
        bestDistance = distance;
        best = {column, site};
      }
    }
  };
  // Outwards from the query on either side: once a side's columns alone are farther than the best site,
  // nothing on that side can win any more.
  bool leftOpen = true;
  bool rightOpen = true;
  for (int offset = 0; leftOpen || rightOpen; ++offset) {
    const auto visit = [&](int column, bool& open) {
      const double dx = column - x;
      if (column < 0 || column >= columns_ || dx * dx > bestDistance)
        open = false;
      else
        consider(column);
    };
    if (leftOpen) visit(start - offset, leftOpen);
    if (rightOpen) visit(start + offset + 1, rightOpen);
  }
  return best;
}

std::vector<Position> FeasibleMap::lattice(int stride) const {
  std::vector<Position> points;
  for (int y = 0; y < rows_; y += stride)
    for (int x = 0; x < columns_; x += stride)
      if (contains(x, y)) points.push_back({x, y});
  return points;
}

int FeasibleMap::strideFor(std::int64_t maxPoints) const {
  const auto pointsAt = [this](int stride) {
    std::int64_t points = 0;
    for (int y = 0; y < rows_; y += stride)
      for (int x = 0; x < columns_; x += stride) points += contains(x, y) ? 1 : 0;
    return points;
  };
  const int largest = std::max({2, columns_, rows_});
  int stride = 2;
  while (stride < largest && pointsAt(stride) > maxPoints) ++stride;
  return stride;
}

Position FeasibleMap::at(std::int64_t index) const {
  const auto row = std::upper_bound(rowStart_.begin(), rowStart_.end(), index) - rowStart_.begin() - 1;
  std::int64_t left = index - rowStart_[static_cast<std::size_t>(row)];
  for (int x = 0; x < columns_; ++x)
    if (contains(x, static_cast<int>(row)) && left-- == 0) return {x, static_cast<int>(row)};
  throw Error(ErrorCode::Internal, "a feasible position was asked for beyond their number");
}

}  // namespace medlocker::protect
