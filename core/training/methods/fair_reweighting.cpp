// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/methods/fair_reweighting.h"

#include <torch/torch.h>

#include "core/attacks/loss.h"
#include "core/training/state/class_weights.h"

namespace medlocker::training {

std::vector<OptionIssue> FairOptions::validate() const {
  std::vector<OptionIssue> issues;
  if (!(power >= 0 && power <= 10)) issues.push_back({"method.fair.power", "must lie in 0..10"});
  if (!(lowestWeight > 0 && lowestWeight <= 1))
    issues.push_back({"method.fair.lowest_weight", "must lie in (0, 1]"});
  if (!(highestWeight >= 1 && highestWeight <= 1000))
    issues.push_back({"method.fair.highest_weight", "must lie in 1..1000"});
  return issues;
}

void FairMethod::begin(const MethodSetup& setup) {
  AdversarialMethod::begin(setup);
  if (!fair_) return;
  weights_.assign(static_cast<std::size_t>(classes()), 1.0);
  survived_ = ClassSums(classes());
}

AttackExtras FairMethod::watching(Survival& survival) const {
  AttackExtras extras;
  if (!fair_) return extras;
  survival.steps = torch::zeros_like(survival.labels, torch::kFloat);
  extras.observer = [&survival](const attacks::AscentIterate& iterate) {
    survival.steps += attacks::topClass(iterate.logits).eq(survival.labels);
  };
  return extras;
}

at::Tensor FairMethod::sampleWeights(const at::Tensor& labels) const {
  return fair_ ? ofLabels(weights_, labels) : at::Tensor();
}

void FairMethod::count(const Survival& survival) {
  if (fair_ && survival.steps.defined())
    survived_.add(hostValues(survival.steps), hostLabels(survival.labels));
}

bool FairMethod::updateEpoch(Student&, EpochRecord& record) {
  if (!fair_) return true;
  if (const auto overall = survived_.overallMean()) {
    const std::vector<double> survived = filled(survived_.means(), *overall);
    note(record, "survived_steps", survived_.means());
    weights_ = fairWeights(survived, fair_->power, fair_->lowestWeight, fair_->highestWeight).clamped;
  }
  note(record, "class_weight", weights_);
  survived_.clear();
  return true;
}

Json FairMethod::state() const {
  if (!fair_) return Json::object();
  return {{"weights", weights_}, {"survived", survived_.toJson()}};
}

void FairMethod::setState(const Json& json) {
  if (!fair_) return;
  weights_ = json.at("weights").get<std::vector<double>>();
  survived_ = ClassSums::fromJson(json.at("survived"));
}

}  // namespace medlocker::training
