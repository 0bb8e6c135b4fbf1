// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/protection_finish.h"

#include <cmath>

#include "core/certificate/certificate.h"
#include "core/common/files.h"
#include "core/pipelines/protected_arrays.h"
#include "core/pipelines/protected_files.h"

namespace medlocker::pipelines {

namespace fs = std::filesystem;
namespace cert = certificate;

std::map<std::string, std::int64_t> accuracyMetrics(const ProtectDatasetSummary& summary) {
  std::map<std::string, std::int64_t> metrics;
  for (std::size_t m = 0; m < summary.accuracyBefore.size(); ++m) {
    if (!std::isfinite(summary.accuracyBefore[m])) continue;
    const std::string suffix = std::to_string(m);
    metrics["accuracy_before_" + suffix] = std::llround(10000 * summary.accuracyBefore[m]);
    metrics["accuracy_after_" + suffix] = std::llround(10000 * summary.accuracyAfter[m]);
  }
  return metrics;
}

void finishProtection(const ProtectDatasetOptions& options, const ProtectionInputs& inputs,
                      ProtectionFolder& folder, const ProtectDatasetSummary& summary) {
  copySidecars(inputs.manifest, folder.path());
  assembleArrays(inputs, folder);
  const std::vector<cert::CommittedRecord> records =
      folder.store().finish(folder.path() / std::string(cert::kVaultFile), inputs.owner);
  cert::CertificateInfo info;
  info.runId = folder.store().secrets().runId;
  info.createdUtc = folder.store().secrets().createdUtc;
  info.seedGiven = folder.store().secrets().seedGiven;
  info.owner = options.owner;
  info.datasetTitle = options.title.empty()
                          ? fs::absolute(options.dataset).lexically_normal().filename().string()
                          : options.title;
  info.licence = options.licence;
  info.statusCounts = summary.statusCounts;
  info.logoSha256 = inputs.logo.sha256;
  for (const models::ClassifierPtr& model : inputs.models)
    info.models.push_back(
        {model->info().name, model->info().arch, "source", digestFromHex(model->info().sha256)});
  info.metrics = accuracyMetrics(summary);
  info.payloadSuite = options.payload + "+deflate/xchacha20-poly1305";
  const cert::IssuedCertificate issued = cert::issueCertificate(info, records, inputs.owner);
  cert::writeCertificate(folder.path(), issued);
  std::map<Id16, std::string> names;
  for (const auto& [item, entry] : folder.journal().entries())
    if (!entry.output.empty())
      names[id16FromHex(entry.details.at("image_id").get<std::string>())] = entry.output;
  std::vector<cert::Leaf> leaves;
  for (const cert::CommittedRecord& record : records) leaves.push_back(cert::leafOf(record));
  writeFileAtomically(folder.path() / std::string(cert::kCsvFile), cert::formatCertificateCsv(leaves, names));
  folder.journal().markFinalised();
  cert::RunStore::removeWorkFiles(folder.path() / kPrivateFolder);
  fs::remove_all(folder.path() / kPartsFolder);
}

}  // namespace medlocker::pipelines
