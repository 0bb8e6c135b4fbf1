// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/common/json.h"

#include <gtest/gtest.h>

#include <limits>

#include "core/common/error.h"

namespace medlocker {
namespace {

ErrorCode parseFailure(std::string_view text) {
  try {
    parseJsonStrictly(text);
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << "accepted: " << text;
  return ErrorCode::Internal;
}

TEST(CanonicalJson, SortsKeysAndUsesNoSpaces) {
  const Json value = {{"b", {1, 2, {{"z", nullptr}, {"a", true}}}}, {"a", "x"}, {"B", -1}};
  EXPECT_EQ(canonicalJson(value), R"({"B":-1,"a":"x","b":[1,2,{"a":true,"z":null}]})");
}

TEST(CanonicalJson, KeepsTheFullIntegerRange) {
  const Json value = {{"low", std::numeric_limits<std::int64_t>::min()},
                      {"high", std::numeric_limits<std::uint64_t>::max()}};
  const std::string text = canonicalJson(value);
  EXPECT_EQ(text, R"({"high":18446744073709551615,"low":-9223372036854775808})");
  EXPECT_EQ(parseCanonicalJson(text), value);
}

TEST(CanonicalJson, WritesUtf8AsItIsAndEscapesControls) {
  const Json value =
      "Gr\xC3\xBC\xC3\x9F"
      "e \"\\/\n\x01";
  EXPECT_EQ(canonicalJson(value),
            "\"Gr\xC3\xBC\xC3\x9F"
            "e \\\"\\\\/\\n\\u0001\"");
}

TEST(CanonicalJson, RefusesFloatsAtEveryDepth) {
  for (const Json& value : {Json(0.5), Json(1.0), Json({{"a", 0.25}}), Json({1, {2, {{"x", {3, 1e10}}}}})}) {
    try {
      canonicalJson(value);
      ADD_FAILURE() << "accepted " << value.dump();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::Internal);
    }
  }
}

TEST(CanonicalJson, RefusesTextThatIsNotUtf8) {
  EXPECT_THROW(canonicalJson(Json("\xff\xfe")), Error);
  EXPECT_THROW(canonicalJson(Json({{"\xc3", 1}})), Error);
}

TEST(StrictJson, AcceptsOrdinaryDocuments) {
  const Json value = parseJsonStrictly(" {\"a\": [1, -2, 0.5, true, null, \"\\u00fc\"],\n \"b\": {}} ");
  EXPECT_EQ(value.at("a").size(), 6U);
  EXPECT_EQ(value.at("a").at(5).get<std::string>(), "\xC3\xBC");
}

TEST(StrictJson, RefusesDuplicateKeysAtEveryDepth) {
  EXPECT_EQ(parseFailure(R"({"a":1,"a":1})"), ErrorCode::InputRejected);
  EXPECT_EQ(parseFailure(R"({"x":[{"b":{"a":1,"c":2,"a":3}}]})"), ErrorCode::InputRejected);
  EXPECT_EQ(parseFailure("{\"a\":1,\"\\u0061\":2}"), ErrorCode::InputRejected)
      << "the escape spells the same key";
  EXPECT_NO_THROW(parseJsonStrictly(R"([{"a":1},{"a":{"a":1}},{"b":{"a":1},"a":2}])"));
}

TEST(StrictJson, RefusesWhatIsNotExactlyOneDocument) {
  for (const char* text :
       {"",    " ",       "{",        "[1,",    "[1,]",     "{\"a\":1,}",  "{a:1}", "'a'",
        "1 2", "{} x",    "nul",      "NaN",    "Infinity", "01",          "+1",    ".5",
        "1.",  "// c\n1", "/* c */1", "\"\t\"", "\"\\x\"",  "\"\\ud800\"", "1e999", "\"open"})
    EXPECT_EQ(parseFailure(text), ErrorCode::InputRejected) << text;
  EXPECT_EQ(parseFailure(std::string_view("{}\0", 3)), ErrorCode::InputRejected);
  EXPECT_EQ(parseFailure(std::string_view("{}\0{}", 5)), ErrorCode::InputRejected);
  EXPECT_EQ(parseFailure("\"\xff\""), ErrorCode::InputRejected);
  EXPECT_EQ(parseFailure("\"\xc0\xaf\""), ErrorCode::InputRejected) << "an overlong encoding";
}

TEST(StrictJson, NestingEndsAtSixtyFour) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_NO_THROW(parseJsonStrictly(nested(64)));
  EXPECT_EQ(parseFailure(nested(65)), ErrorCode::InputRejected);
  EXPECT_EQ(parseFailure(std::string(10000000, '[')), ErrorCode::InputRejected);
  const std::string brackets = "\"" + std::string(1000, '[') + "\\\"{{\"";
  EXPECT_NO_THROW(parseJsonStrictly(brackets)) << "brackets inside a text do not count";
}

TEST(CanonicalParse, AcceptsOnlyTheOneSpelling) {
  EXPECT_EQ(parseCanonicalJson(R"({"a":1,"b":[2,"x"]})").at("a"), 1);
  for (const char* text :
       {R"({"b":1,"a":2})", R"({"a": 1})", "{\"a\":1}\n", R"({"a":1.0})", R"({"a":1e3})", R"({"a":-0})",
        "\"\\u0061\"", "\"\\/\"", "\xEF\xBB\xBF{}", R"({"a":18446744073709551616})"}) {
    try {
      parseCanonicalJson(text);
      ADD_FAILURE() << "accepted: " << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::InputRejected) << text;
    }
  }
}

}  // namespace
}  // namespace medlocker
