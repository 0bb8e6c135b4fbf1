// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "core/pipelines/protect_dataset.h"
#include "core/pipelines/search_monitor.h"

namespace medlocker::pipelines {

using ProtectionObserver = std::function<void(const ProtectedItem&)>;

/// As protectDataset(); `observer` is called on the calling thread for every image as soon as its file is
/// written. Images of an earlier, interrupted call are not repeated. `monitor`, where there is one, is told
/// of the searches while they run; files and certificate do not depend on it.
ProtectDatasetSummary watchProtection(const ProtectDatasetOptions& options, const RunContext& context,
                                      const ProtectionObserver& observer, SearchMonitor* monitor = nullptr);

}  // namespace medlocker::pipelines
