// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/prepared_image.h"

#include "core/common/files.h"
#include "core/data/dicom/frame_sample.h"
#include "core/data/orientation.h"

namespace medlocker::pipelines {

PreparedImage prepareImage(const data::Sample& sample, const segmentation::BoxFile& edits,
                           const data::DecodeLimits& limits) {
  PreparedImage prepared;
  data::DecodedImage decoded = data::readSample(sample, limits);
  prepared.notices = std::move(decoded.notices);
  prepared.pixelHash = data::pixelHash(decoded.image, data::frameOf(sample));
  prepared.orientation = decoded.image.metadata.orientation;
  prepared.image = data::inDisplayOrientation(std::move(decoded.image));
  prepared.fileSha256 = sample.array && !data::isFrame(sample) ? prepared.pixelHash : sha256File(sample.path);
  prepared.window = data::displayWindow(prepared.image);
  prepared.view = data::floatView(prepared.image, prepared.window);
  prepared.fieldOfView = data::detectFieldOfView(prepared.view);
  prepared.regions =
      segmentation::regionsOfSample(sample, prepared.fieldOfView, {}, limits, prepared.orientation);
  if (const auto found = edits.find(sample.id); found != edits.end())
    segmentation::applyEdits(prepared.regions, found->second);
  if (prepared.fieldOfView.fallback)
    prepared.notices.emplace_back(
        "FOV_FALLBACK: no plausible field of view was found; the whole image is used");
  prepared.notices.insert(prepared.notices.end(), prepared.regions.notes.begin(),
                          prepared.regions.notes.end());
  return prepared;
}

}  // namespace medlocker::pipelines
