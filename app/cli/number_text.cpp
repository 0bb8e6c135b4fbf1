// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/number_text.h"

#include <charconv>
#include <string_view>

#include "core/common/error.h"

namespace medlocker::cli {
namespace {

bool parseNumber(std::string_view text, double& value) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  return !text.empty() && problem == std::errc() && end == text.data() + text.size();
}

}  // namespace

double parseRatio(const std::string& option, const std::string& text) {
  const std::size_t slash = text.find('/');
  double top = 0;
  double bottom = 1;
  const std::string_view whole = text;
  const bool good = parseNumber(whole.substr(0, slash), top) &&
                    (slash == std::string::npos || parseNumber(whole.substr(slash + 1), bottom)) &&
                    bottom != 0;
  if (!good)
    throw Error(ErrorCode::InvalidArgument, "takes a number or a fraction such as 8/255, not '" + text + "'",
                option);
  return top / bottom;
}

}  // namespace medlocker::cli
