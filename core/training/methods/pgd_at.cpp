// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/methods/pgd_at.h"

#include <torch/torch.h>

#include "core/training/losses.h"
#include "core/training/methods/adversarial_method.h"

namespace medlocker::training {
namespace {

class PgdAtMethod : public AdversarialMethod {
 public:
  explicit PgdAtMethod(InnerAttackOptions attack) : attack_(attack) {}

  StepOutput computeLoss(Student& student, const StepInput& input) override {
    const at::Tensor attacked = attackLabels(student, attack_, input);
    StepOutput output;
    output.logits = student.forward(attacked);
    output.loss = crossEntropyPerSample(output.logits, input.labels).mean();
    output.lossTerms = "cross-entropy under attack";
    return output;
  }

 private:
  InnerAttackOptions attack_;
};

}  // namespace

MethodPreset PgdAtOptions::preset() {
  return {.epochs = 200, .learningRate = 0.1, .milestones = {100, 150}, .weightDecay = 5e-4};
}

std::vector<OptionIssue> PgdAtOptions::validate() const {
  return attack.validate();
}

std::unique_ptr<TrainingMethod> PgdAtOptions::make() const {
  return std::make_unique<PgdAtMethod>(attack);
}

InnerAttackOptions FgsmRsOptions::fastAttack() {
  InnerAttackOptions attack = uniformAttack(AttackNormMode::Train);
  attack.steps = 1;
  attack.publishedStep = 1.25 * attack.epsilon;
  return attack;
}

MethodPreset FgsmRsOptions::preset() {
  return {.epochs = 30, .learningRate = 0.1, .milestones = {15, 23}, .weightDecay = 5e-4};
}

std::vector<OptionIssue> FgsmRsOptions::validate() const {
  return attack.validate();
}

std::unique_ptr<TrainingMethod> FgsmRsOptions::make() const {
  InnerAttackOptions resolved = attack;
  if (!resolved.step) resolved.step = std::min(1.0, 1.25 * attack.epsilon);
  return std::make_unique<PgdAtMethod>(resolved);
}

}  // namespace medlocker::training
