// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/certificate/verification.h"

#include <algorithm>

#include "core/certificate/key_files.h"
#include "core/common/error.h"
#include "core/common/files.h"

namespace medlocker::certificate {
namespace {

constexpr std::uint64_t kMaxCertificateBytes = 256ULL << 20;
constexpr std::uint64_t kMaxLeavesBytes = 4ULL << 30;

std::string_view viewOf(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Parses the signed bytes and joins the neighbouring leaf list. Throws Error(InputRejected).
PublicCertificate parseContent(const CertificateFiles& files, bool& leavesMissing) {
  PublicCertificate content = PublicCertificate::fromCanonicalJson(viewOf(files.certificate));
  leavesMissing = content.leavesSha256 && !files.leaves;
  if (!content.leavesSha256 || !files.leaves) return content;
  if (sha256(*files.leaves) != *content.leavesSha256)
    throw Error(ErrorCode::InputRejected,
                "the leaf list beside the certificate is not the one that was certified");
  content.leaves = parseLeavesFile(viewOf(*files.leaves), content.runId);
  if (content.leaves.size() != content.leafCount || leavesRoot(content.leaves) != content.merkleRoot)
    throw Error(ErrorCode::InputRejected, "the leaf list does not fit the certificate's root");
  return content;
}

CertificateCheck failed(CertificateOutcome outcome, std::string reason) {
  CertificateCheck out;
  out.outcome = outcome;
  out.reason = std::move(reason);
  return out;
}

/// The key of the list that made the signature, whatever id it carries.
const OwnerPublicKey* makerAmong(std::span<const OwnerPublicKey> keys, ByteView message,
                                 const MinisignSignature& signature) {
  const auto found = std::find_if(keys.begin(), keys.end(), [&](const OwnerPublicKey& key) {
    return signatureHolds(message, signature, key);
  });
  return found == keys.end() ? nullptr : &*found;
}

bool anyHasId(std::span<const OwnerPublicKey> keys, const KeyId& id) {
  return std::any_of(keys.begin(), keys.end(), [&](const OwnerPublicKey& key) { return key.id == id; });
}

}  // namespace

std::string_view toString(CertificateOutcome outcome) {
  switch (outcome) {
    case CertificateOutcome::Valid:
      return "VALID";
    case CertificateOutcome::Unsigned:
      return "UNSIGNED";
    case CertificateOutcome::BadSignature:
      return "BAD_SIGNATURE";
    case CertificateOutcome::UnknownSigner:
      return "UNKNOWN_SIGNER";
    case CertificateOutcome::BadCertificate:
      return "BAD_CERTIFICATE";
  }
  return "BAD_CERTIFICATE";
}

std::string_view toString(FileOutcome outcome) {
  switch (outcome) {
    case FileOutcome::Valid:
      return "VALID";
    case FileOutcome::ValidRewrapped:
      return "VALID_REWRAPPED";
    case FileOutcome::NotInRun:
      return "NOT_IN_RUN";
    case FileOutcome::NotChecked:
      return "NOT_CHECKED";
  }
  return "NOT_CHECKED";
}

CertificateFiles readCertificateFiles(const std::filesystem::path& certificate) {
  CertificateFiles out;
  out.certificate = readFile(certificate, kMaxCertificateBytes);
  std::filesystem::path signature = certificate;
  signature += std::string(kSignatureSuffix);
  const auto folder = certificate.parent_path();
  const auto leaves = folder / std::string(kLeavesFile);
  const auto publicKey = folder / std::string(kOwnerPublicKeyFile);
  // An unreadable signature is not "no signature": reading it throws.
  if (std::filesystem::exists(signature)) out.signature = readTextFile(signature, 1 << 20);
  if (std::filesystem::exists(leaves)) out.leaves = readFile(leaves, kMaxLeavesBytes);
  if (std::filesystem::exists(publicKey)) {
    try {
      out.offeredKeys.push_back(readOwnerPublicKey(publicKey));
    } catch (const Error&) {
      // A key that only might help is not a reason to refuse the certificate.
    }
  }
  return out;
}

CertificateCheck checkCertificate(const CertificateFiles& files,
                                  std::span<const OwnerPublicKey> trustedKeys) {
  const ByteView message(files.certificate);
  CertificateCheck out;
  if (!files.signature) {
    try {
      parseContent(files, out.leavesMissing);
    } catch (const Error& e) {
      return failed(CertificateOutcome::BadCertificate,
                    std::string("The certificate cannot be accepted: ") + e.what() + ".");
    }
    return failed(CertificateOutcome::Unsigned,
                  "The certificate is not signed: anybody could have written it.");
  }

  // The signature comes before the content: nothing unsigned reaches the parser when a signature is there.
  MinisignSignature signature;
  try {
    signature = parseSignature(*files.signature);
  } catch (const Error& e) {
    return failed(CertificateOutcome::BadSignature, std::string("The signature file ") + e.what() + ".");
  }
  out.signerKeyId = toText(signature.keyId);
  const OwnerPublicKey* trusted = makerAmong(trustedKeys, message, signature);
  // What minisign leaves unsigned (first comment, spelling of the lines) must be as it was written, so that
  // no byte of the file can be changed unnoticed.
  signature.untrustedComment = certificateUntrustedComment(signature.keyId);
  if (formatSignature(signature) != *files.signature) {
    out.outcome = CertificateOutcome::BadSignature;
    out.reason =
        "The signature file is not spelled as it was written: its first comment or its line ends were "
        "changed.";
    return out;
  }
  // A key that merely carries a trusted key's id must not be reported as some other signer.
  const bool claimsTrusted = anyHasId(trustedKeys, signature.keyId);
  const OwnerPublicKey* offered =
      trusted || claimsTrusted ? nullptr : makerAmong(files.offeredKeys, message, signature);
  const OwnerPublicKey* maker = trusted ? trusted : offered;
  if (!maker) {
    if (claimsTrusted || anyHasId(files.offeredKeys, signature.keyId)) {
      out.outcome = CertificateOutcome::BadSignature;
      out.reason = "The signature does not fit: the certificate or its signature was changed after signing.";
    } else {
      out.outcome = CertificateOutcome::UnknownSigner;
      out.reason = "The signature names key " + out.signerKeyId +
                   ", which is not among the known keys, so it cannot be checked. Ask the owner for the "
                   "public key over a channel you trust.";
    }
    return out;
  }
  if (maker->id != signature.keyId) {
    out.outcome = CertificateOutcome::BadSignature;
    out.reason = "The signature names another key than the one that made it: the signature file was changed.";
    return out;
  }
  out.signatureGenuine = true;
  PublicCertificate content;
  try {
    content = parseContent(files, out.leavesMissing);
  } catch (const Error& e) {
    out.outcome = CertificateOutcome::BadCertificate;
    out.reason =
        std::string("The signature holds, but the certificate cannot be accepted: ") + e.what() + ".";
    return out;
  }
  if (signature.trustedComment != certificateTrustedComment(content.runId)) {
    out.outcome = CertificateOutcome::BadSignature;
    out.reason =
        "The signature was made for something else: its signed comment does not name this certificate's "
        "schema and run.";
    return out;
  }
  out.certificate = std::move(content);
  if (trusted) {
    out.outcome = CertificateOutcome::Valid;
    out.reason = "The certificate is signed by the known key " + out.signerKeyId + " and unchanged.";
  } else {
    out.outcome = CertificateOutcome::UnknownSigner;
    out.reason = "The certificate is unchanged and genuinely signed by key " + out.signerKeyId +
                 ", but that key is not among the ones you trust. Compare its public key with the owner's.";
  }
  return out;
}

FileVerifier::FileVerifier(const CertificateCheck& check) {
  signerKnown_ = check.outcome == CertificateOutcome::Valid;
  const bool usable =
      signerKnown_ || (check.outcome == CertificateOutcome::UnknownSigner && check.signatureGenuine);
  if (!usable || !check.certificate) {
    unusable_ = "The file was not checked because the certificate is not authentic (" +
                std::string(toString(check.outcome)) + ").";
    return;
  }
  if (check.leavesMissing) {
    unusable_ = "The file was not checked because " + std::string(kLeavesFile) +
                ", which belongs beside the certificate, is missing.";
    return;
  }
  leaves_ = check.certificate->leaves;
  for (std::size_t i = 0; i < leaves_.size(); ++i) {
    byPixels_.emplace(leaves_[i].protPixelSha256, i);
    byFile_.emplace(leaves_[i].protFileSha256, i);
    ++framesPerImage_[leaves_[i].imageId];
  }
}

FileCheck FileVerifier::check(const FileHashes& hashes) const {
  FileCheck out;
  if (unusable_) {
    out.reason = *unusable_;
    return out;
  }
  out.outcome = FileOutcome::NotInRun;
  if (hashes.pixels.empty()) {
    out.reason = "The file has no frames.";
    return out;
  }
  // Every image that has the first frame is a candidate: duplicates share their pixels.
  std::size_t known = 0;
  bool framesMissing = false;
  const auto [first, last] = byPixels_.equal_range(hashes.pixels[0]);
  for (auto candidate = first; candidate != last; ++candidate) {
    const Leaf& start = leaves_[candidate->second];
    if (start.frame != 0) continue;
    std::vector<std::size_t> indices;
    bool sameFile = true;
    // Leaves are sorted by image and frame, so the frames of an image follow each other.
    for (std::size_t k = 0; k < hashes.pixels.size(); ++k) {
      const std::size_t i = candidate->second + k;
      if (i >= leaves_.size() || leaves_[i].imageId != start.imageId || leaves_[i].frame != k ||
          leaves_[i].protPixelSha256 != hashes.pixels[k])
        break;
      sameFile = sameFile && leaves_[i].protFileSha256 == hashes.file;
      indices.push_back(i);
    }
    known = std::max(known, indices.size());
    if (indices.size() != hashes.pixels.size()) continue;
    if (framesPerImage_.at(start.imageId) != indices.size()) {
      framesMissing = true;
      continue;
    }
    if (out.outcome == FileOutcome::NotInRun || sameFile) {
      out.outcome = sameFile ? FileOutcome::Valid : FileOutcome::ValidRewrapped;
      out.imageId = start.imageId;
      out.leafIndices = std::move(indices);
    }
    if (sameFile) break;
  }
  const std::string signer = signerKnown_ ? "" : " The certificate's signer is unknown, though.";
  switch (out.outcome) {
    case FileOutcome::Valid:
      out.reason = "The file is exactly as it was written by the run." + signer;
      break;
    case FileOutcome::ValidRewrapped:
      out.reason = "All samples are as the run wrote them; only the file around them differs." + signer;
      break;
    default:
      if (framesMissing) {
        out.reason = "All frames belong to the run, but frames of this image are missing from the file.";
      } else if (known > 0) {
        out.reason = "Only the first " + std::to_string(known) + " of " +
                     std::to_string(hashes.pixels.size()) + " frames are as the run wrote them.";
      } else if (byFile_.contains(hashes.file)) {
        out.reason = "The file is byte for byte one of the run, but its samples decode differently here.";
      } else {
        out.reason = "The samples are unknown to the certificate: another image, or a changed copy.";
      }
  }
  return out;
}

}  // namespace medlocker::certificate
