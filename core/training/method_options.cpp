// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/method_options.h"

#include <utility>

#include "core/training/method.h"

namespace medlocker::training {
namespace {

/// Calls `visit` with a default-made value of every method's options.
template <typename Visit, std::size_t... I>
void forEachMethod(Visit&& visit, std::index_sequence<I...>) {
  (visit(std::variant_alternative_t<I, MethodOptions>{}), ...);
}
template <typename Visit>
void forEachMethod(Visit&& visit) {
  forEachMethod(std::forward<Visit>(visit), std::make_index_sequence<std::variant_size_v<MethodOptions>>{});
}

}  // namespace

std::vector<MethodInfo> trainingMethods() {
  std::vector<MethodInfo> methods;
  forEachMethod([&methods](const auto& method) { methods.push_back({method.kName, method.kDescription}); });
  return methods;
}

std::string_view methodName(const MethodOptions& options) {
  return std::visit([](const auto& method) -> std::string_view { return method.kName; }, options);
}

MethodOptions defaultMethodOptions(std::string_view name) {
  std::optional<MethodOptions> found;
  std::string known;
  forEachMethod([&](const auto& method) {
    if (name == method.kName) found = method;
    known += (known.empty() ? "" : ", ") + std::string(method.kName);
  });
  if (!found)
    throw Error(ErrorCode::InvalidArgument,
                "the training method is one of " + known + "; not '" + std::string(name) + "'");
  return *found;
}

std::vector<OptionIssue> validate(const MethodOptions& options) {
  return std::visit([](const auto& method) { return method.validate(); }, options);
}

std::unique_ptr<TrainingMethod> makeMethod(const MethodOptions& options) {
  return std::visit([](const auto& method) { return method.make(); }, options);
}

std::optional<MethodPreset> methodPreset(const MethodOptions& options) {
  return std::visit(
      [](const auto& method) -> std::optional<MethodPreset> {
        if constexpr (requires { method.preset(); })
          return method.preset();
        else
          return std::nullopt;
      },
      options);
}

MethodTeachers teachersOf(const MethodOptions& options) {
  return std::visit(
      [](const auto& method) -> MethodTeachers {
        if constexpr (requires { method.teachers(); })
          return method.teachers();
        else if constexpr (requires { method.kTeachers; })
          return method.kTeachers;
        else
          return {};
      },
      options);
}

void to_json(Json& json, const MethodOptions& options) {
  json = std::visit([](const auto& method) { return toJsonFields(method); }, options);
  json["name"] = std::string(methodName(options));
}

void from_json(const Json& json, MethodOptions& options) {
  if (!json.is_object() || !json.contains("name") || !json["name"].is_string())
    throw Error(ErrorCode::InvalidArgument, "must be an object with a name", "method");
  options = defaultMethodOptions(json["name"].get<std::string>());
  Json fields = json;
  fields.erase("name");
  std::visit([&fields](auto& method) { fromJsonFields(fields, method, "method"); }, options);
}

}  // namespace medlocker::training
