// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace medlocker::cli {

/// Bash completion script for the whole command tree, generated from the option definitions.
std::string bashCompletion(const CLI::App& app);

/// Manual page (roff, section 1), generated from the option definitions.
std::string manualPage(const CLI::App& app);

}  // namespace medlocker::cli
