// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/methods/wat.h"

#include <torch/torch.h>

#include "core/training/losses.h"
#include "core/training/losses/adversarial_losses.h"
#include "core/training/losses/divergences.h"
#include "core/training/methods/adversarial_method.h"
#include "core/training/state/class_weights.h"

namespace medlocker::training {
namespace {

class WatMethod : public AdversarialMethod {
 public:
  explicit WatMethod(const WatOptions& options) : options_(options) {}

  void begin(const MethodSetup& setup) override {
    AdversarialMethod::begin(setup);
    if (setup.validationSamples == 0)
      throw Error(ErrorCode::InvalidArgument, "the method needs a validation part", "wat");
    costs_.assign(static_cast<std::size_t>(classes()) + 1, 0.0);
    weights_.assign(costs_.size(), 1.0);
  }

  StepOutput computeLoss(Student& student, const StepInput& input) override {
    const at::Tensor attacked = attackOwnPrediction(student, options_.attack, input);
    const at::Tensor clean = student.forward(input.images);
    StepOutput output;
    output.logits = student.forward(attacked);
    output.loss = watLoss(crossEntropyPerSample(clean, input.labels), klBetween(clean, output.logits),
                          input.labels, classTensor(weights_), options_.beta)
                      .total;
    output.lossTerms = "class experts + average expert";
    return output;
  }

 protected:
  /// Validation costs with the training attack, the model in evaluation mode.
  bool updateEpoch(Student& student, EpochRecord& record) override {
    ClassSums costs(classes());
    const ModeScope evaluation(student.network(), false);
    InnerAttackOptions options = options_.attack;
    options.batchNorm = AttackNormMode::Eval;
    const RandomStream stream = RandomStream::fromSeed(setup().seed, "training/wat-validation")
                                    .child("epoch", static_cast<std::uint64_t>(record.epoch));
    const bool whole = setup().visitValidation([&](const at::Tensor& images, const at::Tensor& labels,
                                                   std::int64_t batch) {
      const StepInput input{images,       labels, {},
                            record.epoch, batch,  stream.child("batch", static_cast<std::uint64_t>(batch))};
      const at::Tensor attacked = attackOwnPrediction(student, options, input);
      const torch::NoGradGuard noGrad;
      const at::Tensor clean = student.forward(images);
      costs.add(hostValues(crossEntropyPerSample(clean, labels) +
                           options_.beta * klBetween(clean, student.forward(attacked))),
                hostLabels(labels));
    });
    if (!whole) return false;
    const double overall = costs.overallMean().value_or(0);
    const std::vector<double> perClass = filled(costs.means(), overall);
    for (std::size_t c = 0; c < perClass.size(); ++c) costs_[c] += perClass[c];
    costs_.back() += overall;
    weights_ = watWeights(costs_, options_.eta);
    note(record, "validation_cost", costs.means());
    note(record, "class_weight", std::vector<double>(weights_.begin(), weights_.end() - 1));
    record.extra["average_weight"] = weights_.back();
    return true;
  }

  Json state() const override { return {{"costs", costs_}, {"weights", weights_}}; }
  void setState(const Json& json) override {
    costs_ = json.at("costs").get<std::vector<double>>();
    weights_ = json.at("weights").get<std::vector<double>>();
  }

 private:
  WatOptions options_;
  std::vector<double> costs_;    // cumulative, the average expert last
  std::vector<double> weights_;  // the same order
};

}  // namespace

MethodPreset WatOptions::preset() {
  return {.epochs = 100,
          .learningRate = 0.1,
          .milestones = {74, 89, 99},
          .weightDecay = 2e-4,
          .select = SelectionCriterion::RobustAndWorstClass};
}

std::vector<OptionIssue> WatOptions::validate() const {
  std::vector<OptionIssue> issues = attack.validate();
  if (!(beta >= 0 && beta <= 1e6)) issues.push_back({"method.beta", "must be 0 or more"});
  if (!(eta >= 0 && eta <= 100)) issues.push_back({"method.eta", "must lie in 0..100"});
  return issues;
}

std::unique_ptr<TrainingMethod> WatOptions::make() const {
  return std::make_unique<WatMethod>(*this);
}

}  // namespace medlocker::training
