// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "core/pipelines/protection_folder.h"
#include "core/pipelines/protection_inputs.h"

namespace medlocker::pipelines {

/// Accuracies of the summary as the certificate states them: basis points per source model, those that are
/// known.
std::map<std::string, std::int64_t> accuracyMetrics(const ProtectDatasetSummary& summary);

/// The end of a run whose items are all journalled: sidecars, vault, parameter list, certificate with
/// signature and CSV; then the journal says so; then the work files go. A crash anywhere repeats it.
/// `summary` gives counts and accuracies.
void finishProtection(const ProtectDatasetOptions& options, const ProtectionInputs& inputs,
                      ProtectionFolder& folder, const ProtectDatasetSummary& summary);

}  // namespace medlocker::pipelines
