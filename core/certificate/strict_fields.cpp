// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/certificate/strict_fields.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/common/error.h"

namespace medlocker::certificate {
namespace {

bool isDigit(char c) {
  return c >= '0' && c <= '9';
}

/// Well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
bool isUtf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const int more = lead < 0x80                    ? 0
                     : lead >= 0xC2 && lead <= 0xDF ? 1
                     : (lead & 0xF0) == 0xE0        ? 2
                     : lead >= 0xF0 && lead <= 0xF4 ? 3
                                                    : -1;
    if (more < 0 || i + static_cast<std::size_t>(more) >= text.size()) return false;
    for (int k = 1; k <= more; ++k) {
      const auto next = static_cast<unsigned char>(text[i + static_cast<std::size_t>(k)]);
      if ((next & 0xC0) != 0x80) return false;
      if (k == 1 && ((lead == 0xE0 && next < 0xA0) || (lead == 0xED && next > 0x9F) ||
                     (lead == 0xF0 && next < 0x90) || (lead == 0xF4 && next > 0x8F)))
        return false;
    }
    i += static_cast<std::size_t>(more) + 1;
  }
  return true;
}

}  // namespace

bool isPlainText(std::string_view text, std::size_t maxBytes) {
  if (text.size() > maxBytes || !isUtf8(text)) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 || c == 0x7F) return false;
    // C1 control characters, and the characters that can hide or turn round neighbouring text in a display.
    if (c == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0) return false;
    if (c == 0xE2 && static_cast<unsigned char>(text[i + 1]) == 0x80) {
      const auto last = static_cast<unsigned char>(text[i + 2]);
      if ((last >= 0x8B && last <= 0x8F) || (last >= 0xA8 && last <= 0xAE)) return false;
    }
    if (c == 0xE2 && static_cast<unsigned char>(text[i + 1]) == 0x81) {
      const auto last = static_cast<unsigned char>(text[i + 2]);
      if (last >= 0xA6 && last <= 0xA9) return false;
    }
  }
  return true;
}

bool isToken(std::string_view text, std::size_t maxBytes) {
  if (text.empty() || text.size() > maxBytes) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || isDigit(c) ||
           std::string_view("._+/-").find(c) != std::string_view::npos;
  });
}

bool isUtcTime(std::string_view text) {
  constexpr std::string_view kPattern = "dddd-dd-ddTdd:dd:ddZ";
  if (text.size() != kPattern.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (kPattern[i] == 'd' ? !isDigit(text[i]) : text[i] != kPattern[i]) return false;
  const auto number = [&](std::size_t at, std::size_t digits) {
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) value = value * 10 + (text[at + i] - '0');
    return value;
  };
  const int year = number(0, 4);
  const int month = number(5, 2);
  const int day = number(8, 2);
  if (month < 1 || month > 12 || day < 1) return false;
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (day > kDays[month - 1] + (month == 2 && leap ? 1 : 0)) return false;
  return number(11, 2) < 24 && number(14, 2) < 60 && number(17, 2) < 60;
}

std::string hex64(std::uint64_t value) {
  std::array<std::uint8_t, 8> bytes{};
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(value >> (56 - 8 * i));
  return toHex(bytes);
}

void requirePlainText(std::string_view text, std::string_view name, std::size_t maxBytes) {
  if (!isPlainText(text, maxBytes))
    throw Error(ErrorCode::InvalidArgument,
                "must be plain UTF-8 text of at most " + std::to_string(maxBytes) +
                    " bytes without control characters",
                std::string(name));
}

StrictFields::StrictFields(const Json& object, std::string what) : object_(object), what_(std::move(what)) {
  if (!object.is_object()) throw Error(ErrorCode::InputRejected, "the " + what_ + " is not a JSON object");
}

void StrictFields::refuse(std::string_view name, const std::string& complaint) const {
  throw Error(ErrorCode::InputRejected, "in the " + what_ + ", '" + std::string(name) + "' " + complaint);
}

bool StrictFields::has(const char* name) const {
  return object_.contains(name);
}

const Json& StrictFields::field(const char* name) {
  const auto found = object_.find(name);
  if (found == object_.end()) refuse(name, "is missing");
  seen_.insert(name);
  return *found;
}

std::string StrictFields::text(const char* name, std::size_t maxBytes) {
  const Json& value = field(name);
  if (!value.is_string()) refuse(name, "is not a string");
  const auto& out = value.get_ref<const std::string&>();
  if (!isPlainText(out, maxBytes)) refuse(name, "is too long or holds control characters");
  return out;
}

std::string StrictFields::token(const char* name, std::size_t maxBytes) {
  std::string out = text(name, maxBytes);
  if (!isToken(out, maxBytes)) refuse(name, "is not a plain identifier");
  return out;
}

std::string StrictFields::oneOf(const char* name, const std::vector<std::string_view>& allowed) {
  std::string out = text(name, 256);
  if (std::find(allowed.begin(), allowed.end(), out) == allowed.end()) refuse(name, "has an unknown value");
  return out;
}

namespace {

bool readInteger(const Json& value, std::int64_t low, std::int64_t high, std::int64_t& out) {
  if (!value.is_number_integer()) return false;
  if (value.is_number_unsigned() &&
      value.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    return false;
  out = value.get<std::int64_t>();
  return out >= low && out <= high;
}

}  // namespace

std::int64_t StrictFields::integer(const char* name, std::int64_t low, std::int64_t high) {
  std::int64_t out = 0;
  if (!readInteger(field(name), low, high, out)) refuse(name, "is not an integer in its range");
  return out;
}

bool StrictFields::boolean(const char* name) {
  const Json& value = field(name);
  if (!value.is_boolean()) refuse(name, "is not true or false");
  return value.get<bool>();
}

Digest StrictFields::digest(const char* name) {
  const std::string value = text(name, 64);
  try {
    return digestFromHex(value);
  } catch (const Error&) {
    refuse(name, "is not a SHA-256 value in lower-case hexadecimal");
  }
}

Id16 StrictFields::id16(const char* name) {
  const std::string value = text(name, 32);
  try {
    return id16FromHex(value);
  } catch (const Error&) {
    refuse(name, "is not 32 lower-case hexadecimal digits");
  }
}

std::uint64_t StrictFields::hex64(const char* name) {
  const std::string value = text(name, 16);
  try {
    const Bytes bytes = fromHex(value);
    if (bytes.size() != 8) refuse(name, "is not 16 lower-case hexadecimal digits");
    std::uint64_t out = 0;
    for (const std::uint8_t byte : bytes) out = (out << 8) | byte;
    return out;
  } catch (const Error&) {
    refuse(name, "is not 16 lower-case hexadecimal digits");
  }
}

std::string StrictFields::utcTime(const char* name) {
  std::string value = text(name, 20);
  if (!isUtcTime(value)) refuse(name, "is not a time as YYYY-MM-DDThh:mm:ssZ");
  return value;
}

std::vector<std::int64_t> StrictFields::integers(const char* name, std::size_t maxCount, std::int64_t low,
                                                 std::int64_t high) {
  std::vector<std::int64_t> out;
  for (const Json& item : array(name, maxCount)) {
    std::int64_t value = 0;
    if (!readInteger(item, low, high, value))
      refuse(name, "holds something that is not an integer in its range");
    out.push_back(value);
  }
  return out;
}

std::vector<Digest> StrictFields::digests(const char* name, std::size_t maxCount) {
  std::vector<Digest> out;
  for (const Json& item : array(name, maxCount)) {
    if (!item.is_string()) refuse(name, "holds something that is not a string");
    try {
      out.push_back(digestFromHex(item.get_ref<const std::string&>()));
    } catch (const Error&) {
      refuse(name, "holds something that is not a SHA-256 value in lower-case hexadecimal");
    }
  }
  return out;
}

const Json& StrictFields::array(const char* name, std::size_t maxCount) {
  const Json& value = field(name);
  if (!value.is_array()) refuse(name, "is not a list");
  if (value.size() > maxCount) refuse(name, "has more than " + std::to_string(maxCount) + " entries");
  return value;
}

const Json& StrictFields::object(const char* name) {
  const Json& value = field(name);
  if (!value.is_object()) refuse(name, "is not an object");
  return value;
}

void StrictFields::finish() const {
  for (const auto& item : object_.items())
    if (!seen_.contains(item.key())) {
      const bool shown = isToken(item.key(), 64);
      throw Error(ErrorCode::InputRejected,
                  "the " + what_ + " has an unknown field" + (shown ? " '" + item.key() + "'" : ""));
    }
}

}  // namespace medlocker::certificate
