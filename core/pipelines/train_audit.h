// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/common/run_context.h"
#include "core/pipelines/train_model.h"
#include "core/training/split_plan.h"

namespace medlocker::pipelines {

/// Attacks the model in the run folder as `audit` does, on the test part, or the validation part where there
/// is none; goes on with an audit that was stopped. Fills audit, text and issues of the summary, and its
/// outcome when a stop was requested. Does nothing where no audit was asked for.
void auditTrainedModel(TrainSummary& summary, const training::SplitPlan& plan, const RunContext& context);

}  // namespace medlocker::pipelines
