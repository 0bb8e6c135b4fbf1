// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

/// Text of reports. Free functions without state: thread-safe. Numbers always use a decimal point, whatever
/// the locale, and a value that is not finite is an en dash.
namespace medlocker::audit::report {

/// For element content and for attribute values in double quotes. Control characters other than line feeds
/// and tabs are dropped, because no HTML document may hold them.
std::string escapeHtml(std::string_view text);

/// 0.1234 → "12.3 %".
std::string percentText(double fraction, int decimals = 1);
std::string numberText(double value, int decimals = 3);
/// Very small p-values as "< 0.001".
std::string pValueText(double p);

/// One CSV field, quoted where needed.
std::string csvField(std::string_view text);
/// Empty for a value that is not finite.
std::string csvNumber(double value, int decimals = 6);

}  // namespace medlocker::audit::report
