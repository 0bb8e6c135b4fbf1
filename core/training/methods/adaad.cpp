// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/methods/adaad.h"

#include <torch/torch.h>

#include "core/training/losses/distillation_losses.h"
#include "core/training/losses/divergences.h"
#include "core/training/methods/adversarial_method.h"

namespace medlocker::training {
namespace {

class AdaAdMethod : public AdversarialMethod {
 public:
  explicit AdaAdMethod(const AdaAdOptions& options) : options_(options) {}

  StepOutput computeLoss(Student& student, const StepInput& input) override {
    // The target moves with x': the gradient passes through both networks.
    const at::Tensor attacked =
        attack(student, options_.attack, input, [this](const at::Tensor& logits, const at::Tensor& images) {
          return klBetween(setup().teacher->logits(images), logits);
        });
    const at::Tensor teacherAttacked = teacherLogits(attacked);
    StepOutput output;
    output.logits = student.forward(attacked);
    at::Tensor clean, teacherClean;
    if (options_.alpha != 1) {
      teacherClean = teacherLogits(input.images);
      clean = student.forward(input.images);
    }
    output.loss =
        adaAdLoss(output.logits, clean, teacherAttacked, teacherClean, options_.alpha, options_.klScale)
            .total;
    output.lossTerms = "distillation at x'";
    return output;
  }

 private:
  AdaAdOptions options_;
};

}  // namespace

MethodPreset AdaAdOptions::preset() {
  return {.epochs = 200, .learningRate = 0.1, .milestones = {100, 150}, .weightDecay = 5e-4};
}

std::vector<OptionIssue> AdaAdOptions::validate() const {
  std::vector<OptionIssue> issues = attack.validate();
  if (!(alpha >= 0 && alpha <= 1)) issues.push_back({"method.alpha", "must lie in 0..1"});
  if (!(klScale > 0 && klScale <= 1000)) issues.push_back({"method.kl_scale", "must lie in (0, 1000]"});
  return issues;
}

std::unique_ptr<TrainingMethod> AdaAdOptions::make() const {
  return std::make_unique<AdaAdMethod>(*this);
}

}  // namespace medlocker::training
