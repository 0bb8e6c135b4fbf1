// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/common/hash.h"
#include "core/common/json.h"

/// Strict reading of signed JSON. Internal to this module.
namespace medlocker::certificate {

/// Reads one JSON object field by field. Every complaint is Error(InputRejected) and names the field;
/// finish() refuses fields nobody asked for. The object must outlive the reader. Not thread-safe.
class StrictFields {
 public:
  /// `what` names the object in messages, for example "record".
  StrictFields(const Json& object, std::string what);

  bool has(const char* name) const;
  std::string text(const char* name, std::size_t maxBytes);
  /// Lower-case letters, digits and . _ + / - only, at least one: identifiers, never prose.
  std::string token(const char* name, std::size_t maxBytes = 64);
  std::string oneOf(const char* name, const std::vector<std::string_view>& allowed);
  std::int64_t integer(const char* name, std::int64_t low, std::int64_t high);
  bool boolean(const char* name);
  Digest digest(const char* name);
  Id16 id16(const char* name);
  std::uint64_t hex64(const char* name);
  std::string utcTime(const char* name);
  std::vector<std::int64_t> integers(const char* name, std::size_t maxCount, std::int64_t low,
                                     std::int64_t high);
  std::vector<Digest> digests(const char* name, std::size_t maxCount);
  const Json& array(const char* name, std::size_t maxCount);
  const Json& object(const char* name);
  void finish() const;

  [[noreturn]] void refuse(std::string_view name, const std::string& complaint) const;

 private:
  const Json& field(const char* name);

  const Json& object_;
  std::string what_;
  std::set<std::string> seen_;
};

/// Throws Error(InvalidArgument) naming `name` unless the text is valid UTF-8 of at most `maxBytes` without
/// control characters.
void requirePlainText(std::string_view text, std::string_view name, std::size_t maxBytes);
bool isPlainText(std::string_view text, std::size_t maxBytes);
bool isToken(std::string_view text, std::size_t maxBytes);
/// "YYYY-MM-DDThh:mm:ssZ" with a real date and time.
bool isUtcTime(std::string_view text);
/// 16 lower-case hexadecimal digits, most significant first.
std::string hex64(std::uint64_t value);

}  // namespace medlocker::certificate
