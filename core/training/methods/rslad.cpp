// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/methods/rslad.h"

#include <torch/torch.h>

#include "core/training/losses/distillation_losses.h"
#include "core/training/losses/divergences.h"
#include "core/training/methods/adversarial_method.h"
#include "core/training/methods/fair_reweighting.h"

namespace medlocker::training {
namespace {

class RsladMethod : public FairMethod {
 public:
  RsladMethod(const RsladOptions& options, const FairOptions* fair) : FairMethod(fair), options_(options) {}

  StepOutput computeLoss(Student& student, const StepInput& input) override {
    const at::Tensor teacher = teacherLogits(input.images);
    Survival survival(input.labels);
    const at::Tensor attacked =
        attackTarget(student, options_.attack, input, temperatureSoftmax(teacher), watching(survival));
    StepOutput output;
    output.logits = student.forward(attacked);
    const at::Tensor clean = student.forward(input.images);
    output.loss = rsladLoss(output.logits, clean, teacher, options_.adversarialWeight, options_.klScale,
                            kSoftLabelGuard, sampleWeights(input.labels))
                      .total;
    output.lossTerms = "soft labels under attack + clean soft labels";
    onTaken([this, survival] { count(survival); });
    return output;
  }

 private:
  RsladOptions options_;
};

}  // namespace

MethodPreset RsladOptions::preset() {
  return {.epochs = 300, .learningRate = 0.1, .milestones = {215, 260, 285}, .weightDecay = 2e-4};
}

std::vector<OptionIssue> RsladOptions::validate() const {
  std::vector<OptionIssue> issues = attack.validate();
  if (!(adversarialWeight >= 0 && adversarialWeight <= 1))
    issues.push_back({"method.adversarial_weight", "must lie in 0..1"});
  if (!(klScale > 0 && klScale <= 1000)) issues.push_back({"method.kl_scale", "must lie in (0, 1000]"});
  return issues;
}

std::unique_ptr<TrainingMethod> RsladOptions::make(const FairOptions* fair) const {
  return std::make_unique<RsladMethod>(*this, fair);
}

}  // namespace medlocker::training
