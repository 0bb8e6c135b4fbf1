// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/transfer/transfer_attack.h"

#include <torch/torch.h>

#include "core/attacks/transfer/source_ensemble.h"
#include "core/common/error.h"

namespace medlocker::attacks {

TransferAttack::TransferAttack(TransferOptions options, TransferResources resources)
    : options_(std::move(options)), resources_(std::move(resources)) {
  std::vector<OptionIssue> issues = options_.validate();
  if (options_.masks != MaskKind::None) {
    const auto more = resources_.search.validate();
    issues.insert(issues.end(), more.begin(), more.end());
  }
  if (options_.masks == MaskKind::Learned && resources_.simulated.empty() && !resources_.searched)
    issues.push_back({"simulated", "learned masks need at least one simulated model to judge them"});
  throwIfInvalid(issues);
  threat_ = {Norm::Linf, options_.epsilon};
}

Json TransferAttack::parameters() const {
  Json json = options_.toJson();
  json["norm"] = std::string(toString(threat_.norm));
  if (options_.masks != MaskKind::None) {
    json["mask_search"] = resources_.search.toJson();
    Json simulated = Json::array();
    for (const models::ClassifierPtr& model : resources_.simulated)
      simulated.push_back({{"name", model->info().name}, {"sha256", model->info().sha256}});
    json["simulated"] = simulated;
  }
  return json;
}

at::Tensor TransferAttack::reportedLoss(const at::Tensor& logits, const at::Tensor& labels) const {
  return fusionLoss(options_.fusion)(logits, labels);
}

MaskSet maskSetOf(const std::vector<MaskSearchResult>& searched, const MaskSearchOptions& options,
                  const PatchGeometry& geometry, const at::Tensor& images) {
  MaskSet set;
  set.geometry = geometry;
  set.perStep = options.masksPerStep;
  set.accumulation = options.accumulation;
  if (options.meanFill)
    set.fill = torch::tensor({options.mean[0], options.mean[1], options.mean[2]})
                   .view({1, 3, 1, 1})
                   .to(images.device());
  for (const MaskSearchResult& image : searched) {
    std::vector<PatchGenes> population;
    for (const ScoredMask& mask : image.population) population.push_back(mask.genes);
    set.populations.push_back(std::move(population));
  }
  return set;
}

MaskSet TransferAttack::masksFor(Target& target, const AttackInput& input) const {
  if (options_.masks == MaskKind::None) return {};
  const auto searched = resources_.searched ? *resources_.searched
                        : options_.masks == MaskKind::Learned
                            ? searchMasks(resources_.search, target, fusionLoss(options_.fusion),
                                          resources_.simulated, input.batch, input.seed)
                            : randomMasks(resources_.search, input.batch, input.seed);
  return maskSetOf(searched, resources_.search, geometryFor(resources_.search, input.batch.images),
                   input.batch.images);
}

Perturbation TransferAttack::perturb(Target& target, const AttackInput& input) const {
  TransferBatch batch;
  batch.clean = input.batch.images;
  batch.labels = input.batch.labels;
  batch.samples = input.batch.samples;
  const LossFunction fused = fusionLoss(options_.fusion);
  const LossFunction loss = options_.targeted
                                ? LossFunction([fused](const at::Tensor& logits, const at::Tensor& labels) {
                                    return -fused(logits, labels);
                                  })
                                : fused;
  batch.objective = targetObjective(target, loss, input.batch.labels, input.batch.samples);
  batch.masks = masksFor(target, input);
  batch.pool = resources_.pool;
  batch.seed = input.seed;
  batch.attackId = id();
  TransferOutcome outcome = runTransferLoop(options_, batch, target.counts());
  Perturbation answer;
  answer.images = std::move(outcome.images);
  if (outcome.admixWithoutPool > 0)
    addWarning(answer.warnings,
               "Admix found no image of another class to mix in for some images; they were attacked by SI");
  return answer;
}

}  // namespace medlocker::attacks
