// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/search_monitor.h"

#include <algorithm>
#include <utility>

namespace medlocker::pipelines {

std::vector<ImageSearch> SearchMonitor::searches() const {
  const std::lock_guard lock(mutex_);
  return searches_;
}

bool SearchMonitor::isInFlight(std::string_view item) const {
  const std::lock_guard lock(mutex_);
  return std::any_of(searches_.begin(), searches_.end(),
                     [item](const ImageSearch& search) { return search.item == item; });
}

void SearchMonitor::begin(ImageSearch search) {
  const std::lock_guard lock(mutex_);
  std::erase_if(searches_, [&](const ImageSearch& other) { return other.item == search.item; });
  searches_.push_back(std::move(search));
  ++version_;
}

void SearchMonitor::update(std::string_view item, std::string_view stage, int evaluations, int budget,
                           const std::vector<TriedPlace>& tried, const std::optional<TriedPlace>& best) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(searches_.begin(), searches_.end(),
                                  [item](const ImageSearch& search) { return search.item == item; });
  if (found == searches_.end()) return;
  ImageSearch& search = *found;
  // Another size or another logo of the same image begins anew.
  if (evaluations < search.evaluations) {
    search.best.reset();
    search.tried.clear();
  }
  search.stage = stage;
  search.evaluations = evaluations;
  search.budget = budget;
  search.tried.insert(search.tried.end(), tried.begin(), tried.end());
  if (search.tried.size() > kMostTried)
    search.tried.erase(search.tried.begin(), search.tried.end() - static_cast<std::ptrdiff_t>(kMostTried));
  if (best) {
    search.best = best;
  } else {
    for (const TriedPlace& place : tried)
      if (!search.best || place.objective < search.best->objective) search.best = place;
  }
  ++version_;
}

void SearchMonitor::end(std::string_view item) {
  const std::lock_guard lock(mutex_);
  if (std::erase_if(searches_, [item](const ImageSearch& search) { return search.item == item; }) > 0)
    ++version_;
}

}  // namespace medlocker::pipelines
