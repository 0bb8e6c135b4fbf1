// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/item_record.h"

#include <cmath>

#include "core/common/run_record.h"
#include "core/data/dicom/frame_sample.h"
#include "core/pipelines/recorded_logo.h"

namespace medlocker::pipelines {

namespace cert = certificate;

cert::PrivateRecord itemRecord(const cert::RunSecrets& secrets, const ProtectionInputs& inputs,
                               const data::Sample& sample, const PreparedImage& prepared,
                               const protect::ProtectedImage& result) {
  const protect::FilePlacement& placement = result.placements.front();
  cert::PrivateRecord record;
  record.runId = secrets.runId;
  record.imageId = secrets.imageId(data::fileIdOf(sample));
  record.frame = data::frameOf(sample);
  record.status = std::string(protect::toString(result.status));
  record.x = placement.x;
  record.y = placement.y;
  record.w = result.tileSize.width;
  record.h = result.tileSize.height;
  record.alphaCode = placement.alphaCode;
  record.law = std::string(protect::toString(result.law));
  record.sizeNum = result.size.num;
  record.sizeDen = result.size.den;
  record.logoSha256 = inputs.logo.sha256;
  record.tileSha256 = result.tileSha256;
  recordLogos(result, record);
  const data::Box& frame = prepared.fieldOfView.frame;
  record.analysisFrame = {frame.x0, frame.y0, frame.x1, frame.y1};
  record.fovSource = prepared.fieldOfView.fallback ? "fallback" : "detected";
  record.wsmSource = std::string(segmentation::toString(prepared.regions.source));
  for (const auto* list : {&prepared.regions.boxes, &prepared.regions.anatomy, &prepared.regions.userBoxes})
    for (const segmentation::ProtectedBox& box : *list)
      record.wsmBoxes.push_back({box.box.x0, box.box.y0, box.box.x1, box.box.y1});
  record.feasibilityStep = std::string(protect::toString(result.feasibilityStep));
  record.nFeasible = result.feasible;
  record.choiceBits = static_cast<std::int64_t>(std::floor(result.choiceBits));
  record.mode = std::string(protect::toString(result.mode));
  record.budgetUsed = result.evaluations;
  for (const models::ClassifierPtr& model : inputs.models)
    record.sourceModels.push_back(digestFromHex(model->info().sha256));
  record.label = result.labels.empty() ? -1 : result.labels.front();
  record.labelOrigin = result.labelOrigin.empty() ? "none" : result.labelOrigin;
  record.predBefore.assign(result.predictedBefore.begin(), result.predictedBefore.end());
  record.predAfter.assign(result.predictedAfter.begin(), result.predictedAfter.end());
  record.marginBeforeMilli = result.marginBeforeMilli;
  record.marginAfterMilli = result.marginAfterMilli;
  record.origPixelSha256 = prepared.pixelHash;
  record.protPixelSha256 = data::pixelHash(result.image, record.frame);
  record.origFileSha256 = prepared.fileSha256;
  // An item of an array has no file bytes of its own: its samples stand for them.
  record.protFileSha256 =
      sample.array && !data::isFrame(sample) ? record.protPixelSha256 : sha256(result.encoded);
  record.origNameHmac = secrets.nameHmac(data::fileIdOf(sample));
  record.bits = prepared.image.bits();
  record.isSigned = prepared.image.isSigned();
  record.samples = prepared.image.channels();
  record.photometric = prepared.image.channels() == 3     ? "rgb"
                       : prepared.image.metadata.inverted ? "monochrome1"
                                                          : "monochrome2";
  record.payload.kind = result.payloadKind;
  record.payload.length = result.payload.size();
  record.payload.sha256 = sha256(result.payload);
  if (prepared.orientation != 1) record.extras = {{"version", 1}, {"orientation", prepared.orientation}};
  record.software = std::string("medlocker ") + kVersion;
  record.specVersion = kSpecVersion;
  return record;
}

void describeResult(const protect::ProtectedImage& result, JournalEntry& entry) {
  entry.status = std::string(protect::toString(result.status));
  Json& details = entry.details;
  for (const std::string& note : result.notes) details["notices"].push_back(note);
  details["reason"] = result.reason;
  details["labels"] = result.labels;
  details["label_origin"] = result.labelOrigin;
  details["predicted_before"] = result.predictedBefore;
  details["predicted_after"] = result.predictedAfter;
  details["evaluations"] = result.evaluations;
  if (result.encoded.empty()) return;
  const protect::VisibilityMetrics& visibility = result.visibility;
  details["covered_fov"] = visibility.coveredFieldOfView;
  details["mean_opacity"] = visibility.meanOpacity;
  details["logos"] = result.placements.size();
  details["psnr"] = visibility.psnr ? Json(*visibility.psnr) : Json(nullptr);
  details["ssim"] = visibility.ssim;
  details["ssim_lesion_boxes"] = visibility.ssimLesionBoxes;
  details["legibility"] = visibility.legibility;
  details["mean_absolute_change"] = visibility.meanAbsoluteChange;
  details["lesion_overlap_pixels"] = visibility.lesionOverlapPixels;
  details["outside_max_abs_diff"] = visibility.outsideMaxDifference;
}

}  // namespace medlocker::pipelines
