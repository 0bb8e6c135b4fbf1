// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/certificate/certificate.h"
#include "core/certificate/run_secrets.h"
#include "core/certificate/vault.h"
#include "core/certificate/verification.h"

namespace medlocker::certificate::test {

/// A small finished run with invented content: everything the module works on, without any image.
struct SampleRun {
  OwnerSecretKey owner;
  RunSecrets secrets;
  CertificateInfo info;
  std::vector<PrivateRecord> records;      ///< in order
  std::vector<RestorePayload> payloads;    ///< one per record
  std::vector<CommittedRecord> committed;  ///< in order

  IssuedCertificate issue(std::size_t maxInlineLeaves = kMaxInlineLeaves) const;
  FileHashes fileHashes(std::size_t item) const;
};

/// `images` single-frame images; the content depends on `variant` and the position alone, keys and ids are
/// random.
SampleRun makeSampleRun(std::size_t images, const std::string& variant = "a");

/// As found on a disk.
CertificateFiles filesOf(const IssuedCertificate& issued);

}  // namespace medlocker::certificate::test
