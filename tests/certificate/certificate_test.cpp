// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/certificate/certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/common/error.h"
#include "core/common/files.h"
#include "tests/certificate/sample_run.h"
#include "tests/support/temp_folder.h"

namespace medlocker::certificate {
namespace {

using test::makeSampleRun;
using test::SampleRun;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Certificate, SurvivesItsCanonicalSpelling) {
  const SampleRun run = makeSampleRun(5);
  const IssuedCertificate issued = run.issue();
  EXPECT_FALSE(issued.leaves);
  const PublicCertificate read = PublicCertificate::fromCanonicalJson(issued.certificate);
  EXPECT_EQ(read, issued.content);
  EXPECT_EQ(read.leafCount, 5u);
  EXPECT_EQ(read.statusCounts.at("SKIPPED"), 0);
  EXPECT_EQ(read.toCanonicalJson(), issued.certificate);
}

TEST(Certificate, SameInputsGiveTheSameBytes) {
  const SampleRun run = makeSampleRun(4);
  auto shuffled = run.committed;
  std::reverse(shuffled.begin(), shuffled.end());
  const IssuedCertificate again = issueCertificate(run.info, shuffled, run.owner);
  EXPECT_EQ(again.certificate, run.issue().certificate);
  EXPECT_EQ(again.signature, run.issue().signature);
}

TEST(Certificate, HasExactlyTheFieldsOfTheSpecification) {
  const SampleRun run = makeSampleRun(2);
  std::vector<std::string> names;
  const Json json = Json::parse(run.issue().certificate);
  for (const auto& item : json.items()) names.push_back(item.key());
  EXPECT_THAT(names, ::testing::UnorderedElementsAre(
                         "schema", "run_id", "created_utc", "seed_given", "owner", "dataset_title", "licence",
                         "status_counts", "logo_sha256", "leaf_count", "leaves", "merkle_root",
                         "parameter_list_sha256", "models", "metrics", "payload_suite"));
}

TEST(Certificate, TellsNoParameterAndNoOriginal) {
  const SampleRun run = makeSampleRun(3);
  for (const std::size_t maxInline : {std::size_t{100}, std::size_t{1}}) {
    const IssuedCertificate issued = run.issue(maxInline);
    std::map<Id16, std::string> names;
    for (const PrivateRecord& record : run.records)
      names[record.imageId] = "images/" + toHex(record.imageId) + ".png";
    std::string all = issued.certificate + issued.leaves.value_or("") + issued.signature;
    std::vector<Leaf> leaves;
    for (const CommittedRecord& item : run.committed) leaves.push_back(leafOf(item));
    all += formatCertificateCsv(leaves, names);
    for (const CommittedRecord& item : run.committed) {
      for (const Digest& secret :
           {item.record.origPixelSha256, item.record.origFileSha256, item.record.origNameHmac,
            item.record.tileSha256, item.record.payload.sha256})
        EXPECT_THAT(all, Not(HasSubstr(toHex(secret))));
      EXPECT_THAT(all, Not(HasSubstr(toHex(item.nonce.view()))));
    }
    EXPECT_THAT(all, Not(HasSubstr(toHex(run.secrets.runKey.view()))));
    for (const char* name : {"alpha_code", "\"x\"", "wsm_boxes", "warp_seed", "label", "PARTIAL,", "WEAK,"})
      EXPECT_THAT(all, Not(HasSubstr(name)));
  }
}

TEST(Certificate, LongLeafListsLieBesideIt) {
  const SampleRun run = makeSampleRun(6);
  const IssuedCertificate issued = run.issue(5);
  ASSERT_TRUE(issued.leaves);
  EXPECT_EQ(*issued.content.leavesSha256, sha256(asBytes(*issued.leaves)));
  EXPECT_THAT(issued.certificate, Not(HasSubstr("\"leaves\":")));
  const std::vector<Leaf> leaves = parseLeavesFile(*issued.leaves, run.info.runId);
  EXPECT_EQ(leavesRoot(leaves), issued.content.merkleRoot);
  EXPECT_EQ(run.issue(6).content.merkleRoot, issued.content.merkleRoot);
  EXPECT_THROW(parseLeavesFile(*issued.leaves, Id16{}), Error);
}

TEST(Certificate, ARunWithoutOutputsStillHasOne) {
  SampleRun run = makeSampleRun(0);
  run.info.statusCounts = {{"INFEASIBLE", 3}};
  const IssuedCertificate issued = run.issue();
  EXPECT_EQ(PublicCertificate::fromCanonicalJson(issued.certificate).leafCount, 0u);
}

TEST(Certificate, RefusesBadInfo) {
  const auto refused = [](const auto& change) {
    SampleRun run = makeSampleRun(2);
    change(run);
    EXPECT_THROW(run.issue(), Error);
  };
  refused([](SampleRun& r) { r.info.createdUtc = "2026-02-29T00:00:00Z"; });
  refused([](SampleRun& r) { r.info.owner = std::string(1001, 'a'); });
  refused([](SampleRun& r) { r.info.owner = "tab\there"; });
  refused([](SampleRun& r) { r.info.owner = "turned \xE2\x80\xAE round"; });
  refused([](SampleRun& r) { r.info.licence = "\xC3"; });
  refused([](SampleRun& r) { r.info.statusCounts["GOOD"] = 1; });
  refused([](SampleRun& r) { r.info.statusCounts["PROTECTED"] = -1; });
  refused([](SampleRun& r) { r.info.models[0].role = "judge"; });
  refused([](SampleRun& r) { r.info.metrics["Not A Token"] = 1; });
  refused([](SampleRun& r) { r.info.payloadSuite = ""; });
  refused([](SampleRun& r) { r.info.runId[0] ^= 1; });
  refused([](SampleRun& r) { r.committed.push_back(r.committed[0]); });
}

TEST(Certificate, ParserRefusesWhatIsNotExact) {
  const SampleRun run = makeSampleRun(3);
  const std::string good = run.issue().certificate;
  const auto refused = [](const std::string& text) {
    EXPECT_THROW(PublicCertificate::fromCanonicalJson(text), Error) << text;
  };
  const auto replaced = [&](const std::string& from, const std::string& to) {
    std::string out = good;
    const std::size_t at = out.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return out.replace(at, from.size(), to);
  };
  refused("");
  refused("[]");
  refused("{}");
  refused(good + "\n");
  refused("\xEF\xBB\xBF" + good);
  refused(replaced("\"licence\":", "\"licence\":\"x\",\"licence\":"));
  refused(replaced("medlocker/certificate/1", "medlocker/certificate/2"));
  refused(replaced("\"seed_given\":false", "\"seed_given\":0"));
  refused(replaced("\"seed_given\":false", "\"seed_given\":false,\"signed_by\":\"me\""));
  refused(replaced(",\"seed_given\":false", ""));
  refused(replaced("\"leaf_count\":3", "\"leaf_count\":4"));
  refused(replaced("\"leaf_count\":3", "\"leaf_count\":3.0"));
  refused(replaced("\"leaf_count\":3", "\"leaf_count\":-3"));
  refused(replaced("\"leaf_count\":3", "\"leaf_count\":99999999999999999999"));
  refused(replaced("Z\xC3\xBCrich", "Z\\u00fcrich"));
  refused(replaced("\"SKIPPED\":0,", ""));
  refused(replaced("\"frame\":0", "\"frame\":4294967296"));
  refused(replaced("\"ERROR\":1", "\"ERROR\": 1"));
  std::string deep(3000, '[');
  refused(deep);
}

TEST(Certificate, FilesAreWrittenAndReadBack) {
  const medlocker::test::TempFolder folder;
  const SampleRun run = makeSampleRun(4);
  const IssuedCertificate issued = run.issue(2);
  writeCertificate(folder.path(), issued);
  EXPECT_EQ(readTextFile(folder / "certificate.json"), issued.certificate);
  EXPECT_EQ(readTextFile(folder / "certificate.json.minisig"), issued.signature);
  EXPECT_EQ(readTextFile(folder / "certificate.leaves.json"), *issued.leaves);
}

TEST(Certificate, CsvQuotesNamesAndNeedsThemAll) {
  const SampleRun run = makeSampleRun(2);
  std::vector<Leaf> leaves;
  for (const CommittedRecord& item : run.committed) leaves.push_back(leafOf(item));
  std::map<Id16, std::string> names = {{leaves[0].imageId, "images/a, \"b\".png"}};
  EXPECT_THROW(formatCertificateCsv(leaves, names), Error);
  names[leaves[1].imageId] = "images/c.png";
  const std::string csv = formatCertificateCsv(leaves, names);
  EXPECT_THAT(csv,
              HasSubstr("0," + toHex(leaves[0].imageId) + ",0,\"images/a, \"\"b\"\".png\"," +
                        toHex(leaves[0].protPixelSha256) + "," + toHex(leaves[0].protFileSha256) + "\n"));
  EXPECT_THAT(csv, HasSubstr("\n1," + toHex(leaves[1].imageId) + ",0,images/c.png,"));
}

}  // namespace
}  // namespace medlocker::certificate
