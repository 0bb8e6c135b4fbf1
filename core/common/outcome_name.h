// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/common/run_context.h"

namespace medlocker {

/// How an outcome is called in run.json and in the JSON of every command.
constexpr const char* outcomeName(Outcome outcome) {
  return outcome == Outcome::Completed ? "completed" : "cancelled";
}

}  // namespace medlocker
