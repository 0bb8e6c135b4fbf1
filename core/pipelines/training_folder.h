// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace medlocker::pipelines {

/// Makes the folder of a training run. One that holds something is only taken to `resume` a run of the same
/// `command` (as run.json says). Throws Error(InvalidArgument) for a folder inside the dataset,
/// Error(InputRejected) for one that is in use, Error(Io).
void prepareTrainingFolder(const std::filesystem::path& out, const std::filesystem::path& dataset,
                           const std::string& command, bool resume);

}  // namespace medlocker::pipelines
