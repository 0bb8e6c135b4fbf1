// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli/command.h"

/// Commands that attack models and report what is left.
namespace medlocker::cli {

std::unique_ptr<Command> makeAttackCommand();
std::unique_ptr<Command> makeAuditCommand();
std::unique_ptr<Command> makeCompareCommand();

}  // namespace medlocker::cli
