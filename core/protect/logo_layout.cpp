// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/logo_layout.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/common/error.h"

namespace medlocker::protect {
namespace {

constexpr std::array<std::pair<Layout, std::string_view>, 3> kLayouts{
    {{Layout::Single, "single"}, {Layout::Multi, "multi"}, {Layout::Tiled, "tiled"}}};
constexpr double kGreedyShare = 0.7;  // of the budget for placing several logos one after another
constexpr int kLeastBudget = 16;      // of one search
constexpr double kFirstMove = 0.02;   // in shares of the frame's short side
constexpr double kHoldMargin = -0.1;  // as in step 3 of 7.3
constexpr int kBisections = 8;
constexpr double kLargestRaise = 0.02;
constexpr double kFainter = 0.6;  // one step of a single tile
constexpr int kFainterSteps = 2;

std::optional<FilePlacement> nativePlacement(const LayoutTask& task, const NativeFeasibility& feasible,
                                             const Placement& found) {
  const auto site = feasible.repair(task.frame.nativeX(found.x), task.frame.nativeY(found.y));
  if (!site) return std::nullopt;
  return FilePlacement{site->x, site->y, found.alphaCode};
}

std::vector<data::Box> workingBoxes(const LayoutTask& task, const std::vector<data::Box>& native) {
  std::vector<data::Box> out;
  for (const data::Box& box : native) out.push_back(task.frame.coveringBox(box));
  return out;
}

void addCounts(SearchResult& total, const SearchResult& part) {
  total.evaluations += part.evaluations;
  total.choiceBits += part.choiceBits;
  total.stoppedEarly = part.stoppedEarly;
  total.outcome = part.outcome;
}

/// Logos one after another; each treats the earlier ones as protected boxes.
LayoutResult placeGreedily(const LayoutTask& task) {
  LayoutResult result;
  SearchOptions options = task.options;
  options.leastVisible = false;
  options.budget =
      std::max(kLeastBudget, static_cast<int>(kGreedyShare * task.options.budget / std::max(1, task.logos)));
  FeasibleMap working = task.plan.working;
  NativeFeasibility native = task.plan.native;
  for (int k = 0; k < task.logos; ++k) {
    if (k > 0) {
      const std::vector<data::Box> taken = boxesOf({result.logos.back()}, task.plan.tile);
      working = working.avoiding(workingBoxes(task, taken));
      native = native.avoiding(taken);
      if (working.count() == 0) break;
    }
    task.scorer->setOthers(asSet(result.logos));
    const SearchResult found = searchPlacement(options, working, *task.scorer,
                                               task.secret.child("logo", static_cast<std::uint64_t>(k)),
                                               task.context, task.observer);
    if (k == 0) {
      result.search = found;
    } else {
      addCounts(result.search, found);
    }
    if (found.outcome == Outcome::Cancelled) break;
    const auto placed = nativePlacement(task, native, found.placement);
    if (!placed) break;
    result.logos.push_back(*placed);
  }
  task.scorer->setOthers({});
  return result;
}

}  // namespace

std::string_view toString(Layout layout) {
  for (const auto& [value, name] : kLayouts)
    if (value == layout) return name;
  return "single";
}

Layout parseLayout(std::string_view name) {
  for (const auto& [value, text] : kLayouts)
    if (text == name) return value;
  throw Error(ErrorCode::InvalidArgument,
              "unknown layout \"" + std::string(name) + "\" (single, multi, tiled)");
}

std::vector<data::Box> boxesOf(const std::vector<FilePlacement>& logos, const LogoTile& tile) {
  std::vector<data::Box> boxes;
  for (const FilePlacement& logo : logos)
    boxes.push_back({logo.x, logo.y, logo.x + tile.width, logo.y + tile.height});
  return boxes;
}

PlacementSet asSet(const std::vector<FilePlacement>& logos) {
  PlacementSet set;
  for (const FilePlacement& logo : logos)
    set.push_back({static_cast<double>(logo.x), static_cast<double>(logo.y), logo.alphaCode});
  return set;
}

LayoutResult placeAtRandom(const LayoutTask& task) {
  LayoutResult result;
  result.search.feasible = task.plan.working.count();
  const int high = opacityCode(task.options.opacityHigh);
  if (task.layout == Layout::Tiled) return placeTiled(task);
  RandomStream draw = task.secret.child("random placement");
  FeasibleMap working = task.plan.working;
  NativeFeasibility native = task.plan.native;
  const int wanted = task.layout == Layout::Multi ? task.logos : 1;
  for (int k = 0; k < wanted && working.count() > 0; ++k) {
    const Position position = working.draw(draw);
    if (k == 0) result.search.placement = {position.x, position.y, high};
    const auto placed = nativePlacement(task, native, {position.x, position.y, high});
    if (!placed) break;
    result.logos.push_back(*placed);
    if (k + 1 == wanted) break;
    const std::vector<data::Box> taken = boxesOf({*placed}, task.plan.tile);
    working = working.avoiding(workingBoxes(task, taken));
    native = native.avoiding(taken);
  }
  return result;
}

LayoutResult placeLogos(const LayoutTask& task, bool finish) {
  switch (task.layout) {
    case Layout::Multi:
      return placeGreedily(task);
    case Layout::Tiled:
      return placeTiled(task);
    case Layout::Single:
      break;
  }
  LayoutResult result;
  SearchOptions options = task.options;
  options.leastVisible = options.leastVisible && finish;
  result.search =
      searchPlacement(options, task.plan.working, *task.scorer, task.secret, task.context, task.observer);
  if (result.search.outcome == Outcome::Cancelled) return result;
  if (const auto placed = nativePlacement(task, task.plan.native, result.search.placement))
    result.logos.push_back(*placed);
  return result;
}

int moveLogos(const LayoutTask& task, std::vector<FilePlacement>& logos, int allowance) {
  int used = 0;
  const auto judge = [&](const std::vector<PlacementSet>& sets) {
    used += static_cast<int>(sets.size());
    return task.scorer->scoreSets(sets, ScoreStage::Refine);
  };
  if (logos.empty() || allowance < 1) return 0;
  CandidateScore best = judge({asSet(logos)})[0];
  const int shortSide = std::min(task.frame.frame.width(), task.frame.frame.height());
  int step = std::max(1, static_cast<int>(std::lround(kFirstMove * shortSide)));
  while (step >= 1 && used < allowance && !task.context.stopRequested()) {
    bool improved = false;
    for (std::size_t k = 0; k < logos.size() && used < allowance; ++k) {
      std::vector<FilePlacement> others = logos;
      others.erase(others.begin() + static_cast<std::ptrdiff_t>(k));
      const NativeFeasibility feasible = task.plan.native.avoiding(boxesOf(others, task.plan.tile));
      std::vector<std::vector<FilePlacement>> moved;
      for (const int dy : {-1, 0, 1})
        for (const int dx : {-1, 0, 1}) {
          // Positions that are not free are skipped instead of repaired: a repair scans the frame.
          const int x = logos[k].x + dx * step;
          const int y = logos[k].y + dy * step;
          if ((dx == 0 && dy == 0) || static_cast<int>(moved.size()) >= allowance - used ||
              !feasible.contains(x, y))
            continue;
          moved.push_back(logos);
          moved.back()[k] = {x, y, logos[k].alphaCode};
        }
      if (moved.empty()) continue;
      std::vector<PlacementSet> sets;
      for (const std::vector<FilePlacement>& candidate : moved) sets.push_back(asSet(candidate));
      const std::vector<CandidateScore> scores = judge(sets);
      for (std::size_t i = 0; i < scores.size(); ++i)
        if (scores[i].objective < best.objective) {
          best = scores[i];
          logos = moved[i];
          improved = true;
        }
    }
    if (!improved) step /= 2;
  }
  return used;
}

int fadeLogos(const LayoutTask& task, std::vector<FilePlacement>& logos, int allowance) {
  int used = 0;
  const int lowest = opacityCode(task.options.opacityLow);
  const int highest = opacityCode(task.options.opacityHigh);
  const auto holds = [&](const std::vector<FilePlacement>& candidate) {
    ++used;
    const PlacementSet set = asSet(candidate);
    return task.scorer->scoreSets({&set, 1}, ScoreStage::Confirm)[0].margins.holds(kHoldMargin);
  };
  const auto open = [&] { return used < allowance && !task.context.stopRequested(); };
  if (task.options.leastVisible && lowest < highest && open() && holds(logos)) {
    int low = lowest;
    int high = 0;
    for (const FilePlacement& logo : logos) high = std::max(high, logo.alphaCode);
    for (int i = 0; i < kBisections && low < high && open(); ++i) {
      const int middle = low + (high - low) / 2;
      std::vector<FilePlacement> fainter = logos;
      for (FilePlacement& logo : fainter) logo.alphaCode = std::min(logo.alphaCode, middle);
      if (holds(fainter)) {
        logos = std::move(fainter);
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    if (task.layout == Layout::Tiled) {
      std::vector<std::size_t> order(logos.size());
      for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
      RandomStream stream = task.secret.child("fainter tiles");
      stream.shuffle(order);
      for (int pass = 0; pass < kFainterSteps; ++pass)
        for (const std::size_t k : order) {
          if (!open()) break;
          std::vector<FilePlacement> fainter = logos;
          fainter[k].alphaCode = static_cast<int>(kFainter * fainter[k].alphaCode);
          if (holds(fainter)) logos = std::move(fainter);
        }
    }
  }
  if (task.options.diversify) {
    RandomStream stream = task.secret.child("opacity raise");
    for (FilePlacement& logo : logos)
      logo.alphaCode = std::min(highest, logo.alphaCode + opacityCode(stream.uniform(0, kLargestRaise)));
  }
  return used;
}

}  // namespace medlocker::protect
