// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
//
// What the program really writes fits the published JSON Schemas (docs/schema).
#include <gtest/gtest.h>

#include <sstream>

#include "core/common/files.h"
#include "tests/support/json_schema.h"
#include "tests/support/process.h"
#include "tests/support/temp_folder.h"

namespace medlocker {
namespace {

namespace fs = std::filesystem;
using test::medlockerBinary;
using test::ProcessResult;
using test::runProcess;
using test::schemaViolations;
using test::violationsOf;

TEST(JsonSchema, RefusesWhatDoesNotFit) {
  const Json schema = Json::parse(R"({
    "type": "object",
    "properties": {"n": {"type": "integer", "minimum": 1}, "list": {"type": "array", "items": {"enum": ["a", "b"]}},
                   "x": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/name"}]}},
    "required": ["n"], "additionalProperties": false,
    "$defs": {"name": {"type": "string", "pattern": "^[a-z]+$"}}})");
  EXPECT_TRUE(schemaViolations(Json::parse(R"({"n": 1, "list": ["a"], "x": "abc"})"), schema).empty());
  EXPECT_TRUE(schemaViolations(Json::parse(R"({"n": 1, "x": null})"), schema).empty());
  for (const char* bad : {R"({})", R"({"n": 0})", R"({"n": 1.5})", R"({"n": "1"})", R"({"n": 1, "more": 2})",
                          R"({"n": 1, "list": ["c"]})", R"({"n": 1, "x": "A"})", R"([])"})
    EXPECT_EQ(schemaViolations(Json::parse(bad), schema).size(), 1U) << bad;
  EXPECT_FALSE(schemaViolations(1, Json{{"multipleOf", 2}}).empty()) << "a rule that is not checked";
}

TEST(JsonSchema, EveryPublishedSchemaIsWellFormed) {
  int schemas = 0;
  const fs::path folder = fs::path(MEDLOCKER_SOURCE_DIR) / "docs" / "schema";
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const Json schema = parseJsonStrictly(readTextFile(entry.path()));
    EXPECT_EQ(schema.at("$schema"), "https://json-schema.org/draft/2020-12/schema") << entry.path();
    EXPECT_TRUE(schema.contains("title") && schema.contains("description")) << entry.path();
    ++schemas;
  }
  EXPECT_GE(schemas, 18);
}

Json jsonOf(const fs::path& file) {
  return parseJsonStrictly(readTextFile(file));
}

/// The last line of `--json`, without the two fields that every command's result has.
Json resultOf(const ProcessResult& result) {
  EXPECT_EQ(result.status, 0) << result.err << result.out;
  const std::size_t end = result.out.find_last_not_of('\n');
  const std::size_t begin = result.out.rfind('\n', end);
  Json json = parseJsonStrictly(result.out.substr(begin == std::string::npos ? 0 : begin + 1));
  EXPECT_EQ(json.at("event"), "result");
  json.erase("event");
  json.erase("status");
  return json;
}

TEST(JsonSchema, RealOutputsFit) {
  const test::TempFolder folder;
  const auto at = [&](const char* name) { return (folder / name).string(); };
  const auto call = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), medlockerBinary());
    arguments.insert(arguments.end(), {"--json", "--threads", "1"});
    return resultOf(runProcess(arguments));
  };
  EXPECT_EQ(violationsOf(call({"synth", "--out", at("set"), "--count", "10", "--size", "128", "--seed", "1"}),
                         "synth"),
            "");
  EXPECT_EQ(violationsOf(call({"train", at("set"), "--arch", "resnet8", "--input-size", "32", "--epochs", "1",
                               "--out", at("model"), "--seed", "1"}),
                         "train"),
            "");
  EXPECT_EQ(violationsOf(jsonOf(folder / "model" / "model.json"), "model"), "");
  EXPECT_EQ(violationsOf(jsonOf(folder / "model" / "history.json"), "history"), "");
  EXPECT_EQ(violationsOf(jsonOf(folder / "model" / "run.json"), "run"), "");

  ASSERT_EQ(runProcess({medlockerBinary(), "keygen", "--out", at("keys"), "--no-passphrase"}).status, 0);
  const std::string logo =
      (fs::path(MEDLOCKER_SOURCE_DIR) / "resources" / "logos" / "medlocker.png").string();
  const Json protectedRun = call({"protect", at("set"), "--logo", logo, "--model", at("model"), "--key",
                                  at("keys/owner.key"), "--out", at("run"), "--budget", "20", "--seed", "1"});
  EXPECT_EQ(violationsOf(protectedRun, "protect"), "");
  const Json record = jsonOf(folder / "run" / "run.json");
  EXPECT_EQ(violationsOf(record, "run"), "");
  EXPECT_EQ(violationsOf(record.at("summary"), "protect"), "");
  std::istringstream journal(readTextFile(folder / "run" / "journal"));
  int lines = 0;
  for (std::string line; std::getline(journal, line); ++lines)
    EXPECT_EQ(violationsOf(parseJsonStrictly(line), "journal"), "") << line;
  EXPECT_EQ(lines, 12);

  EXPECT_EQ(violationsOf(call({"verify", at("run/certificate.json"), at("run/images"), "--public-key",
                               at("keys/owner.pub")}),
                         "verification"),
            "");
  EXPECT_EQ(violationsOf(call({"restore", at("run"), "--grant", at("run"), "--key", at("keys/owner.key"),
                               "--out", at("back")}),
                         "restore"),
            "");
  EXPECT_EQ(violationsOf(jsonOf(folder / "back" / "run.json"), "run"), "");
  EXPECT_EQ(violationsOf(call({"evaluate", at("set"), at("run"), "--model", at("model"), "--restored",
                               at("back"), "--out", at("evaluation"), "--bootstrap", "20"}),
                         "evaluation"),
            "");
  EXPECT_EQ(violationsOf(jsonOf(folder / "evaluation" / "evaluation.json"), "evaluation"), "");
  EXPECT_EQ(violationsOf(jsonOf(folder / "evaluation" / "run.json"), "run"), "");

  EXPECT_EQ(violationsOf(call({"grant", at("run"), "--to", at("keys/recipient.pub"), "--key",
                               at("keys/owner.key"), "--out", at("all.grant")}),
                         "grant-result"),
            "");
  EXPECT_EQ(violationsOf(call({"stress", at("run"), "--model", at("model"), "--key", at("keys/owner.key"),
                               "--out", at("stress"), "--bootstrap", "20", "--fine-tune-epochs", "1"}),
                         "stress"),
            "");
  EXPECT_EQ(violationsOf(jsonOf(folder / "stress" / "stress.json"), "stress"), "");
  EXPECT_EQ(violationsOf(jsonOf(folder / "stress" / "run.json"), "run"), "");
}

}  // namespace
}  // namespace medlocker
