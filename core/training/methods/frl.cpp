// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/methods/frl.h"

#include <torch/torch.h>

#include "core/training/losses.h"
#include "core/training/losses/adversarial_losses.h"
#include "core/training/losses/divergences.h"
#include "core/training/methods/adversarial_method.h"
#include "core/training/state/class_weights.h"

namespace medlocker::training {
namespace {

constexpr int kValidationAttackSteps = 20;
constexpr int kHalvingEpochs = 40;

class FrlMethod : public AdversarialMethod {
 public:
  explicit FrlMethod(const FrlOptions& options) : options_(options) {}

  void begin(const MethodSetup& setup) override {
    AdversarialMethod::begin(setup);
    if (setup.validationSamples == 0)
      throw Error(ErrorCode::InvalidArgument, "the method needs a validation part", "frl");
    multipliers_ = FrlMultipliers(classes());
  }

  /// The multipliers move before the epoch, with the model as it is now.
  bool beginEpoch(Student&, int epoch) override {
    const auto figures = setup().evaluateStudent(kValidationAttackSteps);
    if (!figures) return false;
    const ClassValues clean = rates(figures->clean), robust = rates(figures->robust);
    ClassValues natural(clean.size()), boundary(clean.size());
    for (std::size_t c = 0; c < clean.size(); ++c) {
      if (clean[c]) natural[c] = 1 - *clean[c];
      if (clean[c] && robust[c]) boundary[c] = *clean[c] - *robust[c];
    }
    const double rate = options_.rule.weightRate * std::pow(0.5, (epoch - 1) / kHalvingEpochs);
    multipliers_.update(
        FrlMultipliers::gaps(natural, boundary, 1 - figures->clean.accuracy,
                             figures->clean.accuracy - figures->robust.accuracy, options_.rule),
        options_.rule, rate);
    return true;
  }

  StepOutput computeLoss(Student& student, const StepInput& input) override {
    AttackExtras extras;
    if (options_.rule.marginRate > 0) {
      const at::Tensor scale = ofLabels(multipliers_.marginScale(options_.rule), input.labels);
      const at::Tensor epsilon = scale * options_.attack.epsilon;
      extras.epsilon = attacks::PerSample(epsilon);
      extras.step = options_.attack.step.value_or(epsilon.max().item<double>() / 4);
    }
    const at::Tensor attacked = attackOwnPrediction(student, options_.attack, input, std::move(extras));
    const at::Tensor clean = student.forward(input.images);
    StepOutput output;
    output.logits = student.forward(attacked);
    output.loss = frlLoss(crossEntropyPerSample(clean, input.labels), klBetween(clean, output.logits),
                          input.labels, classTensor(multipliers_.naturalWeights()),
                          classTensor(multipliers_.boundaryWeights()), options_.beta)
                      .total;
    output.lossTerms = "weighted cross-entropy + weighted divergence";
    return output;
  }

 protected:
  bool updateEpoch(Student&, EpochRecord& record) override {
    note(record, "weight_natural", multipliers_.naturalWeights());
    note(record, "weight_boundary", multipliers_.boundaryWeights());
    note(record, "margin_scale", multipliers_.marginScale(options_.rule));
    return true;
  }

  Json state() const override { return multipliers_.toJson(); }
  void setState(const Json& json) override { multipliers_ = FrlMultipliers::fromJson(json); }

 private:
  static ClassValues rates(const EvaluationResult& result) {
    ClassValues values;
    for (const double rate : result.perClassAccuracy())
      values.push_back(std::isfinite(rate) ? std::optional<double>(rate) : std::nullopt);
    return values;
  }

  FrlOptions options_;
  FrlMultipliers multipliers_;
};

}  // namespace

MethodPreset FrlOptions::preset() {
  return {.epochs = 40,
          .learningRate = 0.001,
          .milestones = {40},
          .weightDecay = 5e-4,
          .select = SelectionCriterion::RobustAndWorstClass};
}

std::vector<OptionIssue> FrlOptions::validate() const {
  std::vector<OptionIssue> issues = attack.validate();
  const auto require = [&issues](bool holds, const char* field, const char* message) {
    if (!holds) issues.push_back({std::string("method.") + field, message});
  };
  require(beta >= 0 && beta <= 1e6, "beta", "must be 0 or more");
  require(rule.weightRate >= 0 && rule.weightRate <= 10, "rule.weight_rate", "must lie in 0..10");
  require(rule.marginRate >= 0 && rule.marginRate <= 10, "rule.margin_rate", "must lie in 0..10");
  require(rule.limit >= 0 && rule.limit < 1, "rule.limit", "must lie in [0, 1): weights must stay above 0");
  require(rule.naturalTolerance >= 0 && rule.naturalTolerance <= 1, "rule.natural_tolerance",
          "must lie in 0..1");
  require(rule.boundaryTolerance >= 0 && rule.boundaryTolerance <= 1, "rule.boundary_tolerance",
          "must lie in 0..1");
  require(rule.smallestMargin > 0 && rule.smallestMargin <= 1, "rule.smallest_margin", "must lie in (0, 1]");
  require(rule.largestMargin >= 1 && rule.largestMargin <= 100, "rule.largest_margin", "must lie in 1..100");
  return issues;
}

std::unique_ptr<TrainingMethod> FrlOptions::make() const {
  return std::make_unique<FrlMethod>(*this);
}

}  // namespace medlocker::training
