// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/common/hash.h"

#include <gtest/gtest.h>

#include <fstream>
#include <numeric>

#include "core/common/error.h"
#include "tests/support/temp_folder.h"

namespace medlocker {
namespace {

Bytes counting(int first, int last) {
  Bytes bytes(static_cast<std::size_t>(last - first + 1));
  std::iota(bytes.begin(), bytes.end(), static_cast<std::uint8_t>(first));
  return bytes;
}

Bytes joined(std::initializer_list<ByteView> parts) {
  Bytes all;
  for (const ByteView part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

// FIPS 180-4 examples.
TEST(Sha256, MatchesTheStandard) {
  EXPECT_EQ(toHex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(toHex(sha256(asBytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(toHex(sha256(Bytes(1000000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PiecesGiveTheSameAsTheWhole) {
  const Bytes bytes = counting(0, 200);
  for (const std::size_t cut : {0UL, 1UL, 63UL, 64UL, 65UL, 201UL}) {
    Sha256 hash;
    hash.update(ByteView(bytes).first(cut)).update(ByteView(bytes).subspan(cut));
    EXPECT_EQ(hash.finish(), sha256(bytes)) << cut;
  }
}

TEST(Sha256, FilesAreHashedAsTheirBytes) {
  const test::TempFolder temp;
  const Bytes bytes = [] {
    Bytes all;
    for (int i = 0; i < 700; ++i) {  // past one read buffer of 64 KiB
      const Bytes part = counting(0, 255);
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }();
  std::ofstream(temp / "a", std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  EXPECT_EQ(sha256File(temp / "a"), sha256(bytes));
  std::ofstream(temp / "empty").close();
  EXPECT_EQ(sha256File(temp / "empty"), sha256({}));
  EXPECT_THROW(sha256File(temp / "none"), Error);
  EXPECT_THROW(sha256File(temp.path()), Error) << "a folder has no bytes";
}

// RFC 4231, cases 1, 2 and 6 (a key longer than a block).
TEST(HmacSha256, MatchesRfc4231) {
  EXPECT_EQ(toHex(hmacSha256(Bytes(20, 0x0b), asBytes("Hi There"))),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(toHex(hmacSha256(asBytes("Jefe"), asBytes("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(
      toHex(hmacSha256(Bytes(131, 0xaa), asBytes("Test Using Larger Than Block-Size Key - Hash Key First"))),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

// RFC 5869, cases 1 and 3; the first 32 bytes of their output.
TEST(HkdfSha256, MatchesRfc5869) {
  EXPECT_EQ(toHex(hkdfSha256(Bytes(22, 0x0b), counting(0x00, 0x0c), counting(0xf0, 0xf9))),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
  EXPECT_EQ(toHex(hkdfSha256(Bytes(22, 0x0b), {}, {})),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

// Section 16 of the MedLocker specification.
TEST(HkdfSha256, MatchesTheSpecification) {
  const Bytes info = joined({asBytes("medlocker/img/1"), counting(16, 31)});
  EXPECT_EQ(toHex(hkdfSha256(counting(0, 31), counting(0, 15), info)),
            "9ea216cac405e14bbb11c672ffd6efdd9fb66938a69baafdaf893938df12e140");
}

// The commitment of section 11.2, as bytes: SHA-256(0x02, nonce, record).
TEST(Sha256, MatchesTheCommitmentOfTheSpecification) {
  const Bytes tag = {0x02};
  EXPECT_EQ(toHex(Sha256().update(tag).update(counting(0, 31)).update(R"({"a":1,"image_id":"00"})").finish()),
            "589c450b74d949c9282bcea78ee2f60f724e4104b654fd8693d91c4863c3ebb3");
}

TEST(Hex, RoundTripsEveryByte) {
  const Bytes all = counting(0, 255);
  EXPECT_EQ(fromHex(toHex(all)), all);
  EXPECT_EQ(toHex(Bytes{0x00, 0x0f, 0xa5, 0xff}), "000fa5ff");
  EXPECT_TRUE(fromHex("").empty());
}

TEST(Hex, HasOneSpelling) {
  for (const char* text : {"0", "abc", "AB", "aB", "0x12", "zz", "1 ", " 1", "-1", "+1", "g0"})
    EXPECT_THROW(fromHex(text), Error) << "'" << text << "'";
}

TEST(Hex, FixedLengthsAreChecked) {
  EXPECT_EQ(digestFromHex(std::string(64, '1'))[31], 0x11);
  EXPECT_EQ(id16FromHex(std::string(32, '2'))[15], 0x22);
  EXPECT_THROW(digestFromHex(std::string(62, '1')), Error);
  EXPECT_THROW(digestFromHex(std::string(66, '1')), Error);
  EXPECT_THROW(digestFromHex(""), Error);
  EXPECT_THROW(id16FromHex(std::string(64, '1')), Error);
}

// RFC 4648, section 10.
TEST(Base64, MatchesRfc4648) {
  const std::pair<const char*, const char*> cases[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : cases) {
    EXPECT_EQ(toBase64(asBytes(plain)), encoded);
    EXPECT_EQ(asString(fromBase64(encoded)), plain);
  }
  EXPECT_EQ(toBase64(Bytes{0xfb, 0xff, 0xfe}), "+//+");
  const Bytes all = counting(0, 255);
  EXPECT_EQ(fromBase64(toBase64(all)), all);
}

TEST(Base64, HasOneSpelling) {
  for (const char* text : {"Zg", "Zg=", "Zg===", "Z", "Zm9v\n", " Zm9v", "Zm 9v", "-__-",
                           "Zh==", "Zm9=", "====", "Zg==Zg==", "Zm9v=", "Zm9v*", "Zm9vY\xf9m+"})
    EXPECT_THROW(fromBase64(text), Error) << "'" << text << "'";
}

TEST(Random, SystemBytesDiffer) {
  Key32 a{};
  Key32 b{};
  fillRandom(a);
  fillRandom(b);
  EXPECT_NE(a, b);
  EXPECT_NE(a, Key32{});
}

TEST(Wipe, OverwritesWithZeros) {
  Bytes secret = counting(1, 64);
  wipe(secret);
  EXPECT_EQ(secret, Bytes(64, 0));
}

}  // namespace
}  // namespace medlocker
