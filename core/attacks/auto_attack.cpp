// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/auto_attack.h"

#include <torch/torch.h>

#include "core/attacks/apgd.h"
#include "core/attacks/fab.h"
#include "core/attacks/square.h"

namespace medlocker::attacks {
namespace {

constexpr int kPlusRestarts = 5;

std::unique_ptr<Attack> apgd(const AutoAttackOptions& suite, const char* id, ApgdLoss loss, int restarts,
                             int draws) {
  ApgdOptions options;
  options.id = id;
  options.threat = suite.threat;
  options.loss = loss;
  options.iterations = suite.iterations;
  options.restarts = restarts;
  options.targets = suite.targets;
  options.draws = draws;
  return std::make_unique<ApgdAttack>(options);
}

std::unique_ptr<Attack> fab(const AutoAttackOptions& suite, bool targeted, int restarts) {
  FabOptions options;
  options.id = targeted ? "fab-t" : "fab";
  options.threat = suite.threat;
  options.targeted = targeted;
  options.iterations = suite.iterations;
  options.restarts = restarts;
  options.targets = suite.targets;
  options.stopWithinEpsilon = true;
  return std::make_unique<FabAttack>(options);
}

std::unique_ptr<Attack> square(const AutoAttackOptions& suite) {
  SquareOptions options;
  options.threat = suite.threat;
  options.queries = suite.queries;
  return std::make_unique<SquareAttack>(options);
}

}  // namespace

AutoAttack::AutoAttack(AutoAttackOptions options) : options_(options) {
  const auto add = [this](std::unique_ptr<Attack> stage) { stages_.push_back(std::move(stage)); };
  switch (options_.version) {
    case AutoAttackVersion::Standard:
      add(apgd(options_, "apgd-ce", ApgdLoss::CrossEntropy, 1, 1));
      add(apgd(options_, "apgd-t", ApgdLoss::TargetedDlr, 1, 1));
      add(fab(options_, true, 1));
      add(square(options_));
      break;
    case AutoAttackVersion::Plus:
      add(apgd(options_, "apgd-ce", ApgdLoss::CrossEntropy, kPlusRestarts, 1));
      add(apgd(options_, "apgd-dlr", ApgdLoss::Dlr, kPlusRestarts, 1));
      add(fab(options_, false, kPlusRestarts));
      add(square(options_));
      add(apgd(options_, "apgd-t", ApgdLoss::TargetedDlr, 1, 1));
      add(fab(options_, true, 1));
      break;
    case AutoAttackVersion::Rand:
      add(apgd(options_, "apgd-ce", ApgdLoss::CrossEntropy, 1, options_.draws));
      add(apgd(options_, "apgd-dlr", ApgdLoss::Dlr, 1, options_.draws));
      break;
  }
}

std::string AutoAttack::id() const {
  switch (options_.version) {
    case AutoAttackVersion::Standard:
      return "autoattack";
    case AutoAttackVersion::Plus:
      return "autoattack-plus";
    case AutoAttackVersion::Rand:
      return "autoattack-rand";
  }
  return "autoattack";
}

Json AutoAttack::parameters() const {
  Json stages = Json::array();
  for (const auto& stage : stages_)
    stages.push_back({{"attack", stage->id()}, {"params", stage->parameters()}});
  return {{"norm", std::string(toString(options_.threat.norm))},
          {"epsilon", options_.threat.epsilon},
          {"stages", std::move(stages)}};
}

std::vector<const Attack*> AutoAttack::stages() const {
  std::vector<const Attack*> stages;
  for (const auto& stage : stages_) stages.push_back(stage.get());
  return stages;
}

Perturbation AutoAttack::perturb(Target& target, const AttackInput& input) const {
  Perturbation answer;
  answer.images = input.batch.images.clone();
  at::Tensor rows =
      torch::arange(input.batch.size(), torch::TensorOptions(torch::kInt64).device(answer.images.device()));
  for (const auto& stage : stages_) {
    if (rows.numel() > 0) {
      const AttackBatch active = input.batch.select(rows);
      const at::Tensor logits = input.cleanLogits.index_select(0, rows);
      const Perturbation found = stage->perturb(target, {active, logits, input.seed});
      for (const std::string& warning : found.warnings) addWarning(answer.warnings, warning);
      const at::Tensor legal = withinBudget(options_.threat, active.images, found.images);
      const at::Tensor wrong =
          topClass(target.exactLogits(found.images.clamp(0, 1), {active.samples, 0})).ne(active.labels);
      const at::Tensor broken = (legal & wrong);
      const at::Tensor positions = broken.nonzero().squeeze(1);
      answer.images.index_copy_(0, rows.index_select(0, positions), found.images.index_select(0, positions));
      rows = rows.index_select(0, broken.logical_not().nonzero().squeeze(1));
    }
    answer.stages.push_back({stage->id(), rows.numel()});
  }
  return answer;
}

}  // namespace medlocker::attacks
