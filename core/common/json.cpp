// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/common/json.h"

#include <set>
#include <vector>

#include "core/common/error.h"

namespace medlocker {
namespace {

void refuseFloats(const Json& value) {
  if (value.is_number_float())
    throw Error(ErrorCode::Internal, "canonical JSON holds no floating-point numbers");
  if (value.is_structured())
    for (const Json& item : value) refuseFloats(item);
}

}  // namespace

std::string canonicalJson(const Json& value) {
  refuseFloats(value);
  try {
    return value.dump();
  } catch (const Json::exception& e) {  // what is not UTF-8 cannot be written
    throw Error(ErrorCode::InputRejected, std::string("not representable as JSON: ") + e.what());
  }
}

Json parseJsonStrictly(std::string_view text) {
  // The library takes a zero byte for the end of the text and would ignore whatever follows.
  if (text.find('\0') != std::string_view::npos)
    throw Error(ErrorCode::InputRejected, "not valid JSON: it holds a zero byte");
  // Deep nesting is refused before the recursive parts of the library see it.
  int depth = 0;
  bool inString = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (inString) {
      if (c == '\\') ++i;
      if (c == '"') inString = false;
    } else if (c == '"') {
      inString = true;
    } else if (c == '{' || c == '[') {
      if (++depth > 64) throw Error(ErrorCode::InputRejected, "JSON is nested too deeply");
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  std::vector<std::set<std::string>> keys;
  const auto callback = [&keys](int, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second)
      throw Error(ErrorCode::InputRejected, "JSON holds the key '" + parsed.get<std::string>() + "' twice");
    return true;
  };
  try {
    return Json::parse(text, callback);
  } catch (const Json::exception& e) {
    throw Error(ErrorCode::InputRejected, std::string("not valid JSON: ") + e.what());
  }
}

Json parseCanonicalJson(std::string_view text) {
  Json value = parseJsonStrictly(text);
  std::string again;
  try {
    again = canonicalJson(value);
  } catch (const std::exception&) {
    throw Error(ErrorCode::InputRejected, "JSON is not in canonical form");
  }
  if (again != text) throw Error(ErrorCode::InputRejected, "JSON is not in canonical form");
  return value;
}

}  // namespace medlocker
