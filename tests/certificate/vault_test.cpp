// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/certificate/vault.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include <fstream>

#include "core/common/error.h"
#include "tests/certificate/sample_run.h"
#include "tests/support/temp_folder.h"

namespace medlocker::certificate {
namespace {

using medlocker::test::TempFolder;
using test::makeSampleRun;
using test::SampleRun;

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

std::vector<SealedEntry> sealAll(const SampleRun& run) {
  std::vector<SealedEntry> out;
  for (std::size_t i = 0; i < run.records.size(); ++i) {
    const PrivateRecord& record = run.records[i];
    out.push_back(sealPayload(run.secrets.imageKey(record.imageId), run.secrets.runId,
                              {record.imageId, record.frame}, record.protPixelSha256, run.payloads[i]));
  }
  return out;
}

void writeVault(const std::filesystem::path& path, const Id16& runId,
                const std::vector<SealedEntry>& entries) {
  std::vector<VaultIndexEntry> index;
  for (const SealedEntry& entry : entries) index.push_back(entry.index);
  VaultWriter writer(path, runId, index);
  for (const SealedEntry& entry : entries) writer.add(entry.ciphertext);
  writer.finish();
}

TEST(Vault, GivesEveryPayloadBack) {
  const TempFolder folder;
  const SampleRun run = makeSampleRun(7);
  writeVault(folder / "unlock.mlvault", run.secrets.runId, sealAll(run));
  const VaultReader vault(folder / "unlock.mlvault");
  EXPECT_EQ(vault.runId(), run.secrets.runId);
  ASSERT_EQ(vault.entries().size(), 7u);
  for (std::size_t i = 0; i < run.records.size(); ++i) {
    const PrivateRecord& record = run.records[i];
    const auto at = vault.find({record.imageId, record.frame});
    ASSERT_TRUE(at);
    EXPECT_EQ(vault.findByPixels(record.protPixelSha256), std::vector<std::size_t>{*at});
    EXPECT_EQ(vault.open(*at, run.secrets.imageKey(record.imageId)), run.payloads[i]);
  }
  EXPECT_FALSE(vault.find({run.records[0].imageId, 1}));
  EXPECT_FALSE(vault.find({Id16{}, 0}));
  EXPECT_TRUE(vault.findByPixels(Digest{}).empty());
}

TEST(Vault, UsesTheCipherAndContextOfTheSpecification) {
  const SampleRun run = makeSampleRun(1);
  const PrivateRecord& record = run.records[0];
  const SealedEntry entry = sealAll(run)[0];
  std::string associated = "medlocker/payload/1";
  associated += asString(run.secrets.runId) + asString(record.imageId) + asString(record.protPixelSha256);
  Bytes plain(entry.ciphertext.size() - crypto_aead_xchacha20poly1305_ietf_ABYTES);
  const SecretKey32 key = deriveImageKey(run.secrets.runKey, run.secrets.runId, record.imageId);
  ASSERT_EQ(crypto_aead_xchacha20poly1305_ietf_decrypt(
                plain.data(), nullptr, nullptr, entry.ciphertext.data(), entry.ciphertext.size(),
                asBytes(associated).data(), associated.size(), entry.index.nonce.data(), key.data()),
            0);
  const Bytes& payload = run.payloads[0].payload;
  ASSERT_GT(plain.size(), payload.size());
  EXPECT_TRUE(std::equal(payload.rbegin(), payload.rend(), plain.rbegin()));
}

TEST(Vault, NoncesAreFresh) {
  const SampleRun run = makeSampleRun(1);
  EXPECT_NE(sealAll(run)[0].index.nonce, sealAll(run)[0].index.nonce);
}

TEST(Vault, PayloadOpensWithItsOwnKeyRunImageAndPixelsOnly) {
  const SampleRun run = makeSampleRun(2);
  const SealedEntry entry = sealAll(run)[0];
  const SecretKey32 key = run.secrets.imageKey(run.records[0].imageId);
  EXPECT_EQ(openPayload(key, run.secrets.runId, entry.index, entry.ciphertext), run.payloads[0]);
  EXPECT_EQ(codeOf([&] {
              openPayload(run.secrets.imageKey(run.records[1].imageId), run.secrets.runId, entry.index,
                          entry.ciphertext);
            }),
            ErrorCode::VerificationFailed);
  EXPECT_EQ(codeOf([&] { openPayload(key, Id16{}, entry.index, entry.ciphertext); }),
            ErrorCode::VerificationFailed);
  VaultIndexEntry changed = entry.index;
  changed.imageId[3] ^= 1;
  EXPECT_EQ(codeOf([&] { openPayload(key, run.secrets.runId, changed, entry.ciphertext); }),
            ErrorCode::VerificationFailed);
  changed = entry.index;
  changed.protPixelSha256[3] ^= 1;
  EXPECT_EQ(codeOf([&] { openPayload(key, run.secrets.runId, changed, entry.ciphertext); }),
            ErrorCode::VerificationFailed);
  changed = entry.index;
  changed.nonce[3] ^= 1;
  EXPECT_EQ(codeOf([&] { openPayload(key, run.secrets.runId, changed, entry.ciphertext); }),
            ErrorCode::VerificationFailed);
  Bytes cut = entry.ciphertext;
  cut.pop_back();
  EXPECT_EQ(codeOf([&] { openPayload(key, run.secrets.runId, entry.index, cut); }), ErrorCode::InputRejected);
}

TEST(Vault, EveryChangedByteIsNoticed) {
  const TempFolder folder;
  const SampleRun run = makeSampleRun(3);
  writeVault(folder / "v", run.secrets.runId, sealAll(run));
  Bytes bytes = readFile(folder / "v");
  const std::size_t headBytes = 40 + 3 * 84 + 32;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] ^= 1;
    try {
      const VaultReader vault(ByteSource::fromMemory(bytes));
      EXPECT_GE(i, headBytes) << "a changed index was accepted";
      int failures = 0;
      for (std::size_t k = 0; k < 3; ++k)
        failures += [&] {
          try {
            vault.open(k, run.secrets.imageKey(run.records[k].imageId));
            return 0;
          } catch (const Error& e) {
            EXPECT_EQ(e.code(), ErrorCode::VerificationFailed);
            return 1;
          }
        }();
      EXPECT_EQ(failures, 1) << "byte " << i;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::InputRejected);
      EXPECT_LT(i, headBytes);
    }
    bytes[i] ^= 1;
  }
}

TEST(Vault, RefusesImpossibleSizesBeforeAllocating) {
  const TempFolder folder;
  const SampleRun run = makeSampleRun(1);
  writeVault(folder / "v", run.secrets.runId, sealAll(run));
  const Bytes good = readFile(folder / "v");
  const auto refused = [](const Bytes& bytes) {
    EXPECT_EQ(codeOf([&] { VaultReader(ByteSource::fromMemory(bytes)); }), ErrorCode::InputRejected);
  };
  // The head's hash is made right again, so that the sizes themselves are what is refused.
  const auto rehashed = [](Bytes bytes, std::size_t entries) {
    const std::size_t head = 40 + entries * 84;
    const Digest hash = sha256(ByteView(bytes).first(head));
    std::copy(hash.begin(), hash.end(), bytes.begin() + static_cast<std::ptrdiff_t>(head));
    return bytes;
  };
  EXPECT_NO_THROW(VaultReader(ByteSource::fromMemory(rehashed(good, 1))));
  Bytes bytes = good;
  for (std::size_t i = 32; i < 40; ++i) bytes[i] = 0xff;  // number of entries
  refused(bytes);
  bytes = good;
  bytes[40 + 76 + 6] = 1;  // length of the only entry: 2^48
  refused(rehashed(bytes, 1));
  bytes = good;
  for (std::size_t i = 40 + 76; i < 40 + 84; ++i) bytes[i] = 0xff;
  refused(rehashed(bytes, 1));
  bytes = good;
  for (std::size_t i = 40 + 76; i < 40 + 84; ++i) bytes[i] = 0;
  refused(rehashed(bytes, 1));
  bytes = good;
  bytes.push_back(0);
  refused(bytes);
  for (std::size_t size = 0; size < good.size(); ++size)
    refused(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)));
}

TEST(Vault, SwappedEntriesDoNotOpen) {
  const TempFolder folder;
  const SampleRun run = makeSampleRun(3);
  std::vector<SealedEntry> entries = sealAll(run);
  // An attacker who rewrites the index consistently still cannot pass one image's payload off as another's.
  std::swap(entries[0].ciphertext, entries[1].ciphertext);
  std::swap(entries[0].index.nonce, entries[1].index.nonce);
  std::swap(entries[0].index.length, entries[1].index.length);
  writeVault(folder / "v", run.secrets.runId, entries);
  const VaultReader vault(folder / "v");
  for (std::size_t i = 0; i < 2; ++i)
    EXPECT_EQ(codeOf([&] { vault.open(i, run.secrets.imageKey(run.records[i].imageId)); }),
              ErrorCode::VerificationFailed);
  EXPECT_EQ(vault.open(2, run.secrets.imageKey(run.records[2].imageId)), run.payloads[2]);
}

TEST(Vault, WriterKeepsOrderAndLeavesNothingUnfinished) {
  const TempFolder folder;
  const SampleRun run = makeSampleRun(2);
  std::vector<SealedEntry> entries = sealAll(run);
  EXPECT_THROW(VaultWriter(folder / "v", run.secrets.runId, {entries[1].index, entries[0].index}), Error);
  EXPECT_THROW(VaultWriter(folder / "v", run.secrets.runId, {entries[0].index, entries[0].index}), Error);
  {
    VaultWriter writer(folder / "v", run.secrets.runId, {entries[0].index, entries[1].index});
    writer.add(entries[0].ciphertext);
    EXPECT_THROW(writer.add(Bytes(3)), Error);
    EXPECT_THROW(writer.finish(), Error);
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Vault, MergesShardsOfOneRun) {
  const TempFolder folder;
  const SampleRun run = makeSampleRun(5);
  const std::vector<SealedEntry> entries = sealAll(run);
  writeVault(folder / "all", run.secrets.runId, entries);
  writeVault(folder / "s1", run.secrets.runId, {entries[1], entries[4]});
  writeVault(folder / "s2", run.secrets.runId, {entries[0], entries[2], entries[3]});
  writeVault(folder / "s3", run.secrets.runId, {});
  writeVault(folder / "other", Id16{}, {entries[0]});
  const auto merge = [&](const std::vector<std::filesystem::path>& parts) {
    mergeVaults(parts, folder / "merged");
  };
  merge({folder / "s1", folder / "s2", folder / "s3"});
  EXPECT_EQ(readFile(folder / "merged"), readFile(folder / "all"));
  EXPECT_THROW(merge({folder / "s1", folder / "s1"}), Error);
  EXPECT_THROW(merge({folder / "s1", folder / "other"}), Error);
}

TEST(Vault, RefusesWhatIsNoVault) {
  const TempFolder folder;
  std::ofstream(folder / "text") << std::string(500, 'x');
  EXPECT_EQ(codeOf([&] { VaultReader(folder / "text"); }), ErrorCode::InputRejected);
  EXPECT_EQ(codeOf([&] { VaultReader(folder / "nothing"); }), ErrorCode::NotFound);
  EXPECT_EQ(codeOf([&] { VaultReader(folder.path()); }), ErrorCode::InputRejected);
}

}  // namespace
}  // namespace medlocker::certificate
