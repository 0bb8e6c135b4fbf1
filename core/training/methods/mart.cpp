// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/methods/mart.h"

#include <torch/torch.h>

#include "core/training/losses/adversarial_losses.h"
#include "core/training/methods/adversarial_method.h"

namespace medlocker::training {
namespace {

class MartMethod : public AdversarialMethod {
 public:
  explicit MartMethod(const MartOptions& options) : options_(options) {}

  StepOutput computeLoss(Student& student, const StepInput& input) override {
    const at::Tensor attacked = attackLabels(student, options_.attack, input);
    const at::Tensor clean = student.forward(input.images);
    StepOutput output;
    output.logits = student.forward(attacked);
    output.loss = martLoss(clean, output.logits, input.labels, options_.weight).total;
    output.lossTerms = "boosted cross-entropy + weighted divergence";
    return output;
  }

 private:
  MartOptions options_;
};

}  // namespace

MethodPreset MartOptions::preset() {
  return {.epochs = 120, .learningRate = 0.01, .milestones = {74, 89, 99}, .weightDecay = 3.5e-3};
}

std::vector<OptionIssue> MartOptions::validate() const {
  std::vector<OptionIssue> issues = attack.validate();
  if (!(weight >= 0 && weight <= 1e6)) issues.push_back({"method.weight", "must be 0 or more"});
  return issues;
}

std::unique_ptr<TrainingMethod> MartOptions::make() const {
  return std::make_unique<MartMethod>(*this);
}

}  // namespace medlocker::training
