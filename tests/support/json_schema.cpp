// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/json_schema.h"

#include <algorithm>
#include <filesystem>
#include <regex>
#include <set>

#include "core/common/files.h"

namespace medlocker::test {
namespace {

bool isOfType(const Json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "null") return value.is_null();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  return false;
}

class Checker {
 public:
  explicit Checker(const Json& root) : root_(root) {}

  void check(const Json& value, const Json& given, const std::string& where) {
    if (given.is_boolean()) {
      if (!given.get<bool>()) add(where, "is not allowed");
      return;
    }
    const Json& schema = resolved(given);
    refuseUnknown(schema, where);
    if (schema.contains("type")) checkType(value, schema["type"], where);
    if (schema.contains("const") && value != schema["const"]) add(where, "is not " + schema["const"].dump());
    if (schema.contains("enum") &&
        std::find(schema["enum"].begin(), schema["enum"].end(), value) == schema["enum"].end())
      add(where, value.dump() + " is none of " + schema["enum"].dump());
    if (value.is_number()) checkNumber(value, schema, where);
    if (value.is_string() && schema.contains("pattern") &&
        !std::regex_search(value.get<std::string>(), std::regex(schema["pattern"].get<std::string>())))
      add(where, value.dump() + " does not match " + schema["pattern"].dump());
    if (value.is_array()) checkArray(value, schema, where);
    if (value.is_object()) checkObject(value, schema, where);
    if (schema.contains("anyOf")) {
      const bool fits = std::any_of(schema["anyOf"].begin(), schema["anyOf"].end(), [&](const Json& option) {
        Checker one(root_);
        one.check(value, option, where);
        return one.lines.empty();
      });
      if (!fits) add(where, "fits none of the alternatives");
    }
  }

  std::vector<std::string> lines;

 private:
  void add(const std::string& where, const std::string& what) { lines.push_back(where + ": " + what); }

  const Json& resolved(const Json& schema) const {
    if (!schema.contains("$ref")) return schema;
    const std::string name = schema["$ref"].get<std::string>();
    return root_.at("$defs").at(name.substr(std::string("#/$defs/").size()));
  }

  void refuseUnknown(const Json& schema, const std::string& where) {
    static const std::set<std::string> known{
        "$schema",  "$id",      "$defs",    "title",      "description", "type",
        "const",    "enum",     "required", "properties", "items",       "additionalProperties",
        "minItems", "maxItems", "minimum",  "maximum",    "pattern",     "exclusiveMinimum",
        "anyOf"};
    for (const auto& entry : schema.items())
      if (!known.contains(entry.key())) add(where, "the schema's keyword " + entry.key() + " is not checked");
  }

  void checkType(const Json& value, const Json& type, const std::string& where) {
    const bool fits = type.is_array() ? std::any_of(type.begin(), type.end(),
                                                    [&](const Json& one) { return isOfType(value, one); })
                                      : isOfType(value, type);
    if (!fits) add(where, value.dump().substr(0, 60) + " is not of type " + type.dump());
  }

  void checkNumber(const Json& value, const Json& schema, const std::string& where) {
    const double number = value.get<double>();
    if (schema.contains("minimum") && number < schema["minimum"].get<double>()) add(where, "is too small");
    if (schema.contains("maximum") && number > schema["maximum"].get<double>()) add(where, "is too large");
    if (schema.contains("exclusiveMinimum") && number <= schema["exclusiveMinimum"].get<double>())
      add(where, "is too small");
  }

  void checkArray(const Json& value, const Json& schema, const std::string& where) {
    if (schema.contains("minItems") && value.size() < schema["minItems"].get<std::size_t>())
      add(where, "has too few items");
    if (schema.contains("maxItems") && value.size() > schema["maxItems"].get<std::size_t>())
      add(where, "has too many items");
    if (!schema.contains("items")) return;
    for (std::size_t i = 0; i < value.size(); ++i)
      check(value[i], schema["items"], where + "[" + std::to_string(i) + "]");
  }

  void checkObject(const Json& value, const Json& schema, const std::string& where) {
    if (schema.contains("required"))
      for (const Json& name : schema["required"])
        if (!value.contains(name.get<std::string>())) add(where, "lacks " + name.dump());
    for (const auto& entry : value.items()) {
      const std::string at = where + "." + entry.key();
      if (schema.contains("properties") && schema["properties"].contains(entry.key()))
        check(entry.value(), schema["properties"][entry.key()], at);
      else if (schema.contains("additionalProperties"))
        check(entry.value(), schema["additionalProperties"], at);
    }
  }

  const Json& root_;
};

}  // namespace

std::vector<std::string> schemaViolations(const Json& value, const Json& schema) {
  Checker checker(schema);
  checker.check(value, schema, "$");
  return checker.lines;
}

Json publishedSchema(const std::string& name) {
  const auto folder = std::filesystem::path(MEDLOCKER_SOURCE_DIR) / "docs" / "schema";
  return parseJsonStrictly(readTextFile(folder / (name + "-1.schema.json")));
}

std::string violationsOf(const Json& value, const std::string& schemaName) {
  std::string text;
  for (const std::string& line : schemaViolations(value, publishedSchema(schemaName))) text += line + "\n";
  return text;
}

}  // namespace medlocker::test
