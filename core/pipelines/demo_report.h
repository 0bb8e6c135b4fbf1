// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "core/pipelines/protect_dataset.h"

namespace medlocker::pipelines {

/// A self-contained page (no scripts, no links to elsewhere) with the tour's summary and
/// original/protected/restored triplets of up to eight images below `folder`.
std::string demoReportHtml(const std::filesystem::path& folder, const std::string& summary,
                           const ProtectDatasetSummary& run);

}  // namespace medlocker::pipelines
