// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/certificate/image_proof.h"

#include <gtest/gtest.h>

#include "core/common/error.h"
#include "tests/certificate/sample_run.h"

namespace medlocker::certificate {
namespace {

using test::filesOf;
using test::makeSampleRun;
using test::SampleRun;

CertificateCheck checked(const SampleRun& run, bool withLeaves = true) {
  CertificateFiles files = filesOf(run.issue(withLeaves ? 100 : 0));
  files.leaves.reset();
  return checkCertificate(files, std::vector{run.owner.publicKey()});
}

std::string proofOf(const SampleRun& run, std::size_t i) {
  return makeImageProof(run.committed, {run.records.at(i).imageId, run.records.at(i).frame})
      .toCanonicalJson();
}

TEST(ImageProof, HoldsForEveryImageWithoutTheOtherRecords) {
  for (const std::size_t images : {1, 2, 5, 8}) {
    const SampleRun run = makeSampleRun(images);
    const CertificateCheck rootOnly = checked(run, false);
    ASSERT_EQ(rootOnly.outcome, CertificateOutcome::Valid);
    ASSERT_TRUE(rootOnly.leavesMissing);
    for (std::size_t i = 0; i < images; ++i) {
      const ProofCheck check = checkImageProof(proofOf(run, i), rootOnly);
      EXPECT_EQ(check.outcome, ProofOutcome::Valid) << check.reason;
      EXPECT_EQ(check.record, run.records[i]);
    }
  }
}

TEST(ImageProof, RevealsNoOtherRecord) {
  const SampleRun run = makeSampleRun(4);
  const std::string proof = proofOf(run, 1);
  for (std::size_t i = 0; i < 4; ++i) {
    const bool own = i == 1;
    EXPECT_EQ(proof.find(toHex(run.records[i].tileSha256)) != std::string::npos, own);
    EXPECT_EQ(proof.find(toHex(run.committed[i].nonce.view())) != std::string::npos, own);
  }
}

TEST(ImageProof, EveryChangedByteIsABadProof) {
  const SampleRun run = makeSampleRun(5);
  const CertificateCheck certificate = checked(run);
  for (const std::size_t item : {std::size_t{0}, std::size_t{4}}) {
    std::string proof = proofOf(run, item);
    for (std::size_t i = 0; i < proof.size(); ++i)
      for (const int mask : {0x01, 0x02, 0x10}) {
        proof[i] = static_cast<char>(proof[i] ^ mask);
        const ProofCheck check = checkImageProof(proof, certificate);
        EXPECT_EQ(check.outcome, ProofOutcome::BadProof) << "byte " << i;
        EXPECT_FALSE(check.record);
        EXPECT_FALSE(check.reason.empty());
        proof[i] = static_cast<char>(proof[i] ^ mask);
      }
    EXPECT_EQ(checkImageProof(proof, certificate).outcome, ProofOutcome::Valid);
  }
}

TEST(ImageProof, BelongsToItsRunOnly) {
  const SampleRun run = makeSampleRun(3);
  SampleRun other = makeSampleRun(3, "b");
  other.owner = run.owner;
  EXPECT_EQ(checkImageProof(proofOf(run, 0), checked(other)).outcome, ProofOutcome::BadProof);
  CertificateFiles unsignedFiles = filesOf(run.issue());
  unsignedFiles.signature.reset();
  EXPECT_EQ(checkImageProof(proofOf(run, 0), checkCertificate(unsignedFiles, {})).outcome,
            ProofOutcome::NotChecked);
  EXPECT_THROW(makeImageProof(run.committed, {Id16{}, 0}), Error);
}

}  // namespace
}  // namespace medlocker::certificate
