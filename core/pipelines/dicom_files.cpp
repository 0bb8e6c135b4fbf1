// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/dicom_files.h"

#include "core/common/error.h"
#include "core/data/dicom/dicom_image.h"
#include "core/data/dicom/dicom_writer.h"
#include "core/protect/payload.h"

namespace medlocker::pipelines {

Bytes restoreDicomFile(ByteView protectedFile, const std::string& name,
                       const std::function<certificate::RestorePayload(const Digest&)>& open) {
  const data::dicom::DicomImage file(protectedFile, name);
  std::vector<data::Image> frames;
  std::vector<Digest> wanted;
  for (std::uint32_t f = 0; f < file.info().frames; ++f) {
    const data::Image frame = file.readFrame(f).image;
    const certificate::RestorePayload payload = open(data::pixelHash(frame, f));
    frames.push_back(protect::restoreImage(frame, protect::decodePayload(payload.payload)));
    wanted.push_back(payload.origPixelSha256);
    if (data::pixelHash(frames.back(), f) != wanted.back())
      throw Error(ErrorCode::VerificationFailed,
                  "the restored samples are not those of the original; nothing was written");
  }
  Bytes bytes = data::dicom::writeRestoredFile(protectedFile, name, frames).bytes;
  const data::dicom::DicomImage back(bytes, name);
  for (std::uint32_t f = 0; f < wanted.size(); ++f)
    if (data::pixelHash(back.readFrame(f).image, f) != wanted[f])
      throw Error(ErrorCode::Internal,
                  "the restored file would not hold the original samples; nothing was written");
  return bytes;
}

}  // namespace medlocker::pipelines
