// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/certificate/private_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "core/common/error.h"
#include "tests/certificate/sample_run.h"
#include "tests/support/temp_folder.h"

namespace medlocker::certificate {
namespace {

namespace fs = std::filesystem;
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

std::vector<std::string> textsOf(const std::vector<CommittedRecord>& records) {
  std::vector<std::string> out;
  for (const CommittedRecord& item : records)
    out.push_back(item.record.toCanonicalJson() + toHex(item.nonce.view()));
  return out;
}

TEST(PrivateStore, FinishedRunGivesRecordsAndPayloadsBack) {
  const TempFolder folder;
  const SampleRun run = makeSampleRun(6);
  const RunStore store = RunStore::create(folder / "private", run.secrets, run.owner);
  for (std::size_t i = 0; i < run.records.size(); ++i) store.put(run.records[i], run.payloads[i]);
  const auto records = store.finish(folder / "unlock.mlvault", run.owner);
  EXPECT_EQ(textsOf(records), textsOf(run.committed));
  RunStore::removeWorkFiles(folder / "private");
  EXPECT_FALSE(fs::exists(folder / "private" / "items"));
  EXPECT_FALSE(fs::exists(folder / "private" / "run.mlkey"));

  const ParameterList list = openParameterList(folder / "private" / "parameters.mlstore", run.owner);
  EXPECT_EQ(textsOf(list.records), textsOf(run.committed));
  EXPECT_EQ(list.secrets.runId, run.secrets.runId);
  EXPECT_EQ(list.secrets.createdUtc, run.secrets.createdUtc);
  EXPECT_TRUE(list.secrets.runSeed.equals(run.secrets.runSeed));
  EXPECT_NO_THROW(list.requireCertified(run.issue().content));
  const VaultReader vault(folder / "unlock.mlvault");
  for (std::size_t i = 0; i < run.records.size(); ++i)
    EXPECT_EQ(
        vault.open(*vault.find({run.records[i].imageId, 0}), list.secrets.imageKey(run.records[i].imageId)),
        run.payloads[i]);
  struct stat status {};
  ASSERT_EQ(::stat((folder / "private" / "parameters.mlstore").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST(PrivateStore, KilledRunGoesOnToTheSameContent) {
  const SampleRun run = makeSampleRun(8);
  const TempFolder whole;
  const RunStore uninterrupted = RunStore::create(whole / "private", run.secrets, run.owner);
  for (std::size_t i = 0; i < 8; ++i) uninterrupted.put(run.records[i], run.payloads[i]);
  const auto expected = textsOf(uninterrupted.finish(whole / "v", run.owner));

  for (const std::size_t killedAfter : {0, 1, 5, 8}) {
    const TempFolder folder;
    {
      const RunStore store = RunStore::create(folder / "private", run.secrets, run.owner);
      for (std::size_t i = 0; i < killedAfter; ++i) store.put(run.records[i], run.payloads[i]);
    }
    // A write that the crash cut off.
    fs::create_directories(folder / "private" / "items");
    std::ofstream(folder / "private" / "items" /
                  (toHex(run.records[0].imageId) + "-0.mlitem.77-1.medlocker-part"))
        << "torn";
    const RunStore store = RunStore::open(folder / "private", run.owner);
    EXPECT_EQ(store.items().size(), killedAfter);
    for (std::size_t i = 0; i < 8; ++i) {
      const auto done = store.get({run.records[i].imageId, 0});
      EXPECT_EQ(done.has_value(), i < killedAfter);
      if (done) {
        EXPECT_EQ(done->record, run.records[i]);
      } else {
        store.put(run.records[i], run.payloads[i]);
      }
    }
    // Killed again after the end, before the work files were removed: finishing twice changes nothing.
    store.finish(folder / "v", run.owner);
    const auto records = RunStore::open(folder / "private", run.owner).finish(folder / "v", run.owner);
    EXPECT_EQ(textsOf(records), expected);
    const VaultReader vault(folder / "v");
    ASSERT_EQ(vault.entries().size(), 8u);
    for (std::size_t i = 0; i < 8; ++i)
      EXPECT_EQ(vault.open(i, run.secrets.imageKey(vault.entries()[i].imageId)), run.payloads[i]);
  }
}

TEST(PrivateStore, WorkFilesStayUntilTheListIsWritten) {
  const TempFolder folder;
  const SampleRun run = makeSampleRun(1);
  const RunStore store = RunStore::create(folder / "private", run.secrets, run.owner);
  store.put(run.records[0], run.payloads[0]);
  RunStore::removeWorkFiles(folder / "private");
  EXPECT_TRUE(RunStore::exists(folder / "private"));
  EXPECT_EQ(store.items().size(), 1u);
  EXPECT_EQ(codeOf([&] { RunStore::create(folder / "private", run.secrets, run.owner); }),
            ErrorCode::InvalidArgument);
}

TEST(PrivateStore, AFullDiskLosesNothing) {
  const TempFolder folder;
  const SampleRun run = makeSampleRun(2);
  const RunStore store = RunStore::create(folder / "private", run.secrets, run.owner);
  store.put(run.records[0], run.payloads[0]);
  setWriteFaultHook([](const fs::path&) { throw Error(ErrorCode::Io, "no space left"); });
  EXPECT_THROW(store.put(run.records[1], run.payloads[1]), Error);
  EXPECT_THROW(store.finish(folder / "v", run.owner), Error);
  setWriteFaultHook(nullptr);
  EXPECT_EQ(store.items().size(), 1u);
  EXPECT_FALSE(fs::exists(folder / "v"));
  store.put(run.records[1], run.payloads[1]);
  EXPECT_EQ(store.finish(folder / "v", run.owner).size(), 2u);
}

TEST(PrivateStore, FramesCanBeStoredFromSeveralThreads) {
  const TempFolder folder;
  const SampleRun run = makeSampleRun(24);
  const RunStore store = RunStore::create(folder / "private", run.secrets, run.owner);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (std::size_t i = t; i < 24; i += 4) store.put(run.records[i], run.payloads[i]);
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(textsOf(store.finish(folder / "v", run.owner)), textsOf(run.committed));
}

TEST(PrivateStore, ImagesWithoutPayloadHaveNoVaultEntry) {
  const TempFolder folder;
  SampleRun run = makeSampleRun(2);
  run.records[0].payload = {"none", 0, sha256({})};
  const RunStore store = RunStore::create(folder / "private", run.secrets, run.owner);
  EXPECT_EQ(codeOf([&] { store.put(run.records[0], run.payloads[0]); }), ErrorCode::InvalidArgument);
  EXPECT_EQ(codeOf([&] { store.put(run.records[1], std::nullopt); }), ErrorCode::InvalidArgument);
  store.put(run.records[0], std::nullopt);
  store.put(run.records[1], run.payloads[1]);
  EXPECT_EQ(store.finish(folder / "v", run.owner).size(), 2u);
  EXPECT_EQ(VaultReader(folder / "v").entries().size(), 1u);
}

TEST(PrivateStore, RefusesRecordsThatDoNotFitTheirPayload) {
  const TempFolder folder;
  const SampleRun run = makeSampleRun(2);
  const RunStore store = RunStore::create(folder / "private", run.secrets, run.owner);
  EXPECT_EQ(codeOf([&] { store.put(run.records[0], run.payloads[1]); }), ErrorCode::InvalidArgument);
  PrivateRecord other = run.records[0];
  other.runId[0] ^= 1;
  EXPECT_EQ(codeOf([&] { store.put(other, run.payloads[0]); }), ErrorCode::InvalidArgument);
  RestorePayload payload = run.payloads[0];
  payload.origPixelSha256[0] ^= 1;
  EXPECT_EQ(codeOf([&] { store.put(run.records[0], payload); }), ErrorCode::InvalidArgument);
}

TEST(PrivateStore, DiscardedItemsAreGone) {
  const TempFolder folder;
  const SampleRun run = makeSampleRun(2);
  const RunStore store = RunStore::create(folder / "private", run.secrets, run.owner);
  const StoredItem stored = store.put(run.records[0], run.payloads[0]);
  EXPECT_EQ(sha256File(folder / "private" / stored.file.string()), stored.sha256);
  store.discard({run.records[0].imageId, 0});
  store.discard({run.records[0].imageId, 0});
  EXPECT_FALSE(store.get({run.records[0].imageId, 0}));
}

TEST(PrivateStore, OpensForItsOwnerOnly) {
  const TempFolder folder;
  const SampleRun run = makeSampleRun(2);
  const RunStore store = RunStore::create(folder / "private", run.secrets, run.owner);
  store.put(run.records[0], run.payloads[0]);
  store.finish(folder / "v", run.owner);
  const OwnerSecretKey other = generateOwnerKey();
  EXPECT_EQ(codeOf([&] { RunStore::open(folder / "private", other); }), ErrorCode::VerificationFailed);
  EXPECT_EQ(codeOf([&] { openParameterList(folder / "private" / "parameters.mlstore", other); }),
            ErrorCode::VerificationFailed);
  // The same id does not help.
  OwnerSecretKey renamed = other;
  renamed.id = run.owner.id;
  EXPECT_EQ(codeOf([&] { RunStore::open(folder / "private", renamed); }), ErrorCode::VerificationFailed);
  // Secrets sealed to the owner by somebody else are not taken for the owner's.
  const Bytes forged = [&] {
    Bytes mine = sealRunSecrets(RunSecrets::create("2026-01-01T00:00:00Z"), StoreKind::RunKey, run.owner);
    const Bytes theirs = sealRunSecrets(run.secrets, StoreKind::RunKey, renamed);
    std::copy(theirs.end() - 64, theirs.end(), mine.end() - 64);
    return mine;
  }();
  EXPECT_EQ(codeOf([&] { openRunSecrets(forged, StoreKind::RunKey, run.owner); }),
            ErrorCode::VerificationFailed);
  EXPECT_EQ(codeOf([&] { RunStore::open(folder / "nothing", run.owner); }), ErrorCode::NotFound);
}

TEST(PrivateStore, HoldsNothingReadable) {
  const TempFolder folder;
  const SampleRun run = makeSampleRun(3);
  const RunStore store = RunStore::create(folder / "private", run.secrets, run.owner);
  for (std::size_t i = 0; i < 3; ++i) store.put(run.records[i], run.payloads[i]);
  store.finish(folder / "v", run.owner);
  std::string all;
  for (const auto& entry : fs::recursive_directory_iterator(folder.path()))
    if (entry.is_regular_file()) all += readTextFile(entry.path());
  for (const char* word : {"alpha_code", "wsm_boxes", "schema", "payload of", ".jpg"})
    EXPECT_THAT(all, ::testing::Not(::testing::HasSubstr(word)));
  EXPECT_THAT(all, ::testing::Not(::testing::HasSubstr(asString(run.secrets.runKey.view()))));
  EXPECT_THAT(all, ::testing::Not(::testing::HasSubstr(asString(run.records[0].origPixelSha256))));
}

TEST(PrivateStore, EveryChangedByteIsNoticed) {
  const TempFolder folder;
  SampleRun run = makeSampleRun(2);
  const RunStore store = RunStore::create(folder / "private", run.secrets, run.owner);
  for (std::size_t i = 0; i < 2; ++i) store.put(run.records[i], run.payloads[i]);
  store.finish(folder / "v", run.owner);
  Bytes list = readFile(folder / "private" / "parameters.mlstore");
  for (std::size_t i = 0; i < list.size(); ++i) {
    list[i] ^= 1;
    EXPECT_THROW(openParameterList(list, run.owner), Error) << "byte " << i;
    list[i] ^= 1;
  }
  for (std::size_t size = 0; size < list.size(); ++size)
    EXPECT_THROW(openParameterList(ByteView(list).first(size), run.owner), Error);
  list.push_back(0);
  EXPECT_THROW(openParameterList(list, run.owner), Error);

  const ItemKey item{run.records[0].imageId, 0};
  const fs::path file = folder / "private" / store.put(run.records[0], run.payloads[0]).file.string();
  const Bytes good = readFile(file);
  for (std::size_t i = 0; i < good.size(); i += 3) {
    Bytes bad = good;
    bad[i] ^= 0x40;
    std::ofstream(file, std::ios::binary)
        .write(reinterpret_cast<const char*>(bad.data()), static_cast<std::streamsize>(bad.size()));
    EXPECT_THROW(store.get(item), Error) << "byte " << i;
  }
  // One image's item in another's place.
  fs::copy_file(folder / "private" / "items" / (toHex(run.records[1].imageId) + "-0.mlitem"), file,
                fs::copy_options::overwrite_existing);
  EXPECT_THROW(store.get(item), Error);
  EXPECT_THROW(store.finish(folder / "v", run.owner), Error);
}

TEST(PrivateStore, BelongsToItsCertificateOnly) {
  const SampleRun run = makeSampleRun(3);
  ParameterList list{run.secrets, run.committed};
  EXPECT_NO_THROW(list.requireCertified(run.issue().content));
  EXPECT_EQ(codeOf([&] { list.requireCertified(makeSampleRun(3, "b").issue().content); }),
            ErrorCode::VerificationFailed);
  ParameterList changed = list;
  changed.records[1].record.x += 1;
  EXPECT_EQ(codeOf([&] { changed.requireCertified(run.issue().content); }), ErrorCode::VerificationFailed);
  changed = list;
  changed.records[1].nonce = SecretKey32::random();
  EXPECT_EQ(codeOf([&] { changed.requireCertified(run.issue().content); }), ErrorCode::VerificationFailed);
  changed = list;
  changed.records.pop_back();
  EXPECT_EQ(codeOf([&] { changed.requireCertified(run.issue().content); }), ErrorCode::VerificationFailed);
}

TEST(PrivateStore, ShardsWithOneRunKeyMergeToTheUnshardedCertificate) {
  const SampleRun run = makeSampleRun(7);
  const TempFolder folder;
  std::vector<fs::path> vaults;
  std::vector<CommittedRecord> merged;
  for (std::size_t shard = 0; shard < 3; ++shard) {
    // A shard on another machine starts from the run key file it was given.
    const Bytes runKey = sealRunSecrets(run.secrets, StoreKind::RunKey, run.owner);
    const RunSecrets secrets = openRunSecrets(runKey, StoreKind::RunKey, run.owner).secrets;
    const fs::path place = folder / ("shard" + std::to_string(shard));
    const RunStore store = RunStore::create(place / "private", secrets, run.owner);
    for (std::size_t i = shard; i < 7; i += 3) store.put(run.records[i], run.payloads[i]);
    vaults.push_back(place / "v");
    for (CommittedRecord& item : store.finish(vaults.back(), run.owner)) merged.push_back(std::move(item));
  }
  mergeVaults(vaults, folder / "v");
  writeParameterList(folder / "p", run.secrets, merged, run.owner);
  EXPECT_EQ(issueCertificate(run.info, merged, run.owner).certificate, run.issue().certificate);
  EXPECT_EQ(issueCertificate(run.info, merged, run.owner).signature, run.issue().signature);
  EXPECT_EQ(VaultReader(folder / "v").entries().size(), 7u);
  EXPECT_EQ(textsOf(openParameterList(folder / "p", run.owner).records), textsOf(run.committed));
}

}  // namespace
}  // namespace medlocker::certificate
