// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/methods/bat.h"

#include <torch/torch.h>

#include "core/attacks/loss.h"
#include "core/training/losses/adversarial_losses.h"
#include "core/training/methods/adversarial_method.h"

namespace medlocker::training {
namespace {

class BatMethod : public AdversarialMethod {
 public:
  explicit BatMethod(const BatOptions& options) : options_(options) {}

  StepOutput computeLoss(Student& student, const StepInput& input) override {
    const at::Tensor lastClean = pointOfRun(student, input, "last-clean", true);
    const at::Tensor firstAdversarial = pointOfRun(student, input, "first-adversarial", false);
    const at::Tensor clean = student.forward(input.images);
    const at::Tensor lastLogits = student.forward(lastClean);
    StepOutput output;
    output.logits = student.forward(firstAdversarial);
    output.loss =
        batLoss(lastLogits, output.logits, clean, input.labels, options_.beta, options_.gamma).total;
    output.lossTerms = "cross-entropy + divergence + distance from uniform";
    return output;
  }

 private:
  /// One run of the attack from its own start, and the iterate of each sample that is asked for.
  at::Tensor pointOfRun(Student& student, const StepInput& input, const char* run, bool lastClean) {
    StepInput own = input;
    own.random = input.random.child(run);
    std::vector<at::Tensor> iterates, correct;
    AttackExtras extras;
    extras.evaluateLast = true;
    extras.observer = [&](const attacks::AscentIterate& iterate) {
      iterates.push_back(iterate.images);
      correct.push_back(attacks::topClass(iterate.logits).eq(input.labels));
    };
    attackOwnPrediction(student, options_.attack, own, std::move(extras));
    if (iterates.empty()) return input.images;  // epsilon 0
    const auto [last, first] = batSelect(torch::stack(correct));
    const at::Tensor index = lastClean ? last : first;
    const at::Tensor rows = torch::arange(index.size(0), index.options());
    at::Tensor point = torch::empty_like(input.images);
    for (std::size_t t = 0; t < iterates.size(); ++t) {
      const at::Tensor here = rows.masked_select(index.eq(static_cast<std::int64_t>(t)));
      if (here.size(0) > 0) point.index_copy_(0, here, iterates[t].index_select(0, here));
    }
    // The start itself may leave the box; every later iterate lies in it.
    return attacks::project(attacks::Norm::Linf, input.images, point, options_.attack.epsilon);
  }

  BatOptions options_;
};

}  // namespace

MethodPreset BatOptions::preset() {
  return {.epochs = 100,
          .learningRate = 0.1,
          .milestones = {74, 89, 99},
          .weightDecay = 2e-4,
          .select = SelectionCriterion::RobustAndWorstClass};
}

std::vector<OptionIssue> BatOptions::validate() const {
  std::vector<OptionIssue> issues = attack.validate();
  if (!(beta >= 0 && beta <= 1e6)) issues.push_back({"method.beta", "must be 0 or more"});
  if (!(gamma >= 0 && gamma <= 1e6)) issues.push_back({"method.gamma", "must be 0 or more"});
  return issues;
}

std::unique_ptr<TrainingMethod> BatOptions::make() const {
  return std::make_unique<BatMethod>(*this);
}

}  // namespace medlocker::training
