// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/owner_images.h"

#include <optional>

#include "core/common/error.h"
#include "core/common/files.h"
#include "core/data/csv.h"
#include "core/data/image_io.h"
#include "core/data/orientation.h"
#include "core/pipelines/protected_files.h"
#include "core/protect/file_payload.h"
#include "core/protect/payload.h"

namespace medlocker::pipelines {

namespace fs = std::filesystem;
namespace cert = certificate;

namespace {

/// "<file>.npz/<array>/<index>" as an item; empty for a file of its own.
std::optional<ProtectedUnit> arrayItem(const fs::path& folder, const std::string& name) {
  const std::size_t at = name.find(".npz/");
  if (at == std::string::npos) return std::nullopt;
  const fs::path file = safeJoin(folder, name.substr(0, at + 4));
  for (ProtectedUnit& unit : protectedUnitsOf(file))
    if (unit.array && unit.array->array + "/" + std::to_string(unit.array->index) == name.substr(at + 5))
      return std::move(unit);
  throw Error(ErrorCode::NotFound, "the array has no such item", name);
}

}  // namespace

OwnerImages::OwnerImages(const fs::path& folder, const cert::OwnerSecretKey& owner)
    : run_(openOwnerRun(folder, owner)), vault_(folder / std::string(cert::kVaultFile)) {
  const fs::path list = folder / std::string(cert::kCsvFile);
  const data::CsvTable table = data::readCsv(list);
  const auto id = table.column({"image_id"});
  const auto file = table.column({"file"});
  if (!id || !file)
    throw Error(ErrorCode::InputRejected, "does not tell which file is which image", list.string());
  for (const data::CsvRow& row : table.rows)
    names_[id16FromHex(row.cell(*id))] = std::string(row.cell(*file));
}

std::string OwnerImages::fileOf(const cert::PrivateRecord& record) const {
  const auto found = names_.find(record.imageId);
  return found == names_.end() ? std::string() : found->second;
}

OwnerImages::Pair OwnerImages::read(const cert::PrivateRecord& record) const {
  const std::string name = fileOf(record);
  if (record.frame > 0)
    throw Error(ErrorCode::Unsupported, "only the first frame of a multi-frame file is compared", name);
  if (name.empty())
    throw Error(ErrorCode::NotFound, "the run's list does not name its protected file",
                toHex(record.imageId));
  const fs::path file = safeJoin(run_.folder, name);
  const data::DecodeLimits limits;
  Bytes bytes;
  Pair out;
  if (const auto item = arrayItem(run_.folder, name)) {
    out.marked = item->read().image;
  } else {
    bytes = readFile(file, limits.maxFileBytes);
    out.marked = data::decodeImage(bytes, file.string(), limits).image;
  }
  if (data::pixelHash(out.marked, record.frame) != record.protPixelSha256)
    throw Error(ErrorCode::VerificationFailed, "its samples are no longer those of the run", file.string());
  const auto position = vault_.find({record.imageId, record.frame});
  if (!position) throw Error(ErrorCode::NotFound, "the vault has no payload for it", file.string());
  const cert::RestorePayload payload = vault_.open(*position, run_.list.secrets.imageKey(record.imageId));
  if (protect::restoresFile(protect::payloadKindOf(payload.payload)))
    out.original =
        data::decodeImage(protect::restoreFile(bytes, payload.payload), file.string(), limits).image;
  else
    out.original = protect::restoreImage(out.marked, protect::decodePayload(payload.payload));
  if (data::pixelHash(out.original, record.frame) != record.origPixelSha256)
    throw Error(ErrorCode::VerificationFailed, "its payload does not give back the original", file.string());
  // Records count in the orientation in which a picture is seen.
  out.original = data::inDisplayOrientation(std::move(out.original));
  out.marked = data::inDisplayOrientation(std::move(out.marked));
  return out;
}

}  // namespace medlocker::pipelines
