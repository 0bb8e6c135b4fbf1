// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace medlocker::cli {

/// "0.031", "8/255", "8 / 255". Throws Error(InvalidArgument) naming the option.
double parseRatio(const std::string& option, const std::string& text);

}  // namespace medlocker::cli
