// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/methods/cfa.h"

#include <torch/torch.h>

#include "core/attacks/loss.h"
#include "core/training/losses.h"
#include "core/training/losses/adversarial_losses.h"
#include "core/training/methods/adversarial_method.h"
#include "core/training/schedule.h"
#include "core/training/state/class_weights.h"
#include "core/training/weight_average.h"

namespace medlocker::training {
namespace {

constexpr int kUniformEpochs = 10;

class CfaMethod : public AdversarialMethod {
 public:
  explicit CfaMethod(const CfaOptions& options) : options_(options) {
    attack_ = options.base == AdversarialBase::PgdAt ? uniformAttack(AttackNormMode::Train) : gaussAttack();
    attack_.epsilon = options.epsilon;
    attack_.step = options.step;
    attack_.steps = options.steps;
  }

  void begin(const MethodSetup& setup) override {
    AdversarialMethod::begin(setup);
    correct_ = ClassSums(classes());
  }

  StepOutput computeLoss(Student& student, const StepInput& input) override {
    const bool trades = options_.base == AdversarialBase::Trades;
    AttackExtras extras;
    if (calibrated(input.epoch))
      extras.epsilon = attacks::PerSample(
          ofLabels(cfaRadii(accuracy_, options_.epsilon, options_.epsilonOffset), input.labels));
    const at::Tensor attacked = trades ? attackOwnPrediction(student, attack_, input, std::move(extras))
                                       : attackLabels(student, attack_, input, std::move(extras));
    StepOutput output;
    if (trades) {
      const at::Tensor clean = student.forward(input.images);
      output.logits = student.forward(attacked);
      output.loss = cfaTradesLoss(clean, output.logits, input.labels, classTensor(betas(input.epoch))).total;
      output.lossTerms = "calibrated cross-entropy + divergence";
    } else {
      output.logits = student.forward(attacked);
      output.loss = crossEntropyPerSample(output.logits, input.labels).mean();
      output.lossTerms = "cross-entropy under attack";
    }
    onTaken([this, labels = hostLabels(input.labels),
             correct = hostValues(attacks::topClass(output.logits).eq(input.labels))] {
      correct_.add(correct, labels);
    });
    return output;
  }

  bool copyAveraged(models::Network& target) const override {
    if (!average_) return false;
    average_->copyTo(target);
    return true;
  }

  void saveState(models::TensorMap& tensors, Json& json) const override {
    AdversarialMethod::saveState(tensors, json);
    if (average_) average_->saveState(tensors, "average.");
  }

  void loadState(const models::TensorMap& tensors, const Json& json) override {
    AdversarialMethod::loadState(tensors, json);
    const std::int64_t updates = json.at("state").at("average_updates").get<std::int64_t>();
    if (updates == 0) return;
    average_ = std::make_unique<WeightAverage>(*setup().network, options_.averageDecay);
    average_->loadState(tensors, "average.", updates);
  }

 protected:
  bool updateEpoch(Student& student, EpochRecord& record) override {
    if (calibrated(record.epoch))
      note(record, "epsilon255", scaled(cfaRadii(accuracy_, options_.epsilon, options_.epsilonOffset), 255));
    if (options_.base == AdversarialBase::Trades) note(record, "beta", betas(record.epoch));
    if (const auto overall = correct_.overallMean()) accuracy_ = filled(correct_.means(), *overall);
    note(record, "train_robust_accuracy", accuracy_);
    correct_.clear();
    if (record.robustValidated && record.robust.worstClassAccuracy() >= options_.averageThreshold) {
      if (!average_) average_ = std::make_unique<WeightAverage>(student.network(), options_.averageDecay);
      average_->updateWith(student.network(), options_.averageDecay);
    }
    return true;
  }

  Json state() const override {
    return {{"accuracy", accuracy_},
            {"correct", correct_.toJson()},
            {"average_updates", average_ ? average_->updates() : 0}};
  }

  void setState(const Json& json) override {
    accuracy_ = json.at("accuracy").get<std::vector<double>>();
    correct_ = ClassSums::fromJson(json.at("correct"));
  }

 private:
  bool calibrated(int epoch) const {
    const int uniform = options_.uniformEpochs.value_or(
        scaledEpoch(kUniformEpochs, CfaOptions::preset().epochs, setup().epochs));
    return epoch > uniform && !accuracy_.empty();
  }

  std::vector<double> betas(int epoch) const {
    if (calibrated(epoch)) return cfaBetas(accuracy_, options_.beta, options_.betaOffset);
    return std::vector<double>(static_cast<std::size_t>(classes()), options_.beta / (1 + options_.beta));
  }

  static std::vector<double> scaled(std::vector<double> values, double factor) {
    for (double& value : values) value *= factor;
    return values;
  }

  CfaOptions options_;
  InnerAttackOptions attack_;
  std::vector<double> accuracy_;  // robust training accuracy of the previous epoch; empty before the first
  ClassSums correct_;             // of this epoch
  std::unique_ptr<WeightAverage> average_;
};

}  // namespace

MethodPreset CfaOptions::preset() {
  return {.epochs = 200,
          .learningRate = 0.1,
          .milestones = {100, 150},
          .weightDecay = 5e-4,
          .select = SelectionCriterion::RobustAndWorstClass};
}

std::vector<OptionIssue> CfaOptions::validate() const {
  std::vector<OptionIssue> issues;
  const auto require = [&issues](bool holds, const char* field, const char* message) {
    if (!holds) issues.push_back({std::string("method.") + field, message});
  };
  require(epsilon >= 0 && epsilon <= 1, "epsilon", "must lie in 0..1");
  require(step > 0 && step <= 1, "step", "must lie in (0, 1]");
  require(steps >= 1 && steps <= 10'000, "steps", "must lie in 1..10000");
  require(beta > 0 && beta <= 1e6, "beta", "must be above 0");
  require(epsilonOffset >= 0 && epsilonOffset <= 10, "epsilon_offset", "must lie in 0..10");
  require(betaOffset > 0 && betaOffset <= 10, "beta_offset", "must lie in (0, 10]");
  require(!uniformEpochs || *uniformEpochs >= 0, "uniform_epochs", "must be 0 or more");
  require(averageDecay >= 0 && averageDecay < 1, "average_decay", "must lie in [0, 1)");
  require(averageThreshold >= 0 && averageThreshold <= 1, "average_threshold", "must lie in 0..1");
  return issues;
}

std::unique_ptr<TrainingMethod> CfaOptions::make() const {
  return std::make_unique<CfaMethod>(*this);
}

}  // namespace medlocker::training
