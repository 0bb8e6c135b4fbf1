// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
//
// The published JSON Schemas name the fields we write: same names, same required ones, nothing else allowed.
#include <gtest/gtest.h>

#include "core/certificate/grant.h"
#include "core/certificate/image_proof.h"
#include "core/common/files.h"
#include "tests/certificate/sample_run.h"

namespace medlocker::certificate {
namespace {

Json schemaOf(const std::string& name) {
  const auto folder = std::filesystem::path(MEDLOCKER_SOURCE_DIR) / "docs" / "schema";
  return Json::parse(readTextFile(folder / (name + "-1.schema.json")));
}

/// Checks names only, at every level that the schema describes.
void expectFits(const Json& value, const Json& schema, const std::string& where) {
  if (value.is_array()) {
    if (!schema.contains("items")) return;
    for (const Json& item : value) expectFits(item, schema["items"], where + "[]");
  }
  if (!value.is_object() || !schema.contains("properties")) return;
  for (const auto& item : value.items()) {
    EXPECT_TRUE(schema["properties"].contains(item.key()) ||
                schema.value("additionalProperties", Json(true)) != Json(false))
        << where << "." << item.key() << " is not in the schema";
    if (schema["properties"].contains(item.key()))
      expectFits(item.value(), schema["properties"][item.key()], where + "." + item.key());
  }
  for (const Json& name : schema["required"])
    EXPECT_TRUE(value.contains(name.get<std::string>())) << where << "." << name << " is not written";
}

TEST(Schema, NamesTheFieldsWeWrite) {
  test::SampleRun run = test::makeSampleRun(3);
  run.records[0].extras = {{"version", 1}, {"flags", {"LESION_COVERED"}}};
  expectFits(Json::parse(run.issue().certificate), schemaOf("certificate"), "certificate");
  const IssuedCertificate apart = run.issue(1);
  expectFits(Json::parse(apart.certificate), schemaOf("certificate"), "certificate");
  expectFits(Json::parse(*apart.leaves), schemaOf("leaves"), "leaves");
  for (const PrivateRecord& record : run.records)
    expectFits(Json::parse(record.toCanonicalJson()), schemaOf("record"), "record");
  expectFits(Json::parse(makeImageProof(run.committed, {run.records[1].imageId, 0}).toCanonicalJson()),
             schemaOf("proof"), "proof");
  GrantRequest request;
  request.recipient = generateRecipientKey().publicKey();
  request.createdUtc = "2026-03-02T00:00:00Z";
  for (const bool all : {true, false}) {
    if (!all) request.images = std::vector<Id16>{run.records[0].imageId};
    const std::string grant = createGrant(request, run.secrets, run.owner);
    expectFits(Json::parse(grant.substr(0, grant.find('\n'))), schemaOf("grant"), "grant");
  }
}

TEST(Schema, NamesTheVersionWeWrite) {
  EXPECT_EQ(schemaOf("certificate")["properties"]["schema"]["const"], kCertificateSchema);
  EXPECT_EQ(schemaOf("leaves")["properties"]["schema"]["const"], kLeavesSchema);
  EXPECT_EQ(schemaOf("record")["properties"]["schema"]["const"], kRecordSchema);
  EXPECT_EQ(schemaOf("proof")["properties"]["schema"]["const"], kProofSchema);
  EXPECT_EQ(schemaOf("grant")["properties"]["schema"]["const"], kGrantSchema);
}

}  // namespace
}  // namespace medlocker::certificate
