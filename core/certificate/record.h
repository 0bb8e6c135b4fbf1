// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/certificate/secret.h"
#include "core/common/hash.h"
#include "core/common/json.h"

/// The private record of one protected image (spec 11.2) and its commitment (11.3). The records of a run, in
/// order, are its parameter list: they are secret. Value types; not synchronised.
namespace medlocker::certificate {

inline constexpr std::string_view kRecordSchema = "medlocker/record/1";

/// Statuses of spec 7.8. Records exist for the first three only: the others have no protected file.
inline constexpr std::array<std::string_view, 6> kStatuses = {"PROTECTED",  "PARTIAL", "WEAK",
                                                              "INFEASIBLE", "SKIPPED", "ERROR"};

/// What restores the original (spec 12.2).
struct PayloadInfo {
  std::string kind = "none";  ///< roi, residual, patch, file, none
  std::uint64_t length = 0;   ///< bytes of the payload before encryption
  Digest sha256{};            ///< of those bytes; of nothing for kind none
  bool operator==(const PayloadInfo&) const = default;
};

struct PrivateRecord {
  Id16 runId{};
  Id16 imageId{};
  std::uint32_t frame = 0;
  std::string status = "PROTECTED";
  std::int64_t x = 0;  ///< top left corner of the logo, native pixels
  std::int64_t y = 0;
  std::int64_t w = 1;
  std::int64_t h = 1;
  std::int64_t alphaCode = 0;  ///< A_α, 0..65535
  std::string law = "matte";   ///< matte or cap
  std::int64_t sizeNum = 1;    ///< size factor s as a fraction
  std::int64_t sizeDen = 4;
  Digest logoSha256{};
  Digest tileSha256{};  ///< of the rendered tile
  std::uint64_t warpSeed = 0;
  std::uint64_t texSeed = 0;
  std::uint64_t jitterSeed = 0;
  std::array<std::int64_t, 4> analysisFrame{0, 0, 1, 1};  ///< G: x0, y0, x1, y1
  std::string fovSource = "detected";
  std::string wsmSource = "none";  ///< where the protected boxes came from
  std::vector<std::array<std::int64_t, 4>> wsmBoxes;
  std::string feasibilityStep = "none";  ///< step of the ladder in 7.2 that was used
  std::int64_t nFeasible = 0;
  std::int64_t choiceBits = 0;  ///< log2 of the size of the near-optimal set, rounded down
  std::string mode = "grid";
  std::int64_t budgetUsed = 0;
  std::vector<Digest> sourceModels;
  std::int64_t label = -1;           ///< -1: none
  std::string labelOrigin = "none";  ///< given, pseudo, none
  /// One value per source model, in the same order; margins × 1000.
  std::vector<std::int64_t> predBefore;
  std::vector<std::int64_t> predAfter;
  std::vector<std::int64_t> marginBeforeMilli;
  std::vector<std::int64_t> marginAfterMilli;
  Digest origPixelSha256{};
  Digest protPixelSha256{};
  Digest origFileSha256{};
  Digest protFileSha256{};
  Digest origNameHmac{};  ///< HMAC-SHA256 of the original's relative path under the run key
  std::int64_t bits = 8;
  bool isSigned = false;
  std::int64_t samples = 3;
  std::string photometric = "rgb";
  PayloadInfo payload;
  std::string software;
  std::string specVersion = "1";
  /// What later versions of the search need beyond spec 11.2 (several logos, flags such as LESION_COVERED …):
  /// an object of integers, strings, lists and objects with its own integer "version", or null.
  Json extras;

  /// Sorted keys, no spaces; integers and strings only. Throws Error(InvalidArgument) naming a field that is
  /// out of range.
  std::string toCanonicalJson() const;
  /// Strict: the exact spelling toCanonicalJson() gives, no unknown field. Throws Error(InputRejected).
  static PrivateRecord fromCanonicalJson(std::string_view text);
  bool operator==(const PrivateRecord&) const = default;
};

/// A record with the nonce that hides it in its commitment.
struct CommittedRecord {
  PrivateRecord record;
  SecretKey32 nonce;
};

/// c = SHA-256(0x02 ‖ nonce ‖ record).
Digest commitmentOf(ByteView nonce, std::string_view canonicalRecord);

/// What is public of one image.
struct Leaf {
  Id16 imageId{};
  std::uint32_t frame = 0;
  Digest protPixelSha256{};
  Digest protFileSha256{};
  Digest commitment{};
  bool operator==(const Leaf&) const = default;

  /// l = image id ‖ frame (u32, big endian) ‖ pixel hash ‖ file hash ‖ commitment; 116 bytes.
  Bytes data() const;
  Digest hash() const;
};

Leaf leafOf(const CommittedRecord& committed);

/// Order of records, leaves and vault entries.
struct ItemKey {
  Id16 imageId{};
  std::uint32_t frame = 0;
  auto operator<=>(const ItemKey&) const = default;
};

/// Sorts by (image id, frame). Throws Error(InvalidArgument) where two records have the same key or the runs
/// differ.
void sortRecords(std::vector<CommittedRecord>& records);

/// SHA-256 over all canonical records, one after the other, in order (spec 11.4, parameter_list_sha256).
Digest parameterListSha256(std::span<const CommittedRecord> sortedRecords);

}  // namespace medlocker::certificate
