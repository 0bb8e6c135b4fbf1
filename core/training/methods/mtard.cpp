// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/methods/mtard.h"

#include <torch/torch.h>

#include "core/training/losses/distillation_losses.h"
#include "core/training/methods/adversarial_method.h"
#include "core/training/methods/fair_reweighting.h"
#include "core/training/state/milestone_rate.h"
#include "core/training/state/teacher_balance.h"

namespace medlocker::training {
namespace {

class MtardMethod : public FairMethod {
 public:
  MtardMethod(const BMtardOptions& options, bool balanceConfidence, const FairOptions* fair)
      : FairMethod(fair), options_(options), balanceConfidence_(balanceConfidence) {}

  void begin(const MethodSetup& setup) override {
    FairMethod::begin(setup);
    weightRate_ = {options_.base.weightRate, setup.milestones};
    temperatureRate_ = {balanceConfidence_ ? options_.temperatureRate : 0, setup.milestones};
  }

  StepOutput computeLoss(Student& student, const StepInput& input) override {
    Survival survival(input.labels);
    const at::Tensor attacked = attackLabels(student, options_.base.attack, input, watching(survival));
    const at::Tensor robust = teacherLogits(attacked);
    const at::Tensor natural = cleanTeacherLogits(input.images);
    StepOutput output;
    output.logits = student.forward(attacked);
    const at::Tensor clean = student.forward(input.images);
    const TwoTeacherBranches branches = twoTeacherBranches(
        output.logits, clean, robust, natural, temperatures_.adversarial, temperatures_.clean,
        options_.base.klScale, kSoftLabelGuard, sampleWeights(input.labels));
    const double adversarialLoss = branches.adversarial.item<double>();
    const double cleanLoss = branches.clean.item<double>();
    output.lossTerms = "robust teacher + natural teacher";
    if (!std::isfinite(adversarialLoss) || !std::isfinite(cleanLoss)) {
      output.loss = branches.adversarial + branches.clean;  // not finite: the step is skipped
      return output;
    }
    const LossBalance next =
        balance_.after(adversarialLoss, cleanLoss, weightRate_.during(input.epoch), options_.base.power);
    const TeacherTemperatures temperatures = temperatures_.after(
        branches.adversarialEntropy, branches.cleanEntropy, temperatureRate_.during(input.epoch),
        options_.lowestTemperature, options_.highestTemperature);
    output.loss = next.adversarialWeight * branches.adversarial + next.cleanWeight * branches.clean;
    onTaken([this, survival, next, temperatures, adversarialLoss, cleanLoss,
             adversarialEntropy = branches.adversarialEntropy, cleanEntropy = branches.cleanEntropy] {
      count(survival);
      balance_ = next;
      temperatures_ = temperatures;
      const std::array<double, 5> figures{next.adversarialWeight, adversarialLoss, cleanLoss,
                                          adversarialEntropy, cleanEntropy};
      for (std::size_t i = 0; i < figures.size(); ++i) sums_[i] += figures[i];
      ++steps_;
    });
    return output;
  }

 protected:
  bool updateEpoch(Student& student, EpochRecord& record) override {
    static constexpr std::array<const char*, 5> kNames{"adversarial_weight", "adversarial_loss", "clean_loss",
                                                       "adversarial_entropy", "clean_entropy"};
    if (steps_ > 0)
      for (std::size_t i = 0; i < kNames.size(); ++i)
        record.extra[kNames[i]] = sums_[i] / static_cast<double>(steps_);
    if (balanceConfidence_) {
      record.extra["temperature_robust_teacher"] = temperatures_.adversarial;
      record.extra["temperature_natural_teacher"] = temperatures_.clean;
    }
    sums_ = {};
    steps_ = 0;
    return FairMethod::updateEpoch(student, record);
  }

  Json state() const override {
    return {{"balance", balance_.toJson()},
            {"temperatures", temperatures_.toJson()},
            {"sums", sums_},
            {"steps", steps_},
            {"fair", FairMethod::state()}};
  }

  void setState(const Json& json) override {
    balance_ = LossBalance::fromJson(json.at("balance"));
    temperatures_ = TeacherTemperatures::fromJson(json.at("temperatures"));
    sums_ = json.at("sums").get<std::array<double, 5>>();
    steps_ = json.at("steps").get<std::int64_t>();
    FairMethod::setState(json.at("fair"));
  }

 private:
  BMtardOptions options_;
  bool balanceConfidence_;
  LossBalance balance_;
  TeacherTemperatures temperatures_;
  MilestoneRate weightRate_, temperatureRate_;
  std::array<double, 5> sums_{};  // of this epoch
  std::int64_t steps_ = 0;
};

}  // namespace

MethodPreset MtardOptions::preset() {
  return {.epochs = 300,
          .learningRate = 0.1,
          .milestones = {215, 260, 285},
          .weightDecay = 2e-4,
          .select = SelectionCriterion::CleanAndRobust};
}

std::vector<OptionIssue> MtardOptions::validate() const {
  std::vector<OptionIssue> issues = attack.validate();
  if (!(klScale > 0 && klScale <= 1000)) issues.push_back({"method.kl_scale", "must lie in (0, 1000]"});
  if (!(weightRate >= 0 && weightRate <= 1)) issues.push_back({"method.weight_rate", "must lie in 0..1"});
  if (!(power > 0 && power <= 10)) issues.push_back({"method.power", "must lie in (0, 10]"});
  return issues;
}

std::unique_ptr<TrainingMethod> MtardOptions::make(const FairOptions* fair) const {
  BMtardOptions options;
  options.base = *this;
  return std::make_unique<MtardMethod>(options, false, fair);
}

MethodPreset BMtardOptions::preset() {
  return MtardOptions::preset();
}

std::vector<OptionIssue> BMtardOptions::validate() const {
  std::vector<OptionIssue> issues = base.validate();
  if (!(temperatureRate >= 0 && temperatureRate <= 1))
    issues.push_back({"method.temperature_rate", "must lie in 0..1"});
  if (!(lowestTemperature > 0 && lowestTemperature <= 1))
    issues.push_back({"method.lowest_temperature", "must lie in (0, 1]"});
  if (!(highestTemperature >= 1 && highestTemperature <= 1000))
    issues.push_back({"method.highest_temperature", "must lie in 1..1000"});
  return issues;
}

std::unique_ptr<TrainingMethod> BMtardOptions::make() const {
  return std::make_unique<MtardMethod>(*this, true, nullptr);
}

}  // namespace medlocker::training
