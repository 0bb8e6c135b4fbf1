// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/item_codec.h"

#include <algorithm>

#include "core/common/files.h"
#include "core/data/dicom/dicom_image.h"
#include "core/data/dicom/dicom_writer.h"
#include "core/data/dicom/frame_sample.h"
#include "core/data/jpeg_blocks.h"
#include "core/data/orientation.h"
#include "core/pipelines/search_input.h"
#include "core/protect/file_payload.h"

namespace medlocker::pipelines {
ItemCodec::ItemCodec(const data::Sample& sample, const OutputTarget& target, std::string note,
                     std::string runId)
    : sample_(sample),
      target_(target),
      note_(std::move(note)),
      runId_(std::move(runId)),
      undo_(std::make_shared<std::map<Digest, std::optional<Bytes>>>()),
      whyNot_(std::make_shared<std::string>()),
      dicomRemarks_(std::make_shared<std::vector<std::string>>()) {
  const bool needsSource =
      target_.format == data::FileFormat::Dicom || target_.format == data::FileFormat::Jpeg;
  if (needsSource && !data::isFrame(sample))
    source_ = readFile(sample.path, data::DecodeLimits{}.maxFileBytes);
}

std::optional<protect::OutputCodec> ItemCodec::codec(const data::Image& original, int orientation) {
  if (target_.format == data::FileFormat::Dicom)
    return data::isFrame(sample_) ? sampleCodec(original) : dicomCodec();
  if (target_.format == data::FileFormat::Jpeg) return jpegCodec(original, orientation);
  return std::nullopt;
}

protect::OutputCodec ItemCodec::dicomCodec() {
  protect::OutputCodec codec;
  codec.encode = [this](const data::Image& image) {
    const data::dicom::ProtectedFileOptions options{note_, runId_, true};
    data::dicom::WrittenFile written =
        data::dicom::writeProtectedFile(source_, sample_.id, {&image, 1}, options);
    *dicomRemarks_ = std::move(written.notices);
    return std::move(written.bytes);
  };
  codec.decode = [this](ByteView bytes) { return data::decodeImage(bytes, sample_.id).image; };
  return codec;
}

protect::OutputCodec ItemCodec::jpegCodec(const data::Image& original, int orientation) {
  protect::OutputCodec codec;
  codec.lossless = false;
  // Searched upright, stored as the source is.
  const int back = data::inverseOrientation(orientation);
  const auto source = std::make_shared<const data::Image>(data::oriented(original, back));
  codec.encode = [this, source, back, orientation](const data::Image& upright) {
    data::Image image = data::oriented(upright, back);
    image.metadata.orientation = orientation;
    if (!target_.jpegBlocks) return data::encodeJpegLike(image, source_, note_, sample_.id);
    data::Image before = *source;
    before.metadata.orientation = orientation;
    data::JpegBlockEdit edit = data::replaceJpegBlocks(source_, before, image, note_, sample_.id);
    *whyNot_ = edit.whyNot;
    (*undo_)[sha256(edit.file)] = std::move(edit.undo);
    return std::move(edit.file);
  };
  codec.decode = [this](ByteView bytes) {
    return data::inDisplayOrientation(data::decodeImage(bytes, sample_.id).image);
  };
  return codec;
}

std::optional<ItemCodec::FilePayload> ItemCodec::filePayload(ByteView encoded) const {
  if (target_.format != data::FileFormat::Jpeg) return std::nullopt;
  if (target_.jpegBlocks)
    if (const auto found = undo_->find(sha256(encoded)); found != undo_->end() && found->second)
      return FilePayload{protect::encodeBlocksPayload(*found->second), protect::PayloadKind::Blocks, ""};
  FilePayload payload;
  payload.bytes = protect::encodeFilePayload(source_);
  payload.kind = protect::PayloadKind::File;
  if (target_.jpegBlocks)
    payload.remark = *whyNot_ + ": the whole original file is kept in the vault instead of the blocks";
  return payload;
}

std::vector<std::string> ItemCodec::remarks() const {
  std::vector<std::string> out = *dicomRemarks_;
  const bool carries = data::canCarryNote(target_.format) || target_.format == data::FileFormat::Dicom ||
                       target_.format == data::FileFormat::Jpeg;
  if (!carries)
    out.push_back(
        std::string(data::toString(target_.format)) +
        " has no room for the flag \"not for diagnosis\": only the certificate tells that this file "
        "is protected");
  return out;
}

}  // namespace medlocker::pipelines
