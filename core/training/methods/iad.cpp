// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/methods/iad.h"

#include <torch/torch.h>

#include "core/training/losses/distillation_losses.h"
#include "core/training/methods/adversarial_method.h"
#include "core/training/methods/fair_reweighting.h"
#include "core/training/schedule.h"

namespace medlocker::training {
namespace {

constexpr int kTrustAfter = 60;

class IadMethod : public FairMethod {
 public:
  IadMethod(const IadTrainingOptions& options, const FairOptions* fair)
      : FairMethod(fair), options_(options) {}

  StepOutput computeLoss(Student& student, const StepInput& input) override {
    const at::Tensor teacher = teacherLogits(input.images);
    Survival survival(input.labels);
    const at::Tensor attacked = attackLabels(student, options_.attack, input, watching(survival));
    const at::Tensor teacherAttacked = teacherLogits(attacked);
    IadOptions terms;
    terms.temperature = options_.temperature;
    terms.alpha = options_.alpha;
    terms.trustPower = options_.trustPower;
    terms.active = input.epoch > trustAfter();
    terms.weightTeacherByTrust = options_.weightTeacherByTrust;
    StepOutput output;
    output.logits = student.forward(attacked);
    const at::Tensor clean = student.forward(input.images);
    output.loss = iadLoss(output.logits, clean, teacher, teacherAttacked, input.labels, terms,
                          sampleWeights(input.labels))
                      .total;
    output.lossTerms = "teacher + own prediction";
    onTaken([this, survival] { count(survival); });
    return output;
  }

 private:
  int trustAfter() const {
    return options_.trustAfter.value_or(
        scaledEpoch(kTrustAfter, IadTrainingOptions::preset().epochs, setup().epochs));
  }

  IadTrainingOptions options_;
};

}  // namespace

MethodPreset IadTrainingOptions::preset() {
  return {.epochs = 200, .learningRate = 0.1, .milestones = {100, 150}, .weightDecay = 2e-4};
}

std::vector<OptionIssue> IadTrainingOptions::validate() const {
  std::vector<OptionIssue> issues = attack.validate();
  if (!(temperature > 0 && temperature <= 1000))
    issues.push_back({"method.temperature", "must lie in (0, 1000]"});
  if (!(alpha >= 0 && alpha <= 1)) issues.push_back({"method.alpha", "must lie in 0..1"});
  if (!(trustPower >= 0 && trustPower <= 100)) issues.push_back({"method.trust_power", "must lie in 0..100"});
  if (trustAfter && *trustAfter < 0) issues.push_back({"method.trust_after", "must be 0 or more"});
  return issues;
}

std::unique_ptr<TrainingMethod> IadTrainingOptions::make(const FairOptions* fair) const {
  return std::make_unique<IadMethod>(*this, fair);
}

}  // namespace medlocker::training
