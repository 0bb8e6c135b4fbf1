// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/methods/absld.h"

#include <torch/torch.h>

#include "core/training/losses.h"
#include "core/training/losses/distillation_losses.h"
#include "core/training/methods/adversarial_method.h"
#include "core/training/state/class_temperatures.h"
#include "core/training/state/milestone_rate.h"

namespace medlocker::training {
namespace {

class AbsldMethod : public AdversarialMethod {
 public:
  explicit AbsldMethod(const AbsldOptions& options) : options_(options) {}

  void begin(const MethodSetup& setup) override {
    AdversarialMethod::begin(setup);
    adversarial_.assign(static_cast<std::size_t>(classes()), 1.0);
    clean_ = adversarial_;
    adversarialRisk_ = ClassSums(classes());
    cleanRisk_ = ClassSums(classes());
    rate_ = {options_.rate, setup.milestones};
  }

  StepOutput computeLoss(Student& student, const StepInput& input) override {
    const AbsldTargets targets =
        absldTargets(teacherLogits(input.images), input.labels, classTensor(adversarial_),
                     classTensor(clean_), options_.coupling);
    const at::Tensor attacked = attackTarget(student, options_.attack, input, targets.adversarial);
    StepOutput output;
    output.logits = student.forward(attacked);
    const at::Tensor clean = student.forward(input.images);
    output.loss = softLabelLoss(output.logits, clean, targets.adversarial, targets.clean,
                                options_.adversarialWeight, options_.klScale)
                      .total;
    output.lossTerms = "soft labels under attack + clean soft labels";
    onTaken([this, labels = hostLabels(input.labels),
             adversarial = hostValues(crossEntropyPerSample(output.logits.detach(), input.labels)),
             natural = hostValues(crossEntropyPerSample(clean.detach(), input.labels))] {
      adversarialRisk_.add(adversarial, labels);
      cleanRisk_.add(natural, labels);
    });
    return output;
  }

 protected:
  bool updateEpoch(Student&, EpochRecord& record) override {
    const double rate = rate_.after(record.epoch);
    const ClassValues adversarialRisk = adversarialRisk_.means(), cleanRisk = cleanRisk_.means();
    adversarial_ = updatedTemperatures(adversarial_, adversarialRisk, rate, options_.lowestTemperature,
                                       options_.highestTemperature)
                       .next;
    clean_ =
        updatedTemperatures(clean_, cleanRisk, rate, options_.lowestTemperature, options_.highestTemperature)
            .next;
    adversarialRisk_.clear();
    cleanRisk_.clear();
    note(record, "temperature_adversarial", adversarial_);
    note(record, "temperature_clean", clean_);
    note(record, "risk_adversarial", adversarialRisk);
    note(record, "risk_clean", cleanRisk);
    record.extra["temperatures_clamped"] = clamped(adversarial_) + clamped(clean_);
    return true;
  }

  Json state() const override {
    return {{"adversarial", adversarial_},
            {"clean", clean_},
            {"adversarial_risk", adversarialRisk_.toJson()},
            {"clean_risk", cleanRisk_.toJson()}};
  }

  void setState(const Json& json) override {
    adversarial_ = json.at("adversarial").get<std::vector<double>>();
    clean_ = json.at("clean").get<std::vector<double>>();
    adversarialRisk_ = ClassSums::fromJson(json.at("adversarial_risk"));
    cleanRisk_ = ClassSums::fromJson(json.at("clean_risk"));
  }

 private:
  double clamped(const std::vector<double>& temperatures) const {
    double count = 0;
    for (const double t : temperatures)
      count += t == options_.lowestTemperature || t == options_.highestTemperature;
    return count;
  }

  AbsldOptions options_;
  std::vector<double> adversarial_, clean_;  // temperatures
  ClassSums adversarialRisk_, cleanRisk_;
  MilestoneRate rate_;
};

}  // namespace

MethodPreset AbsldOptions::preset() {
  return {.epochs = 300,
          .learningRate = 0.1,
          .milestones = {215, 260, 285},
          .weightDecay = 2e-4,
          .select = SelectionCriterion::RobustAndWorstClass};
}

std::vector<OptionIssue> AbsldOptions::validate() const {
  std::vector<OptionIssue> issues = attack.validate();
  if (!(adversarialWeight >= 0 && adversarialWeight <= 1))
    issues.push_back({"method.adversarial_weight", "must lie in 0..1"});
  if (!(klScale > 0 && klScale <= 1000)) issues.push_back({"method.kl_scale", "must lie in (0, 1000]"});
  if (!(rate >= 0 && rate <= 10)) issues.push_back({"method.rate", "must lie in 0..10"});
  if (!(lowestTemperature > 0 && lowestTemperature <= 1))
    issues.push_back({"method.lowest_temperature", "must lie in (0, 1]"});
  if (!(highestTemperature >= 1 && highestTemperature <= 1000))
    issues.push_back({"method.highest_temperature", "must lie in 1..1000"});
  return issues;
}

std::unique_ptr<TrainingMethod> AbsldOptions::make() const {
  return std::make_unique<AbsldMethod>(*this);
}

}  // namespace medlocker::training
