// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "core/pipelines/stress_protection.h"

namespace medlocker::pipelines {

/// stress.json (schema medlocker/stress/1), stress.csv, report.html and run.json in `folder`. NaN becomes
/// null.
void writeStress(const std::filesystem::path& folder, const StressProtectionOptions& options,
                 const StressProtectionSummary& summary);

}  // namespace medlocker::pipelines
