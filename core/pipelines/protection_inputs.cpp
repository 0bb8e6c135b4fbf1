// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/protection_inputs.h"

#include <algorithm>

#include "core/common/files.h"
#include "core/data/dicom/frame_sample.h"
#include "core/protect/objective.h"

namespace medlocker::pipelines {

namespace fs = std::filesystem;

namespace {

void refuseOverlappingFolders(const ProtectDatasetOptions& options) {
  const fs::path datasetFolder =
      fs::is_directory(options.dataset) ? options.dataset : options.dataset.parent_path();
  if (isInside(options.out, datasetFolder) && !options.allowOutputInside)
    throw Error(ErrorCode::InputRejected, "the output folder lies inside the dataset; choose another one",
                options.out.string());
  if (fs::is_directory(options.dataset) && isInside(options.dataset, options.out))
    throw Error(ErrorCode::InputRejected, "the dataset lies inside the output folder", options.out.string());
}

void openLesionSources(const ProtectDatasetOptions& options, ProtectionInputs& inputs) {
  LesionSources& lesions = inputs.lesions;
  if (options.boxes) lesions.boxes = segmentation::readBoxFile(*options.boxes);
  if (options.segmenter)
    lesions.segmenter = segmentation::loadSegmenter(*options.segmenter, inputs.device.kind);
  const std::vector<data::Sample>& samples = inputs.manifest.samples;
  // In a set with masks, an image without one is an image without marked lesions.
  const bool masks =
      std::any_of(samples.begin(), samples.end(), [](const data::Sample& s) { return !s.masks.empty(); });
  if (masks || lesions.segmenter || !options.saliency || inputs.models.empty()) return;
  const bool boxes = std::all_of(samples.begin(), samples.end(),
                                 [&](const data::Sample& s) { return lesions.boxes.contains(s.id); });
  if (boxes) return;
  lesions.saliency = inputs.models.front();
  lesions.saliencyThreshold = options.saliencyThreshold;
  inputs.notices.push_back("SALIENCY: there is neither a lesion mask nor a segmenter; what the model " +
                           lesions.saliency->info().name +
                           " looks at stays uncovered instead. That is not where lesions are");
}

}  // namespace

ProtectionInputs openProtectionInputs(const ProtectDatasetOptions& options, const RunContext& context) {
  ProtectionInputs inputs;
  inputs.device = resolveDevice(options.device);
  if (!inputs.device.note.empty()) inputs.notices.push_back("running on the CPU: " + inputs.device.note);
  if (!fs::exists(options.dataset))
    throw Error(ErrorCode::NotFound, "does not exist", options.dataset.string());
  refuseOverlappingFolders(options);
  inputs.logo = protect::loadLogo(options.logo);
  inputs.owner = certificate::readOwnerSecretKey(
      options.ownerKey, options.passphrase.empty()
                            ? std::nullopt
                            : std::optional<certificate::SecretString>(options.passphrase));
  inputs.models = openModels(options.models, inputs.device.kind);
  context.report({"Reading the dataset", 0, 0, ""});
  data::OpenOptions opening;
  opening.masksFolder = options.masks;
  inputs.manifest = data::openDataset(options.dataset, opening);
  if (inputs.manifest.samples.empty())
    throw Error(ErrorCode::InputRejected, "holds no photograph that can be used", options.dataset.string());
  for (const data::Sample& sample : inputs.manifest.samples) {
    if (!sample.array || data::isFrame(sample)) continue;
    if (options.shardCount > 1)
      throw Error(
          ErrorCode::InputRejected,
          "items of an array file share one output file, so such a dataset cannot be split into shards",
          sample.path.string());
    if (options.payload == "patch" || options.payload == "file")
      throw Error(ErrorCode::InputRejected,
                  "items of an array file are no files of their own; choose the payload roi or residual",
                  sample.path.string());
  }
  openLesionSources(options, inputs);
  protect::Goal goal;
  if (options.referral) goal.kind = protect::GoalKind::Referral;
  if (options.targetGrade) goal = {protect::GoalKind::Target, *options.targetGrade};
  for (const models::ClassifierPtr& model : inputs.models) {
    protect::requireReachable(model->info(), goal);
    inputs.labelMaps.emplace_back(inputs.manifest, model->info());
  }
  inputs.outputs = planOutputs(inputs.manifest, options.jpeg);
  inputs.notices.insert(inputs.notices.end(), inputs.manifest.notices.begin(), inputs.manifest.notices.end());
  if (inputs.models.empty())
    inputs.notices.emplace_back("no model was given: placement only, no adversarial effect");
  return inputs;
}

Json protectionIdentity(const ProtectDatasetOptions& options, const ProtectionInputs& inputs) {
  Json identity = options.toJson();
  for (const char* field : {"device", "threads", "images_in_flight", "batch", "resume", "dry_run", "out",
                            "dataset", "logo", "models", "key", "masks", "boxes", "segmenter", "run_key"})
    identity.erase(field);
  Sha256 samples;
  for (const data::Sample& sample : inputs.manifest.samples) {
    samples.update(sample.id + "\n" + (sample.label ? std::to_string(*sample.label) : "-") + "\n");
    for (const data::MaskRef& mask : sample.masks) samples.update(mask.path.filename().string() + "\n");
  }
  identity["samples_sha256"] = toHex(samples.finish());
  Json weights = Json::array();
  for (const models::ClassifierPtr& model : inputs.models) weights.push_back(model->info().sha256);
  identity["model_sha256"] = weights;
  if (inputs.lesions.segmenter) identity["segmenter_sha256"] = inputs.lesions.segmenter->info().sha256;
  identity["logo_sha256"] = toHex(inputs.logo.sha256);
  return identity;
}

}  // namespace medlocker::pipelines
