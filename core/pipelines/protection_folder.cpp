// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/protection_folder.h"

#include "core/common/error.h"
#include "core/common/files.h"
#include "core/common/little_endian.h"
#include "core/common/run_record.h"
#include "core/pipelines/protected_files.h"
#include "core/pipelines/shared_run_key.h"

namespace medlocker::pipelines {

namespace fs = std::filesystem;
namespace cert = certificate;

namespace {

/// 32 bytes from a user's 64-bit seed.
std::optional<cert::SecretKey32> runSeedOf(const std::optional<std::uint64_t>& seed) {
  if (!seed) return std::nullopt;
  const Digest digest = Sha256().update("medlocker/run-seed/1").update(littleEndian(*seed)).finish();
  return cert::SecretKey32(digest);
}

/// A folder without a journal may only hold what a crash at the very start of a run leaves behind.
void requireFresh(const ProtectDatasetOptions& options, const fs::path& privateFolder) {
  if (!fs::exists(options.out)) return;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(options.out)) {
    const bool leftover = entry.is_directory() || entry.path().string().ends_with(kTemporarySuffix) ||
                          (options.resume && entry.path() == privateFolder / std::string(cert::kRunKeyFile));
    if (!leftover)
      throw Error(ErrorCode::InputRejected, "the output folder is not empty", options.out.string());
  }
  if (!options.resume && !fs::is_empty(options.out))
    throw Error(ErrorCode::InputRejected, "the output folder is not empty", options.out.string());
}

}  // namespace

ProtectionFolder ProtectionFolder::open(const ProtectDatasetOptions& options, const Json& identity,
                                        const cert::OwnerSecretKey& owner) {
  ProtectionFolder folder(options.out);
  const fs::path journalFile = options.out / kJournalFile;
  const fs::path privateFolder = options.out / kPrivateFolder;
  if (fs::exists(journalFile)) {
    if (!options.resume)
      throw Error(ErrorCode::InputRejected,
                  "the folder holds a run already; use --resume to go on with it, or another folder",
                  options.out.string());
    folder.journal_.emplace(RunJournal::open(journalFile));
    const RunJournal& journal = *folder.journal_;
    if (journal.header().value("identity", Json()) != identity)
      throw Error(ErrorCode::InputRejected,
                  "the run in this folder was started with other options, models, logo or images, so it "
                  "cannot go on",
                  options.out.string());
    if (journal.finalised()) {
      folder.runId_ = journal.header().value("run_id", std::string());
      cert::RunStore::removeWorkFiles(privateFolder);
      fs::remove_all(options.out / kPartsFolder);
      return folder;
    }
    folder.store_.emplace(cert::RunStore::open(privateFolder, owner));
  } else {
    requireFresh(options, privateFolder);
    fs::create_directories(options.out);
    // A crash between the two steps leaves the run's secrets without a journal; they are taken up again.
    folder.store_.emplace(
        cert::RunStore::exists(privateFolder)
            ? cert::RunStore::open(privateFolder, owner)
            : cert::RunStore::create(privateFolder,
                                     options.runKey.empty()
                                         ? cert::RunSecrets::create(utcNow(), runSeedOf(options.seed))
                                         : openOrMakeRunKey(options.runKey, owner, runSeedOf(options.seed)),
                                     owner));
    folder.journal_.emplace(RunJournal::create(
        journalFile, {{"identity", identity}, {"run_id", toHex(folder.store_->secrets().runId)}}));
  }
  folder.runId_ = toHex(folder.store_->secrets().runId);
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(options.out))
    if (entry.is_regular_file() && entry.path().string().ends_with(kTemporarySuffix))
      fs::remove(entry.path());
  return folder;
}

bool ProtectionFolder::isDone(const std::string& item, const OutputTarget& target) const {
  const auto found = journal_->entries().find(item);
  if (found == journal_->entries().end()) return false;
  const JournalEntry& entry = found->second;
  if (entry.output.empty()) return entry.status != "ERROR";
  const fs::path file = path_ / target.file;
  const fs::path sealed = path_ / entry.sealed;
  return fs::exists(file) && fs::exists(sealed) && toHex(sha256File(file)) == entry.fileSha256 &&
         toHex(sha256File(sealed)) == entry.sealedSha256;
}

}  // namespace medlocker::pipelines
