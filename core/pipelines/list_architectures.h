// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace medlocker::pipelines {

struct ArchitectureSummary {
  std::string name;  ///< what --arch takes
  std::string description;
  int defaultInputSize = 0;  ///< pixels per side
  int minInputSize = 0;
};

/// All network architectures, in the order in which they are shown.
std::vector<ArchitectureSummary> listArchitectures();

}  // namespace medlocker::pipelines
