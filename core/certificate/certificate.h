// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/certificate/minisign.h"
#include "core/certificate/record.h"

/// The public certificate of a run (spec 11.4): what was protected, by whom, and a commitment to every
/// parameter. Nothing in it tells a parameter, an original or an original's hash. Value types; not
/// synchronised.
namespace medlocker::certificate {

inline constexpr std::string_view kCertificateSchema = "medlocker/certificate/1";
inline constexpr std::string_view kLeavesSchema = "medlocker/leaves/1";
inline constexpr std::string_view kCertificateFile = "certificate.json";
inline constexpr std::string_view kSignatureSuffix = ".minisig";
inline constexpr std::string_view kLeavesFile = "certificate.leaves.json";
inline constexpr std::string_view kCsvFile = "certificate.csv";

/// Longer leaf lists go to a neighbouring file, so that the certificate stays readable.
inline constexpr std::size_t kMaxInlineLeaves = 5000;

struct ModelFingerprint {
  std::string name;
  std::string arch;
  std::string role;  ///< source or target
  Digest sha256{};   ///< of the weights file
  bool operator==(const ModelFingerprint&) const = default;
};

struct PublicCertificate {
  Id16 runId{};
  std::string createdUtc;  ///< YYYY-MM-DDThh:mm:ssZ
  bool seedGiven = false;  ///< a seed was given by the user: weaker secrecy and uniqueness
  std::string owner;       ///< free text
  std::string datasetTitle;
  std::string licence;
  std::map<std::string, std::int64_t> statusCounts;  ///< images per status of spec 7.8; all six keys
  Digest logoSha256{};
  std::uint64_t leafCount = 0;
  Digest merkleRoot{};
  Digest parameterListSha256{};
  std::vector<ModelFingerprint> models;
  std::map<std::string, std::int64_t> metrics;  ///< basis points (1/10000), for example "asr_source"
  std::string payloadSuite = "none";            ///< for example "roi+deflate/xchacha20-poly1305"
  std::vector<Leaf> leaves;                     ///< in order; empty when they lie in the neighbouring file
  std::optional<Digest> leavesSha256;           ///< of that file

  /// Throws Error(InvalidArgument) naming a field that breaks a rule.
  std::string toCanonicalJson() const;
  /// Strict: exact canonical spelling, no unknown field, no unknown schema version, leaves in order, and
  /// where they are inline their number and root fit. Throws Error(InputRejected).
  static PublicCertificate fromCanonicalJson(std::string_view text);
  bool operator==(const PublicCertificate&) const = default;
};

/// The neighbouring leaf file.
std::string formatLeavesFile(const Id16& runId, std::span<const Leaf> leaves);
/// Strict; also refuses leaves out of order. Throws Error(InputRejected).
std::vector<Leaf> parseLeavesFile(std::string_view text, const Id16& runId);

/// Root over leaves, which must be in strictly ascending order (Error InvalidArgument).
Digest leavesRoot(std::span<const Leaf> leaves);

/// The trusted comment of a certificate's signature; names schema and run.
std::string certificateTrustedComment(const Id16& runId);
std::string certificateUntrustedComment(const KeyId& id);

/// What the caller knows of a finished run.
struct CertificateInfo {
  Id16 runId{};
  std::string createdUtc;
  bool seedGiven = false;
  std::string owner;
  std::string datasetTitle;
  std::string licence;
  std::map<std::string, std::int64_t> statusCounts;  ///< missing statuses count 0
  Digest logoSha256{};
  std::vector<ModelFingerprint> models;
  std::map<std::string, std::int64_t> metrics;
  std::string payloadSuite = "none";
};

/// The files of a certificate, ready to be written.
struct IssuedCertificate {
  std::string certificate;
  std::string signature;
  std::optional<std::string>
      leaves;  ///< content of the neighbouring file, for more than `maxInlineLeaves` leaves
  PublicCertificate content;
};

/// Builds and signs. The same records, info and key give the same bytes. Throws Error(InvalidArgument).
IssuedCertificate issueCertificate(const CertificateInfo& info, std::vector<CommittedRecord> records,
                                   const OwnerSecretKey& key, std::size_t maxInlineLeaves = kMaxInlineLeaves);

/// Writes certificate.json, its signature and, where needed, the leaf file; the signature last, so that a
/// crash leaves an unsigned certificate and never a signed wrong one.
void writeCertificate(const std::filesystem::path& folder, const IssuedCertificate& issued);

/// certificate.csv: a convenience for people, not signed. Columns leaf_index, image_id, frame, file,
/// prot_pixel_sha256, prot_file_sha256. The status of single images is left out on purpose: it would tell
/// which ones a model still reads. `outputNames` gives the path of each protected file below the output
/// folder. Throws Error(InvalidArgument) where one is missing.
std::string formatCertificateCsv(std::span<const Leaf> leaves,
                                 const std::map<Id16, std::string>& outputNames);

}  // namespace medlocker::certificate
