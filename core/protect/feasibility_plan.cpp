// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/feasibility_plan.h"

#include <algorithm>
#include <cmath>

#include "core/common/error.h"

namespace medlocker::protect {
namespace {

constexpr int kMinLogoSide = 24;
constexpr int kMinImageSide = 64;
constexpr double kMinSize = 1.0 / 12;
constexpr int kFirstWindow = 16;

BinaryMap supportOf(const LogoTile& tile) {
  BinaryMap support(tile.width, tile.height);
  for (std::size_t i = 0; i < tile.matte.size(); ++i) support.values[i] = tile.matte[i] > 0;
  return support;
}

int ceilScale(std::int64_t value, std::int64_t to, std::int64_t from) {
  return static_cast<int>((value * to + from - 1) / from);
}

/// The support in working pixels: a working pixel counts when any native support pixel may fall into it, for
/// every rounding of the native position.
BinaryMap workingSupport(const BinaryMap& native, const PixelSize& size, const data::WorkingFrame& frame) {
  if (frame.width == frame.frame.width() && frame.height == frame.frame.height()) return native;
  const double stepX = static_cast<double>(frame.frame.width()) / frame.width;
  const double stepY = static_cast<double>(frame.frame.height()) / frame.height;
  const SummedArea sums(native);
  BinaryMap out(size.width, size.height);
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x) {
      const int x0 = std::max(0, static_cast<int>(std::floor(x * stepX - 0.5)));
      const int y0 = std::max(0, static_cast<int>(std::floor(y * stepY - 0.5)));
      const int x1 = std::min(native.width, static_cast<int>(std::ceil((x + 1) * stepX + 0.5)));
      const int y1 = std::min(native.height, static_cast<int>(std::ceil((y + 1) * stepY + 0.5)));
      out.at(x, y) = x1 > x0 && y1 > y0 && sums.sum(x0, y0, x1 - x0, y1 - y0) > 0;
    }
  return out;
}

BinaryMap workingBoxes(const std::vector<data::Box>& boxes, const data::WorkingFrame& frame) {
  BinaryMap map(frame.width, frame.height);
  for (const data::Box& box : boxes) map.fill(frame.coveringBox(box));
  return map;
}

/// A working pixel is blocked when any native pixel that touches it is.
BinaryMap workingPixels(const std::vector<std::uint8_t>& native, int imageWidth,
                        const data::WorkingFrame& frame) {
  BinaryMap map(frame.width, frame.height);
  const data::Box& g = frame.frame;
  for (int y = g.y0; y < g.y1; ++y)
    for (int x = g.x0; x < g.x1; ++x)
      if (native[static_cast<std::size_t>(y) * imageWidth + x])
        map.fill(frame.coveringBox({x, y, x + 1, y + 1}));
  return map;
}

struct Attempt {
  FeasibilityStep step;
  SizeFactor size;
  double minFieldOfView;
};

class Ladder {
 public:
  Ladder(const Logo& logo, const data::FieldOfView& fov, const data::WorkingFrame& frame,
         const segmentation::ProtectedRegions& regions, const FeasibilityOptions& options)
      : logo_(logo), fov_(fov), frame_(frame), regions_(regions), options_(options) {}

  FeasibilityResult run() {
    const data::Box& g = frame_.frame;
    if (std::min(fov_.width, fov_.height) < kMinImageSide) return {FeasibilityOutcome::TooSmall, nullptr};
    SizeFactor first = options_.size;
    if (tooSmall(logoSize(logo_, g, first)) && first.value() < 0.5) first = {1, 2};
    if (tooSmall(logoSize(logo_, g, first))) return {FeasibilityOutcome::TooSmall, nullptr};

    std::vector<SizeFactor> sizes{first};
    for (SizeFactor next = first.shrunk(); next.value() >= kMinSize && !tooSmall(logoSize(logo_, g, next));
         next = next.shrunk())
      sizes.push_back(next);

    for (const Attempt& attempt : attempts(sizes))
      if (auto plan = tryAttempt(attempt); plan && plan->working.count() > 0)
        return {FeasibilityOutcome::Ok, std::move(plan)};
    if (options_.allowLesionOverlap)
      if (auto plan = forcedPlan(sizes.back())) return {FeasibilityOutcome::Ok, std::move(plan)};
    return {FeasibilityOutcome::Infeasible, nullptr};
  }

 private:
  static bool tooSmall(const PixelSize& size) { return std::min(size.width, size.height) < kMinLogoSide; }

  std::vector<Attempt> attempts(const std::vector<SizeFactor>& sizes) const {
    const double phi = options_.minFieldOfView;
    std::vector<Attempt> list{{FeasibilityStep::Normal, sizes[0], phi},
                              {FeasibilityStep::NoMargin, sizes[0], phi},
                              {FeasibilityStep::PerPixel, sizes[0], phi}};
    const auto append = [&](FeasibilityStep step, double share, std::size_t from) {
      for (std::size_t i = from; i < sizes.size(); ++i) list.push_back({step, sizes[i], share});
    };
    append(FeasibilityStep::Smaller, phi, 1);
    for (const double share : {0.9, 0.75})
      if (share < phi) append(FeasibilityStep::LessFieldOfView, share, 0);
    if (options_.releaseAnatomy && !regions_.anatomy.empty()) {
      append(FeasibilityStep::AnatomyReleased, phi, 0);
      for (const double share : {0.9, 0.75})
        if (share < phi) append(FeasibilityStep::AnatomyReleased, share, 0);
    }
    return list;
  }

  const std::vector<segmentation::ProtectedBox>& tightBoxes() const {
    return regions_.tightBoxes.empty() ? regions_.boxes : regions_.tightBoxes;
  }

  /// Boxes that are forbidden whatever lies under the logo's clear parts.
  std::vector<data::Box> blockedBoxes(FeasibilityStep step) const {
    std::vector<data::Box> boxes;
    const auto add = [&boxes](const std::vector<segmentation::ProtectedBox>& more) {
      for (const segmentation::ProtectedBox& protectedBox : more) boxes.push_back(protectedBox.box);
    };
    add(regions_.userBoxes);
    if (step != FeasibilityStep::AnatomyReleased) add(regions_.anatomy);
    if (step == FeasibilityStep::Normal) add(regions_.boxes);
    if (step == FeasibilityStep::NoMargin) add(tightBoxes());
    return boxes;
  }

  /// Native per-pixel map: lesion mask (or tight boxes) and the boxes that stay.
  std::vector<std::uint8_t> blockedPixels(FeasibilityStep step) const {
    BinaryMap map(fov_.width, fov_.height);
    if (regions_.lesionMask.empty())
      for (const segmentation::ProtectedBox& tight : tightBoxes()) map.fill(tight.box);
    else
      map.values = regions_.lesionMask;
    for (const data::Box& box : blockedBoxes(step)) map.fill(box);
    return std::move(map.values);
  }

  LogoTile makeTile(const SizeFactor& size) const {
    const PixelSize pixels = logoSize(logo_, frame_.frame, size);
    return options_.makeTile ? options_.makeTile(pixels.width, pixels.height)
                             : renderTile(logo_, pixels.width, pixels.height);
  }

  BinaryMap fieldOfView() const {
    BinaryMap map(frame_.width, frame_.height);
    map.values = frame_.mask;
    return map;
  }

  std::shared_ptr<FeasibilityPlan> tryAttempt(const Attempt& attempt) const {
    const bool perPixel =
        attempt.step != FeasibilityStep::Normal && attempt.step != FeasibilityStep::NoMargin;
    LogoTile tile = makeTile(attempt.size);
    const PixelSize size{ceilScale(tile.width, frame_.width, frame_.frame.width()),
                         ceilScale(tile.height, frame_.height, frame_.frame.height())};
    FeasibleRules rules{size.width, size.height, attempt.minFieldOfView, options_.cropSafe};
    FeasibleRules nativeRules{tile.width, tile.height, attempt.minFieldOfView, options_.cropSafe};
    if (!perPixel) {
      std::vector<data::Box> boxes = blockedBoxes(attempt.step);
      FeasibleMap working(workingBoxes(boxes, frame_), fieldOfView(), rules);
      NativeFeasibility native(fov_, std::move(boxes), {}, {}, nativeRules);
      return std::make_shared<FeasibilityPlan>(FeasibilityPlan{attempt.step,
                                                               attempt.size,
                                                               attempt.minFieldOfView,
                                                               std::move(tile),
                                                               size,
                                                               std::move(working),
                                                               std::move(native),
                                                               {}});
    }
    const BinaryMap support = supportOf(tile);
    std::vector<std::uint8_t> pixels = blockedPixels(attempt.step);
    FeasibleMap working(workingPixels(pixels, fov_.width, frame_), fieldOfView(), rules,
                        workingSupport(support, size, frame_));
    NativeFeasibility native(fov_, {}, std::move(pixels), support, nativeRules);
    return std::make_shared<FeasibilityPlan>(FeasibilityPlan{attempt.step,
                                                             attempt.size,
                                                             attempt.minFieldOfView,
                                                             std::move(tile),
                                                             size,
                                                             std::move(working),
                                                             std::move(native),
                                                             {}});
  }

  /// The smallest logo at the position that covers the fewest protected pixels: lit positions first, ties to
  /// the lower y, then the lower x.
  std::shared_ptr<FeasibilityPlan> forcedPlan(const SizeFactor& smallest) const {
    auto plan = tryAttempt({FeasibilityStep::PerPixel, smallest, 0});
    const FeasibleRules rules{plan->workingSize.width, plan->workingSize.height, 0, false};
    const BinaryMap nothing(frame_.width, frame_.height);
    FeasibleMap places(nothing, fieldOfView(), {rules.logoWidth, rules.logoHeight, 0.75, options_.cropSafe});
    if (places.count() == 0) places = FeasibleMap(nothing, fieldOfView(), rules);
    if (places.count() == 0) return nullptr;
    const std::vector<std::int32_t> overlap =
        overlapCounts(workingPixels(blockedPixels(FeasibilityStep::PerPixel), fov_.width, frame_),
                      workingSupport(supportOf(plan->tile), plan->workingSize, frame_));
    std::optional<Position> best;
    std::int32_t least = 0;
    for (int y = 0; y < places.rows(); ++y)
      for (int x = 0; x < places.columns(); ++x) {
        const std::int32_t covered = overlap[static_cast<std::size_t>(y) * places.columns() + x];
        if (places.contains(x, y) && (!best || covered < least)) {
          best = {x, y};
          least = covered;
        }
      }
    plan->step = FeasibilityStep::LesionOverlap;
    plan->working = std::move(places);
    plan->native = NativeFeasibility(fov_, {}, {}, {}, {plan->tile.width, plan->tile.height, 0, false});
    plan->forced = best;
    return plan;
  }

  const Logo& logo_;
  const data::FieldOfView& fov_;
  const data::WorkingFrame& frame_;
  const segmentation::ProtectedRegions& regions_;
  const FeasibilityOptions& options_;
};

}  // namespace

std::string_view toString(FeasibilityStep step) {
  switch (step) {
    case FeasibilityStep::Normal:
      return "none";
    case FeasibilityStep::NoMargin:
      return "a";
    case FeasibilityStep::PerPixel:
      return "b";
    case FeasibilityStep::Smaller:
      return "c";
    case FeasibilityStep::LessFieldOfView:
      return "d";
    case FeasibilityStep::AnatomyReleased:
      return "e";
    case FeasibilityStep::LesionOverlap:
      return "overlap";
  }
  return "none";
}

NativeFeasibility::NativeFeasibility(const data::FieldOfView& fieldOfView, std::vector<data::Box> blocked,
                                     std::vector<std::uint8_t> blockedPixels, BinaryMap support,
                                     FeasibleRules rules)
    : fov_(&fieldOfView),
      blocked_(std::move(blocked)),
      blockedPixels_(std::move(blockedPixels)),
      support_(std::move(support)),
      rules_(rules) {
}

data::Box NativeFeasibility::allowedFrame() const {
  const data::Box& g = fov_->frame;
  if (!rules_.cropSafe) return g;
  const int marginX = cropSafeMargin(g.width());
  const int marginY = cropSafeMargin(g.height());
  return {g.x0 + marginX, g.y0 + marginY, g.x1 - marginX, g.y1 - marginY};
}

NativeFeasibility NativeFeasibility::avoiding(const std::vector<data::Box>& boxes) const {
  NativeFeasibility out = *this;
  out.blocked_.insert(out.blocked_.end(), boxes.begin(), boxes.end());
  return out;
}

bool NativeFeasibility::contains(int x, int y) const {
  const data::Box box{x, y, x + rules_.logoWidth, y + rules_.logoHeight};
  if (intersect(box, allowedFrame()) != box) return false;
  for (const data::Box& forbidden : blocked_)
    if (!intersect(forbidden, box).empty()) return false;
  std::int64_t lit = 0;
  for (int row = box.y0; row < box.y1; ++row) {
    const std::size_t start = static_cast<std::size_t>(row) * fov_->width + box.x0;
    for (int i = 0; i < rules_.logoWidth; ++i) lit += fov_->mask[start + static_cast<std::size_t>(i)];
    if (blockedPixels_.empty()) continue;
    for (int i = 0; i < rules_.logoWidth; ++i)
      if (blockedPixels_[start + static_cast<std::size_t>(i)] && support_.at(i, row - box.y0)) return false;
  }
  return static_cast<double>(lit) >= rules_.minFieldOfView * static_cast<double>(box.area()) - 1e-6;
}

std::optional<Position> NativeFeasibility::repair(int x, int y) const {
  const data::Box allowed = allowedFrame();
  if (rules_.logoWidth > allowed.width() || rules_.logoHeight > allowed.height()) return std::nullopt;
  if (contains(x, y)) return Position{x, y};
  const std::int64_t farthest = 2LL * (fov_->width + fov_->height) + std::abs(x) + std::abs(y);
  // Windows of growing reach; a site found closer than the reach cannot be beaten from outside it. The
  // crop-safe frame is applied here, because a window's own edges are not the frame's.
  for (std::int64_t reach = kFirstWindow;; reach *= 4) {
    const int r = static_cast<int>(std::min(reach, farthest));
    const data::Box window =
        intersect({x - r, y - r, x + r + rules_.logoWidth, y + r + rules_.logoHeight}, allowed);
    const bool whole = window == allowed;
    if (!window.empty() && window.width() >= rules_.logoWidth && window.height() >= rules_.logoHeight) {
      BinaryMap lit(window.width(), window.height());
      BinaryMap blocked(window.width(), window.height());
      for (int row = window.y0; row < window.y1; ++row) {
        const std::size_t source = static_cast<std::size_t>(row) * fov_->width + window.x0;
        const std::size_t target = static_cast<std::size_t>(row - window.y0) * window.width();
        std::copy_n(fov_->mask.begin() + static_cast<std::ptrdiff_t>(source), window.width(),
                    lit.values.begin() + static_cast<std::ptrdiff_t>(target));
        if (!blockedPixels_.empty())
          std::copy_n(blockedPixels_.begin() + static_cast<std::ptrdiff_t>(source), window.width(),
                      blocked.values.begin() + static_cast<std::ptrdiff_t>(target));
      }
      for (const data::Box& box : blocked_)
        blocked.fill({box.x0 - window.x0, box.y0 - window.y0, box.x1 - window.x0, box.y1 - window.y0});
      FeasibleRules rules = rules_;
      rules.cropSafe = false;
      const FeasibleMap map = blockedPixels_.empty() ? FeasibleMap(blocked, lit, rules)
                                                     : FeasibleMap(blocked, lit, rules, support_);
      if (const auto found = map.project(x - window.x0, y - window.y0)) {
        const Position native{found->x + window.x0, found->y + window.y0};
        const double dx = native.x - x;
        const double dy = native.y - y;
        if (whole || dx * dx + dy * dy <= static_cast<double>(r) * r) return native;
      }
    }
    if (whole) return std::nullopt;
  }
}

FeasibilityResult planFeasibility(const Logo& logo, const data::FieldOfView& fov,
                                  const data::WorkingFrame& frame,
                                  const segmentation::ProtectedRegions& regions,
                                  const FeasibilityOptions& options) {
  if (!regions.lesionMask.empty() &&
      regions.lesionMask.size() != static_cast<std::size_t>(fov.width) * static_cast<std::size_t>(fov.height))
    throw Error(ErrorCode::InvalidArgument, "the lesion mask has another size than the image");
  return Ladder(logo, fov, frame, regions, options).run();
}

}  // namespace medlocker::protect
