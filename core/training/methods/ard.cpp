// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/methods/ard.h"

#include <torch/torch.h>

#include "core/training/losses/distillation_losses.h"
#include "core/training/methods/adversarial_method.h"
#include "core/training/methods/fair_reweighting.h"

namespace medlocker::training {
namespace {

class ArdMethod : public FairMethod {
 public:
  ArdMethod(const ArdOptions& options, const FairOptions* fair) : FairMethod(fair), options_(options) {}

  StepOutput computeLoss(Student& student, const StepInput& input) override {
    const at::Tensor teacher = teacherLogits(input.images);
    Survival survival(input.labels);
    const at::Tensor attacked = attackLabels(student, options_.attack, input, watching(survival));
    StepOutput output;
    output.logits = student.forward(attacked);
    const at::Tensor clean = options_.alpha != 1 ? student.forward(input.images) : at::Tensor();
    output.loss = ardLoss(output.logits, clean, teacher, input.labels, options_.temperature, options_.alpha,
                          options_.klScale, sampleWeights(input.labels))
                      .total;
    output.lossTerms = options_.alpha != 1 ? "distillation + cross-entropy" : "distillation";
    onTaken([this, survival] { count(survival); });
    return output;
  }

 private:
  ArdOptions options_;
};

}  // namespace

MethodPreset ArdOptions::preset() {
  return {.epochs = 200, .learningRate = 0.1, .milestones = {100, 150}, .weightDecay = 2e-4};
}

std::vector<OptionIssue> ArdOptions::validate() const {
  std::vector<OptionIssue> issues = attack.validate();
  if (!(temperature > 0 && temperature <= 1000))
    issues.push_back({"method.temperature", "must lie in (0, 1000]"});
  if (!(alpha >= 0 && alpha <= 1)) issues.push_back({"method.alpha", "must lie in 0..1"});
  if (!(klScale > 0 && klScale <= 1000)) issues.push_back({"method.kl_scale", "must lie in (0, 1000]"});
  return issues;
}

std::unique_ptr<TrainingMethod> ArdOptions::make(const FairOptions* fair) const {
  return std::make_unique<ArdMethod>(*this, fair);
}

}  // namespace medlocker::training
