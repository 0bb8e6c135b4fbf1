// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/certificate/certificate.h"

/// Steps 1 and 2 of spec 11.5: is this certificate the owner's, and is this file of its run? Hashes of files
/// and pixels are computed by the caller, so nothing here reads images. Every outcome has a plain sentence.
namespace medlocker::certificate {

enum class CertificateOutcome {
  Valid,           ///< signed by a known key, well-formed
  Unsigned,        ///< no signature
  BadSignature,    ///< the signature does not fit the certificate
  UnknownSigner,   ///< the signer's key is not among the trusted ones; neither valid nor invalid
  BadCertificate,  ///< not a certificate of a known version, or its leaf list is missing, changed or of
                   ///< another run
};
/// VALID, UNSIGNED, BAD_SIGNATURE, UNKNOWN_SIGNER, BAD_CERTIFICATE.
std::string_view toString(CertificateOutcome outcome);

/// The bytes of a certificate as found.
struct CertificateFiles {
  Bytes certificate;
  std::optional<std::string> signature;
  std::optional<Bytes> leaves;              ///< neighbouring leaf file, if there is one
  std::vector<OwnerPublicKey> offeredKeys;  ///< keys found beside the certificate: they can show that a
                                            ///< signature is genuine, never that it is trusted
};

/// Reads certificate.json and what lies beside it: .minisig, leaf file, owner.pub. Only the certificate must
/// exist. Throws Error(NotFound/Io/InputRejected).
CertificateFiles readCertificateFiles(const std::filesystem::path& certificate);

struct CertificateCheck {
  CertificateOutcome outcome = CertificateOutcome::BadCertificate;
  std::string reason;             ///< one plain sentence
  std::string signerKeyId;        ///< named by the signature; empty without one
  bool signatureGenuine = false;  ///< the signature was verified, with a trusted or an offered key
  bool leavesMissing =
      false;  ///< the leaf list lies in a neighbouring file that was not given: files cannot be checked
  /// The content; only set for Valid and for UnknownSigner with a genuine signature, so nothing unsigned can
  /// be shown as certified. Its leaves are filled from the neighbouring file where that was given.
  std::optional<PublicCertificate> certificate;
};

/// Fails closed and throws only for lack of memory. Thread-safe.
CertificateCheck checkCertificate(const CertificateFiles& files, std::span<const OwnerPublicKey> trustedKeys);

enum class FileOutcome {
  Valid,           ///< the file as it was written by the run
  ValidRewrapped,  ///< other file bytes, same samples
  NotInRun,        ///< its samples are unknown to the certificate
  NotChecked,      ///< the certificate gives nothing to check against
};
/// VALID, VALID_REWRAPPED, NOT_IN_RUN, NOT_CHECKED.
std::string_view toString(FileOutcome outcome);

struct FileHashes {
  Digest file{};               ///< SHA-256 of the file's bytes
  std::vector<Digest> pixels;  ///< pixel hash per frame, in order (spec 11.1)
};

struct FileCheck {
  FileOutcome outcome = FileOutcome::NotChecked;
  std::string reason;
  std::optional<Id16> imageId;
  std::vector<std::size_t> leafIndices;  ///< one per frame, for the valid outcomes
};

/// Looks files up in a checked certificate. Immutable after construction, so thread-safe. Keeps its own copy.
class FileVerifier {
 public:
  explicit FileVerifier(const CertificateCheck& check);
  FileCheck check(const FileHashes& hashes) const;

 private:
  std::optional<std::string> unusable_;  ///< why nothing can be checked
  bool signerKnown_ = false;
  std::vector<Leaf> leaves_;
  std::multimap<Digest, std::size_t> byPixels_;
  std::multimap<Digest, std::size_t> byFile_;
  std::map<Id16, std::uint64_t> framesPerImage_;
};

}  // namespace medlocker::certificate
