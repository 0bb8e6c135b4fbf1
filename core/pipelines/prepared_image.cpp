// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/prepared_image.h"

#include "core/common/files.h"
#include "core/data/dicom/frame_sample.h"
#include "core/data/orientation.h"
#include "core/segmentation/saliency.h"

namespace medlocker::pipelines {

namespace {

segmentation::ProtectedRegions findRegions(const data::Sample& sample, const PreparedImage& prepared,
                                           const LesionSources& lesions, const data::DecodeLimits& limits) {
  const data::FieldOfView& field = prepared.fieldOfView;
  const auto found = lesions.boxes.find(sample.id);
  const segmentation::ImageBoxes* boxes = found != lesions.boxes.end() ? &found->second : nullptr;
  segmentation::ProtectedRegions regions;
  if (!sample.masks.empty()) {
    regions = segmentation::regionsOfSample(sample, field, {}, limits, prepared.orientation);
  } else if (lesions.segmenter) {
    segmentation::RegionOptions options;
    options.source = segmentation::BoxSource::Segmentation;
    regions = segmentation::regionsFromMasks(
        segmentation::masksFrom(lesions.segmenter->probabilities(prepared.view, field),
                                lesions.segmenter->info().threshold, prepared.view.width,
                                prepared.view.height),
        field, options);
    regions.source = segmentation::BoxSource::Segmentation;  // also where it found nothing
  } else if (boxes != nullptr && !boxes->boxes.empty()) {
    return segmentation::regionsFromBoxes(*boxes, field);
  } else if (lesions.saliency && boxes == nullptr) {
    return segmentation::regionsFromSaliency(*lesions.saliency, prepared.view, field,
                                             lesions.saliencyThreshold);
  } else {
    regions = segmentation::regionsFromMasks({}, field, {});
  }
  if (boxes != nullptr) segmentation::applyEdits(regions, *boxes);
  return regions;
}

}  // namespace

PreparedImage prepareImage(const data::Sample& sample, const LesionSources& lesions,
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
  prepared.regions = findRegions(sample, prepared, lesions, limits);
  if (prepared.fieldOfView.fallback)
    prepared.notices.emplace_back(
        "FOV_FALLBACK: no plausible field of view was found; the whole image is used");
  prepared.notices.insert(prepared.notices.end(), prepared.regions.notes.begin(),
                          prepared.regions.notes.end());
  return prepared;
}

}  // namespace medlocker::pipelines
