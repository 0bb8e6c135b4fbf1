// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/audit/report/html_text.h"

#include <algorithm>
#include <cmath>
#include <locale>
#include <sstream>

namespace medlocker::audit::report {
namespace {

std::string fixed(double value, int decimals) {
  std::ostringstream out;
  out.imbue(std::locale::classic());
  out.setf(std::ios::fixed);
  out.precision(decimals);
  // No "-0.0": a sign without a value only raises questions.
  const double scale = std::pow(10.0, decimals);
  out << (std::abs(value) * scale < 0.5 ? 0.0 : value);
  return out.str();
}

constexpr const char* kNone = "–";

}  // namespace

std::string escapeHtml(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') out += c;
    }
  }
  return out;
}

std::string percentText(double fraction, int decimals) {
  return std::isfinite(fraction) ? fixed(100 * fraction, decimals) + " %" : kNone;
}

std::string numberText(double value, int decimals) {
  return std::isfinite(value) ? fixed(value, decimals) : kNone;
}

std::string pValueText(double p) {
  if (!std::isfinite(p)) return kNone;
  return p < 0.001 ? "< 0.001" : fixed(p, 3);
}

std::string csvField(std::string_view text) {
  if (text.find_first_of(",\"\n\r") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::string csvNumber(double value, int decimals) {
  return std::isfinite(value) ? fixed(value, decimals) : std::string();
}

}  // namespace medlocker::audit::report
