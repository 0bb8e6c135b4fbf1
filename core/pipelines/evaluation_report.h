// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "core/pipelines/evaluate_dataset.h"

namespace medlocker::pipelines {

/// evaluation.json (schema medlocker/evaluation/1), evaluation.csv, report.html and run.json in `folder`. NaN
/// becomes null.
void writeEvaluation(const std::filesystem::path& folder, const EvaluateDatasetOptions& options,
                     const EvaluateDatasetSummary& summary);

}  // namespace medlocker::pipelines
