// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/certificate/verification.h"

/// Proof that one image with one parameter record belongs to a certified run, without revealing any other
/// record (spec 11.3). Whoever gets it learns this image's parameters. Value types; thread-safe.
namespace medlocker::certificate {

inline constexpr std::string_view kProofSchema = "medlocker/proof/1";

struct ImageProof {
  PrivateRecord record;
  Digest nonce{};  ///< public from now on
  std::uint64_t leafIndex = 0;
  std::vector<Digest> path;

  std::string toCanonicalJson() const;
  /// Strict. Throws Error(InputRejected).
  static ImageProof fromCanonicalJson(std::string_view text);
};

/// Throws Error(NotFound) when the run has no such image and frame.
ImageProof makeImageProof(std::vector<CommittedRecord> records, const ItemKey& item);

enum class ProofOutcome {
  Valid,
  BadProof,    ///< malformed, changed, or not of this run
  NotChecked,  ///< the certificate is not authentic
};
/// VALID, BAD_PROOF, NOT_CHECKED.
std::string_view toString(ProofOutcome outcome);

struct ProofCheck {
  ProofOutcome outcome = ProofOutcome::NotChecked;
  std::string reason;                   ///< one plain sentence
  std::optional<PrivateRecord> record;  ///< only when valid
};

/// Needs the certificate's root only, not its leaves. Never throws for bad input.
ProofCheck checkImageProof(std::string_view proof, const CertificateCheck& certificate);

}  // namespace medlocker::certificate
