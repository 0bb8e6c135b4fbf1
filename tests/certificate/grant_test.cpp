// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/certificate/grant.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "core/common/error.h"
#include "core/common/files.h"
#include "tests/certificate/sample_run.h"
#include "tests/support/temp_folder.h"

namespace medlocker::certificate {
namespace {

using test::makeSampleRun;
using test::SampleRun;
using ::testing::HasSubstr;

struct GrantCase : ::testing::Test {
  SampleRun run = makeSampleRun(4);
  RecipientSecretKey recipient = generateRecipientKey();
  std::vector<OwnerPublicKey> trusted = {run.owner.publicKey()};

  GrantRequest toRecipient() const {
    GrantRequest request;
    request.recipient = recipient.publicKey();
    request.createdUtc = "2026-03-02T00:00:00Z";
    request.passphraseCost = Argon2Cost::lowestForTests();
    return request;
  }
  std::string create(const GrantRequest& request) const {
    return createGrant(request, run.secrets, run.owner);
  }
};

using Grant = GrantCase;

TEST_F(Grant, WholeRunOpensEveryImage) {
  const GrantCheck grant = openGrant(create(toRecipient()), trusted, recipient);
  ASSERT_EQ(grant.outcome, GrantOutcome::Valid) << grant.reason;
  EXPECT_EQ(grant.info->runId, run.secrets.runId);
  EXPECT_EQ(grant.info->recipientFingerprint, recipient.publicKey().fingerprint());
  EXPECT_FALSE(grant.info->images);
  ASSERT_TRUE(grant.keys);
  EXPECT_TRUE(grant.keys->isWholeRun());
  for (const PrivateRecord& record : run.records)
    EXPECT_TRUE(grant.keys->keyFor(record.imageId)->equals(run.secrets.imageKey(record.imageId)));
}

TEST_F(Grant, SelectedImagesOpenOnlyThose) {
  GrantRequest request = toRecipient();
  request.images = std::vector<Id16>{run.records[2].imageId, run.records[0].imageId};
  const GrantCheck grant = openGrant(create(request), trusted, recipient);
  ASSERT_EQ(grant.outcome, GrantOutcome::Valid) << grant.reason;
  EXPECT_FALSE(grant.keys->isWholeRun());
  EXPECT_EQ(grant.info->images->size(), 2u);
  for (const std::size_t i : {std::size_t{0}, std::size_t{2}})
    EXPECT_TRUE(
        grant.keys->keyFor(run.records[i].imageId)->equals(run.secrets.imageKey(run.records[i].imageId)));
  for (const std::size_t i : {std::size_t{1}, std::size_t{3}})
    EXPECT_FALSE(grant.keys->keyFor(run.records[i].imageId));
}

TEST_F(Grant, PassphraseOpensIt) {
  GrantRequest request = toRecipient();
  request.recipient = SecretString("told by telephone");
  const std::string text = create(request);
  const GrantCheck grant = openGrant(text, trusted, SecretString("told by telephone"));
  ASSERT_EQ(grant.outcome, GrantOutcome::Valid) << grant.reason;
  EXPECT_TRUE(
      grant.keys->keyFor(run.records[1].imageId)->equals(run.secrets.imageKey(run.records[1].imageId)));
  const GrantCheck wrong = openGrant(text, trusted, SecretString("told by letter"));
  EXPECT_EQ(wrong.outcome, GrantOutcome::CannotOpen);
  EXPECT_FALSE(wrong.keys);
  EXPECT_EQ(openGrant(text, trusted, recipient).outcome, GrantOutcome::NotForThisKey);
  EXPECT_EQ(openGrant(create(toRecipient()), trusted, SecretString("x")).outcome,
            GrantOutcome::NotForThisKey);
}

TEST_F(Grant, IsForItsRecipientOnly) {
  const GrantCheck grant = openGrant(create(toRecipient()), trusted, generateRecipientKey());
  EXPECT_EQ(grant.outcome, GrantOutcome::NotForThisKey);
  EXPECT_FALSE(grant.keys);
  EXPECT_THAT(grant.reason, HasSubstr(toHex(recipient.publicKey().fingerprint()).substr(0, 16)));
}

TEST_F(Grant, UnknownSignersOpenNothing) {
  const std::string text = create(toRecipient());
  for (const auto& keys : {std::vector<OwnerPublicKey>{}, std::vector{generateOwnerKey().publicKey()}}) {
    const GrantCheck grant = openGrant(text, keys, recipient);
    EXPECT_EQ(grant.outcome, GrantOutcome::UnknownSigner);
    EXPECT_FALSE(grant.keys);
    // The named key lets the caller ask for a certificate by the same one.
    EXPECT_EQ(grant.info->owner, run.owner.publicKey());
  }
}

TEST_F(Grant, ExpiryIsToldNotEnforced) {
  GrantRequest request = toRecipient();
  request.expiresUtc = "2026-04-01T00:00:00Z";
  const GrantCheck grant = openGrant(create(request), trusted, recipient);
  EXPECT_EQ(grant.outcome, GrantOutcome::Valid);
  EXPECT_FALSE(grant.info->isExpired("2026-03-31T23:59:59Z"));
  EXPECT_TRUE(grant.info->isExpired("2026-04-01T00:00:01Z"));
  EXPECT_FALSE(openGrant(create(toRecipient()), trusted, recipient).info->isExpired("2099-01-01T00:00:00Z"));
}

TEST_F(Grant, RefusesBadRequests) {
  const auto refused = [&](const auto& change) {
    GrantRequest request = toRecipient();
    change(request);
    EXPECT_THROW(create(request), Error);
  };
  refused([](GrantRequest& r) { r.images = std::vector<Id16>{}; });
  refused([&](GrantRequest& r) {
    r.images = std::vector<Id16>{run.records[0].imageId, run.records[0].imageId};
  });
  refused([](GrantRequest& r) { r.createdUtc = "now"; });
  refused([](GrantRequest& r) { r.expiresUtc = "2026-13-01T00:00:00Z"; });
  refused([](GrantRequest& r) { r.recipient = SecretString(); });
  refused([](GrantRequest& r) { r.recipient = RecipientPublicKey{}; });  // a point of small order
}

TEST_F(Grant, EveryChangedByteIsRefused) {
  GrantRequest request = toRecipient();
  request.images = std::vector<Id16>{run.records[2].imageId, run.records[0].imageId};
  std::string text = create(request);
  for (std::size_t i = 0; i < text.size(); ++i) {
    text[i] = static_cast<char>(text[i] ^ 1);
    const GrantCheck known = openGrant(text, trusted, recipient);
    EXPECT_EQ(known.outcome, GrantOutcome::BadSignature) << "byte " << i;
    EXPECT_FALSE(known.keys);
    EXPECT_FALSE(known.reason.empty());
    const GrantOutcome unknown = checkGrant(text, {}).outcome;
    EXPECT_TRUE(unknown == GrantOutcome::BadSignature || unknown == GrantOutcome::BadGrant) << "byte " << i;
    text[i] = static_cast<char>(text[i] ^ 1);
  }
  EXPECT_EQ(openGrant(text, trusted, recipient).outcome, GrantOutcome::Valid);
}

TEST_F(Grant, ASignedGrantWithForeignContentGivesNoKeys) {
  // The owner's signature over sealed keys that are not what the grant says: made by hand, as a faulty
  // program might.
  const SampleRun other = makeSampleRun(4);
  const std::string text = createGrant(toRecipient(), other.secrets, run.owner);
  Json body = Json::parse(text.substr(0, text.find('\n')));
  body["run_id"] = toHex(run.secrets.runId);
  const std::string line = canonicalJson(body) + "\n";
  const std::string resigned =
      line + formatSignature(signMessage(asBytes(line), run.owner,
                                         "signature of a MedLocker grant by key " + toText(run.owner.id),
                                         "schema=medlocker/grant/1 run_id=" + toHex(run.secrets.runId)));
  const GrantCheck grant = openGrant(resigned, trusted, recipient);
  EXPECT_EQ(grant.outcome, GrantOutcome::BadGrant);
  EXPECT_FALSE(grant.keys);
}

TEST_F(Grant, MinisignChecksItsTwoParts) {
  if (std::system("command -v minisign > /dev/null 2>&1") != 0) GTEST_SKIP() << "minisign is not installed";
  const medlocker::test::TempFolder folder;
  writeFileAtomically(folder / "g", create(toRecipient()));
  writeFileAtomically(folder / "owner.pub", formatOwnerPublicKey(run.owner.publicKey()));
  const std::string command = "cd '" + folder.path().string() +
                              "' && head -n 1 g > body && tail -n +2 g > body.minisig && minisign -V -H -q "
                              "-p owner.pub -m body > /dev/null 2>&1";
  EXPECT_EQ(std::system(command.c_str()), 0);
}

}  // namespace
}  // namespace medlocker::certificate
