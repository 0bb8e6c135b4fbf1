// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/certificate/minisign.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "core/certificate/verification.h"
#include "core/common/error.h"
#include "core/common/files.h"
#include "tests/certificate/sample_run.h"
#include "tests/support/temp_folder.h"

namespace medlocker::certificate {
namespace {

namespace fs = std::filesystem;
using medlocker::test::TempFolder;

TEST(Minisign, SignatureHoldsForItsMessageAndKeyOnly) {
  const OwnerSecretKey key = generateOwnerKey();
  const Bytes message = {1, 2, 3};
  const MinisignSignature made = signMessage(message, key, "any", "what is signed");
  const MinisignSignature read = parseSignature(formatSignature(made));
  EXPECT_EQ(formatSignature(read), formatSignature(made));
  EXPECT_TRUE(signatureHolds(message, read, key.publicKey()));
  EXPECT_FALSE(signatureHolds(Bytes{1, 2, 4}, read, key.publicKey()));
  EXPECT_FALSE(signatureHolds(message, read, generateOwnerKey().publicKey()));
  MinisignSignature other = read;
  other.trustedComment = "what is signeD";
  EXPECT_FALSE(signatureHolds(message, other, key.publicKey()));
}

TEST(Minisign, SigningIsDeterministic) {
  const OwnerSecretKey key = generateOwnerKey();
  EXPECT_EQ(formatSignature(signMessage(Bytes{5}, key, "a", "b")),
            formatSignature(signMessage(Bytes{5}, key, "a", "b")));
}

TEST(Minisign, RefusesMalformedSignatures) {
  const OwnerSecretKey key = generateOwnerKey();
  const std::string good = formatSignature(signMessage(Bytes{5}, key, "a", "b"));
  const auto refused = [](const std::string& text) { EXPECT_THROW(parseSignature(text), Error) << text; };
  refused("");
  refused(good + "x\n");
  refused(good.substr(0, good.size() - 4));
  refused("comment: a\n" + good.substr(good.find('\n') + 1));
  refused(std::string(9000, 'a'));
  std::string legacy = good;  // "Ed" instead of "ED": the kind that is not pre-hashed
  legacy[legacy.find("\nRU") + 2] = 'W';
  refused(legacy);
  EXPECT_THROW(signMessage(Bytes{5}, key, "a\nb", "c"), Error);
}

class RealMinisign : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::system("command -v minisign > /dev/null 2>&1") != 0) GTEST_SKIP() << "minisign is not installed";
  }
  /// Runs it in the folder, with `input` as what a person types.
  int minisign(const std::string& arguments, const std::string& input = "") {
    writeFileAtomically(folder_ / "typed", input);
    const std::string command =
        "cd '" + folder_.path().string() + "' && minisign " + arguments + " < typed > output 2>&1";
    const int status = std::system(command.c_str());
    output_ = readTextFile(folder_ / "output");
    return status;
  }
  TempFolder folder_;
  std::string output_;
};

TEST_F(RealMinisign, AcceptsOurCertificate) {
  const test::SampleRun run = test::makeSampleRun(3);
  const IssuedCertificate issued = run.issue();
  writeCertificate(folder_.path(), issued);
  writeFileAtomically(folder_ / "owner.pub", formatOwnerPublicKey(run.owner.publicKey()));
  EXPECT_EQ(minisign("-V -H -p owner.pub -m certificate.json"), 0) << output_;
  EXPECT_THAT(output_, ::testing::HasSubstr(certificateTrustedComment(run.info.runId)));

  std::string changed = issued.certificate;
  changed[changed.find("Sample set")] = 's';
  writeFileAtomically(folder_ / "certificate.json", changed);
  EXPECT_NE(minisign("-V -H -p owner.pub -m certificate.json"), 0) << output_;
}

TEST_F(RealMinisign, SignsWithOurKeys) {
  const OwnerSecretKey key = generateOwnerKey();
  writePrivateFileAtomically(folder_ / "plain.key", formatOwnerSecretKey(key, std::nullopt));
  writePrivateFileAtomically(folder_ / "locked.key", formatOwnerSecretKey(key, SecretString("two words"),
                                                                          ScryptCost::lowestForTests()));
  writeFileAtomically(folder_ / "message", "to be signed");
  for (const auto& [file, typed] : {std::pair("plain.key", ""), std::pair("locked.key", "two words\n")}) {
    ASSERT_EQ(minisign(std::string("-S -s ") + file + " -m message -t 'trusted words'", typed), 0)
        << file << output_;
    const MinisignSignature signature = parseSignature(readTextFile(folder_ / "message.minisig"));
    EXPECT_EQ(signature.keyId, key.id);
    EXPECT_EQ(signature.trustedComment, "trusted words");
    EXPECT_TRUE(signatureHolds(asBytes("to be signed"), signature, key.publicKey()));
  }
  EXPECT_NE(minisign("-S -s locked.key -m message", "three words\n"), 0);
  // It also finds the same public key in ours.
  ASSERT_EQ(minisign("-R -f -s plain.key -p again.pub"), 0) << output_;
  EXPECT_EQ(readOwnerPublicKey(folder_ / "again.pub"), key.publicKey());
}

TEST_F(RealMinisign, MakesKeysThatWeRead) {
  ASSERT_EQ(minisign("-G -W -f -p a.pub -s a.key"), 0) << output_;
  const OwnerSecretKey plain = readOwnerSecretKey(folder_ / "a.key", std::nullopt);
  EXPECT_EQ(plain.publicKey(), readOwnerPublicKey(folder_ / "a.pub"));

  // minisign's own cost: about 1 GiB and a few seconds.
  ASSERT_EQ(minisign("-G -f -p b.pub -s b.key", "two words\ntwo words\n"), 0) << output_;
  EXPECT_TRUE(ownerKeyNeedsPassphrase(readTextFile(folder_ / "b.key")));
  const OwnerSecretKey locked = readOwnerSecretKey(folder_ / "b.key", SecretString("two words"));
  EXPECT_EQ(locked.publicKey(), readOwnerPublicKey(folder_ / "b.pub"));
}

TEST_F(RealMinisign, SignatureWithOurCommentsIsACertificateSignature) {
  // An owner who keeps the key elsewhere may sign with minisign itself.
  const test::SampleRun run = test::makeSampleRun(2);
  const IssuedCertificate issued = run.issue();
  writeCertificate(folder_.path(), issued);
  writePrivateFileAtomically(folder_ / "owner.key", formatOwnerSecretKey(run.owner, std::nullopt));
  const std::string comments = " -c '" + certificateUntrustedComment(run.owner.id) + "' -t '" +
                               certificateTrustedComment(run.info.runId) + "'";
  ASSERT_EQ(minisign("-S -s owner.key -m certificate.json" + comments), 0) << output_;
  const std::vector<OwnerPublicKey> trusted = {run.owner.publicKey()};
  EXPECT_EQ(toString(checkCertificate(readCertificateFiles(folder_ / "certificate.json"), trusted).outcome),
            "VALID");
  ASSERT_EQ(minisign("-S -s owner.key -m certificate.json"), 0) << output_;
  EXPECT_EQ(toString(checkCertificate(readCertificateFiles(folder_ / "certificate.json"), trusted).outcome),
            "BAD_SIGNATURE");
}

}  // namespace
}  // namespace medlocker::certificate
