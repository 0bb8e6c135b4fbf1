// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/pipelines/dataset_browser.h"

namespace medlocker::pipelines {

/// A place for the logo that a search tried, in pixels of the full picture, display orientation, half-open.
struct TriedPlace {
  int x0 = 0;
  int y0 = 0;
  int x1 = 0;
  int y1 = 0;
  double opacity = 0;    ///< 0..1
  double objective = 0;  ///< J of the search: lower is better, below 0 where models are misled
  int misled = 0;        ///< models whose answer changed
  int models = 0;
  bool operator==(const TriedPlace&) const = default;
};

/// The search of one image as it stands.
struct ImageSearch {
  std::string item;  ///< sample id
  int width = 0;     ///< of the full picture, display orientation
  int height = 0;
  bool hasFieldOfView = false;     ///< a lit retina was found; else the whole picture counts
  RegionBox frame;                 ///< box of the field of view
  std::vector<RegionBox> lesions;  ///< boxes of lesions, anatomy and a person's own
  std::string stage;  ///< coarse, refine, evolve, gradient, choose, least visible; empty: not begun
  int evaluations = 0;
  int budget = 0;
  std::vector<TriedPlace> tried;   ///< the latest ones, oldest first
  std::optional<TriedPlace> best;  ///< so far
};

/// Where searches that run side by side leave what they do, for somebody who looks now and then: a window
/// asks a few times a second and gets the latest state, however many candidates were scored in between.
/// Searches are never held up and their results do not depend on it. Thread-safe.
class SearchMonitor {
 public:
  /// Places kept per image; older ones are forgotten.
  static constexpr std::size_t kMostTried = 256;

  // ---- for the reader ----

  /// Grows with every change; reading it costs nothing.
  std::uint64_t version() const { return version_.load(std::memory_order_relaxed); }
  /// Images in flight, in the order in which they began.
  std::vector<ImageSearch> searches() const;
  bool isInFlight(std::string_view item) const;

  // ---- for the searches ----

  void begin(ImageSearch search);
  /// `best`: the search's own judgement; without one the lowest objective of what was tried counts.
  void update(std::string_view item, std::string_view stage, int evaluations, int budget,
              const std::vector<TriedPlace>& tried, const std::optional<TriedPlace>& best);
  void end(std::string_view item);

 private:
  std::atomic<std::uint64_t> version_{0};
  mutable std::mutex mutex_;
  std::vector<ImageSearch> searches_;
};

}  // namespace medlocker::pipelines
