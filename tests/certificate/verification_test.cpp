// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/certificate/verification.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/common/error.h"
#include "core/common/files.h"
#include "tests/certificate/sample_run.h"
#include "tests/support/temp_folder.h"

namespace medlocker::certificate {
namespace {

using test::filesOf;
using test::makeSampleRun;
using test::SampleRun;
using ::testing::HasSubstr;

CertificateOutcome outcomeOf(const CertificateFiles& files, const std::vector<OwnerPublicKey>& trusted) {
  const CertificateCheck check = checkCertificate(files, trusted);
  EXPECT_FALSE(check.reason.empty());
  EXPECT_EQ(check.reason.back(), '.') << check.reason;
  if (check.outcome != CertificateOutcome::Valid && check.outcome != CertificateOutcome::UnknownSigner) {
    EXPECT_FALSE(check.certificate);
  }
  return check.outcome;
}

TEST(Verification, AcceptsAnUntouchedCertificate) {
  const SampleRun run = makeSampleRun(4);
  for (const std::size_t maxInline : {std::size_t{100}, std::size_t{1}}) {
    const CertificateCheck check =
        checkCertificate(filesOf(run.issue(maxInline)), std::vector{run.owner.publicKey()});
    EXPECT_EQ(check.outcome, CertificateOutcome::Valid) << check.reason;
    EXPECT_TRUE(check.signatureGenuine);
    EXPECT_EQ(check.signerKeyId, toText(run.owner.id));
    ASSERT_TRUE(check.certificate);
    EXPECT_EQ(check.certificate->leaves.size(), 4u);
  }
}

TEST(Verification, EveryChangedByteOfTheCertificateIsABadSignature) {
  const SampleRun run = makeSampleRun(3);
  CertificateFiles files = filesOf(run.issue());
  const std::vector<OwnerPublicKey> trusted = {run.owner.publicKey()};
  for (std::size_t i = 0; i < files.certificate.size(); ++i) {
    files.certificate[i] ^= 1;
    EXPECT_EQ(outcomeOf(files, trusted), CertificateOutcome::BadSignature) << "byte " << i;
    files.certificate[i] ^= 1;
  }
  EXPECT_EQ(outcomeOf(files, trusted), CertificateOutcome::Valid);
}

TEST(Verification, EveryChangedByteOfTheSignatureIsABadSignature) {
  const SampleRun run = makeSampleRun(3);
  CertificateFiles files = filesOf(run.issue());
  const std::vector<OwnerPublicKey> trusted = {run.owner.publicKey()};
  std::string& signature = *files.signature;
  for (std::size_t i = 0; i < signature.size(); ++i)
    for (const int mask : {0x01, 0x02, 0x20, 0x80}) {
      signature[i] = static_cast<char>(signature[i] ^ mask);
      EXPECT_EQ(outcomeOf(files, trusted), CertificateOutcome::BadSignature)
          << "byte " << i << " mask " << mask;
      signature[i] = static_cast<char>(signature[i] ^ mask);
    }
  for (const std::string& other :
       {signature + "\n", signature.substr(0, signature.size() - 1), std::string(), signature + signature}) {
    files.signature = other;
    EXPECT_EQ(outcomeOf(files, trusted), CertificateOutcome::BadSignature);
  }
}

TEST(Verification, EveryChangedByteOfTheLeafFileIsNoticed) {
  const SampleRun run = makeSampleRun(3);
  CertificateFiles files = filesOf(run.issue(1));
  const std::vector<OwnerPublicKey> trusted = {run.owner.publicKey()};
  for (std::size_t i = 0; i < files.leaves->size(); ++i) {
    (*files.leaves)[i] ^= 1;
    EXPECT_EQ(outcomeOf(files, trusted), CertificateOutcome::BadCertificate) << "byte " << i;
    (*files.leaves)[i] ^= 1;
  }
  files.leaves.reset();
  const CertificateCheck check = checkCertificate(files, trusted);
  EXPECT_EQ(check.outcome, CertificateOutcome::Valid);
  EXPECT_TRUE(check.leavesMissing);
  const FileCheck file = FileVerifier(check).check(run.fileHashes(0));
  EXPECT_EQ(file.outcome, FileOutcome::NotChecked);
  EXPECT_THAT(file.reason, HasSubstr("certificate.leaves.json"));
}

TEST(Verification, TellsUnsignedUnknownAndForged) {
  const SampleRun run = makeSampleRun(2);
  const SampleRun other = makeSampleRun(2, "b");
  const std::vector<OwnerPublicKey> trusted = {run.owner.publicKey()};
  CertificateFiles files = filesOf(run.issue());

  // No signature.
  CertificateFiles unsignedFiles = files;
  unsignedFiles.signature.reset();
  EXPECT_EQ(outcomeOf(unsignedFiles, trusted), CertificateOutcome::Unsigned);
  unsignedFiles.certificate.push_back(' ');
  EXPECT_EQ(outcomeOf(unsignedFiles, trusted), CertificateOutcome::BadCertificate);

  // A key nobody knows: not valid, not invalid; genuine only where the key lies beside it.
  CertificateCheck check = checkCertificate(files, std::vector{other.owner.publicKey()});
  EXPECT_EQ(check.outcome, CertificateOutcome::UnknownSigner);
  EXPECT_FALSE(check.signatureGenuine);
  EXPECT_FALSE(check.certificate);
  files.offeredKeys = trusted;
  check = checkCertificate(files, {});
  EXPECT_EQ(check.outcome, CertificateOutcome::UnknownSigner);
  EXPECT_TRUE(check.signatureGenuine);
  EXPECT_TRUE(check.certificate);
  files.certificate[10] ^= 1;
  EXPECT_EQ(outcomeOf(files, {}), CertificateOutcome::BadSignature);
  files.certificate[10] ^= 1;

  // A forger's key that carries the owner's id.
  SampleRun forger = run;
  forger.owner = generateOwnerKey();
  forger.owner.id = run.owner.id;
  CertificateFiles forged = filesOf(forger.issue());
  forged.offeredKeys = {forger.owner.publicKey()};
  EXPECT_EQ(outcomeOf(forged, trusted), CertificateOutcome::BadSignature);

  // Parts of another run of the same owner.
  SampleRun second = other;
  second.owner = run.owner;
  CertificateFiles mixed = filesOf(run.issue());
  mixed.signature = filesOf(second.issue()).signature;
  EXPECT_EQ(outcomeOf(mixed, trusted), CertificateOutcome::BadSignature);
  mixed = filesOf(run.issue(1));
  mixed.leaves = filesOf(second.issue(1)).leaves;
  EXPECT_EQ(outcomeOf(mixed, trusted), CertificateOutcome::BadCertificate);
}

TEST(Verification, ASignedFileThatIsNoCertificateIsNotOne) {
  const SampleRun run = makeSampleRun(2);
  const std::vector<OwnerPublicKey> trusted = {run.owner.publicKey()};
  const auto signedWith = [&](const std::string& content, const std::string& trustedComment) {
    CertificateFiles files;
    files.certificate.assign(content.begin(), content.end());
    files.signature = formatSignature(
        signMessage(asBytes(content), run.owner, certificateUntrustedComment(run.owner.id), trustedComment));
    return files;
  };
  const std::string good = run.issue().certificate;
  const std::string comment = certificateTrustedComment(run.info.runId);
  EXPECT_EQ(outcomeOf(signedWith(good, comment), trusted), CertificateOutcome::Valid);
  EXPECT_EQ(outcomeOf(signedWith(good, "schema=medlocker/grant/1 run_id=" + toHex(run.info.runId)), trusted),
            CertificateOutcome::BadSignature);
  EXPECT_EQ(outcomeOf(signedWith(good + "\n", comment), trusted), CertificateOutcome::BadCertificate);
  std::string twice = good;
  twice.insert(1, "\"created_utc\":\"2026-03-01T09:30:00Z\",");
  EXPECT_EQ(outcomeOf(signedWith(twice, comment), trusted), CertificateOutcome::BadCertificate);
  std::string newer = good;
  newer.replace(newer.find("certificate/1"), 13, "certificate/9");
  EXPECT_EQ(outcomeOf(signedWith(newer, comment), trusted), CertificateOutcome::BadCertificate);
}

TEST(Verification, FilesAreValidRewrappedOrUnknown) {
  const SampleRun run = makeSampleRun(5);
  const FileVerifier verifier(checkCertificate(filesOf(run.issue()), std::vector{run.owner.publicKey()}));
  for (std::size_t i = 0; i < run.records.size(); ++i) {
    const FileCheck valid = verifier.check(run.fileHashes(i));
    EXPECT_EQ(valid.outcome, FileOutcome::Valid);
    EXPECT_EQ(valid.imageId, run.records[i].imageId);
    EXPECT_EQ(valid.leafIndices, std::vector<std::size_t>{i});
    FileHashes rewrapped = run.fileHashes(i);
    rewrapped.file[0] ^= 1;
    EXPECT_EQ(verifier.check(rewrapped).outcome, FileOutcome::ValidRewrapped);
    FileHashes changed = rewrapped;
    changed.pixels[0][31] ^= 1;
    const FileCheck unknown = verifier.check(changed);
    EXPECT_EQ(unknown.outcome, FileOutcome::NotInRun);
    EXPECT_FALSE(unknown.imageId);
    EXPECT_FALSE(unknown.reason.empty());
  }
  EXPECT_EQ(verifier.check({}).outcome, FileOutcome::NotInRun);
}

TEST(Verification, NothingIsValidWithoutAnAuthenticCertificate) {
  const SampleRun run = makeSampleRun(2);
  CertificateFiles files = filesOf(run.issue());
  files.signature.reset();
  const FileCheck unsignedCheck =
      FileVerifier(checkCertificate(files, std::vector{run.owner.publicKey()})).check(run.fileHashes(0));
  EXPECT_EQ(unsignedCheck.outcome, FileOutcome::NotChecked);
  EXPECT_THAT(unsignedCheck.reason, HasSubstr("UNSIGNED"));
  files = filesOf(run.issue());
  EXPECT_EQ(FileVerifier(checkCertificate(files, {})).check(run.fileHashes(0)).outcome,
            FileOutcome::NotChecked);
  files.offeredKeys = {run.owner.publicKey()};
  const FileCheck unknown = FileVerifier(checkCertificate(files, {})).check(run.fileHashes(0));
  EXPECT_EQ(unknown.outcome, FileOutcome::Valid);
  EXPECT_THAT(unknown.reason, HasSubstr("signer is unknown"));
}

TEST(Verification, AllFramesOfAStackBelongTogether) {
  SampleRun run = makeSampleRun(2);
  // Four frames of one image, and a second image that shares its first frame's pixels.
  const PrivateRecord first = run.records[0];
  run.committed.clear();
  std::vector<Digest> pixels;
  for (std::uint32_t frame = 0; frame < 4; ++frame) {
    PrivateRecord record = first;
    record.frame = frame;
    record.protPixelSha256 = sha256(asBytes("frame " + std::to_string(frame)));
    pixels.push_back(record.protPixelSha256);
    run.committed.push_back(run.secrets.commit(record));
  }
  PrivateRecord twin = run.records[1];
  twin.protPixelSha256 = pixels[0];
  run.committed.push_back(run.secrets.commit(twin));
  const FileVerifier verifier(checkCertificate(filesOf(run.issue()), std::vector{run.owner.publicKey()}));

  EXPECT_EQ(verifier.check({first.protFileSha256, pixels}).outcome, FileOutcome::Valid);
  EXPECT_EQ(verifier.check({twin.protFileSha256, {pixels[0]}}).outcome, FileOutcome::Valid);
  EXPECT_EQ(verifier.check({Digest{}, pixels}).outcome, FileOutcome::ValidRewrapped);
  const auto reasonOf = [&](std::vector<Digest> frames) {
    const FileCheck check = verifier.check({first.protFileSha256, std::move(frames)});
    EXPECT_EQ(check.outcome, FileOutcome::NotInRun);
    return check.reason;
  };
  EXPECT_THAT(reasonOf({pixels[0], pixels[1]}), HasSubstr("missing"));
  EXPECT_THAT(reasonOf({pixels[0], pixels[2], pixels[1], pixels[3]}), HasSubstr("first 1 of 4"));
  EXPECT_THAT(reasonOf({pixels[0], pixels[1], pixels[2], Digest{}}), HasSubstr("first 3 of 4"));
  EXPECT_THAT(reasonOf({pixels[0], pixels[1], pixels[2], pixels[3], pixels[0]}), HasSubstr("first 4 of 5"));
  EXPECT_THAT(reasonOf({pixels[1], pixels[2], pixels[3]}), HasSubstr("decode differently"));
}

TEST(Verification, ReadsWhatLiesBesideTheCertificate) {
  const medlocker::test::TempFolder folder;
  const SampleRun run = makeSampleRun(3);
  writeCertificate(folder.path(), run.issue(1));
  writeFileAtomically(folder / "owner.pub", formatOwnerPublicKey(run.owner.publicKey()));
  const CertificateFiles files = readCertificateFiles(folder / "certificate.json");
  ASSERT_EQ(files.offeredKeys.size(), 1u);
  EXPECT_EQ(outcomeOf(files, {}), CertificateOutcome::UnknownSigner);
  EXPECT_EQ(outcomeOf(files, files.offeredKeys), CertificateOutcome::Valid);
  std::filesystem::remove(folder / "certificate.json.minisig");
  EXPECT_EQ(outcomeOf(readCertificateFiles(folder / "certificate.json"), {}), CertificateOutcome::Unsigned);
  EXPECT_THROW(readCertificateFiles(folder / "nothing.json"), Error);
}

}  // namespace
}  // namespace medlocker::certificate
