// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/trainer_options.h"

#include <cmath>

#include "core/common/error.h"
#include "core/training/method_preset.h"

namespace medlocker::training {

std::string_view toString(Precision precision) {
  return precision == Precision::Float32 ? "float32" : "bf16";
}

Precision parsePrecision(std::string_view name) {
  if (name == "float32") return Precision::Float32;
  if (name == "bf16") return Precision::Bfloat16;
  throw Error(ErrorCode::InvalidArgument,
              "the precision is one of float32, bf16; not '" + std::string(name) + "'");
}

std::vector<OptionIssue> TrainerOptions::validate() const {
  std::vector<OptionIssue> issues;
  const auto add = [&issues](std::vector<OptionIssue> more) {
    issues.insert(issues.end(), more.begin(), more.end());
  };
  if (epochs < 1 || epochs > 100'000) issues.push_back({"epochs", "must lie in 1..100000"});
  if (batchSize < 2 || batchSize > 65'536)
    issues.push_back({"batch_size", "must lie in 2..65536 (batch normalisation cannot train on one image)"});
  if (!(emaDecay >= 0 && emaDecay < 1)) issues.push_back({"ema_decay", "must lie in [0, 1)"});
  if (normImages < 0) issues.push_back({"norm_images", "must be 0 or more"});
  if (robustImages < 0) issues.push_back({"robust_images", "must be 0 or more"});
  if (swaFrom < 0) issues.push_back({"swa_from", "must be 0 or more"});
  if (swaFrom > 0 && emaDecay > 0)
    issues.push_back({"swa_from", "one kind of weight averaging at a time: leave out ema_decay"});
  if (balance == ClassBalance::Weights && methodPreset(method))
    issues.push_back({"balance", "weighted losses go with the method standard only; use none or sampling"});
  if (patience < 0) issues.push_back({"patience", "must be 0 or more"});
  if (checkpointSeconds < 1) issues.push_back({"checkpoint_seconds", "must be 1 or more"});
  add(training::validate(method));
  add(augment.validate());
  add(optimiser.validate());
  add(schedule.validate());
  return issues;
}

SelectionCriterion TrainerOptions::selection() const {
  if (select != SelectionCriterion::Method) return select;
  const auto preset = methodPreset(method);
  return preset ? preset->select : SelectionCriterion::BalancedAccuracy;
}

void applyPreset(TrainerOptions& options, int epochs) {
  const auto preset = methodPreset(options.method);
  if (epochs > 0) options.epochs = epochs;
  if (!preset) return;
  if (epochs == 0) options.epochs = preset->epochs;
  options.batchSize = preset->batchSize;
  options.balance = ClassBalance::None;
  options.optimiser = {};
  options.optimiser.kind = OptimiserKind::Sgd;
  options.optimiser.learningRate = preset->learningRate;
  options.optimiser.weightDecay = preset->weightDecay;
  options.optimiser.decayAll = preset->decayAll;
  options.optimiser.momentum = 0.9;
  options.optimiser.nesterov = preset->nesterov;
  options.optimiser.clipNorm = 0;
  options.schedule = {};
  options.schedule.kind = ScheduleKind::Step;
  options.schedule.warmupEpochs = 0;
  options.schedule.milestones = scaledMilestones(preset->milestones, preset->epochs, options.epochs);
  options.normImages = 0;  // the recipes evaluate with the running statistics of both kinds of input
}

}  // namespace medlocker::training
