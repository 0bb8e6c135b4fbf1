// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/common/run_context.h"
#include "core/pipelines/protection_inputs.h"

namespace medlocker::pipelines {

/// Scale of each source model's margins: the median over the first images that it gets right (spec 5).
/// Depends on the dataset and the models alone, so that a resumed run or another shard finds the same.
std::vector<double> measureMarginScales(const ProtectionInputs& inputs, const RunContext& context);

}  // namespace medlocker::pipelines
