// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/verify_dataset.h"

#include <algorithm>
#include <map>

#include "core/certificate/verification.h"
#include "core/data/image_io.h"
#include "core/pipelines/protected_arrays.h"
#include "core/pipelines/protected_files.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;
namespace cert = certificate;

/// Files of the list, and below its folders everything that can be a protected image; each file once.
std::vector<ProtectedUnit> collect(const std::vector<fs::path>& given) {
  std::map<fs::path, std::vector<ProtectedUnit>> byFile;
  for (const fs::path& path : given) {
    std::map<fs::path, std::vector<ProtectedUnit>> found;
    for (ProtectedUnit& unit : fs::is_directory(path) ? protectedUnitsBelow(path) : protectedUnitsOf(path))
      found[unit.file].push_back(std::move(unit));
    byFile.merge(found);
  }
  std::vector<ProtectedUnit> units;
  for (auto& [file, of] : byFile) units.insert(units.end(), of.begin(), of.end());
  return units;
}

std::string plural(std::int64_t n, const char* noun) {
  return std::to_string(n) + " " + noun + (n == 1 ? "" : "s");
}

}  // namespace

std::vector<OptionIssue> VerifyDatasetOptions::validate() const {
  std::vector<OptionIssue> issues;
  if (certificate.empty()) issues.push_back({"certificate", "is required"});
  return issues;
}

VerifyDatasetSummary verifyDataset(const VerifyDatasetOptions& options, const RunContext& context) {
  throwIfInvalid(options.validate());
  VerifyDatasetSummary summary;

  fs::path certificateFile = options.certificate;
  if (fs::is_directory(certificateFile)) certificateFile /= std::string(cert::kCertificateFile);
  std::vector<cert::OwnerPublicKey> trusted;
  if (!options.publicKey.empty()) trusted.push_back(cert::readOwnerPublicKey(options.publicKey));
  const cert::CertificateCheck check =
      cert::checkCertificate(cert::readCertificateFiles(certificateFile), trusted);
  summary.certificateOutcome = std::string(cert::toString(check.outcome));
  summary.certificateReason = check.reason;
  if (check.certificate) {
    summary.certificate = Json::parse(check.certificate->toCanonicalJson());
    summary.certificate.erase("leaves");
  }

  const cert::FileVerifier verifier(check);
  const std::vector<ProtectedUnit> files = collect(options.files);
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (context.stopRequested()) {
      summary.outcome = Outcome::Cancelled;
      break;
    }
    context.report({"Verifying", static_cast<std::int64_t>(i), static_cast<std::int64_t>(files.size()),
                    files[i].file.filename().string()});
    VerifiedFile result;
    result.file = files[i].name();
    try {
      const FileFingerprint fingerprint = fingerprintUnit(files[i]);
      const cert::FileCheck found = verifier.check({fingerprint.fileSha256, fingerprint.pixelHashes});
      result.outcome = std::string(cert::toString(found.outcome));
      result.reason = found.reason;
      if (found.outcome == cert::FileOutcome::NotInRun && files[i].array && isBlank(files[i].read().image)) {
        result.outcome = "BLANK";
        result.reason = "every sample is 0: this image was not passed on";
      }
    } catch (const Error& e) {
      result.outcome = "ERROR";
      result.reason = e.what();
    }
    ++summary.counts[result.outcome];
    summary.files.push_back(std::move(result));
  }
  context.report({"Verifying", static_cast<std::int64_t>(summary.files.size()),
                  static_cast<std::int64_t>(files.size()), ""});
  return summary;
}

bool VerifyDatasetSummary::allValid() const {
  return outcome == Outcome::Completed && certificateOutcome == "VALID" &&
         std::all_of(files.begin(), files.end(), [](const VerifiedFile& file) {
           return file.outcome == "VALID" || file.outcome == "VALID_REWRAPPED" || file.outcome == "BLANK";
         });
}

std::string VerifyDatasetSummary::briefReport() const {
  std::string text = "Certificate: " + certificateOutcome + " – " + certificateReason;
  if (certificate.is_object()) {
    for (const auto& [key, name] : {std::pair{"run_id", "Run"},
                                    {"created_utc", "Made"},
                                    {"owner", "Owner"},
                                    {"dataset_title", "Dataset"},
                                    {"licence", "Licence"}}) {
      const std::string value = certificate.value(key, std::string());
      if (!value.empty()) text += "\n  " + std::string(name) + ": " + value;
    }
    if (certificate.value("seed_given", false))
      text += "\n  The seed of this run was given by its user: its parameters are less secret.";
  }
  for (const VerifiedFile& file : files)
    if (file.outcome != "VALID") text += "\n" + file.file + ": " + file.outcome + " – " + file.reason;
  if (!files.empty()) {
    text += "\n" + plural(static_cast<std::int64_t>(files.size()), "file") + " checked:";
    for (const auto& [name, count] : counts) text += " " + std::to_string(count) + " " + name;
  }
  return text;
}

Json VerifyDatasetSummary::toJson() const {
  Json list = Json::array();
  for (const VerifiedFile& file : files)
    list.push_back({{"file", file.file}, {"outcome", file.outcome}, {"reason", file.reason}});
  return {{"schema", "medlocker/verification/1"},
          {"certificate",
           {{"outcome", certificateOutcome}, {"reason", certificateReason}, {"content", certificate}}},
          {"files", list},
          {"counts", counts},
          {"all_valid", allValid()}};
}

}  // namespace medlocker::pipelines
