// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/file_restorer.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "core/audit/report/html_text.h"
#include "core/certificate/certificate.h"
#include "core/common/error.h"
#include "core/common/files.h"
#include "core/data/carried_payload.h"
#include "core/data/csv.h"
#include "core/data/image_io.h"
#include "core/pipelines/dicom_files.h"
#include "core/protect/file_payload.h"
#include "core/protect/payload.h"
#include "core/protect/registration.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;
namespace cert = certificate;

constexpr std::size_t kMostCandidates = 200;  ///< payloads tried for a copy whose name says nothing

/// "a.png" or "a.jpg.png" of an original "….jpg" becomes "a.jpg".
std::string withSuffix(const std::string& name, const std::string& suffix) {
  if (suffix.empty()) return name;
  const fs::path path(name);
  const fs::path stem = path.parent_path() / path.stem();
  if (fs::path(stem).extension() == suffix) return stem.generic_string();
  return stem.generic_string() + suffix;
}

std::string stemOf(const std::string& name) {
  const fs::path path(name);
  return (path.parent_path() / path.stem()).generic_string();
}

/// Samples of a box as 0..1 luma, by the sample range and not by a window, so that both sides agree.
protect::GreyImage greyOf(const data::Image& image) {
  const double range = std::max(1, image.maxValue() - image.minValue());
  protect::GreyImage out{image.width(), image.height(),
                         std::vector<float>(static_cast<std::size_t>(image.width()) * image.height())};
  for (int y = 0; y < image.height(); ++y)
    for (int x = 0; x < image.width(); ++x) {
      double value = image.sample(x, y, 0);
      if (image.channels() == 3)
        value = 0.2126 * value + 0.7152 * image.sample(x, y, 1) + 0.0722 * image.sample(x, y, 2);
      out.values[static_cast<std::size_t>(y) * image.width() + x] =
          static_cast<float>((value - image.minValue()) / range);
    }
  return out;
}

bool givesFile(ByteView payload) {
  return protect::restoresFile(protect::payloadKindOf(payload));
}

/// True where `path` (as certificate.csv has it, below images/) is the file `name` below some folder of it.
bool isPathOf(const std::string& path, const std::string& name) {
  return path == name || path.ends_with("/" + name);
}

/// Keeps the positions for which `fits` holds, unless it holds for none.
template <typename Predicate>
void narrow(std::vector<std::size_t>& positions, const Predicate& fits) {
  std::vector<std::size_t> kept;
  std::copy_if(positions.begin(), positions.end(), std::back_inserter(kept), fits);
  if (!kept.empty()) positions = std::move(kept);
}

data::Image samplesOf(const data::Image& marked, const cert::RestorePayload& payload) {
  data::Image original = protect::restoreImage(marked, protect::decodePayload(payload.payload));
  if (data::pixelHash(original) != payload.origPixelSha256)
    throw Error(ErrorCode::VerificationFailed,
                "the restored samples are not those of the original; nothing was written");
  return original;
}

/// The original's region as an image of its own, in the sample format of `like`.
data::Image regionOf(const protect::Payload& payload, const data::Image& like) {
  data::Image region(payload.box.width(), payload.box.height(), payload.samples, 8 * payload.bytesPerSample,
                     like.bits(), like.isSigned());
  std::copy(payload.raw.begin(), payload.raw.end(), region.bytes().begin());
  return region;
}

/// Puts the region where it was found; bilinear between its samples, whole pixels copied as they are.
void paste(data::Image& copy, const data::Image& region, const protect::AffineMap& map) {
  const protect::AffineMap back = map.inverse();
  double x0 = copy.width();
  double y0 = copy.height();
  double x1 = 0;
  double y1 = 0;
  for (const double cx : {0.0, static_cast<double>(region.width())})
    for (const double cy : {0.0, static_cast<double>(region.height())}) {
      x0 = std::min(x0, map.x(cx, cy));
      x1 = std::max(x1, map.x(cx, cy));
      y0 = std::min(y0, map.y(cx, cy));
      y1 = std::max(y1, map.y(cx, cy));
    }
  const int left = std::max(0, static_cast<int>(std::floor(x0)));
  const int top = std::max(0, static_cast<int>(std::floor(y0)));
  const int right = std::min(copy.width(), static_cast<int>(std::ceil(x1)));
  const int bottom = std::min(copy.height(), static_cast<int>(std::ceil(y1)));
  for (int y = top; y < bottom; ++y)
    for (int x = left; x < right; ++x) {
      const double u = back.x(x + 0.5, y + 0.5);
      const double v = back.y(x + 0.5, y + 0.5);
      if (u < 0 || v < 0 || u >= region.width() || v >= region.height()) continue;
      const double px = std::clamp(u - 0.5, 0.0, region.width() - 1.0);
      const double py = std::clamp(v - 0.5, 0.0, region.height() - 1.0);
      const int ix = static_cast<int>(px);
      const int iy = static_cast<int>(py);
      const int jx = std::min(ix + 1, region.width() - 1);
      const int jy = std::min(iy + 1, region.height() - 1);
      const double fx = px - ix;
      const double fy = py - iy;
      for (int c = 0; c < region.channels(); ++c) {
        const double value =
            (1 - fy) * ((1 - fx) * region.sample(ix, iy, c) + fx * region.sample(jx, iy, c)) +
            fy * ((1 - fx) * region.sample(ix, jy, c) + fx * region.sample(jx, jy, c));
        copy.setSample(x, y, c,
                       std::clamp(static_cast<int>(std::lround(value)), copy.minValue(), copy.maxValue()));
      }
    }
}

}  // namespace

RestoreLevel parseRestoreLevel(const std::string& name) {
  if (name == "best") return RestoreLevel::Best;
  if (name == "r1") return RestoreLevel::Samples;
  if (name == "r2") return RestoreLevel::File;
  throw Error(ErrorCode::InvalidArgument,
              "--level is best, r1 (samples) or r2 (the file); not '" + name + "'");
}

FileRestorer::FileRestorer(const std::optional<fs::path>& run, cert::UnlockKeys keys,
                           std::span<const cert::Leaf> leaves, RestoreLevel level)
    : keys_(std::move(keys)), level_(level) {
  if (!run) return;
  const fs::path vault = *run / std::string(cert::kVaultFile);
  vault_ = std::make_shared<const cert::VaultReader>(vault);
  if (vault_->runId() != keys_.runId())
    throw Error(ErrorCode::VerificationFailed, "the keys belong to another run than the vault",
                vault.string());
  for (const cert::Leaf& leaf : leaves) fileHashes_[{leaf.imageId, leaf.frame}] = leaf.protFileSha256;
  const fs::path list = *run / std::string(cert::kCsvFile);
  if (!fs::exists(list)) return;
  try {
    const data::CsvTable table = data::readCsv(list);
    const auto id = table.column({"image_id"});
    const auto file = table.column({"file"});
    if (!id || !file) return;
    for (const data::CsvRow& row : table.rows)
      namesById_[id16FromHex(row.cell(*id))] = std::string(row.cell(*file));
  } catch (const std::exception&) {
    // The list is a convenience and not signed; without it names say nothing.
    namesById_.clear();
  }
}

std::shared_ptr<const cert::VaultReader> FileRestorer::vaultFor(ByteView file,
                                                                const std::string& name) const {
  if (vault_) return vault_;
  std::optional<Bytes> carried = data::carriedPayload(file, name);
  if (!carried)
    throw Error(ErrorCode::VerificationFailed,
                "it carries no payload of its own, and no vault was found here or in the folders above");
  auto vault = std::make_shared<const cert::VaultReader>(cert::ByteSource::fromMemory(*std::move(carried)));
  if (vault->runId() != keys_.runId())
    throw Error(ErrorCode::VerificationFailed, "it belongs to another run than the grant");
  return vault;
}

const cert::VaultReader& FileRestorer::requireVault() const {
  if (!vault_) throw Error(ErrorCode::VerificationFailed, "this needs the run's vault, which was not found");
  return *vault_;
}

cert::RestorePayload FileRestorer::open(const cert::VaultReader& vault, const Digest& protectedHash,
                                        const Digest& fileHash, const std::string& name) const {
  std::vector<std::size_t> positions = vault.findByPixels(protectedHash);
  if (positions.empty())
    throw Error(ErrorCode::VerificationFailed,
                "its samples are not those of a protected image of this run (changed, recompressed, or not "
                "protected here)");
  // Several originals can look alike once protected: equal samples in files that differ otherwise. The bytes
  // of the protected file tell them apart, and where even those are equal, its name.
  if (positions.size() > 1)
    narrow(positions, [&](std::size_t position) {
      const auto found = fileHashes_.find(vault.entries()[position].key());
      return found != fileHashes_.end() && found->second == fileHash;
    });
  if (positions.size() > 1)
    narrow(positions, [&](std::size_t position) {
      const auto found = namesById_.find(vault.entries()[position].imageId);
      return found != namesById_.end() && isPathOf(found->second, name);
    });
  std::optional<cert::RestorePayload> chosen;
  for (const std::size_t position : positions) {
    const auto key = keys_.keyFor(vault.entries()[position].imageId);
    if (!key) continue;
    cert::RestorePayload payload = vault.open(position, *key);
    if (chosen && (payload.origPixelSha256 != chosen->origPixelSha256 ||
                   (givesFile(payload.payload) && payload.origFileSha256 != chosen->origFileSha256)))
      throw Error(ErrorCode::VerificationFailed,
                  "several originals look alike once protected, and nothing tells which of them this one is; "
                  "give it the name it has in certificate.csv");
    if (!chosen) chosen = std::move(payload);
  }
  if (!chosen) throw Error(ErrorCode::VerificationFailed, "the grant does not include this image");
  return *std::move(chosen);
}

bool FileRestorer::keepsFile(const cert::VaultReader& vault, const Digest& protectedHash) const {
  for (const std::size_t position : vault.findByPixels(protectedHash))
    if (const auto key = keys_.keyFor(vault.entries()[position].imageId))
      return givesFile(vault.open(position, *key).payload);
  return false;
}

RestoredFile FileRestorer::restore(const fs::path& file, const std::string& name) const {
  const data::DecodeLimits limits;
  const Bytes bytes = readFile(file, limits.maxFileBytes);
  const data::DecodedImage decoded = data::decodeImage(bytes, file.string(), limits);
  const Digest fileHash = sha256(bytes);
  const std::shared_ptr<const cert::VaultReader> vault = vaultFor(bytes, file.string());
  const auto openFrame = [&](const Digest& frame) { return open(*vault, frame, fileHash, name); };
  RestoredFile restored;
  if (decoded.format == data::FileFormat::Dicom && !keepsFile(*vault, data::pixelHash(decoded.image))) {
    if (level_ == RestoreLevel::File)
      throw Error(ErrorCode::VerificationFailed,
                  "the run stored its samples only, so the original file cannot be given back byte for byte");
    restored.content = restoreDicomFile(bytes, file.string(), openFrame);
    restored.name = name;
    restored.level = "r1";
    return restored;
  }
  const cert::RestorePayload payload = openFrame(data::pixelHash(decoded.image));
  if (givesFile(payload.payload)) {
    restored.content = protect::restoreFile(bytes, payload.payload);
    if (sha256(restored.content) != payload.origFileSha256)
      throw Error(ErrorCode::VerificationFailed,
                  "the restored bytes are not those of the original file; nothing was written");
    // The samples follow from the bytes; they are checked all the same, because readers use them.
    if (data::pixelHash(data::decodeImage(restored.content, name, limits).image) != payload.origPixelSha256)
      throw Error(ErrorCode::VerificationFailed,
                  "the restored file does not hold the original samples; nothing was written");
    restored.name = withSuffix(name, payload.originalSuffix);
    restored.level = "r2";
    return restored;
  }
  if (level_ == RestoreLevel::File)
    throw Error(ErrorCode::VerificationFailed,
                "the run stored its samples only, so the original file cannot be given back byte for byte "
                "(payload kinds patch and file do that)");
  data::Image original = samplesOf(decoded.image, payload);
  original.metadata.protectedNote.clear();
  restored.content = data::encodeImage(original, decoded.format);
  // What is on disk counts, so the encoded bytes are read back before they are written.
  if (data::pixelHash(data::decodeImage(restored.content, name).image) != payload.origPixelSha256)
    throw Error(ErrorCode::Internal,
                "the restored file would not hold the original samples; nothing was written");
  restored.name = name;
  restored.level = "r1";
  return restored;
}

data::Image FileRestorer::restoreSamples(const data::Image& marked, const std::string& name) const {
  const Digest hash = data::pixelHash(marked);
  return samplesOf(marked, open(requireVault(), hash, hash, name));
}

std::vector<std::size_t> FileRestorer::candidatesFor(const std::string& name) const {
  const cert::VaultReader& vault = requireVault();
  // The list's names begin with images/; a copy may have another type.
  const std::string wanted = stemOf(name);
  std::set<Id16> named;
  for (const auto& [id, path] : namesById_) {
    if (isPathOf(stemOf(path), wanted)) named.insert(id);
  }
  std::vector<std::size_t> byName;
  std::vector<std::size_t> granted;
  for (std::size_t i = 0; i < vault.entries().size(); ++i) {
    const Id16& id = vault.entries()[i].imageId;
    if (!keys_.keyFor(id)) continue;
    granted.push_back(i);
    if (named.count(id)) byName.push_back(i);
  }
  if (!named.empty() && byName.empty())
    throw Error(ErrorCode::VerificationFailed, "the grant does not include this image");
  if (!byName.empty()) return byName;
  if (granted.size() > kMostCandidates)
    throw Error(ErrorCode::InputRejected, "its name does not tell which of " +
                                              std::to_string(granted.size()) +
                                              " images it is; give it the name it has in certificate.csv");
  return granted;
}

RestoredFile FileRestorer::restoreApproximately(const fs::path& file, const std::string& name) const {
  const cert::VaultReader& vault = requireVault();
  data::DecodedImage decoded = data::readImage(file);
  const protect::GreyImage copy = greyOf(decoded.image);
  double bestScore = -2;
  std::optional<data::Image> bestRegion;
  protect::AffineMap bestMap;
  std::string refusal = "the grant includes no image that this copy could come from";
  for (const std::size_t position : candidatesFor(name)) {
    const cert::VaultIndexEntry& entry = vault.entries()[position];
    const cert::RestorePayload sealed = vault.open(position, *keys_.keyFor(entry.imageId));
    if (givesFile(sealed.payload) || protect::payloadKindOf(sealed.payload) != protect::PayloadKind::Roi) {
      refusal = "the run's payload is not of kind roi, which approximate restoration needs";
      continue;
    }
    const protect::Payload payload = protect::decodePayload(sealed.payload);
    if (payload.relative) {
      refusal = "the run stored differences to the protected samples, which a changed copy does not have";
      continue;
    }
    if (payload.box.width() < 16 || payload.box.height() < 16 ||
        payload.samples != decoded.image.channels() ||
        payload.bytesPerSample != decoded.image.bitsAllocated() / 8) {
      refusal = "the copy has another number of channels or another bit depth than the original";
      continue;
    }
    data::Image region = regionOf(payload, decoded.image);
    const protect::GreyImage part = greyOf(region);
    const protect::Registration fit = protect::fitSeam(part, copy, payload.box);
    if (fit.score > bestScore) {
      bestScore = fit.score;
      bestRegion = std::move(region);
      bestMap = fit.map;
    }
  }
  if (!bestRegion) throw Error(ErrorCode::VerificationFailed, refusal);
  if (bestScore < protect::kSeamScore)
    throw Error(ErrorCode::VerificationFailed,
                "the copy could not be fitted to an original of this grant (agreement along the seam " +
                    audit::report::numberText(bestScore, 2) + " of 1); nothing was written");
  data::Image result = decoded.image;
  paste(result, *bestRegion, bestMap);
  RestoredFile restored = approximateFile(std::move(result), decoded.format, name);
  restored.reason =
      "fitted with an agreement of " + audit::report::numberText(bestScore, 2) + " of 1 along the seam";
  return restored;
}

RestoredFile approximateFile(data::Image image, data::FileFormat source, const std::string& name) {
  image.metadata.protectedNote.clear();
  RestoredFile restored;
  const data::FileFormat format =
      source == data::FileFormat::Tiff ? data::FileFormat::Tiff : data::FileFormat::Png;
  restored.name = stemOf(name) + ".approximate" + (format == data::FileFormat::Tiff ? ".tif" : ".png");
  data::EncodeOptions encoding;
  encoding.description = "Approximate restoration: not the original samples, not for diagnosis";
  restored.content = data::encodeImage(image, format, encoding);
  restored.level = "approximate";
  return restored;
}

bool FileRestorer::holds(const fs::path& file, const RestoredFile& restored) {
  try {
    if (sha256File(file) == sha256(restored.content)) return true;
    return restored.level == "r1" &&
           data::pixelHash(data::readImage(file).image) ==
               data::pixelHash(data::decodeImage(restored.content, restored.name).image);
  } catch (const Error&) {
    return false;  // something else lies there
  }
}

}  // namespace medlocker::pipelines
