// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/protected_run.h"

#include "core/certificate/certificate.h"
#include "core/common/error.h"
#include "core/common/files.h"
#include "core/pipelines/protected_files.h"

namespace medlocker::pipelines {

namespace fs = std::filesystem;
namespace cert = certificate;

ProtectedRun readProtectedRun(const fs::path& folder) {
  const fs::path certificateFile = folder / std::string(cert::kCertificateFile);
  if (!fs::exists(certificateFile))
    throw Error(ErrorCode::InputRejected, "is not a finished run of `medlocker protect`", folder.string());
  ProtectedRun run;
  run.folder = folder;
  const cert::PublicCertificate certificate =
      cert::PublicCertificate::fromCanonicalJson(readTextFile(certificateFile));
  run.runId = toHex(certificate.runId);
  run.statusCounts = certificate.statusCounts;
  for (const cert::ModelFingerprint& model : certificate.models)
    if (model.role == "source") run.sourceModels.insert(toHex(model.sha256));
  const Json record = parseJsonStrictly(readTextFile(folder / "run.json"));
  run.options = record.value("options", Json::object());
  run.entries = RunJournal::read(folder / kJournalFile).entries();
  return run;
}

}  // namespace medlocker::pipelines
