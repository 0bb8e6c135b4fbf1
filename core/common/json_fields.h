// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "core/common/error.h"
#include "core/common/json.h"

/// Options structs list their fields once, in a function `describe(Visitor&, Struct&)` found by
/// argument-dependent lookup; writing and strict reading of JSON both come from that list, so they cannot
/// drift apart:
///
///     template <typename Visitor, typename Self>   // Self: StepOptions or const StepOptions
///       requires std::same_as<std::remove_const_t<Self>, StepOptions>
///     void describe(Visitor& visit, Self& options) {
///       visit("epochs", options.epochs);
///     }
///
/// Enumerations need `EnumText<E>` with `text(E)` and `parse(string_view)`.
namespace medlocker {

template <typename E>
struct EnumText;  // specialise: static std::string_view text(E); static E parse(std::string_view);

namespace detail {

template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {};

struct AnyVisitor {
  template <typename T>
  void operator()(const char*, T&) {}
};
template <typename T>
concept Described = requires(AnyVisitor& visitor, T& value) {
  describe(visitor, value);
};

}  // namespace detail

template <typename T>
Json toJsonFields(const T& value);
template <typename T>
void fromJsonFields(const Json& json, T& value, const std::string& where = {});

namespace detail {

template <typename T>
Json fieldToJson(const T& value) {
  if constexpr (IsOptional<T>::value) {
    return value ? fieldToJson(*value) : Json(nullptr);
  } else if constexpr (std::is_same_v<T, std::filesystem::path>) {
    return value.string();
  } else if constexpr (std::is_enum_v<T>) {
    return std::string(EnumText<T>::text(value));
  } else if constexpr (Described<const T>) {
    return toJsonFields(value);
  } else {
    return value;
  }
}

template <typename T>
void fieldFromJson(const Json& json, T& value, const std::string& where) {
  if constexpr (IsOptional<T>::value) {
    if (json.is_null()) {
      value.reset();
    } else {
      value.emplace();
      fieldFromJson(json, *value, where);
    }
  } else if constexpr (Described<T>) {
    fromJsonFields(json, value, where);
  } else {
    const auto refuse = [&where](const char* expected) {
      throw Error(ErrorCode::InvalidArgument, std::string("must be ") + expected, where);
    };
    if constexpr (std::is_same_v<T, std::filesystem::path>) {
      if (!json.is_string()) refuse("a string");
      value = json.get<std::string>();
    } else if constexpr (std::is_enum_v<T>) {
      if (!json.is_string()) refuse("a string");
      value = EnumText<T>::parse(json.get<std::string>());
    } else if constexpr (std::is_same_v<T, bool>) {
      if (!json.is_boolean()) refuse("true or false");
      value = json.get<bool>();
    } else if constexpr (std::is_integral_v<T>) {
      // The library would silently wrap negative or large numbers.
      if (!json.is_number_integer()) refuse("an integer");
      if (json.is_number_unsigned()) {
        const auto number = json.get<std::uint64_t>();
        if (!std::in_range<T>(number)) refuse("an integer in range");
        value = static_cast<T>(number);
      } else {
        const auto number = json.get<std::int64_t>();
        if (!std::in_range<T>(number)) refuse("an integer in range");
        value = static_cast<T>(number);
      }
    } else if constexpr (std::is_floating_point_v<T>) {
      if (!json.is_number()) refuse("a number");
      value = json.get<T>();
    } else {
      try {
        value = json.get<T>();
      } catch (const Json::exception&) {
        refuse("of another type");
      }
    }
  }
}

struct FieldWriter {
  Json& json;
  template <typename T>
  void operator()(const char* name, const T& value) {
    json[name] = fieldToJson(value);
  }
};

struct FieldReader {
  const Json& json;
  const std::string& where;
  std::set<std::string> known;
  template <typename T>
  void operator()(const char* name, T& value) {
    known.insert(name);
    const auto found = json.find(name);
    if (found != json.end()) fieldFromJson(*found, value, where.empty() ? name : where + "." + name);
  }
};

}  // namespace detail

template <typename T>
Json toJsonFields(const T& value) {
  Json json = Json::object();
  detail::FieldWriter writer{json};
  describe(writer, value);
  return json;
}

/// Absent fields keep their value; unknown ones and wrong types are refused with Error(InvalidArgument)
/// naming the field.
template <typename T>
void fromJsonFields(const Json& json, T& value, const std::string& where) {
  if (!json.is_object())
    throw Error(ErrorCode::InvalidArgument, "must be a JSON object", where.empty() ? "options" : where);
  detail::FieldReader reader{json, where, {}};
  describe(reader, value);
  for (const auto& item : json.items())
    if (!reader.known.contains(item.key()))
      throw Error(ErrorCode::InvalidArgument, "is not a known option",
                  where.empty() ? item.key() : where + "." + item.key());
}

}  // namespace medlocker
