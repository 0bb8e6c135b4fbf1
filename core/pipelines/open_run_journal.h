// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/pipelines/run_journal.h"

namespace medlocker::pipelines {

/// The journal of the run in `folder`: a new one where the folder is missing or empty (with `resume` also
/// where it holds nothing but the record of a run that ended too early), or with `resume` the one that an
/// earlier run with an equal `identity` (everything that decides its results) left there. Throws
/// Error(InputRejected) where the folder holds a run and `resume` was not asked for, another run, or
/// something else.
RunJournal openRunJournal(const std::filesystem::path& folder, const Json& identity, bool resume);

}  // namespace medlocker::pipelines
