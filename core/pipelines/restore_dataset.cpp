// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/restore_dataset.h"

#include <chrono>
#include <cstdio>

#include "core/certificate/grant.h"
#include "core/certificate/private_store.h"
#include "core/certificate/verification.h"
#include "core/common/files.h"
#include "core/common/run_record.h"
#include "core/data/image_io.h"
#include "core/pipelines/dicom_files.h"
#include "core/pipelines/protected_arrays.h"
#include "core/pipelines/protected_files.h"
#include "core/protect/payload.h"
#include "core/protect/source_payload.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;
namespace cert = certificate;

std::optional<cert::SecretString> secretOf(const std::string& passphrase) {
  if (passphrase.empty()) return std::nullopt;
  return cert::SecretString(passphrase);
}

/// The run folder that a protected file or folder belongs to: the nearest folder upwards with a vault.
fs::path runFolderOf(const fs::path& given) {
  fs::path folder = fs::is_directory(given) ? given : given.parent_path();
  folder = fs::absolute(folder).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  while (true) {
    if (fs::exists(folder / std::string(cert::kVaultFile))) return folder;
    if (folder == folder.parent_path()) break;
    folder = folder.parent_path();
  }
  throw Error(ErrorCode::NotFound,
              "no " + std::string(cert::kVaultFile) + " was found here or in the folders above",
              given.string());
}

/// Keys for a whole run from the owner's own private part, checked against the signed certificate.
cert::UnlockKeys openAsOwner(const fs::path& run, const RestoreDatasetOptions& options) {
  if (options.key.empty())
    throw Error(ErrorCode::InvalidArgument, "a run folder as grant needs the owner's key (--key owner.key)");
  const cert::OwnerSecretKey owner = cert::readOwnerSecretKey(options.key, secretOf(options.passphrase));
  const cert::ParameterList list = cert::openParameterList(
      run / std::string(cert::kPrivateFolder) / std::string(cert::kParameterListFile), owner);
  const std::vector<cert::OwnerPublicKey> trusted{owner.publicKey()};
  const fs::path certificateFile = run / std::string(cert::kCertificateFile);
  const cert::CertificateCheck check =
      cert::checkCertificate(cert::readCertificateFiles(certificateFile), trusted);
  if (check.outcome != cert::CertificateOutcome::Valid || !check.certificate)
    throw Error(ErrorCode::VerificationFailed, "the run's certificate does not hold: " + check.reason,
                certificateFile.string());
  list.requireCertified(*check.certificate);
  return cert::UnlockKeys::wholeRun(list.secrets.runId, list.secrets.runKey);
}

/// Keys from a grant file. The grant's signer must be the signer of the run's certificate.
cert::UnlockKeys openAsRecipient(const fs::path& run, const RestoreDatasetOptions& options) {
  const std::string text = readTextFile(options.grant, 64ULL << 20);
  const cert::GrantCheck outer = cert::checkGrant(text, {});
  if (!outer.info) throw Error(ErrorCode::VerificationFailed, outer.reason, options.grant.string());
  const std::vector<cert::OwnerPublicKey> trusted{outer.info->owner};
  const fs::path certificateFile = run / std::string(cert::kCertificateFile);
  const cert::CertificateCheck check =
      cert::checkCertificate(cert::readCertificateFiles(certificateFile), trusted);
  if (check.outcome != cert::CertificateOutcome::Valid)
    throw Error(ErrorCode::VerificationFailed,
                "the grant was not signed by the owner of this run's certificate: " + check.reason,
                options.grant.string());
  const cert::GrantCheck opened =
      outer.info->recipientFingerprint
          ? cert::openGrant(text, trusted,
                            cert::readRecipientSecretKey(options.key, secretOf(options.passphrase)))
          : cert::openGrant(text, trusted, cert::SecretString(options.passphrase));
  if (opened.outcome != cert::GrantOutcome::Valid || !opened.keys)
    throw Error(ErrorCode::VerificationFailed, opened.reason, options.grant.string());
  return *opened.keys;
}

class Restorer {
 public:
  Restorer(const fs::path& vault, cert::UnlockKeys keys) : vault_(vault), keys_(std::move(keys)) {
    if (vault_.runId() != keys_.runId())
      throw Error(ErrorCode::VerificationFailed, "the keys belong to another run than the vault",
                  vault.string());
  }

  enum class Result { Restored, Already };

  /// Fails closed: throws Error and writes nothing unless the restored samples have the original's hash.
  Result restore(const fs::path& file, const fs::path& target) const {
    const data::DecodedImage decoded = data::readImage(file);
    if (decoded.format == data::FileFormat::Dicom) return restoreDicom(file, target);
    const cert::RestorePayload payload = open(data::pixelHash(decoded.image));
    if (protect::holdsSourceFile(payload.payload)) return restoreSource(file, target, payload);
    if (alreadyRestored(target, payload.origPixelSha256)) return Result::Already;
    data::Image original = originalOf(decoded.image, payload);
    original.metadata.protectedNote.clear();
    const Bytes encoded = data::encodeImage(original, decoded.format);
    // What is on disk counts, so the encoded bytes are read back before they are written.
    if (data::pixelHash(data::decodeImage(encoded, target.string()).image) != payload.origPixelSha256)
      throw Error(ErrorCode::Internal,
                  "the restored file would not hold the original samples; nothing was written");
    writeFileAtomically(target, encoded);
    return Result::Restored;
  }

  /// The original of one item of an array. Throws Error as above.
  data::Image restoreItem(const ProtectedUnit& item) const {
    const data::Image image = item.read().image;
    if (isBlank(image))
      throw Error(ErrorCode::VerificationFailed, "was not passed on in this run; its place stays blank");
    return originalOf(image, open(data::pixelHash(image)));
  }

 private:
  static data::Image originalOf(const data::Image& image, const cert::RestorePayload& payload) {
    data::Image original = protect::restoreImage(image, protect::decodePayload(payload.payload));
    if (data::pixelHash(original) != payload.origPixelSha256)
      throw Error(ErrorCode::VerificationFailed,
                  "the restored samples are not those of the original; nothing was written");
    return original;
  }

  /// All frames of the file, which is the same bytes every time.
  Result restoreDicom(const fs::path& file, const fs::path& target) const {
    const Bytes restored =
        restoreDicomFile(readFile(file), file.string(), [this](const Digest& frame) { return open(frame); });
    if (fs::exists(target)) {
      if (sha256File(target) == sha256(restored)) return Result::Already;
      throw Error(ErrorCode::InputRejected,
                  "another file lies at " + target.string() + "; it is not overwritten");
    }
    writeFileAtomically(target, restored);
    return Result::Restored;
  }

  /// A JPEG file that stayed JPEG: its source comes back byte for byte.
  static Result restoreSource(const fs::path& file, const fs::path& target,
                              const cert::RestorePayload& payload) {
    const Bytes source = protect::restoreSourceFile(readFile(file), payload.payload);
    if (sha256(source) != payload.origFileSha256)
      throw Error(ErrorCode::VerificationFailed,
                  "the restored bytes are not those of the original file; nothing was written");
    if (fs::exists(target)) {
      if (sha256File(target) == payload.origFileSha256) return Result::Already;
      throw Error(ErrorCode::InputRejected,
                  "another file lies at " + target.string() + "; it is not overwritten");
    }
    writeFileAtomically(target, source);
    return Result::Restored;
  }

  cert::RestorePayload open(const Digest& protectedHash) const {
    const std::vector<std::size_t> positions = vault_.findByPixels(protectedHash);
    if (positions.empty())
      throw Error(ErrorCode::VerificationFailed,
                  "its samples are not those of a protected image of this run (changed, recompressed, or not "
                  "protected here)");
    for (const std::size_t position : positions)
      if (const auto key = keys_.keyFor(vault_.entries()[position].imageId))
        return vault_.open(position, *key);
    throw Error(ErrorCode::VerificationFailed, "the grant does not include this image");
  }

  static bool alreadyRestored(const fs::path& target, const Digest& wanted) {
    if (!fs::exists(target)) return false;
    try {
      if (data::pixelHash(data::readImage(target).image) == wanted) return true;
    } catch (const Error&) {
      // Something else lies there; it is not ours to replace.
    }
    throw Error(ErrorCode::InputRejected,
                "another file lies at " + target.string() + "; it is not overwritten");
  }

  cert::VaultReader vault_;
  cert::UnlockKeys keys_;
};

/// The protected note is a line of the archive's comment; the rest is the source's own.
std::string withoutNote(const std::string& comment) {
  const std::size_t at = comment.find(data::kProtectedNotePrefix);
  if (at == std::string::npos) return comment;
  const std::size_t end = comment.find('\n', at);
  const std::string rest = end == std::string::npos ? std::string() : comment.substr(end + 1);
  return at == 0 ? rest : comment.substr(0, at - 1) + (rest.empty() ? "" : "\n" + rest);
}

/// All items of one npz; a new npz in which the items that fail are blank, or nothing when all fail.
void restoreArrays(const Restorer& restorer, const std::vector<ProtectedUnit>& items, const std::string& name,
                   const fs::path& target, RestoreDatasetSummary& summary, const RunContext& context) {
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
      images.set(*item.array, restorer.restoreItem(item));
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
  return issues;
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

  const fs::path run = runFolderOf(options.protectedFolder);
  const bool asOwner = fs::is_directory(options.grant);
  const Restorer restorer(run / std::string(cert::kVaultFile),
                          asOwner ? openAsOwner(options.grant, options) : openAsRecipient(run, options));

  const bool single = !fs::is_directory(options.protectedFolder);
  const std::vector<ProtectedUnit> units =
      single ? protectedUnitsOf(options.protectedFolder) : protectedUnitsBelow(options.protectedFolder);
  const bool isRun = !single && fs::exists(options.protectedFolder / kImagesFolder);
  const fs::path base = single  ? options.protectedFolder.parent_path()
                        : isRun ? options.protectedFolder / kImagesFolder
                                : options.protectedFolder;

  RestoreDatasetSummary summary;
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
      const fs::path target = safeJoin(options.out, name);
      if (of.front().array) {
        restoreArrays(restorer, of, name, target, summary, context);
        continue;
      }
      ++summary.files;
      if (restorer.restore(file, target) == Restorer::Result::Restored)
        ++summary.restored;
      else
        ++summary.already;
    } catch (const Error& e) {
      if (e.code() == ErrorCode::Io) throw;  // disk full or the like: the rest would fail too
      summary.issues.push_back({name, e.message(), true});
    }
  }
  context.report({"Restoring", summary.files, total, ""});
  summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  writeRunJson(
      options.out,
      {{"command", "restore"},
       {"options", {{"protected", options.protectedFolder.string()}, {"grant", options.grant.string()}}},
       {"outcome", summary.outcome == Outcome::Completed ? "completed" : "cancelled"},
       {"counts",
        {{"files", summary.files},
         {"restored", summary.restored},
         {"already", summary.already},
         {"refused", summary.issues.size()}}},
       {"seconds", summary.seconds},
       {"finished_utc", utcNow()}});
  return summary;
}

std::string RestoreDatasetSummary::briefReport() const {
  std::string text = std::to_string(files) + (files == 1 ? " file: " : " files: ") +
                     std::to_string(restored) + " restored with every sample identical";
  if (already > 0) text += ", " + std::to_string(already) + " restored before";
  if (!issues.empty()) text += ", " + std::to_string(issues.size()) + " refused";
  if (outcome == Outcome::Cancelled) text += "; cancelled, go on with --resume";
  for (const ItemIssue& issue : issues) text += "\n  " + issue.item + ": " + issue.reason;
  return text;
}

Json RestoreDatasetSummary::toJson() const {
  Json refused = Json::array();
  for (const ItemIssue& issue : issues) refused.push_back({{"file", issue.item}, {"reason", issue.reason}});
  return {{"schema", "medlocker/restore/1"},
          {"outcome", outcome == Outcome::Completed ? "completed" : "cancelled"},
          {"files", files},
          {"restored", restored},
          {"already", already},
          {"refused", refused},
          {"seconds", seconds}};
}

}  // namespace medlocker::pipelines
