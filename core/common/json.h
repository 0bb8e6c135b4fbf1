// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace medlocker {

using Json = nlohmann::json;  // std::map inside: keys are always sorted

/// Sorted keys, no spaces, UTF-8: the spelling that is hashed and signed. Floats are refused (Error
/// Internal), and so is text that is not UTF-8 (Error InputRejected).
std::string canonicalJson(const Json& value);

/// Parses strictly: UTF-8, no duplicate keys, no comments, no trailing bytes, nesting <= 64. Throws
/// Error(InputRejected).
Json parseJsonStrictly(std::string_view text);

/// As above, and the text must be exactly what canonicalJson writes. Throws Error(InputRejected).
Json parseCanonicalJson(std::string_view text);

}  // namespace medlocker
