// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/certificate/image_proof.h"
#include "core/certificate/verification.h"
#include "core/common/error.h"

// Refusal is by Error alone, and what is accepted has one spelling: exactly the bytes that came in.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace medlocker;
  using namespace medlocker::certificate;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto exact = [&text](const auto& readAndWrite) {
    try {
      if (readAndWrite() != text) std::abort();
    } catch (const Error& e) {
      if (e.code() != ErrorCode::InputRejected) std::abort();
    }
  };
  // Each document goes to its own parser only, for speed; the others refuse its schema at once.
  const auto names = [&text](std::string_view schema) { return text.find(schema) != std::string::npos; };
  if (names(kProofSchema)) {
    exact([&] { return ImageProof::fromCanonicalJson(text).toCanonicalJson(); });
    return 0;
  }
  if (names(kRecordSchema)) {
    exact([&] { return PrivateRecord::fromCanonicalJson(text).toCanonicalJson(); });
    return 0;
  }
  if (names(kLeavesSchema)) {
    exact([&] {
      // The run id is not known beforehand here; the list says it itself.
      const std::size_t at = text.find("\"run_id\":\"");
      const Id16 runId = id16FromHex(at == std::string::npos ? "" : text.substr(at + 10, 32));
      return formatLeavesFile(runId, parseLeavesFile(text, runId));
    });
    return 0;
  }
  exact([&] { return PublicCertificate::fromCanonicalJson(text).toCanonicalJson(); });

  CertificateFiles files;
  files.certificate.assign(data, data + size);
  const CertificateOutcome bare = checkCertificate(files, {}).outcome;
  if (bare != CertificateOutcome::Unsigned && bare != CertificateOutcome::BadCertificate) std::abort();
  files.signature = text;
  const OwnerPublicKey stranger{};
  const CertificateCheck check = checkCertificate(files, {&stranger, 1});
  if (check.outcome == CertificateOutcome::Valid || check.certificate || check.reason.empty()) std::abort();
  return 0;
}
