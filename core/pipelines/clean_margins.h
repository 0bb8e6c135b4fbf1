// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/common/run_context.h"
#include "core/pipelines/protection_inputs.h"

namespace medlocker::protect {
class SharedBatches;
}

namespace medlocker::pipelines {

/// Scale of each source model's margins: the median over the first images that it gets right (spec 5).
/// Depends on the dataset and the models alone, so that a resumed run or another shard finds the same.
/// `batches`: runs the forward passes where given.
std::vector<double> measureMarginScales(const ProtectionInputs& inputs, const RunContext& context,
                                        protect::SharedBatches* batches = nullptr);

}  // namespace medlocker::pipelines
