// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

namespace medlocker::pipelines {

/// For main(), before anything else: foreign models run in a process of their own, which is this program
/// started again with a hidden first argument. Does that work where it is asked for and returns the exit
/// status; empty for an ordinary start.
std::optional<int> runModelWorkerIfAsked(int argc, char** argv);

}  // namespace medlocker::pipelines
