// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/search_report.h"

#include <algorithm>
#include <utility>

#include "core/pipelines/region_box.h"

namespace medlocker::pipelines {
namespace {

TriedPlace placeOf(const protect::ScoredPlacement& scored, const protect::SearchSite& site) {
  const data::Box box = site.boxOf(scored.placement);
  return {box.x0,
          box.y0,
          box.x1,
          box.y1,
          static_cast<double>(scored.placement.alphaCode) / protect::kOpacityOne,
          scored.score.objective,
          scored.score.margins.fooledModels(),
          static_cast<int>(scored.score.margins.models)};
}

}  // namespace

SearchReport::SearchReport(SearchMonitor* monitor, std::string item, const PreparedImage& prepared)
    : monitor_(monitor), item_(std::move(item)) {
  if (monitor_ == nullptr) return;
  ImageSearch search;
  search.item = item_;
  search.width = prepared.regions.width;
  search.height = prepared.regions.height;
  search.hasFieldOfView = !prepared.fieldOfView.fallback;
  const data::Box& frame = prepared.fieldOfView.frame;
  search.frame = {frame.x0, frame.y0, frame.x1, frame.y1};
  // Lesions as they are; the margin around them may shrink where the logo finds no place.
  const auto& lesions =
      prepared.regions.tightBoxes.empty() ? prepared.regions.boxes : prepared.regions.tightBoxes;
  for (const auto* boxes : {&lesions, &prepared.regions.anatomy, &prepared.regions.userBoxes})
    for (const segmentation::ProtectedBox& box : *boxes) search.lesions.push_back(regionBox(box, box.box));
  monitor_->begin(std::move(search));
}

SearchReport::~SearchReport() {
  if (monitor_ != nullptr) monitor_->end(item_);
}

protect::ImageSearchObserver SearchReport::observer() {
  if (monitor_ == nullptr) return {};
  return [this](const protect::SearchUpdate& update, const protect::SearchSite& site) {
    // More than the monitor keeps need not be translated.
    const std::size_t count = std::min(update.batch.size(), SearchMonitor::kMostTried);
    std::vector<TriedPlace> tried;
    tried.reserve(count);
    for (const protect::ScoredPlacement& scored : update.batch.last(count))
      tried.push_back(placeOf(scored, site));
    std::optional<TriedPlace> best;
    if (update.best != nullptr) best = placeOf(*update.best, site);
    monitor_->update(item_, update.stage, update.evaluations, update.budget, tried, best);
  };
}

}  // namespace medlocker::pipelines
