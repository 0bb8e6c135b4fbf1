// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/certificate/image_proof.h"

#include <algorithm>

#include "core/certificate/merkle.h"
#include "core/certificate/strict_fields.h"
#include "core/common/error.h"

namespace medlocker::certificate {
namespace {

constexpr std::size_t kMaxPath = 64;
constexpr std::int64_t kMaxIndex = std::int64_t{1} << 53;

}  // namespace

std::string ImageProof::toCanonicalJson() const {
  Json list = Json::array();
  for (const Digest& node : path) list.push_back(toHex(node));
  // Nested canonical JSON keeps its spelling, so the record's bytes come back unchanged.
  return canonicalJson({{"schema", kProofSchema},
                        {"record", Json::parse(record.toCanonicalJson())},
                        {"nonce", toHex(nonce)},
                        {"leaf_index", leafIndex},
                        {"path", std::move(list)}});
}

ImageProof ImageProof::fromCanonicalJson(std::string_view text) {
  const Json json = parseCanonicalJson(text);
  StrictFields in(json, "proof");
  in.oneOf("schema", {kProofSchema});
  ImageProof out;
  out.record = PrivateRecord::fromCanonicalJson(canonicalJson(in.object("record")));
  out.nonce = in.digest("nonce");
  out.leafIndex = static_cast<std::uint64_t>(in.integer("leaf_index", 0, kMaxIndex));
  out.path = in.digests("path", kMaxPath);
  in.finish();
  return out;
}

ImageProof makeImageProof(std::vector<CommittedRecord> records, const ItemKey& item) {
  sortRecords(records);
  const auto found = std::find_if(records.begin(), records.end(), [&](const CommittedRecord& candidate) {
    return ItemKey{candidate.record.imageId, candidate.record.frame} == item;
  });
  if (found == records.end())
    throw Error(ErrorCode::NotFound, "the run has no such image", toHex(item.imageId));
  std::vector<Digest> hashes;
  hashes.reserve(records.size());
  for (const CommittedRecord& record : records) hashes.push_back(leafOf(record).hash());
  ImageProof out;
  out.record = found->record;
  std::copy(found->nonce.data(), found->nonce.data() + found->nonce.size(), out.nonce.begin());
  out.leafIndex = static_cast<std::uint64_t>(found - records.begin());
  out.path = merklePath(hashes, out.leafIndex);
  return out;
}

std::string_view toString(ProofOutcome outcome) {
  switch (outcome) {
    case ProofOutcome::Valid:
      return "VALID";
    case ProofOutcome::BadProof:
      return "BAD_PROOF";
    case ProofOutcome::NotChecked:
      return "NOT_CHECKED";
  }
  return "NOT_CHECKED";
}

ProofCheck checkImageProof(std::string_view proof, const CertificateCheck& certificate) {
  ProofCheck out;
  if (certificate.outcome != CertificateOutcome::Valid || !certificate.certificate) {
    out.reason = "The proof was not checked because the certificate is not authentic (" +
                 std::string(toString(certificate.outcome)) + ").";
    return out;
  }
  out.outcome = ProofOutcome::BadProof;
  ImageProof parsed;
  try {
    parsed = ImageProof::fromCanonicalJson(proof);
  } catch (const Error& e) {
    out.reason = std::string("The proof cannot be read: ") + e.what() + ".";
    return out;
  }
  if (parsed.record.runId != certificate.certificate->runId) {
    out.reason = "The proof belongs to another run.";
    return out;
  }
  const Leaf leaf = leafOf({parsed.record, SecretKey32(parsed.nonce)});
  if (!merklePathHolds(leaf.hash(), parsed.leafIndex, certificate.certificate->leafCount, parsed.path,
                       certificate.certificate->merkleRoot)) {
    out.reason =
        "The record, its nonce or its path does not lead to the certified root: the proof was changed.";
    return out;
  }
  out.outcome = ProofOutcome::Valid;
  out.reason = "The record was committed to when the certificate was signed.";
  out.record = std::move(parsed.record);
  return out;
}

}  // namespace medlocker::certificate
