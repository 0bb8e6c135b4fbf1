// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/methods/trades.h"

#include <torch/torch.h>

#include "core/training/losses/adversarial_losses.h"
#include "core/training/methods/adversarial_method.h"

namespace medlocker::training {
namespace {

class TradesMethod : public AdversarialMethod {
 public:
  explicit TradesMethod(const TradesOptions& options) : options_(options) {}

  StepOutput computeLoss(Student& student, const StepInput& input) override {
    const at::Tensor attacked = attackOwnPrediction(student, options_.attack, input);
    const at::Tensor clean = student.forward(input.images);
    StepOutput output;
    output.logits = student.forward(attacked);
    output.loss = tradesLoss(clean, output.logits, input.labels, options_.beta).total;
    output.lossTerms = "cross-entropy + divergence";
    return output;
  }

 private:
  TradesOptions options_;
};

}  // namespace

MethodPreset TradesOptions::preset() {
  return {.epochs = 100, .learningRate = 0.1, .milestones = {74, 89, 99}, .weightDecay = 2e-4};
}

std::vector<OptionIssue> TradesOptions::validate() const {
  std::vector<OptionIssue> issues = attack.validate();
  if (!(beta >= 0 && beta <= 1e6)) issues.push_back({"method.beta", "must be 0 or more"});
  return issues;
}

std::unique_ptr<TrainingMethod> TradesOptions::make() const {
  return std::make_unique<TradesMethod>(*this);
}

}  // namespace medlocker::training
