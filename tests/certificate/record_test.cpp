// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/certificate/record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/certificate/run_secrets.h"
#include "core/common/error.h"
#include "tests/certificate/sample_run.h"

namespace medlocker::certificate {
namespace {

using test::makeSampleRun;

TEST(Record, CommitmentOfTheSpecification) {
  Bytes nonce(32);
  for (std::size_t i = 0; i < nonce.size(); ++i) nonce[i] = static_cast<std::uint8_t>(i);
  EXPECT_EQ(toHex(commitmentOf(nonce, R"({"a":1,"image_id":"00"})")),
            "589c450b74d949c9282bcea78ee2f60f724e4104b654fd8693d91c4863c3ebb3");
}

TEST(Record, ImageKeyOfTheSpecification) {
  SecretKey32 runKey;
  Id16 runId{};
  Id16 imageId{};
  for (std::size_t i = 0; i < 32; ++i) runKey.data()[i] = static_cast<std::uint8_t>(i);
  for (std::size_t i = 0; i < 16; ++i) {
    runId[i] = static_cast<std::uint8_t>(i);
    imageId[i] = static_cast<std::uint8_t>(16 + i);
  }
  EXPECT_EQ(toHex(deriveImageKey(runKey, runId, imageId).view()),
            "9ea216cac405e14bbb11c672ffd6efdd9fb66938a69baafdaf893938df12e140");
}

TEST(Record, SurvivesItsCanonicalSpelling) {
  PrivateRecord record = makeSampleRun(1).records[0];
  EXPECT_EQ(PrivateRecord::fromCanonicalJson(record.toCanonicalJson()), record);
  record.extras = {{"version", 1}, {"flags", {"LESION_COVERED"}}, {"logos", {{{"x", -3}, {"y", 9}}}}};
  EXPECT_EQ(PrivateRecord::fromCanonicalJson(record.toCanonicalJson()), record);
}

TEST(Record, HasExactlyTheFieldsOfTheSpecification) {
  const Json json = Json::parse(makeSampleRun(1).records[0].toCanonicalJson());
  std::vector<std::string> names;
  for (const auto& item : json.items()) names.push_back(item.key());
  EXPECT_THAT(names, ::testing::UnorderedElementsAre(
                         "schema", "run_id", "image_id", "frame", "status", "x", "y", "w", "h", "alpha_code",
                         "law", "size_num", "size_den", "logo_sha256", "tile_sha256", "warp_seed", "tex_seed",
                         "jitter_seed", "G", "fov_source", "wsm_source", "wsm_boxes", "feasibility_step",
                         "n_feasible", "choice_bits", "mode", "budget_used", "source_models", "label",
                         "label_origin", "pred_before", "pred_after", "margin_before_milli",
                         "margin_after_milli", "orig_pixel_sha256", "prot_pixel_sha256", "orig_file_sha256",
                         "prot_file_sha256", "orig_name_hmac", "bits", "signed", "samples", "photometric",
                         "payload", "software", "spec_version"));
  EXPECT_EQ(json["warp_seed"].get<std::string>().size(), 16u);
}

TEST(Record, HoldsIntegersAndStringsOnly) {
  const std::string text = makeSampleRun(1).records[0].toCanonicalJson();
  EXPECT_THAT(text,
              ::testing::Not(::testing::AnyOf(::testing::HasSubstr("true"), ::testing::HasSubstr("false"),
                                              ::testing::HasSubstr("null"), ::testing::HasSubstr("\n"))));
}

TEST(Record, RefusesWhatIsOutOfRange) {
  const PrivateRecord good = makeSampleRun(1).records[0];
  const auto refused = [&](const auto& change) {
    PrivateRecord record = good;
    change(record);
    EXPECT_THROW(record.toCanonicalJson(), Error);
  };
  refused([](PrivateRecord& r) { r.status = "INFEASIBLE"; });
  refused([](PrivateRecord& r) { r.status = "protected"; });
  refused([](PrivateRecord& r) { r.alphaCode = 65536; });
  refused([](PrivateRecord& r) { r.w = 0; });
  refused([](PrivateRecord& r) { r.law = "other"; });
  refused([](PrivateRecord& r) { r.bits = 7; });
  refused([](PrivateRecord& r) { r.samples = 2; });
  refused([](PrivateRecord& r) { r.analysisFrame = {5, 5, 5, 9}; });
  refused([](PrivateRecord& r) { r.wsmBoxes.push_back({1, 2, 3, -4}); });
  refused([](PrivateRecord& r) { r.predAfter.pop_back(); });
  refused([](PrivateRecord& r) { r.payload.kind = "zip"; });
  refused([](PrivateRecord& r) { r.payload.kind = "none"; });
  refused([](PrivateRecord& r) { r.software = "two\nlines"; });
  refused([](PrivateRecord& r) { r.software = "\xff"; });
  refused([](PrivateRecord& r) { r.extras = {{"flags", 1}}; });
  refused([](PrivateRecord& r) { r.extras = {{"version", 1}, {"share", 0.5}}; });
}

TEST(Record, RefusesEveryOtherSpelling) {
  const std::string good = makeSampleRun(1).records[0].toCanonicalJson();
  const auto refused = [](const std::string& text) {
    EXPECT_THROW(PrivateRecord::fromCanonicalJson(text), Error) << text.substr(0, 60);
  };
  refused("");
  refused(good + " ");
  refused(good + "\n");
  refused(" " + good);
  refused("{" + good.substr(1, good.find(',')) + good.substr(1));  // first key twice
  refused("{\"AAA\":1," + good.substr(1));                         // unknown field
  refused("{" + good.substr(good.find(',') + 1));                  // first field missing
  std::string changed = good;
  changed.replace(changed.find("medlocker/record/1"), 18, "medlocker/record/2");
  refused(changed);
  changed = good;
  changed.replace(changed.find("\"x\":"), 4, "\"x\":0");  // leading zero
  refused(changed);
  changed = good;
  changed.replace(changed.find("\"alpha_code\":45000"), 18, "\"alpha_code\":45e3");
  refused(changed);
  changed = good;
  changed.replace(changed.find("\"signed\":0"), 10, "\"signed\":2");
  refused(changed);
}

TEST(Record, OrderIsImageThenFrame) {
  auto records = makeSampleRun(5).committed;
  CommittedRecord second = records[2];
  second.record.frame = 1;
  records.push_back(second);
  std::reverse(records.begin(), records.end());
  sortRecords(records);
  for (std::size_t i = 1; i < records.size(); ++i)
    EXPECT_LT((ItemKey{records[i - 1].record.imageId, records[i - 1].record.frame}),
              (ItemKey{records[i].record.imageId, records[i].record.frame}));
  records.push_back(records[0]);
  EXPECT_THROW(sortRecords(records), Error);
  auto mixed = makeSampleRun(2).committed;
  mixed.push_back(makeSampleRun(1).committed[0]);
  EXPECT_THROW(sortRecords(mixed), Error);
}

TEST(Record, LeafDataIsLaidOutAsSpecified) {
  CommittedRecord item = makeSampleRun(1).committed[0];
  item.record.frame = 0x01020304;
  const Bytes data = leafOf(item).data();
  ASSERT_EQ(data.size(), 116u);
  EXPECT_TRUE(std::equal(item.record.imageId.begin(), item.record.imageId.end(), data.begin()));
  EXPECT_EQ(toHex(ByteView(data).subspan(16, 4)), "01020304");
  EXPECT_EQ(toHex(ByteView(data).subspan(20, 32)), toHex(item.record.protPixelSha256));
  EXPECT_EQ(toHex(ByteView(data).subspan(52, 32)), toHex(item.record.protFileSha256));
  EXPECT_EQ(toHex(ByteView(data).subspan(84, 32)),
            toHex(commitmentOf(item.nonce.view(), item.record.toCanonicalJson())));
}

TEST(RunSecrets, IdsAndNoncesRepeatForTheSameRunOnly) {
  const RunSecrets a = RunSecrets::create("2026-01-02T03:04:05Z");
  const RunSecrets b = RunSecrets::create("2026-01-02T03:04:05Z");
  EXPECT_NE(a.runId, b.runId);
  EXPECT_EQ(a.imageId("x/1.png"), a.imageId("x/1.png"));
  EXPECT_NE(a.imageId("x/1.png"), a.imageId("x/2.png"));
  EXPECT_NE(a.imageId("x/1.png"), b.imageId("x/1.png"));
  const Id16 image = a.imageId("x/1.png");
  EXPECT_TRUE(a.commitmentNonce(image, 0).equals(a.commitmentNonce(image, 0)));
  EXPECT_FALSE(a.commitmentNonce(image, 0).equals(a.commitmentNonce(image, 1)));
  EXPECT_FALSE(a.commitmentNonce(image, 0).equals(b.commitmentNonce(image, 0)));
}

TEST(RunSecrets, AGivenSeedChangesNoKey) {
  const SecretKey32 seed = RunSecrets::seedFromNumber(7);
  EXPECT_TRUE(seed.equals(RunSecrets::seedFromNumber(7)));
  EXPECT_FALSE(seed.equals(RunSecrets::seedFromNumber(8)));
  const RunSecrets a = RunSecrets::create("2026-01-02T03:04:05Z", seed);
  const RunSecrets b = RunSecrets::create("2026-01-02T03:04:05Z", seed);
  EXPECT_TRUE(a.seedGiven);
  EXPECT_TRUE(a.runSeed.equals(b.runSeed));
  EXPECT_NE(a.runId, b.runId);
  EXPECT_FALSE(a.runKey.equals(b.runKey));
  EXPECT_FALSE(a.listingKey.equals(b.listingKey));
  EXPECT_FALSE(a.storeKey.equals(b.storeKey));
  EXPECT_THROW(RunSecrets::create("yesterday"), Error);
}

}  // namespace
}  // namespace medlocker::certificate
