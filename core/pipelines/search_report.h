// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/pipelines/prepared_image.h"
#include "core/pipelines/search_monitor.h"
#include "core/protect/protect_image.h"

namespace medlocker::pipelines {

/// The entry of one image in a SearchMonitor, from the beginning of its search to the end of this object's
/// life. Without a monitor it does nothing. Used by one thread.
class SearchReport {
 public:
  /// `monitor` may be null; both must outlive this object.
  SearchReport(SearchMonitor* monitor, std::string item, const PreparedImage& prepared);
  ~SearchReport();
  SearchReport(const SearchReport&) = delete;
  SearchReport& operator=(const SearchReport&) = delete;

  /// For protectImage(); null without a monitor.
  protect::ImageSearchObserver observer();

 private:
  SearchMonitor* monitor_;
  std::string item_;
};

}  // namespace medlocker::pipelines
