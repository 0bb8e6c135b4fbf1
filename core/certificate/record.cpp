// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/certificate/record.h"

#include <algorithm>
#include <limits>

#include "core/certificate/merkle.h"
#include "core/certificate/strict_fields.h"
#include "core/common/error.h"

namespace medlocker::certificate {
namespace {

constexpr std::int64_t kMaxSide = 1 << 20;
constexpr std::int64_t kMaxCount = std::int64_t{1} << 53;  // exact in every JSON reader
constexpr std::size_t kMaxBoxes = 100000;
constexpr std::size_t kMaxModels = 1024;
constexpr std::size_t kMaxExtrasBytes = 1 << 20;
constexpr std::uint8_t kCommitmentPrefix[] = {0x02};

const std::vector<std::string_view> kPayloadKinds = {"roi", "residual", "patch", "file", "blocks", "none"};

Json hexList(const std::vector<Digest>& digests) {
  Json out = Json::array();
  for (const Digest& digest : digests) out.push_back(toHex(digest));
  return out;
}

/// Integers, strings, lists and objects only, so that there is one spelling.
bool isPlainData(const Json& value) {
  if (value.is_string()) return isPlainText(value.get_ref<const std::string&>(), 4096);
  if (value.is_number_unsigned()) return value.get<std::uint64_t>() <= static_cast<std::uint64_t>(kMaxCount);
  if (value.is_number_integer()) return value.get<std::int64_t>() >= -kMaxCount;
  if (value.is_object()) {
    for (const auto& item : value.items())
      if (!isToken(item.key(), 64) || !isPlainData(item.value())) return false;
    return true;
  }
  return value.is_array() && std::all_of(value.begin(), value.end(), isPlainData);
}

/// The rules both directions share. `refuse(field, complaint)` throws.
template <typename Refuse>
void check(const PrivateRecord& r, const Refuse& refuse) {
  const auto range = [&](const char* name, std::int64_t value, std::int64_t low, std::int64_t high) {
    if (value < low || value > high) refuse(name, "is out of range");
  };
  const auto token = [&](const char* name, const std::string& value) {
    if (!isToken(value, 64)) refuse(name, "is not a plain identifier");
  };
  const auto box = [&](const char* name, const std::array<std::int64_t, 4>& b) {
    for (const std::int64_t value : b) range(name, value, 0, kMaxSide);
    if (b[0] >= b[2] || b[1] >= b[3]) refuse(name, "is an empty box");
  };
  if (std::find(kStatuses.begin(), kStatuses.begin() + 3, r.status) == kStatuses.begin() + 3)
    refuse("status", "is not PROTECTED, PARTIAL or WEAK");
  range("x", r.x, 0, kMaxSide);
  range("y", r.y, 0, kMaxSide);
  range("w", r.w, 1, kMaxSide);
  range("h", r.h, 1, kMaxSide);
  range("alpha_code", r.alphaCode, 0, 65535);
  if (r.law != "matte" && r.law != "cap") refuse("law", "is not matte or cap");
  range("size_num", r.sizeNum, 1, kMaxCount);
  range("size_den", r.sizeDen, 1, kMaxCount);
  box("G", r.analysisFrame);
  token("fov_source", r.fovSource);
  token("wsm_source", r.wsmSource);
  if (r.wsmBoxes.size() > kMaxBoxes) refuse("wsm_boxes", "has too many entries");
  for (const auto& b : r.wsmBoxes) box("wsm_boxes", b);
  token("feasibility_step", r.feasibilityStep);
  range("n_feasible", r.nFeasible, 0, kMaxCount);
  range("choice_bits", r.choiceBits, 0, 64);
  token("mode", r.mode);
  range("budget_used", r.budgetUsed, 0, kMaxCount);
  if (r.sourceModels.size() > kMaxModels) refuse("source_models", "has too many entries");
  range("label", r.label, -1, 1 << 20);
  if (r.labelOrigin != "given" && r.labelOrigin != "pseudo" && r.labelOrigin != "none")
    refuse("label_origin", "is not given, pseudo or none");
  const auto perModel = [&](const char* name, const std::vector<std::int64_t>& values) {
    if (values.size() != r.sourceModels.size()) refuse(name, "does not have one entry per source model");
    for (const std::int64_t value : values) range(name, value, -kMaxCount, kMaxCount);
  };
  perModel("pred_before", r.predBefore);
  perModel("pred_after", r.predAfter);
  perModel("margin_before_milli", r.marginBeforeMilli);
  perModel("margin_after_milli", r.marginAfterMilli);
  range("bits", r.bits, 8, 16);
  if (r.samples != 1 && r.samples != 3) refuse("samples", "is not 1 or 3");
  if (r.photometric.empty() || !isPlainText(r.photometric, 64)) refuse("photometric", "is not plain text");
  if (std::find(kPayloadKinds.begin(), kPayloadKinds.end(), r.payload.kind) == kPayloadKinds.end())
    refuse("payload", "is of an unknown kind");
  if (r.payload.length > static_cast<std::uint64_t>(kMaxCount)) refuse("payload", "is too long");
  if (r.payload.kind == "none" && r.payload.length != 0) refuse("payload", "has a length but no kind");
  if (!isPlainText(r.software, 256)) refuse("software", "is not plain text");
  if (!isToken(r.specVersion, 16)) refuse("spec_version", "is not a version");
  if (!r.extras.is_null()) {
    if (!r.extras.is_object() || !r.extras.contains("version") || !r.extras["version"].is_number_integer() ||
        r.extras["version"] < 1)
      refuse("extras", "is not an object with a version");
    if (!isPlainData(r.extras))
      refuse("extras", "holds something other than integers, strings, lists and objects");
    if (r.extras.dump().size() > kMaxExtrasBytes) refuse("extras", "is too long");
  }
}

std::array<std::int64_t, 4> boxFrom(const Json& value, const StrictFields& fields, const char* name) {
  std::array<std::int64_t, 4> out{};
  if (!value.is_array() || value.size() != 4) fields.refuse(name, "does not hold four integers");
  for (std::size_t i = 0; i < 4; ++i) {
    if (!value[i].is_number_unsigned() ||
        value[i].get<std::uint64_t>() > static_cast<std::uint64_t>(kMaxSide))
      fields.refuse(name, "does not hold four integers in range");
    out[i] = value[i].get<std::int64_t>();
  }
  return out;
}

}  // namespace

std::string PrivateRecord::toCanonicalJson() const {
  check(*this, [](const std::string& name, const std::string& complaint) {
    throw Error(ErrorCode::InvalidArgument, "in the record, '" + name + "' " + complaint);
  });
  Json boxes = Json::array();
  for (const auto& box : wsmBoxes) boxes.push_back(box);
  Json out = {
      {"schema", kRecordSchema},
      {"run_id", toHex(runId)},
      {"image_id", toHex(imageId)},
      {"frame", frame},
      {"status", status},
      {"x", x},
      {"y", y},
      {"w", w},
      {"h", h},
      {"alpha_code", alphaCode},
      {"law", law},
      {"size_num", sizeNum},
      {"size_den", sizeDen},
      {"logo_sha256", toHex(logoSha256)},
      {"tile_sha256", toHex(tileSha256)},
      {"warp_seed", hex64(warpSeed)},
      {"tex_seed", hex64(texSeed)},
      {"jitter_seed", hex64(jitterSeed)},
      {"G", analysisFrame},
      {"fov_source", fovSource},
      {"wsm_source", wsmSource},
      {"wsm_boxes", std::move(boxes)},
      {"feasibility_step", feasibilityStep},
      {"n_feasible", nFeasible},
      {"choice_bits", choiceBits},
      {"mode", mode},
      {"budget_used", budgetUsed},
      {"source_models", hexList(sourceModels)},
      {"label", label},
      {"label_origin", labelOrigin},
      {"pred_before", predBefore},
      {"pred_after", predAfter},
      {"margin_before_milli", marginBeforeMilli},
      {"margin_after_milli", marginAfterMilli},
      {"orig_pixel_sha256", toHex(origPixelSha256)},
      {"prot_pixel_sha256", toHex(protPixelSha256)},
      {"orig_file_sha256", toHex(origFileSha256)},
      {"prot_file_sha256", toHex(protFileSha256)},
      {"orig_name_hmac", toHex(origNameHmac)},
      {"bits", bits},
      {"signed", isSigned ? 1 : 0},
      {"samples", samples},
      {"photometric", photometric},
      {"payload", {{"kind", payload.kind}, {"len", payload.length}, {"sha256", toHex(payload.sha256)}}},
      {"software", software},
      {"spec_version", specVersion},
  };
  if (!extras.is_null()) out["extras"] = extras;
  return canonicalJson(out);
}

PrivateRecord PrivateRecord::fromCanonicalJson(std::string_view text) {
  const Json json = parseCanonicalJson(text);
  StrictFields in(json, "record");
  constexpr std::int64_t kAny = std::numeric_limits<std::int64_t>::max();
  in.oneOf("schema", {kRecordSchema});
  PrivateRecord r;
  r.runId = in.id16("run_id");
  r.imageId = in.id16("image_id");
  r.frame = static_cast<std::uint32_t>(in.integer("frame", 0, std::numeric_limits<std::uint32_t>::max()));
  r.status = in.text("status", 32);
  r.x = in.integer("x", -kAny, kAny);
  r.y = in.integer("y", -kAny, kAny);
  r.w = in.integer("w", -kAny, kAny);
  r.h = in.integer("h", -kAny, kAny);
  r.alphaCode = in.integer("alpha_code", -kAny, kAny);
  r.law = in.text("law", 16);
  r.sizeNum = in.integer("size_num", -kAny, kAny);
  r.sizeDen = in.integer("size_den", -kAny, kAny);
  r.logoSha256 = in.digest("logo_sha256");
  r.tileSha256 = in.digest("tile_sha256");
  r.warpSeed = in.hex64("warp_seed");
  r.texSeed = in.hex64("tex_seed");
  r.jitterSeed = in.hex64("jitter_seed");
  r.analysisFrame = boxFrom(in.array("G", 4), in, "G");
  r.fovSource = in.text("fov_source", 64);
  r.wsmSource = in.text("wsm_source", 64);
  for (const Json& box : in.array("wsm_boxes", kMaxBoxes))
    r.wsmBoxes.push_back(boxFrom(box, in, "wsm_boxes"));
  r.feasibilityStep = in.text("feasibility_step", 64);
  r.nFeasible = in.integer("n_feasible", -kAny, kAny);
  r.choiceBits = in.integer("choice_bits", -kAny, kAny);
  r.mode = in.text("mode", 64);
  r.budgetUsed = in.integer("budget_used", -kAny, kAny);
  r.sourceModels = in.digests("source_models", kMaxModels);
  r.label = in.integer("label", -kAny, kAny);
  r.labelOrigin = in.text("label_origin", 16);
  r.predBefore = in.integers("pred_before", kMaxModels, -kAny, kAny);
  r.predAfter = in.integers("pred_after", kMaxModels, -kAny, kAny);
  r.marginBeforeMilli = in.integers("margin_before_milli", kMaxModels, -kAny, kAny);
  r.marginAfterMilli = in.integers("margin_after_milli", kMaxModels, -kAny, kAny);
  r.origPixelSha256 = in.digest("orig_pixel_sha256");
  r.protPixelSha256 = in.digest("prot_pixel_sha256");
  r.origFileSha256 = in.digest("orig_file_sha256");
  r.protFileSha256 = in.digest("prot_file_sha256");
  r.origNameHmac = in.digest("orig_name_hmac");
  r.bits = in.integer("bits", -kAny, kAny);
  r.isSigned = in.integer("signed", 0, 1) == 1;
  r.samples = in.integer("samples", -kAny, kAny);
  r.photometric = in.text("photometric", 64);
  StrictFields payload(in.object("payload"), "record's payload");
  r.payload.kind = payload.text("kind", 16);
  r.payload.length = static_cast<std::uint64_t>(payload.integer("len", 0, kMaxCount));
  r.payload.sha256 = payload.digest("sha256");
  payload.finish();
  r.software = in.text("software", 256);
  r.specVersion = in.text("spec_version", 16);
  if (in.has("extras")) r.extras = in.object("extras");
  in.finish();
  check(r, [&](const std::string& name, const std::string& complaint) { in.refuse(name, complaint); });
  return r;
}

Digest commitmentOf(ByteView nonce, std::string_view canonicalRecord) {
  return Sha256().update(ByteView(kCommitmentPrefix)).update(nonce).update(canonicalRecord).finish();
}

Bytes Leaf::data() const {
  Bytes out;
  out.reserve(116);
  out.insert(out.end(), imageId.begin(), imageId.end());
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(frame >> shift));
  out.insert(out.end(), protPixelSha256.begin(), protPixelSha256.end());
  out.insert(out.end(), protFileSha256.begin(), protFileSha256.end());
  out.insert(out.end(), commitment.begin(), commitment.end());
  return out;
}

Digest Leaf::hash() const {
  return merkleLeafHash(data());
}

Leaf leafOf(const CommittedRecord& committed) {
  const PrivateRecord& record = committed.record;
  return {record.imageId, record.frame, record.protPixelSha256, record.protFileSha256,
          commitmentOf(committed.nonce.view(), record.toCanonicalJson())};
}

void sortRecords(std::vector<CommittedRecord>& records) {
  const auto key = [](const CommittedRecord& item) {
    return ItemKey{item.record.imageId, item.record.frame};
  };
  std::sort(records.begin(), records.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
  for (std::size_t i = 1; i < records.size(); ++i) {
    if (key(records[i - 1]) == key(records[i]))
      throw Error(ErrorCode::InvalidArgument, "two records have the same image id and frame",
                  toHex(records[i].record.imageId));
    if (records[i - 1].record.runId != records[i].record.runId)
      throw Error(ErrorCode::InvalidArgument, "the records come from different runs");
  }
}

Digest parameterListSha256(std::span<const CommittedRecord> sortedRecords) {
  Sha256 hash;
  for (const CommittedRecord& item : sortedRecords) hash.update(item.record.toCanonicalJson());
  return hash.finish();
}

}  // namespace medlocker::certificate
