// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/data/manifest.h"
#include "core/pipelines/output_plan.h"
#include "core/protect/payload.h"
#include "core/protect/protect_image.h"

namespace medlocker::pipelines {

/// How one item becomes bytes where data::encodeImage() does not do it: DICOM files, and JPEG files that stay
/// JPEG (spec 13.3, 13.4). One object per item; not thread-safe.
class ItemCodec {
 public:
  /// `note`: the flag text; `runId`: new DICOM UIDs are functions of it. Reads the source file where it is
  /// needed. Throws Error naming the file.
  ItemCodec(const data::Sample& sample, const OutputTarget& target, std::string note, std::string runId);

  /// Empty where data::encodeImage() is the codec. `original` is upright, `orientation` (EXIF) that of the
  /// file.
  std::optional<protect::OutputCodec> codec(const data::Image& original, int orientation = 1);

  /// JPEG that stays JPEG: what restores the source file of `encoded` byte for byte, and its kind; empty for
  /// everything else. A remark is added where the blocks alone cannot do it.
  struct FilePayload {
    Bytes bytes;
    protect::PayloadKind kind = protect::PayloadKind::File;
    std::string remark;
  };
  std::optional<FilePayload> filePayload(ByteView encoded) const;

  /// Remarks about the item, for example that its format has no room for the flag.
  std::vector<std::string> remarks() const;

 private:
  protect::OutputCodec dicomCodec();
  protect::OutputCodec jpegCodec(const data::Image& original, int orientation);

  const data::Sample& sample_;
  OutputTarget target_;
  std::string note_;
  std::string runId_;
  Bytes source_;
  std::shared_ptr<std::map<Digest, std::optional<Bytes>>> undo_;  ///< by hash of the edited file
  std::shared_ptr<std::string> whyNot_;
  std::shared_ptr<std::vector<std::string>> dicomRemarks_;
};

}  // namespace medlocker::pipelines
