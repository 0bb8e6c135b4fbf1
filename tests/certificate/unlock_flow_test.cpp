// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
//
// The order in which the use cases call this module, from an empty folder to a restored payload, all through
// files.
#include <gtest/gtest.h>

#include "core/certificate/grant.h"
#include "core/certificate/key_files.h"
#include "core/certificate/private_store.h"
#include "core/certificate/verification.h"
#include "core/common/error.h"
#include "core/common/files.h"
#include "tests/certificate/sample_run.h"
#include "tests/support/temp_folder.h"

namespace medlocker::certificate {
namespace {

TEST(UnlockFlow, OwnerProtectsRecipientRestores) {
  const medlocker::test::TempFolder folder;
  const std::filesystem::path keys = folder / "keys";
  const std::filesystem::path out = folder / "run";
  const SecretString passphrase("a passphrase");

  // keygen
  KeyFilesOptions keyOptions;
  keyOptions.folder = keys;
  keyOptions.passphrase = passphrase;
  keyOptions.ownerCost = ScryptCost::lowestForTests();
  keyOptions.recipientCost = Argon2Cost::lowestForTests();
  writeNewKeyFiles(keyOptions);

  // protect
  const OwnerSecretKey owner = readOwnerSecretKey(keys / "owner.key", passphrase);
  const test::SampleRun run = test::makeSampleRun(4);  // stands in for the images
  {
    const RunStore store = RunStore::create(out / "private", run.secrets, owner);
    for (std::size_t i = 0; i < 4; ++i) store.put(run.records[i], run.payloads[i]);
    const auto records = store.finish(out / "unlock.mlvault", owner);
    writeCertificate(out, issueCertificate(run.info, records, owner));
    RunStore::removeWorkFiles(out / "private");
  }

  // verify, by anybody with the public key
  const std::vector<OwnerPublicKey> trusted = {readOwnerPublicKey(keys / "owner.pub")};
  const CertificateCheck certificate =
      checkCertificate(readCertificateFiles(out / "certificate.json"), trusted);
  ASSERT_EQ(certificate.outcome, CertificateOutcome::Valid) << certificate.reason;
  const FileVerifier verifier(certificate);
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_EQ(verifier.check(run.fileHashes(i)).outcome, FileOutcome::Valid);

  // restore, by the owner
  const VaultReader vault(out / "unlock.mlvault");
  ParameterList list = openParameterList(out / "private" / "parameters.mlstore", owner);
  list.requireCertified(*certificate.certificate);
  const UnlockKeys ownerKeys = UnlockKeys::wholeRun(list.secrets.runId, list.secrets.runKey);
  ASSERT_EQ(vault.runId(), ownerKeys.runId());
  for (std::size_t i = 0; i < 4; ++i) {
    const auto at = vault.findByPixels(run.records[i].protPixelSha256);
    ASSERT_EQ(at.size(), 1u);
    EXPECT_EQ(vault.open(at[0], *ownerKeys.keyFor(vault.entries()[at[0]].imageId)), run.payloads[i]);
  }

  // grant two images
  GrantRequest request;
  request.recipient = readRecipientPublicKey(keys / "recipient.pub");
  request.createdUtc = "2026-03-05T00:00:00Z";
  request.images = std::vector<Id16>{run.records[1].imageId, run.records[3].imageId};
  writeFileAtomically(folder / "g.mlgrant", createGrant(request, list.secrets, owner));

  // restore, by the recipient, who may not know the owner's key beforehand: grant and certificate must name
  // the same one
  const std::string grant = readTextFile(folder / "g.mlgrant");
  const GrantCheck look = checkGrant(grant, {});
  ASSERT_EQ(look.outcome, GrantOutcome::UnknownSigner);
  const std::vector<OwnerPublicKey> named = {look.info->owner};
  ASSERT_EQ(checkCertificate(readCertificateFiles(out / "certificate.json"), named).outcome,
            CertificateOutcome::Valid);
  const GrantCheck opened =
      openGrant(grant, named, readRecipientSecretKey(keys / "recipient.key", passphrase));
  ASSERT_EQ(opened.outcome, GrantOutcome::Valid) << opened.reason;
  ASSERT_EQ(opened.keys->runId(), vault.runId());
  for (std::size_t i = 0; i < 4; ++i) {
    const std::size_t at = vault.findByPixels(run.records[i].protPixelSha256).at(0);
    const auto key = opened.keys->keyFor(vault.entries()[at].imageId);
    EXPECT_EQ(key.has_value(), i % 2 == 1);
    if (key) {
      EXPECT_EQ(vault.open(at, *key), run.payloads[i]);
    }
  }
}

}  // namespace
}  // namespace medlocker::certificate
