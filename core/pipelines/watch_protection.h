// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "core/pipelines/protect_dataset.h"

namespace medlocker::pipelines {

using ProtectionObserver = std::function<void(const ProtectedItem&)>;

/// As protectDataset(); `observer` is called on the calling thread for every image as soon as its file is
/// written. Images of an earlier, interrupted call are not repeated.
ProtectDatasetSummary watchProtection(const ProtectDatasetOptions& options, const RunContext& context,
                                      const ProtectionObserver& observer);

}  // namespace medlocker::pipelines
