// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/owner_run.h"

#include "core/certificate/verification.h"
#include "core/common/error.h"
#include "core/pipelines/protected_files.h"

namespace medlocker::pipelines {

namespace fs = std::filesystem;
namespace cert = certificate;

std::optional<cert::SecretString> secretOf(const std::string& passphrase) {
  if (passphrase.empty()) return std::nullopt;
  return cert::SecretString(passphrase);
}

OwnerRun openOwnerRun(const fs::path& folder, const cert::OwnerSecretKey& owner) {
  const fs::path listFile =
      folder / std::string(cert::kPrivateFolder) / std::string(cert::kParameterListFile);
  if (!fs::exists(listFile))
    throw Error(
        ErrorCode::NotFound,
        "has no private part (private/parameters.mlstore); only the owner's own copy of a run has one",
        folder.string());
  OwnerRun run;
  run.folder = folder;
  run.list = cert::openParameterList(listFile, owner);
  const fs::path certificateFile = folder / std::string(cert::kCertificateFile);
  const cert::OwnerPublicKey trusted[] = {owner.publicKey()};
  const cert::CertificateCheck check =
      cert::checkCertificate(cert::readCertificateFiles(certificateFile), trusted);
  if (check.outcome != cert::CertificateOutcome::Valid || !check.certificate)
    throw Error(ErrorCode::VerificationFailed, "the run's certificate does not hold: " + check.reason,
                certificateFile.string());
  run.certificate = *check.certificate;
  run.list.requireCertified(run.certificate);
  return run;
}

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

}  // namespace medlocker::pipelines
