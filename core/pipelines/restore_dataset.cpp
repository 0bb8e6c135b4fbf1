// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/restore_dataset.h"

#include <algorithm>
#include <chrono>

#include "core/certificate/grant.h"
#include "core/certificate/verification.h"
#include "core/common/files.h"
#include "core/common/outcome_name.h"
#include "core/common/run_record.h"
#include "core/pipelines/file_restorer.h"
#include "core/pipelines/owner_run.h"
#include "core/pipelines/parameter_restorer.h"
#include "core/pipelines/protected_arrays.h"
#include "core/pipelines/protected_files.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;
namespace cert = certificate;

/// Keys, and what the signed certificate says of the protected files.
struct Access {
  cert::UnlockKeys keys;
  std::vector<cert::Leaf> leaves;
};

OwnerRun openedRun(const RestoreDatasetOptions& options) {
  if (options.key.empty())
    throw Error(ErrorCode::InvalidArgument, "a run folder as grant needs the owner's key (--key owner.key)");
  return openOwnerRun(options.grant, cert::readOwnerSecretKey(options.key, secretOf(options.passphrase)));
}

/// Keys for a whole run from the owner's own private part, checked against the signed certificate.
Access openAsOwner(const RestoreDatasetOptions& options) {
  OwnerRun opened = openedRun(options);
  return {cert::UnlockKeys::wholeRun(opened.list.secrets.runId, opened.list.secrets.runKey),
          std::move(opened.certificate.leaves)};
}

/// Keys from a grant file. The grant's signer must be the signer of the run's certificate; without a
/// certificate, the owner whom the caller names.
Access openAsRecipient(const std::optional<fs::path>& run, const RestoreDatasetOptions& options,
                       std::vector<std::string>& notices) {
  const std::string text = readTextFile(options.grant, 64ULL << 20);
  std::vector<cert::OwnerPublicKey> trusted;
  if (!options.publicKey.empty()) trusted.push_back(cert::readOwnerPublicKey(options.publicKey));
  const cert::GrantCheck outer = cert::checkGrant(text, trusted);
  if (!outer.info || (!trusted.empty() && outer.outcome == cert::GrantOutcome::UnknownSigner))
    throw Error(ErrorCode::VerificationFailed, outer.reason, options.grant.string());
  if (trusted.empty()) trusted.push_back(outer.info->owner);
  std::vector<cert::Leaf> leaves;
  if (run) {
    const cert::CertificateCheck check = cert::checkCertificate(
        cert::readCertificateFiles(*run / std::string(cert::kCertificateFile)), trusted);
    if (check.outcome != cert::CertificateOutcome::Valid)
      throw Error(ErrorCode::VerificationFailed,
                  "the grant was not signed by the owner of this run's certificate: " + check.reason,
                  options.grant.string());
    leaves = check.certificate->leaves;
  } else if (options.publicKey.empty()) {
    throw Error(ErrorCode::InvalidArgument,
                "no certificate was found here or in the folders above; name the owner's public key "
                "(--public-key owner.pub), so that the grant can be checked");
  }
  if (outer.info->recipientFingerprint ? options.key.empty() : options.passphrase.empty())
    throw Error(ErrorCode::InvalidArgument, outer.info->recipientFingerprint
                                                ? "the grant needs the recipient's key (--key recipient.key)"
                                                : "the grant needs its passphrase (--passphrase-file)");
  const cert::GrantCheck opened =
      outer.info->recipientFingerprint
          ? cert::openGrant(text, trusted,
                            cert::readRecipientSecretKey(options.key, secretOf(options.passphrase)))
          : cert::openGrant(text, trusted, cert::SecretString(options.passphrase));
  if (opened.outcome != cert::GrantOutcome::Valid || !opened.keys)
    throw Error(ErrorCode::VerificationFailed, opened.reason, options.grant.string());
  if (opened.info && opened.info->isExpired(utcNow()))
    notices.push_back("the grant expired on " + opened.info->expiresUtc +
                      "; its owner asks that it is no longer used");
  return {*opened.keys, std::move(leaves)};
}

std::int64_t refusedOf(const RestoreDatasetSummary& summary) {
  return std::count_if(summary.issues.begin(), summary.issues.end(),
                       [](const ItemIssue& issue) { return issue.fatalForItem; });
}

/// The folder with the vault of these files; empty where there is none.
std::optional<fs::path> folderWithVault(const RestoreDatasetOptions& options) {
  try {
    return runFolderOf(options.protectedFolder);
  } catch (const Error& e) {
    if (e.code() != ErrorCode::NotFound) throw;
  }
  if (fs::exists(options.grant / std::string(cert::kVaultFile))) return options.grant;  // the owner's own
  return std::nullopt;
}

/// Writes what was restored unless the same is there already. True where something was written.
bool writeRestored(const fs::path& out, const RestoredFile& restored) {
  const fs::path target = safeJoin(out, restored.name);
  if (fs::exists(target)) {
    if (FileRestorer::holds(target, restored)) return false;
    throw Error(ErrorCode::InputRejected,
                "another file lies at " + target.string() + "; it is not overwritten");
  }
  writeFileAtomically(target, restored.content);
  return true;
}

void writeApproximation(const RestoredFile& restored, const std::string& name,
                        const RestoreDatasetOptions& options, RestoreDatasetSummary& summary) {
  if (writeRestored(options.out, restored))
    ++summary.approximate;
  else
    ++summary.already;
  summary.issues.push_back(
      {name, "only approximately restored, as " + restored.name + ": " + restored.reason, false});
}

/// Exact, or where that is refused and asked for, approximate.
void restoreFile(const FileRestorer& restorer, const fs::path& file, const std::string& name,
                 const RestoreDatasetOptions& options, RestoreDatasetSummary& summary) {
  try {
    const RestoredFile restored = restorer.restore(file, name);
    if (!writeRestored(options.out, restored)) {
      ++summary.already;
    } else {
      ++summary.restored;
      summary.byteIdentical += restored.level == "r2";
    }
  } catch (const Error& e) {
    if (!options.approximate || e.code() != ErrorCode::VerificationFailed) throw;
    writeApproximation(restorer.restoreApproximately(file, name), name, options, summary);
  }
}

/// The protected note is a line of the archive's comment; the rest is the source's own.
std::string withoutNote(const std::string& comment) {
  const std::size_t at = comment.find(data::kProtectedNotePrefix);
  if (at == std::string::npos) return comment;
  const std::size_t end = comment.find('\n', at);
  const std::string rest = end == std::string::npos ? std::string() : comment.substr(end + 1);
  return at == 0 ? rest : comment.substr(0, at - 1) + (rest.empty() ? "" : "\n" + rest);
}

/// All items of one npz; a new npz in which the items that fail are blank, or nothing when all fail.
void restoreArrays(const FileRestorer& restorer, const std::vector<ProtectedUnit>& items,
                   const std::string& name, const fs::path& target, RestoreDatasetSummary& summary,
                   const RunContext& context) {
  const fs::path& source = items.front().file;
  std::vector<data::Sample> samples(items.size());
  std::vector<const data::Sample*> pointers;
  for (std::size_t i = 0; i < items.size(); ++i) {
    samples[i].array = items[i].array;
    pointers.push_back(&samples[i]);
  }
  ArrayImages images(source, pointers);
  std::int64_t done = 0;
  for (const ProtectedUnit& item : items) {
    if (context.stopRequested()) {  // an npz is written whole or not at all
      summary.outcome = Outcome::Cancelled;
      return;
    }
    const std::string id = name + "/" + item.array->array + "/" + std::to_string(item.array->index);
    context.report({"Restoring", summary.files, 0, id});
    ++summary.files;
    try {
      const data::Image image = item.read().image;
      if (isBlank(image))
        throw Error(ErrorCode::VerificationFailed, "was not passed on in this run; its place stays blank");
      images.set(*item.array, restorer.restoreSamples(image, id));
      ++done;
    } catch (const Error& e) {
      if (e.code() == ErrorCode::Io) throw;
      summary.issues.push_back({id, e.message(), true});
    }
  }
  if (done == 0) return;
  const Bytes bytes = images.toNpz(withoutNote(data::NpzReader(source).comment()));
  if (fs::exists(target)) {
    if (sha256File(target) != sha256(bytes))
      throw Error(ErrorCode::InputRejected,
                  "another file lies at " + target.string() + "; it is not overwritten");
    summary.already += done;
    return;
  }
  writeFileAtomically(target, bytes);
  summary.restored += done;
}

}  // namespace

std::vector<OptionIssue> RestoreDatasetOptions::validate() const {
  std::vector<OptionIssue> issues;
  if (protectedFolder.empty()) issues.push_back({"protected", "is required"});
  if (grant.empty()) issues.push_back({"grant", "is required"});
  if (out.empty()) issues.push_back({"out", "is required"});
  if (level != "best" && level != "r0" && level != "r1" && level != "r2")
    issues.push_back({"level", "must be best, r0, r1 or r2"});
  if (level == "r0" && !grant.empty() && !fs::is_directory(grant))
    issues.push_back({"level", "r0 takes the owner's own run folder in place of a grant"});
  return issues;
}

bool grantNeedsPassphrase(const fs::path& grant) {
  if (fs::is_directory(grant)) return false;
  const cert::GrantCheck check = cert::checkGrant(readTextFile(grant, 64ULL << 20), {});
  if (!check.info) throw Error(ErrorCode::VerificationFailed, check.reason, grant.string());
  return !check.info->recipientFingerprint;
}

RestoreDatasetSummary restoreDataset(const RestoreDatasetOptions& options, const RunContext& context) {
  throwIfInvalid(options.validate());
  const auto begin = std::chrono::steady_clock::now();
  if (!fs::exists(options.protectedFolder))
    throw Error(ErrorCode::NotFound, "does not exist", options.protectedFolder.string());
  if (!fs::exists(options.grant)) throw Error(ErrorCode::NotFound, "does not exist", options.grant.string());
  if (fs::exists(options.out) && !fs::is_empty(options.out) && !options.resume)
    throw Error(
        ErrorCode::InputRejected,
        "the output folder is not empty; choose another, or --resume to go on with an interrupted restore",
        options.out.string());
  if (isInside(options.out, options.protectedFolder))
    throw Error(ErrorCode::InputRejected, "the output folder lies inside the protected folder",
                options.out.string());

  const bool asOwner = fs::is_directory(options.grant);
  RestoreDatasetSummary summary;
  std::optional<ParameterRestorer> byParameters;
  std::optional<FileRestorer> restorer;
  if (options.level == "r0") {
    byParameters.emplace(openedRun(options), options.logo);
  } else {
    const std::optional<fs::path> run = folderWithVault(options);
    const Access access = asOwner ? openAsOwner(options) : openAsRecipient(run, options, summary.notices);
    restorer.emplace(run, access.keys, access.leaves, parseRestoreLevel(options.level));
  }

  const bool single = !fs::is_directory(options.protectedFolder);
  const std::vector<ProtectedUnit> units =
      single ? protectedUnitsOf(options.protectedFolder) : protectedUnitsBelow(options.protectedFolder);
  const bool isRun = !single && fs::exists(options.protectedFolder / kImagesFolder);
  const fs::path base = single  ? options.protectedFolder.parent_path()
                        : isRun ? options.protectedFolder / kImagesFolder
                                : options.protectedFolder;

  fs::create_directories(options.out);
  const auto total = static_cast<std::int64_t>(units.size());
  for (std::size_t at = 0; at < units.size();) {
    if (context.stopRequested()) {
      summary.outcome = Outcome::Cancelled;
      break;
    }
    const fs::path& file = units[at].file;
    std::size_t end = at + 1;
    while (end < units.size() && units[end].file == file) ++end;
    const std::vector<ProtectedUnit> of(units.begin() + static_cast<std::ptrdiff_t>(at),
                                        units.begin() + static_cast<std::ptrdiff_t>(end));
    at = end;
    const std::string name = fs::relative(file, base).generic_string();
    context.report({"Restoring", summary.files, total, name});
    try {
      if (of.front().array && !restorer) {
        summary.files += static_cast<std::int64_t>(of.size());
        throw Error(ErrorCode::Unsupported, "items of an array file are not restored by parameters alone");
      }
      if (of.front().array) {
        restoreArrays(*restorer, of, name, safeJoin(options.out, name), summary, context);
        continue;
      }
      ++summary.files;
      if (restorer)
        restoreFile(*restorer, file, name, options, summary);
      else
        writeApproximation(byParameters->restore(file, name), name, options, summary);
    } catch (const Error& e) {
      if (e.code() == ErrorCode::Io) throw;  // disk full or the like: the rest would fail too
      summary.issues.push_back({name, e.message(), true});
    }
  }
  context.report({"Restoring", summary.files, total, ""});
  summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  writeRunJson(options.out, {{"command", "restore"},
                             {"options",
                              {{"protected", options.protectedFolder.string()},
                               {"grant", options.grant.string()},
                               {"level", options.level},
                               {"approximate", options.approximate}}},
                             {"outcome", outcomeName(summary.outcome)},
                             {"counts",
                              {{"files", summary.files},
                               {"restored", summary.restored},
                               {"byte_identical", summary.byteIdentical},
                               {"approximate", summary.approximate},
                               {"already", summary.already},
                               {"refused", refusedOf(summary)}}},
                             {"seconds", summary.seconds},
                             {"finished_utc", utcNow()}});
  return summary;
}

std::string RestoreDatasetSummary::briefReport() const {
  std::string text = std::to_string(files) + (files == 1 ? " file: " : " files: ") +
                     std::to_string(restored) + " restored with every sample identical";
  if (already > 0) text += ", " + std::to_string(already) + " restored before";
  if (byteIdentical > 0)
    text += ", " + std::to_string(byteIdentical) + " of them byte for byte as the original file";
  if (approximate > 0) text += ", " + std::to_string(approximate) + " approximately (not the original)";
  if (const std::int64_t refused = refusedOf(*this); refused > 0)
    text += ", " + std::to_string(refused) + " refused";
  if (outcome == Outcome::Cancelled) text += "; cancelled, go on with --resume";
  for (const std::string& notice : notices) text += "\nNote: " + notice;
  for (const ItemIssue& issue : issues) text += "\n  " + issue.item + ": " + issue.reason;
  return text;
}

Json RestoreDatasetSummary::toJson() const {
  Json refused = Json::array();
  Json remarks = Json::array();
  for (const ItemIssue& issue : issues)
    (issue.fatalForItem ? refused : remarks).push_back({{"file", issue.item}, {"reason", issue.reason}});
  return {{"schema", "medlocker/restore/1"},
          {"outcome", outcomeName(outcome)},
          {"files", files},
          {"restored", restored},
          {"byte_identical", byteIdentical},
          {"approximate", approximate},
          {"already", already},
          {"refused", refused},
          {"remarks", remarks},
          {"notices", notices},
          {"seconds", seconds}};
}

}  // namespace medlocker::pipelines
