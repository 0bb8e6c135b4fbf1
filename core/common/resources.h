// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace medlocker {

/// Names of the logos in resources/logos, the first one being the default.
inline constexpr std::string_view kDefaultLogo = "medlocker";
inline constexpr std::string_view kResearchUseOnlyLogo = "research-use-only";

/// Path of a file that is shipped with the program, for example "logos/medlocker.png". Looked for below
/// $MEDLOCKER_RESOURCES where that is set, and nowhere else then; otherwise, from the executable's folder
/// upwards, in `share/medlocker` (installed) and `resources` (built from source). Throws Error(NotFound).
/// Thread-safe.
std::filesystem::path findResource(std::string_view name);

/// A logo file: `nameOrPath` itself where such a file exists, else the shipped logo of that name. Throws
/// Error(NotFound) that names both.
std::filesystem::path findLogo(const std::string& nameOrPath);

}  // namespace medlocker
