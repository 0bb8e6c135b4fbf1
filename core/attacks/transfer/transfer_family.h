// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "core/attacks/registry.h"

namespace medlocker::attacks {

/// Transfer attacks for the list of all attacks: against one model they are white-box attacks like any other.
/// Null where the name is none of them. Throws Error(InvalidArgument) for settings that do not fit, and for
/// learned masks, which need simulated models ('medlocker transfer').
std::unique_ptr<Attack> makeTransferFamily(std::string_view name, const AttackSettings& settings);
std::vector<AttackListing> listTransferAttacks();

}  // namespace medlocker::attacks
