// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/attack.h"

#include <torch/torch.h>

#include <algorithm>
#include <limits>

#include "core/common/error.h"

namespace medlocker::attacks {

AttackBatch AttackBatch::select(const at::Tensor& rows) const {
  AttackBatch part{images.index_select(0, rows), labels.index_select(0, rows), {}};
  const at::Tensor hostRows = rows.cpu().contiguous();
  const auto* row = hostRows.data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < hostRows.numel(); ++i)
    part.samples.push_back(samples[static_cast<std::size_t>(row[i])]);
  return part;
}

void requireBatch(const AttackBatch& batch, int classes) {
  const auto refuse = [](const std::string& reason) { throw Error(ErrorCode::InvalidArgument, reason); };
  if (!batch.images.defined() || batch.images.dim() < 2 || batch.images.scalar_type() != torch::kFloat32)
    refuse("an attack takes a batch of float32 images");
  const std::int64_t count = batch.images.size(0);
  if (!batch.labels.defined() || batch.labels.dim() != 1 || batch.labels.size(0) != count ||
      batch.labels.scalar_type() != torch::kInt64)
    refuse("an attack takes one int64 label for each image");
  if (static_cast<std::int64_t>(batch.samples.size()) != count)
    refuse("an attack takes one dataset index for each image");
  if (count == 0) return;
  const bool inBox = torch::isfinite(batch.images).all().item<bool>() &&
                     batch.images.min().item<float>() >= 0 && batch.images.max().item<float>() <= 1;
  if (!inBox) refuse("image values must lie in [0,1]");
  const auto lowest = batch.labels.min().item<std::int64_t>();
  const auto highest = batch.labels.max().item<std::int64_t>();
  if (lowest < 0 || highest >= classes)
    refuse("label " + std::to_string(lowest < 0 ? lowest : highest) + " is outside the " +
           std::to_string(classes) + " classes of the model");
}

void addWarning(std::vector<std::string>& warnings, const std::string& warning) {
  if (std::find(warnings.begin(), warnings.end(), warning) == warnings.end()) warnings.push_back(warning);
}

Confirm exactConfirm(Target& target, const AttackBatch& batch) {
  if (target.attackedExactly()) return {};
  return [&target, &batch](const at::Tensor& images, const at::Tensor& rows) {
    const AttackBatch part = batch.select(rows);
    return topClass(target.exactLogits(images, {part.samples, 0})).ne(part.labels);
  };
}

at::Tensor Attack::reportedLoss(const at::Tensor& logits, const at::Tensor& labels) const {
  return crossEntropyLoss(logits, labels);
}

AttackResult Attack::run(Target& target, const AttackBatch& batch, std::uint64_t seed) const {
  requireBatch(batch, target.classes());
  const torch::NoGradGuard noGrad;
  const PassCounts before = target.counts();
  const auto requireFinite = [&target](const at::Tensor& logits) {
    if (!torch::isfinite(logits).all().item<bool>())
      throw Error(ErrorCode::InputRejected, "the model answers with values that are not finite",
                  target.name());
  };
  AttackResult result;
  const at::Tensor cleanLogits = target.exactLogits(batch.images, {batch.samples, 0});
  requireFinite(cleanLogits);
  result.cleanWrong = topClass(cleanLogits).ne(batch.labels);
  result.images = batch.images.clone();
  const at::Tensor rows = result.cleanWrong.logical_not().nonzero().squeeze(1);
  at::Tensor logits = cleanLogits.clone();
  if (rows.numel() > 0) {
    const AttackBatch active = batch.select(rows);
    const at::Tensor activeLogits = cleanLogits.index_select(0, rows);
    Perturbation answer = perturb(target, {active, activeLogits, seed});
    const at::Tensor legal = withinBudget(threat(), active.images, answer.images);
    // Minimum-distance attacks answer beyond the budget as a matter of course; those are no rejects.
    if (!answer.minimalDistance.defined()) result.rejected = rows.numel() - legal.sum().item<std::int64_t>();
    const at::Tensor accepted = legal.nonzero().squeeze(1);
    const at::Tensor acceptedRows = rows.index_select(0, accepted);
    if (accepted.numel() > 0) {
      const at::Tensor images = answer.images.index_select(0, accepted);
      result.images.index_copy_(0, acceptedRows, images);
      const at::Tensor final = target.exactLogits(images, {active.select(accepted).samples, 0});
      requireFinite(final);
      logits.index_copy_(0, acceptedRows, final);
    }
    if (answer.minimalDistance.defined()) {
      result.minimalDistance = torch::zeros({batch.size()}, answer.minimalDistance.options());
      result.minimalDistance.index_copy_(0, rows, answer.minimalDistance);
    }
    result.stages = std::move(answer.stages);
    result.warnings = std::move(answer.warnings);
  }
  result.predicted = topClass(logits);
  result.success = result.predicted.ne(batch.labels);
  result.loss = reportedLoss(logits, batch.labels);
  result.distance = distance(threat().norm, result.images, batch.images);
  result.counts = target.counts() - before;
  return result;
}

}  // namespace medlocker::attacks
