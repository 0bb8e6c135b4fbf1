// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/pgd.h"

#include <torch/torch.h>

#include <cmath>

#include "core/common/error.h"

namespace medlocker::attacks {

PgdAttack::PgdAttack(PgdOptions options) : options_(std::move(options)) {
  std::vector<OptionIssue> issues;
  const auto atLeastOne = [&issues](const char* field, int value) {
    if (value < 1) issues.push_back({field, "must be at least 1"});
  };
  atLeastOne("steps", options_.steps);
  atLeastOne("restarts", options_.restarts);
  atLeastOne("draws", options_.draws);
  if (!std::isfinite(options_.step) || options_.step < 0)
    issues.push_back({"step", "must be a number that is not negative"});
  if (!std::isfinite(options_.threat.epsilon) || options_.threat.epsilon < 0)
    issues.push_back({"epsilon", "must be a number that is not negative"});
  throwIfInvalid(issues);
}

Json PgdAttack::parameters() const {
  return {{"norm", std::string(toString(options_.threat.norm))},
          {"epsilon", options_.threat.epsilon},
          {"steps", options_.steps},
          {"step", options_.step},
          {"start", options_.start == Start::Uniform    ? "uniform"
                    : options_.start == Start::Gaussian ? "gaussian"
                                                        : "none"},
          {"restarts", options_.restarts},
          {"keep", options_.keep == Keep::Best ? "best" : "last"},
          {"loss", options_.lossName},
          {"draws", options_.draws}};
}

at::Tensor PgdAttack::reportedLoss(const at::Tensor& logits, const at::Tensor& labels) const {
  return options_.loss(logits, labels);
}

Perturbation PgdAttack::perturb(Target& target, const AttackInput& input) const {
  Perturbation answer;
  answer.images = input.batch.images.clone();
  at::Tensor bestLoss =
      torch::full({input.batch.size()}, -std::numeric_limits<double>::infinity(), answer.images.options());
  at::Tensor rows =
      torch::arange(input.batch.size(), torch::TensorOptions(torch::kInt64).device(answer.images.device()));
  const int restarts = options_.start == Start::None ? 1 : options_.restarts;
  for (int restart = 0; restart < restarts && rows.numel() > 0; ++restart) {
    const AttackBatch active = input.batch.select(rows);
    Streams streams = options_.start == Start::None
                          ? Streams{}
                          : sampleStreams(input.seed, options_.id, restart, active.samples);
    AscentOptions ascent;
    ascent.norm = options_.threat.norm;
    ascent.epsilon = options_.threat.epsilon;
    ascent.step = options_.step;
    ascent.steps = options_.steps;
    ascent.keep = options_.keep;
    ascent.evaluateLast = restarts > 1;
    ascent.confirm = exactConfirm(target, active);
    const Objective objective =
        averaged(targetObjective(target, options_.loss, active.labels, active.samples), options_.draws);
    const at::Tensor start = startPoint(options_.start, ascent.norm, active.images, ascent.epsilon, streams);
    const AscentResult result =
        ascend(active.images, start, active.labels, objective, ascent, target.counts());
    if (restarts == 1) {
      answer.images = result.images;
      break;
    }
    const at::Tensor better = result.misclassified | result.loss.gt(bestLoss.index_select(0, rows));
    const at::Tensor positions = better.nonzero().squeeze(1);
    const at::Tensor betterRows = rows.index_select(0, positions);
    answer.images.index_copy_(0, betterRows, result.images.index_select(0, positions));
    bestLoss.index_copy_(0, betterRows, result.loss.index_select(0, positions));
    rows = rows.index_select(0, result.misclassified.logical_not().nonzero().squeeze(1));
  }
  return answer;
}

PgdOptions fgsmOptions(const Threat& threat) {
  PgdOptions options;
  options.id = "fgsm";
  options.threat = threat;
  options.steps = 1;
  options.step = threat.epsilon;
  options.start = Start::None;
  options.keep = Keep::Last;
  return options;
}

PgdOptions iterativeFgsmOptions(const Threat& threat, int steps) {
  PgdOptions options = fgsmOptions(threat);
  options.id = "i-fgsm";
  options.steps = steps;
  options.step = threat.epsilon / steps;
  return options;
}

PgdOptions clampedMarginPgdOptions(const Threat& threat, double kappa) {
  PgdOptions options;
  options.id = "cw";
  options.threat = threat;
  options.steps = 30;
  options.step = 0.003;
  options.loss = [kappa](const at::Tensor& logits, const at::Tensor& labels) {
    return clampedMarginLoss(logits, labels, kappa);
  };
  options.lossName = "cw-inf";
  return options;
}

}  // namespace medlocker::attacks
