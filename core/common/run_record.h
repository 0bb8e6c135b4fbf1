// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "core/common/json.h"

namespace medlocker {

inline constexpr const char* kVersion = "0.1.0";
inline constexpr const char* kSpecVersion = "1";

/// Current time as "YYYY-MM-DDThh:mm:ssZ".
std::string utcNow();

/// Name and versions of this build, for run.json and records.
Json softwareVersions();

/// Writes `<folder>/run.json`: command, options, seed, versions, device, input fingerprints, counts, timings,
/// outcome. `content` must be an object; "schema" and "versions" are added here. Atomic.
void writeRunJson(const std::filesystem::path& folder, Json content);

}  // namespace medlocker
