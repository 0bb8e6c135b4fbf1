// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/protect_item.h"

#include <cctype>

#include "core/common/files.h"
#include "core/data/carried_payload.h"
#include "core/data/dicom/dicom_image.h"
#include "core/data/dicom/dicom_writer.h"
#include "core/data/dicom/frame_sample.h"
#include "core/data/orientation.h"
#include "core/pipelines/item_record.h"
#include "core/pipelines/protected_files.h"
#include "core/pipelines/search_input.h"
#include "core/pipelines/search_report.h"
#include "core/protect/file_payload.h"
#include "core/protect/payload.h"

namespace medlocker::pipelines {

namespace cert = certificate;

namespace {

std::string lowered(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// Searched and composed upright, stored as the source is (spec 13.1).
protect::OutputCodec storedOrientationCodec(data::FileFormat format, const std::string& note, int exif) {
  protect::OutputCodec codec;
  codec.encode = [=](const data::Image& upright) {
    data::Image stored = data::oriented(upright, data::inverseOrientation(exif));
    stored.metadata.orientation = exif;
    data::EncodeOptions encoding;
    encoding.protectedNote = note;
    return data::encodeImage(stored, format, encoding);
  };
  codec.decode = [](ByteView bytes) {
    return data::inDisplayOrientation(data::decodeImage(bytes, "protected image").image);
  };
  return codec;
}

/// The upright result as it lies in the file. The payload restores stored samples, so it is made anew.
void toStoredOrientation(const PreparedImage& prepared, std::uint32_t frame,
                         protect::ProtectedImage& result) {
  if (prepared.orientation == 1 || result.encoded.empty()) return;
  const int back = data::inverseOrientation(prepared.orientation);
  const data::Image original = data::oriented(prepared.image, back);
  result.image = data::oriented(result.image, back);
  result.changedBox = protect::changedBox(original, result.image);
  result.payload = protect::encodeRoiPayload(original, result.changedBox, frame);
  result.payloadKind = protect::toString(protect::PayloadKind::Roi);
  const data::Image restored = protect::restoreImage(result.image, protect::decodePayload(result.payload));
  if (data::pixelHash(restored) != prepared.pixelHash)
    throw Error(ErrorCode::Internal, "the payload does not restore the original");
}

cert::RestorePayload restorePayloadOf(const data::Sample& sample, const PreparedImage& prepared,
                                      const protect::ProtectedImage& result) {
  cert::RestorePayload payload;
  payload.origPixelSha256 = prepared.pixelHash;
  payload.origFileSha256 = prepared.fileSha256;
  if (!sample.array || data::isFrame(sample))
    payload.originalSuffix = lowered(sample.path.extension().string());
  payload.payload = result.payload;
  return payload;
}

}  // namespace

protect::ProtectImageOptions protectImageOptions(const ProtectDatasetOptions& options, bool haveModels) {
  protect::ProtectImageOptions image;
  image.search.mode = haveModels ? protect::parseSearchMode(options.mode) : protect::SearchMode::Random;
  image.search.budget = options.budget;
  image.search.opacityLow = options.opacityLow;
  image.search.opacityHigh = options.opacityHigh;
  image.goal.kind = options.referral ? protect::GoalKind::Referral : protect::GoalKind::Untargeted;
  if (options.targetGrade) image.goal = {protect::GoalKind::Target, *options.targetGrade};
  image.law = protect::parseOpacityLaw(options.law);
  image.layout = protect::parseLayout(options.layout);
  image.logos = options.logos;
  image.sizes.clear();
  std::vector<double> sizes{options.logoSize};
  sizes.insert(sizes.end(), options.furtherSizes.begin(), options.furtherSizes.end());
  for (const double size : sizes)
    image.sizes.push_back(protect::SizeFactor::fromDouble(
        image.layout == protect::Layout::Tiled ? size / kTiledReduction : size));
  image.reinforce.epsilon = options.reinforce;
  if (!options.harden) image.hardening = protect::HardeningOptions::none();
  image.hardening.opaqueCore = options.opaqueCore;
  image.antiInpainting = options.antiInpainting;
  if (options.profile == "literature") {
    image.search.leastVisible = false;
    image.search.diversify = false;
    image.search.kappa = 0;
    image.objective.lambdaOpacity = 0;
    image.workingShortSide = 224;
    image.minFieldOfView = 0;
  }
  image.transformDraws = options.transformDraws;
  image.cropSafe = options.cropSafe;
  image.allowLesionOverlap = options.allowLesionOverlap;
  if (options.allowLargeCoverage) image.coverageLimit.reset();
  image.residualPayload = options.payload == "residual";
  return image;
}

ItemProtector::ItemProtector(const ProtectDatasetOptions& options, const ProtectionInputs& inputs,
                             std::vector<double> marginScales, const ProtectionFolder& folder,
                             protect::SharedBatches& batches, const RunContext& context,
                             SearchMonitor* monitor)
    : options_(options),
      inputs_(inputs),
      marginScales_(std::move(marginScales)),
      folder_(folder),
      batches_(batches),
      context_(context),
      monitor_(monitor),
      imageOptions_(protectImageOptions(options, !inputs.models.empty())) {
}

PreparedImage ItemProtector::prepare(std::size_t index) const {
  return prepareImage(inputs_.manifest.samples[index], inputs_.lesions);
}

protect::ProtectImageInput ItemProtector::inputOf(std::size_t index, const PreparedImage& prepared,
                                                  ItemCodec& codec) const {
  protect::ProtectImageInput input = searchInput(prepared);
  for (const LabelMap& map : inputs_.labelMaps) input.labels.push_back(map(inputs_.manifest.samples[index]));
  input.format = inputs_.outputs[index].format;
  input.protectedNote = protectedNoteOf(folder_.runId());
  input.codec = codec.codec(prepared.image, prepared.orientation);
  if (!input.codec && prepared.orientation != 1)
    input.codec = storedOrientationCodec(input.format, input.protectedNote, prepared.orientation);
  input.frame = data::frameOf(inputs_.manifest.samples[index]);
  return input;
}

JournalEntry ItemProtector::startEntry(std::size_t index, const PreparedImage& prepared) const {
  JournalEntry entry;
  entry.item = inputs_.manifest.samples[index].id;
  entry.details = {{"notices", prepared.notices}};
  if (!prepared.image.metadata.protectedNote.empty()) {
    entry.status = "SKIPPED";
    entry.details["reason"] = "carries the product's flag already (" + prepared.image.metadata.protectedNote +
                              "); nothing is protected twice";
  }
  return entry;
}

protect::ProtectedImage ItemProtector::search(std::size_t index, protect::ProtectImageInput input,
                                              const PreparedImage& prepared) const {
  // Equal images get equal streams, whatever their order or name: duplicates come out alike (spec 14).
  const RandomStream secret = protect::imageStream(folder_.store().secrets().runSeed.view(),
                                                   prepared.pixelHash, input.frame, 0, "placement");
  protect::BatchParticipant participant(batches_);
  input.batches = &participant;
  SearchReport report(monitor_, inputs_.manifest.samples[index].id, prepared);
  return protect::protectImage(input, inputs_.logo, inputs_.models, marginScales_, imageOptions_, secret,
                               context_, report.observer());
}

void ItemProtector::keepOriginalFile(std::size_t index, const PreparedImage& prepared, ByteView encoded,
                                     protect::ProtectedImage& result) const {
  const data::Sample& sample = inputs_.manifest.samples[index];
  const Bytes original = readFile(sample.path);
  if (sha256(original) != prepared.fileSha256)
    throw Error(ErrorCode::InputRejected, "the file changed while it was being protected",
                sample.path.string());
  Bytes payload = protect::encodeFilePayload(original);
  if (options_.payload == "patch")
    if (Bytes patch = protect::encodePatchPayload(original, encoded); patch.size() < payload.size())
      payload = std::move(patch);
  // Nothing is released that could not be taken back.
  if (protect::restoreFile(encoded, payload) != original)
    throw Error(ErrorCode::Internal, "the payload does not restore the original file");
  result.payloadKind = protect::toString(protect::payloadKindOf(payload));
  result.payload = std::move(payload);
}

void ItemProtector::carryPayloads(std::span<const std::size_t> indices,
                                  std::span<const PreparedImage> prepared,
                                  std::span<const protect::ProtectedImage> results, Bytes& file,
                                  Json& details) const {
  const data::Sample& first = inputs_.manifest.samples[indices.front()];
  if ((first.array && !data::isFrame(first)) ||
      !data::canCarryPayload(inputs_.outputs[indices.front()].format)) {
    details["notices"].push_back("its format has no room for its payload, which only the vault holds");
    return;
  }
  const cert::RunSecrets& secrets = folder_.store().secrets();
  std::vector<cert::SealedEntry> entries;
  for (std::size_t i = 0; i < indices.size(); ++i) {
    const data::Sample& sample = inputs_.manifest.samples[indices[i]];
    const cert::ItemKey item{secrets.imageId(data::fileIdOf(sample)), data::frameOf(sample)};
    entries.push_back(cert::sealPayload(secrets.imageKey(item.imageId), secrets.runId, item,
                                        data::pixelHash(results[i].image, item.frame),
                                        restorePayloadOf(sample, prepared[i], results[i])));
  }
  file = data::withCarriedPayload(file, cert::encodeVault(secrets.runId, std::move(entries)), first.id);
  if (!data::decodeImage(file, first.id).image.sameSamples(results.front().image))
    throw Error(ErrorCode::Internal, "the carried payload changed the samples", first.id);
}

bool ItemProtector::isWritten(const protect::ProtectedImage& result) const {
  return !result.encoded.empty() && (result.status != protect::ProtectionStatus::Weak || options_.writeWeak);
}

std::optional<JournalEntry> ItemProtector::protect(std::size_t index, const PreparedImage& prepared) const {
  JournalEntry entry = startEntry(index, prepared);
  if (!entry.status.empty()) return entry;
  ItemCodec codec(inputs_.manifest.samples[index], inputs_.outputs[index], protectedNoteOf(folder_.runId()),
                  folder_.runId());
  protect::ProtectedImage result = search(index, inputOf(index, prepared, codec), prepared);
  if (result.outcome == Outcome::Cancelled) return std::nullopt;
  toStoredOrientation(prepared, 0, result);
  if (isWritten(result)) {
    if (auto payload = codec.filePayload(result.encoded)) {
      result.payload = std::move(payload->bytes);
      result.payloadKind = protect::toString(payload->kind);
      if (!payload->remark.empty()) result.notes.push_back(payload->remark);
    } else if (keepsOriginalFile()) {
      keepOriginalFile(index, prepared, result.encoded, result);
    }
  }
  describeResult(result, entry);
  if (!isWritten(result)) return entry;
  for (const std::string& remark : codec.remarks()) entry.details["notices"].push_back(remark);
  if (options_.embedPayload)
    carryPayloads({&index, 1}, {&prepared, 1}, {&result, 1}, result.encoded, entry.details);
  // Sealed record and payload first, then the image; the journal line that follows makes both count.
  seal(index, prepared, result, std::nullopt, entry);
  writeFileAtomically(safeJoin(folder_.path(), inputs_.outputs[index].file), result.encoded);
  return entry;
}

std::optional<std::vector<JournalEntry>> ItemProtector::protectFrames(
    const std::vector<std::size_t>& indices) const {
  std::vector<JournalEntry> entries;
  std::vector<PreparedImage> prepared;
  std::vector<protect::ProtectedImage> results;
  std::vector<data::Image> frames;
  std::string obstacle;  // the first frame that cannot be released
  for (const std::size_t index : indices) {
    const data::Sample& sample = inputs_.manifest.samples[index];
    if (context_.stopRequested()) return std::nullopt;
    PreparedImage image;
    try {
      image = prepare(index);
    } catch (const Error& e) {
      if (e.code() == ErrorCode::Io || e.code() == ErrorCode::Internal) throw;
      entries.push_back({sample.id, "ERROR", "", "", "", "", {{"reason", e.what()}}});
      obstacle = sample.id;
      break;
    }
    JournalEntry entry = startEntry(index, image);
    if (entry.status.empty()) {
      ItemCodec codec(sample, inputs_.outputs[index], protectedNoteOf(folder_.runId()), folder_.runId());
      protect::ProtectedImage result = search(index, inputOf(index, image, codec), image);
      if (result.outcome == Outcome::Cancelled) return std::nullopt;
      describeResult(result, entry);
      if (!isWritten(result)) obstacle = sample.id;
      frames.push_back(std::move(result.image));
      result.image = frames.back();
      results.push_back(std::move(result));
    } else {
      obstacle = sample.id;
    }
    image.view = {};  // large, and no longer needed
    prepared.push_back(std::move(image));
    entries.push_back(std::move(entry));
    if (!obstacle.empty()) break;
  }
  if (!obstacle.empty()) {
    for (std::size_t i = 0; i < indices.size(); ++i) {
      if (i >= entries.size())
        entries.push_back({inputs_.manifest.samples[indices[i]].id, "", "", "", "", "", {}});
      if (entries[i].item == obstacle) continue;
      const bool skipped = entries.back().status == "SKIPPED" || entries[i].status == "SKIPPED";
      entries[i].status = "SKIPPED";
      entries[i].details = {{"reason", skipped
                                           ? "another frame of the file carries the product's flag already"
                                           : "frame " + obstacle +
                                                 " of the same file could not be protected, so the file "
                                                 "was not written"}};
    }
    return entries;
  }
  const data::Sample& first = inputs_.manifest.samples[indices.front()];
  const Bytes source = readFile(first.path, data::DecodeLimits{}.maxFileBytes);
  data::dicom::WrittenFile written = data::dicom::writeProtectedFile(
      source, data::fileIdOf(first), frames, {protectedNoteOf(folder_.runId()), folder_.runId(), true});
  const data::dicom::DicomImage back(written.bytes, data::fileIdOf(first));
  for (std::uint32_t f = 0; f < frames.size(); ++f)
    if (!back.readFrame(f).image.sameSamples(frames[f]))
      throw Error(ErrorCode::Internal, "the encoder did not keep the samples", first.id);
  // The first frame's payload gives back the whole file, and with it the others.
  if (keepsOriginalFile())
    keepOriginalFile(indices.front(), prepared.front(), written.bytes, results.front());
  if (options_.embedPayload)
    carryPayloads(indices, prepared, results, written.bytes, entries.front().details);
  const Digest hash = sha256(written.bytes);
  for (std::size_t i = 0; i < indices.size(); ++i) {
    for (const std::string& notice : written.notices) entries[i].details["notices"].push_back(notice);
    seal(indices[i], prepared[i], results[i], hash, entries[i]);
  }
  writeFileAtomically(safeJoin(folder_.path(), entries.front().output), written.bytes);
  return entries;
}

void ItemProtector::seal(std::size_t index, const PreparedImage& prepared,
                         const protect::ProtectedImage& result, const std::optional<Digest>& fileSha256,
                         JournalEntry& entry) const {
  const data::Sample& sample = inputs_.manifest.samples[index];
  cert::PrivateRecord record = itemRecord(folder_.store().secrets(), inputs_, sample, prepared, result);
  if (fileSha256) record.protFileSha256 = *fileSha256;
  const cert::StoredItem stored = folder_.store().put(record, restorePayloadOf(sample, prepared, result));
  entry.sealed = std::string(kPrivateFolder) + "/" + stored.file.generic_string();
  entry.sealedSha256 = toHex(stored.sha256);
  entry.output = inputs_.outputs[index].path;
  entry.fileSha256 = toHex(fileSha256 ? *fileSha256 : sha256(result.encoded));
  entry.details["image_id"] = toHex(record.imageId);
}

}  // namespace medlocker::pipelines
