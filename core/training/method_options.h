// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/training/methods/standard.h"

namespace medlocker::training {

/// The registry of training methods: adding one is a file pair in methods/ and one line here. Every member
/// has kName, kDescription, validate(), describe() and make().
using MethodOptions = std::variant<  //
    StandardOptions>;

struct MethodInfo {
  std::string name;
  std::string description;
};
/// In the order in which they are listed to users.
std::vector<MethodInfo> trainingMethods();

std::string_view methodName(const MethodOptions& options);
/// Throws Error(InvalidArgument) for an unknown name, listing the known ones.
MethodOptions defaultMethodOptions(std::string_view name);
std::vector<OptionIssue> validate(const MethodOptions& options);
std::unique_ptr<TrainingMethod> makeMethod(const MethodOptions& options);

/// {"name": …, fields of the method}.
void to_json(Json& json, const MethodOptions& options);
void from_json(const Json& json, MethodOptions& options);

}  // namespace medlocker::training
