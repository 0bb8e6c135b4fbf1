// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/certificate/certificate.h"

#include <algorithm>
#include <limits>

#include "core/certificate/merkle.h"
#include "core/certificate/strict_fields.h"
#include "core/common/error.h"
#include "core/common/files.h"

namespace medlocker::certificate {
namespace {

constexpr std::int64_t kMaxCount = std::int64_t{1} << 53;  // exact in every JSON reader
constexpr std::size_t kMaxLeaves = 10'000'000;
constexpr std::size_t kMaxModels = 1024;
constexpr std::size_t kMaxMetrics = 1024;
constexpr std::size_t kMaxTextBytes = 1000;

Json leafToJson(const Leaf& leaf) {
  return {{"image_id", toHex(leaf.imageId)},
          {"frame", leaf.frame},
          {"prot_pixel_sha256", toHex(leaf.protPixelSha256)},
          {"prot_file_sha256", toHex(leaf.protFileSha256)},
          {"commitment", toHex(leaf.commitment)}};
}

Leaf leafFromJson(const Json& json) {
  StrictFields in(json, "leaf");
  Leaf out;
  out.imageId = in.id16("image_id");
  out.frame = static_cast<std::uint32_t>(in.integer("frame", 0, std::numeric_limits<std::uint32_t>::max()));
  out.protPixelSha256 = in.digest("prot_pixel_sha256");
  out.protFileSha256 = in.digest("prot_file_sha256");
  out.commitment = in.digest("commitment");
  in.finish();
  return out;
}

bool inOrder(std::span<const Leaf> leaves) {
  for (std::size_t i = 1; i < leaves.size(); ++i)
    if (ItemKey{leaves[i - 1].imageId, leaves[i - 1].frame} >= ItemKey{leaves[i].imageId, leaves[i].frame})
      return false;
  return true;
}

std::vector<Leaf> leavesFromJson(const Json& array) {
  std::vector<Leaf> out;
  out.reserve(array.size());
  for (const Json& item : array) out.push_back(leafFromJson(item));
  if (!inOrder(out)) throw Error(ErrorCode::InputRejected, "the leaves are not in order");
  return out;
}

/// The rules both directions share. `refuse(field, complaint)` throws.
template <typename Refuse>
void check(const PublicCertificate& c, const Refuse& refuse) {
  const auto text = [&](const char* name, const std::string& value) {
    if (!isPlainText(value, kMaxTextBytes)) refuse(name, "is not plain text of at most 1000 bytes");
  };
  if (!isUtcTime(c.createdUtc)) refuse("created_utc", "is not a time as YYYY-MM-DDThh:mm:ssZ");
  text("owner", c.owner);
  text("dataset_title", c.datasetTitle);
  text("licence", c.licence);
  if (c.statusCounts.size() != kStatuses.size()) refuse("status_counts", "does not name the six statuses");
  for (const auto& [status, count] : c.statusCounts) {
    if (std::find(kStatuses.begin(), kStatuses.end(), status) == kStatuses.end())
      refuse("status_counts", "has an unknown status");
    if (count < 0 || count > kMaxCount) refuse("status_counts", "is out of range");
  }
  if (c.leafCount > kMaxLeaves) refuse("leaf_count", "is out of range");
  if (c.models.size() > kMaxModels) refuse("models", "has too many entries");
  for (const ModelFingerprint& model : c.models) {
    if (model.name.empty() || !isPlainText(model.name, 256))
      refuse("models", "holds a name that is not plain text");
    if (!isPlainText(model.arch, 256)) refuse("models", "holds an architecture that is not plain text");
    if (model.role != "source" && model.role != "target")
      refuse("models", "holds a role other than source and target");
  }
  if (c.metrics.size() > kMaxMetrics) refuse("metrics", "has too many entries");
  for (const auto& [name, value] : c.metrics) {
    if (!isToken(name, 128)) refuse("metrics", "has a name that is not a plain identifier");
    if (value < -kMaxCount || value > kMaxCount) refuse("metrics", "is out of range");
  }
  if (!isToken(c.payloadSuite, 128)) refuse("payload_suite", "is not a plain identifier");
  if (!c.leavesSha256) {
    if (c.leaves.size() != c.leafCount) refuse("leaf_count", "is not the number of leaves");
    if (!inOrder(c.leaves)) refuse("leaves", "are not in order");
    if (leavesRoot(c.leaves) != c.merkleRoot) refuse("merkle_root", "is not the root over the leaves");
  }
}

std::string csvCell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

}  // namespace

std::string PublicCertificate::toCanonicalJson() const {
  check(*this, [](const std::string& name, const std::string& complaint) {
    throw Error(ErrorCode::InvalidArgument, "in the certificate, '" + name + "' " + complaint);
  });
  Json modelList = Json::array();
  for (const ModelFingerprint& model : models)
    modelList.push_back(
        {{"name", model.name}, {"arch", model.arch}, {"role", model.role}, {"sha256", toHex(model.sha256)}});
  Json out = {{"schema", kCertificateSchema},
              {"run_id", toHex(runId)},
              {"created_utc", createdUtc},
              {"seed_given", seedGiven},
              {"owner", owner},
              {"dataset_title", datasetTitle},
              {"licence", licence},
              {"status_counts", Json(statusCounts)},
              {"logo_sha256", toHex(logoSha256)},
              {"leaf_count", leafCount},
              {"merkle_root", toHex(merkleRoot)},
              {"parameter_list_sha256", toHex(parameterListSha256)},
              {"models", std::move(modelList)},
              {"metrics", Json(metrics)},
              {"payload_suite", payloadSuite}};
  if (leavesSha256) {
    out["leaves_sha256"] = toHex(*leavesSha256);
  } else {
    Json list = Json::array();
    for (const Leaf& leaf : leaves) list.push_back(leafToJson(leaf));
    out["leaves"] = std::move(list);
  }
  return canonicalJson(out);
}

PublicCertificate PublicCertificate::fromCanonicalJson(std::string_view text) {
  const Json json = parseCanonicalJson(text);
  StrictFields in(json, "certificate");
  in.oneOf("schema", {kCertificateSchema});
  PublicCertificate c;
  c.runId = in.id16("run_id");
  c.createdUtc = in.utcTime("created_utc");
  c.seedGiven = in.boolean("seed_given");
  c.owner = in.text("owner", kMaxTextBytes);
  c.datasetTitle = in.text("dataset_title", kMaxTextBytes);
  c.licence = in.text("licence", kMaxTextBytes);
  StrictFields counts(in.object("status_counts"), "certificate's status_counts");
  for (const std::string_view status : kStatuses)
    c.statusCounts[std::string(status)] = counts.integer(std::string(status).c_str(), 0, kMaxCount);
  counts.finish();
  c.logoSha256 = in.digest("logo_sha256");
  c.leafCount = static_cast<std::uint64_t>(in.integer("leaf_count", 0, kMaxLeaves));
  c.merkleRoot = in.digest("merkle_root");
  c.parameterListSha256 = in.digest("parameter_list_sha256");
  for (const Json& item : in.array("models", kMaxModels)) {
    StrictFields model(item, "certificate's models");
    ModelFingerprint fingerprint;
    fingerprint.name = model.text("name", 256);
    fingerprint.arch = model.text("arch", 256);
    fingerprint.role = model.oneOf("role", {"source", "target"});
    fingerprint.sha256 = model.digest("sha256");
    model.finish();
    c.models.push_back(std::move(fingerprint));
  }
  const Json& metrics = in.object("metrics");
  if (metrics.size() > kMaxMetrics) in.refuse("metrics", "has too many entries");
  StrictFields metricFields(metrics, "certificate's metrics");
  for (const auto& item : metrics.items())
    c.metrics[item.key()] = metricFields.integer(item.key().c_str(), -kMaxCount, kMaxCount);
  c.payloadSuite = in.token("payload_suite", 128);
  if (in.has("leaves_sha256")) {
    c.leavesSha256 = in.digest("leaves_sha256");
  } else {
    c.leaves = leavesFromJson(in.array("leaves", kMaxLeaves));
  }
  in.finish();
  check(c, [&](const std::string& name, const std::string& complaint) { in.refuse(name, complaint); });
  return c;
}

std::string formatLeavesFile(const Id16& runId, std::span<const Leaf> leaves) {
  Json list = Json::array();
  for (const Leaf& leaf : leaves) list.push_back(leafToJson(leaf));
  return canonicalJson({{"schema", kLeavesSchema}, {"run_id", toHex(runId)}, {"leaves", std::move(list)}});
}

std::vector<Leaf> parseLeavesFile(std::string_view text, const Id16& runId) {
  const Json json = parseCanonicalJson(text);
  StrictFields in(json, "leaf list");
  in.oneOf("schema", {kLeavesSchema});
  if (in.id16("run_id") != runId)
    throw Error(ErrorCode::InputRejected, "the leaf list belongs to another run");
  std::vector<Leaf> out = leavesFromJson(in.array("leaves", kMaxLeaves));
  in.finish();
  return out;
}

Digest leavesRoot(std::span<const Leaf> leaves) {
  if (!inOrder(leaves)) throw Error(ErrorCode::InvalidArgument, "the leaves are not in order");
  std::vector<Digest> hashes;
  hashes.reserve(leaves.size());
  for (const Leaf& leaf : leaves) hashes.push_back(leaf.hash());
  return merkleRoot(hashes);
}

std::string certificateTrustedComment(const Id16& runId) {
  return "schema=" + std::string(kCertificateSchema) + " run_id=" + toHex(runId);
}

std::string certificateUntrustedComment(const KeyId& id) {
  return "signature of a MedLocker certificate by key " + toText(id);
}

IssuedCertificate issueCertificate(const CertificateInfo& info, std::vector<CommittedRecord> records,
                                   const OwnerSecretKey& key, std::size_t maxInlineLeaves) {
  sortRecords(records);
  if (!records.empty() && records.front().record.runId != info.runId)
    throw Error(ErrorCode::InvalidArgument, "the records come from another run than the certificate");
  std::vector<Leaf> leaves;
  leaves.reserve(records.size());
  for (const CommittedRecord& record : records) leaves.push_back(leafOf(record));

  IssuedCertificate out;
  PublicCertificate& c = out.content;
  c.runId = info.runId;
  c.createdUtc = info.createdUtc;
  c.seedGiven = info.seedGiven;
  c.owner = info.owner;
  c.datasetTitle = info.datasetTitle;
  c.licence = info.licence;
  c.statusCounts = info.statusCounts;
  for (const std::string_view status : kStatuses) c.statusCounts.try_emplace(std::string(status), 0);
  c.logoSha256 = info.logoSha256;
  c.leafCount = leaves.size();
  c.merkleRoot = leavesRoot(leaves);
  c.parameterListSha256 = parameterListSha256(records);
  c.models = info.models;
  c.metrics = info.metrics;
  c.payloadSuite = info.payloadSuite;
  if (leaves.size() > maxInlineLeaves) {
    out.leaves = formatLeavesFile(info.runId, leaves);
    c.leavesSha256 = sha256(asBytes(*out.leaves));
  } else {
    c.leaves = std::move(leaves);
  }
  out.certificate = c.toCanonicalJson();
  out.signature =
      formatSignature(signMessage(asBytes(out.certificate), key, certificateUntrustedComment(key.id),
                                  certificateTrustedComment(c.runId)));
  return out;
}

void writeCertificate(const std::filesystem::path& folder, const IssuedCertificate& issued) {
  const auto certificate = folder / std::string(kCertificateFile);
  const auto signature = folder / (std::string(kCertificateFile) + std::string(kSignatureSuffix));
  // An older signature must not stand beside a newer certificate.
  std::error_code ignored;
  std::filesystem::remove(signature, ignored);
  if (issued.leaves) writeFileAtomically(folder / std::string(kLeavesFile), *issued.leaves);
  writeFileAtomically(certificate, issued.certificate);
  writeFileAtomically(signature, issued.signature);
}

std::string formatCertificateCsv(std::span<const Leaf> leaves,
                                 const std::map<Id16, std::string>& outputNames) {
  std::string out = "leaf_index,image_id,frame,file,prot_pixel_sha256,prot_file_sha256\n";
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    const auto name = outputNames.find(leaves[i].imageId);
    if (name == outputNames.end())
      throw Error(ErrorCode::InvalidArgument, "no output file is known for an image of the certificate",
                  toHex(leaves[i].imageId));
    out += std::to_string(i) + "," + toHex(leaves[i].imageId) + "," + std::to_string(leaves[i].frame) + "," +
           csvCell(name->second) + "," + toHex(leaves[i].protPixelSha256) + "," +
           toHex(leaves[i].protFileSha256) + "\n";
  }
  return out;
}

}  // namespace medlocker::certificate
