// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/pipelines/protection_folder.h"
#include "core/pipelines/protection_inputs.h"

namespace medlocker::pipelines {

/// The end of a run whose items are all journalled: sidecars, vault, parameter list, certificate with
/// signature and CSV; then the journal says so; then the work files go. A crash anywhere repeats it.
/// `summary` gives counts and accuracies.
void finishProtection(const ProtectDatasetOptions& options, const ProtectionInputs& inputs,
                      ProtectionFolder& folder, const ProtectDatasetSummary& summary);

}  // namespace medlocker::pipelines
