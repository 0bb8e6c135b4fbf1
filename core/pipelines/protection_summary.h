// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/data/manifest.h"
#include "core/pipelines/protect_dataset.h"
#include "core/pipelines/run_journal.h"

namespace medlocker::pipelines {

/// What the journal says about one image.
ProtectedItem describeItem(const data::Sample& sample, const JournalEntry& entry);

/// Fills items, counts and accuracies of `summary` from the journal, so that a resumed run reports all of
/// its images. `models`: number of source models.
void collectItems(const data::Manifest& manifest, const RunJournal& journal, std::size_t models,
                  ProtectDatasetSummary& summary);

}  // namespace medlocker::pipelines
