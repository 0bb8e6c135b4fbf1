// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/certificate/record.h"
#include "core/certificate/run_secrets.h"
#include "core/pipelines/prepared_image.h"
#include "core/pipelines/protection_inputs.h"
#include "core/pipelines/run_journal.h"
#include "core/protect/protect_image.h"

namespace medlocker::pipelines {

/// The private record (spec 11.2) of one protected item: the only place where its parameters are kept.
/// Positions are in display orientation, like the rendered tile; where that is not the stored one, the extras
/// say which it is. Hashes are of the stored samples.
certificate::PrivateRecord itemRecord(const certificate::RunSecrets& secrets, const ProtectionInputs& inputs,
                                      const data::Sample& sample, const PreparedImage& prepared,
                                      const protect::ProtectedImage& result);

/// Status and what the summary and `evaluate` need; no parameter of the search goes into the journal.
void describeResult(const protect::ProtectedImage& result, JournalEntry& entry);

}  // namespace medlocker::pipelines
