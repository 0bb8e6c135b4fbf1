// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sodium.h>
#include <sys/stat.h>

#include "core/certificate/key_files.h"
#include "core/certificate/passphrase.h"
#include "core/common/error.h"
#include "core/common/files.h"
#include "tests/support/temp_folder.h"

namespace medlocker::certificate {
namespace {

using ::testing::HasSubstr;

std::string_view textOf(const SecretBytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

template <typename Call>
ErrorCode codeOf(const Call& call) {
  try {
    call();
  } catch (const Error& e) {
    return e.code();
  }
  ADD_FAILURE() << "no error";
  return ErrorCode::Internal;
}

const SecretString kPassphrase("correct horse, schöne Grüße");

TEST(OwnerKey, SurvivesItsFileWithAndWithoutPassphrase) {
  const OwnerSecretKey key = generateOwnerKey();
  const SecretBytes plain = formatOwnerSecretKey(key, std::nullopt);
  EXPECT_FALSE(ownerKeyNeedsPassphrase(textOf(plain)));
  EXPECT_TRUE(parseOwnerSecretKey(textOf(plain), std::nullopt).key.equals(key.key));
  const SecretBytes locked = formatOwnerSecretKey(key, kPassphrase, ScryptCost::lowestForTests());
  EXPECT_TRUE(ownerKeyNeedsPassphrase(textOf(locked)));
  const OwnerSecretKey again = parseOwnerSecretKey(textOf(locked), kPassphrase);
  EXPECT_TRUE(again.key.equals(key.key));
  EXPECT_EQ(again.id, key.id);
  EXPECT_EQ(parseOwnerPublicKey(formatOwnerPublicKey(key.publicKey())), key.publicKey());
}

TEST(OwnerKey, NeedsTheRightPassphrase) {
  const SecretBytes locked =
      formatOwnerSecretKey(generateOwnerKey(), kPassphrase, ScryptCost::lowestForTests());
  EXPECT_EQ(codeOf([&] { parseOwnerSecretKey(textOf(locked), std::nullopt); }), ErrorCode::InvalidArgument);
  EXPECT_EQ(codeOf([&] { parseOwnerSecretKey(textOf(locked), SecretString("wrong")); }),
            ErrorCode::VerificationFailed);
  EXPECT_EQ(codeOf([&] { formatOwnerSecretKey(generateOwnerKey(), SecretString("")); }),
            ErrorCode::InvalidArgument);
}

TEST(OwnerKey, EveryChangedByteIsNoticed) {
  const OwnerSecretKey key = generateOwnerKey();
  for (const bool encrypted : {false, true}) {
    const std::optional<SecretString> passphrase =
        encrypted ? std::optional(SecretString("p")) : std::nullopt;
    const SecretBytes file = formatOwnerSecretKey(key, passphrase, ScryptCost::lowestForTests());
    const std::size_t body = textOf(file).find('\n') + 1;
    Bytes decoded = fromBase64(textOf(file).substr(body, file.size() - body - 1));
    const auto refused = [&](const Bytes& bytes) {
      const std::string text = "untrusted comment: \n" + toBase64(bytes) + "\n";
      EXPECT_THROW(parseOwnerSecretKey(text, passphrase), Error);
    };
    for (std::size_t i = 0; i < decoded.size(); ++i) {
      // A plain key does not use salt and cost. The cost of a locked one is rounded, so another number can
      // mean the same work; a hostile number is tested below.
      if (i >= (encrypted ? 38U : 6U) && i < 54) continue;
      decoded[i] ^= 1;
      refused(decoded);
      decoded[i] ^= 1;
    }
    decoded.push_back(0);
    refused(decoded);
    decoded.resize(decoded.size() - 2);
    refused(decoded);
  }
}

TEST(OwnerKey, RefusesAForeignPublicHalf) {
  const OwnerSecretKey key = generateOwnerKey();
  OwnerSecretKey mixed = key;
  const OwnerSecretKey other = generateOwnerKey();
  std::copy(other.key.data() + 32, other.key.data() + 64, mixed.key.data() + 32);
  const SecretBytes file = formatOwnerSecretKey(mixed, std::nullopt);
  EXPECT_EQ(codeOf([&] { parseOwnerSecretKey(textOf(file), std::nullopt); }), ErrorCode::InputRejected);
}

TEST(OwnerKey, RefusesAHugeCost) {
  const SecretBytes file =
      formatOwnerSecretKey(generateOwnerKey(), kPassphrase, ScryptCost::lowestForTests());
  const std::size_t body = textOf(file).find('\n') + 1;
  Bytes decoded = fromBase64(textOf(file).substr(body, file.size() - body - 1));
  decoded[38 + 7] = 1;  // highest byte of the operations
  EXPECT_EQ(codeOf([&] { parseOwnerSecretKey("untrusted comment: \n" + toBase64(decoded), kPassphrase); }),
            ErrorCode::InputRejected);
  decoded[38 + 7] = 0;
  decoded[46 + 4] = 1;  // 4 GiB of memory
  EXPECT_EQ(codeOf([&] { parseOwnerSecretKey("untrusted comment: \n" + toBase64(decoded), kPassphrase); }),
            ErrorCode::InputRejected);
}

TEST(OwnerKey, RefusesWhatIsNoKeyFile) {
  const std::string good = formatOwnerPublicKey(generateOwnerKey().publicKey());
  EXPECT_NO_THROW(parseOwnerPublicKey(good));
  for (const std::string& text :
       {std::string(), std::string("\n"), std::string("untrusted comment: x"), good + "more\n",
        good.substr(1), good.substr(0, good.size() - 3), std::string("untrusted comment: x\n!!!!\n")})
    EXPECT_EQ(codeOf([&] { parseOwnerPublicKey(text); }), ErrorCode::InputRejected) << text;
}

TEST(RecipientKey, SurvivesItsFileWithAndWithoutPassphrase) {
  const RecipientSecretKey key = generateRecipientKey();
  const SecretBytes plain = formatRecipientSecretKey(key, std::nullopt);
  EXPECT_FALSE(recipientKeyNeedsPassphrase(textOf(plain)));
  EXPECT_TRUE(parseRecipientSecretKey(textOf(plain), std::nullopt).key.equals(key.key));
  const SecretBytes locked = formatRecipientSecretKey(key, kPassphrase, Argon2Cost::lowestForTests());
  EXPECT_TRUE(recipientKeyNeedsPassphrase(textOf(locked)));
  EXPECT_TRUE(parseRecipientSecretKey(textOf(locked), kPassphrase).key.equals(key.key));
  EXPECT_EQ(codeOf([&] { parseRecipientSecretKey(textOf(locked), std::nullopt); }),
            ErrorCode::InvalidArgument);
  EXPECT_EQ(codeOf([&] { parseRecipientSecretKey(textOf(locked), SecretString("wrong")); }),
            ErrorCode::VerificationFailed);
  EXPECT_EQ(parseRecipientPublicKey(formatRecipientPublicKey(key.publicKey())), key.publicKey());
}

TEST(RecipientKey, EveryChangedByteIsNoticed) {
  const RecipientSecretKey key = generateRecipientKey();
  const auto decode = [](std::string_view text) {
    const std::size_t body = text.find('\n') + 1;
    return fromBase64(text.substr(body, text.size() - body - 1));
  };
  Bytes publicBytes = decode(formatRecipientPublicKey(key.publicKey()));
  for (std::uint8_t& byte : publicBytes) {
    byte ^= 4;
    EXPECT_THROW(parseRecipientPublicKey("untrusted comment: \n" + toBase64(publicBytes)), Error);
    byte ^= 4;
  }
  for (const bool encrypted : {false, true}) {
    const std::optional<SecretString> passphrase =
        encrypted ? std::optional(SecretString("p")) : std::nullopt;
    const SecretBytes file = formatRecipientSecretKey(key, passphrase, Argon2Cost::lowestForTests());
    Bytes bytes = decode(textOf(file));
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      // X25519 ignores these bits of a secret key (RFC 7748, clamping): the changed key is the same key.
      const bool clamped = !encrypted && (i == 37 || i == 68);
      bytes[i] ^= static_cast<std::uint8_t>(clamped ? 0x18 : 4);
      EXPECT_THROW(parseRecipientSecretKey("untrusted comment: \n" + toBase64(bytes), passphrase), Error)
          << i;
      bytes[i] ^= static_cast<std::uint8_t>(clamped ? 0x18 : 4);
    }
  }
}

TEST(Passphrase, BoxOpensWithItsPassphraseAndContextOnly) {
  const Bytes plain(100, 7);
  const Bytes context = {1, 2, 3};
  const Bytes box = sealWithPassphrase(plain, context, kPassphrase, Argon2Cost::lowestForTests());
  EXPECT_EQ(box.size(), plain.size() + kPassphraseBoxOverhead);
  const SecretBytes opened = openWithPassphrase(box, context, kPassphrase);
  EXPECT_TRUE(std::equal(opened.begin(), opened.end(), plain.begin(), plain.end()));
  EXPECT_EQ(codeOf([&] { openWithPassphrase(box, {}, kPassphrase); }), ErrorCode::VerificationFailed);
  EXPECT_EQ(codeOf([&] { openWithPassphrase(box, context, SecretString("x")); }),
            ErrorCode::VerificationFailed);
  EXPECT_EQ(codeOf([&] { sealWithPassphrase(plain, context, SecretString(), {}); }),
            ErrorCode::InvalidArgument);
  Bytes greedy = box;
  greedy[12 + 5] = 1;  // 1 TiB of memory
  EXPECT_EQ(codeOf([&] { openWithPassphrase(greedy, context, kPassphrase); }), ErrorCode::InputRejected);
  greedy = box;
  greedy[4 + 3] = 1;  // 16 million passes
  EXPECT_EQ(codeOf([&] { openWithPassphrase(greedy, context, kPassphrase); }), ErrorCode::InputRejected);
}

TEST(Passphrase, DefaultCostIsLibsodiumsModerate) {
  EXPECT_EQ(Argon2Cost{}.passes, crypto_pwhash_argon2id_OPSLIMIT_MODERATE);
  EXPECT_EQ(Argon2Cost{}.memoryBytes, crypto_pwhash_argon2id_MEMLIMIT_MODERATE);
  EXPECT_EQ(ScryptCost{}.operations, crypto_pwhash_scryptsalsa208sha256_OPSLIMIT_SENSITIVE);
  EXPECT_EQ(ScryptCost{}.memoryBytes, crypto_pwhash_scryptsalsa208sha256_MEMLIMIT_SENSITIVE);
}

TEST(KeyFiles, AreWrittenPrivatelyAndNeverOverwritten) {
  const medlocker::test::TempFolder folder;
  KeyFilesOptions options;
  options.folder = folder / "keys";
  options.passphrase = kPassphrase;
  options.ownerCost = ScryptCost::lowestForTests();
  options.recipientCost = Argon2Cost::lowestForTests();
  const KeyFiles made = writeNewKeyFiles(options);
  ASSERT_EQ(made.files.size(), 4u);
  for (const auto& file : made.files) {
    struct stat status {};
    ASSERT_EQ(::stat(file.c_str(), &status), 0) << file;
    if (file.extension() == ".key") {
      EXPECT_EQ(status.st_mode & 0777, 0600u) << file;
      EXPECT_TRUE(keyFileNeedsPassphrase(file));
    }
  }
  EXPECT_EQ(readOwnerPublicKey(options.folder / "owner.pub"), *made.owner);
  EXPECT_EQ(readOwnerSecretKey(options.folder / "owner.key", kPassphrase).publicKey(), *made.owner);
  EXPECT_EQ(readRecipientPublicKey(options.folder / "recipient.pub"), *made.recipient);
  EXPECT_EQ(readRecipientSecretKey(options.folder / "recipient.key", kPassphrase).publicKey(),
            *made.recipient);

  const Bytes before = readFile(options.folder / "owner.key");
  EXPECT_EQ(codeOf([&] { writeNewKeyFiles(options); }), ErrorCode::InvalidArgument);
  EXPECT_EQ(readFile(options.folder / "owner.key"), before);
}

TEST(KeyFiles, ErrorsNameTheFileAndNoSecret) {
  const medlocker::test::TempFolder folder;
  KeyFilesOptions options;
  options.folder = folder.path();
  options.passphrase = SecretString("very-secret-words");
  options.ownerCost = ScryptCost::lowestForTests();
  options.recipientCost = Argon2Cost::lowestForTests();
  writeNewKeyFiles(options);
  try {
    readOwnerSecretKey(folder / "owner.key", SecretString("other-secret-words"));
    FAIL();
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), HasSubstr("owner.key"));
    EXPECT_THAT(e.what(), ::testing::Not(HasSubstr("secret-words")));
  }
  EXPECT_EQ(codeOf([&] { readOwnerSecretKey(folder / "missing.key", std::nullopt); }), ErrorCode::NotFound);
  EXPECT_EQ(codeOf([&] { readOwnerSecretKey(folder / "owner.pub", std::nullopt); }),
            ErrorCode::InputRejected);
  EXPECT_EQ(codeOf([&] { keyFileNeedsPassphrase(folder / "owner.pub"); }), ErrorCode::InputRejected);
}

}  // namespace
}  // namespace medlocker::certificate
