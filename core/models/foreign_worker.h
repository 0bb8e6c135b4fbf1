// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

namespace medlocker::models {

/// First argument of the hidden mode that runs a foreign model; no user ever types it.
inline constexpr const char* kForeignWorkerFlag = "--foreign-model-worker";

/// For main(): where the arguments ask for the hidden mode, isolates this process for good, serves one model
/// until the other side hangs up, and returns the exit status. Empty: an ordinary start. Must come before
/// anything that starts threads.
std::optional<int> runForeignWorkerIfAsked(int argc, char** argv);

}  // namespace medlocker::models
