// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/methods/dafa.h"

#include <torch/torch.h>

#include "core/training/losses.h"
#include "core/training/losses/adversarial_losses.h"
#include "core/training/losses/divergences.h"
#include "core/training/methods/adversarial_method.h"
#include "core/training/schedule.h"
#include "core/training/state/class_weights.h"

namespace medlocker::training {
namespace {

constexpr int kWarmUpEpochs = 70;
constexpr double kLeastWeight = 0.1;

class DafaMethod : public AdversarialMethod {
 public:
  explicit DafaMethod(const DafaOptions& options) : options_(options) {
    if (options.base == AdversarialBase::PgdAt) {
      options_.attack.start = AttackStart::Uniform;
      options_.attack.batchNorm = AttackNormMode::Train;
    }
  }

  void begin(const MethodSetup& setup) override {
    AdversarialMethod::begin(setup);
    const auto count = static_cast<std::size_t>(classes());
    weights_.assign(count, 1.0);
    probabilities_.assign(count, std::vector<double>(count));
    counts_.assign(count, 0);
  }

  StepOutput computeLoss(Student& student, const StepInput& input) override {
    AttackExtras extras;
    at::Tensor sampleWeights;
    if (weighted_) {
      sampleWeights = ofLabels(weights_, input.labels);
      extras.epsilon = attacks::PerSample(sampleWeights * options_.attack.epsilon);
      extras.step = attacks::PerSample(sampleWeights * options_.attack.stepSize());
    }
    StepOutput output;
    if (options_.base == AdversarialBase::Trades) {
      const at::Tensor attacked = attackOwnPrediction(student, options_.attack, input, std::move(extras));
      const at::Tensor clean = student.forward(input.images);
      output.logits = student.forward(attacked);
      output.loss = tradesLoss(clean, output.logits, input.labels, options_.beta, sampleWeights).total;
      output.lossTerms = "weighted cross-entropy + divergence";
    } else {
      output.logits = student.forward(attackLabels(student, options_.attack, input, std::move(extras)));
      const at::Tensor perSample = crossEntropyPerSample(output.logits, input.labels);
      output.loss = (sampleWeights.defined() ? perSample * sampleWeights : perSample).mean();
      output.lossTerms = "weighted cross-entropy under attack";
    }
    if (input.epoch == warmUp())
      onTaken([this, labels = hostLabels(input.labels),
               values = hostValues(temperatureSoftmax(output.logits.detach()))] { collect(values, labels); });
    return output;
  }

 protected:
  bool updateEpoch(Student&, EpochRecord& record) override {
    if (record.epoch == warmUp()) {
      std::vector<std::vector<double>> similarity(probabilities_.size());
      for (std::size_t c = 0; c < similarity.size(); ++c) {
        if (counts_[c] == 0) continue;
        for (const double sum : probabilities_[c])
          similarity[c].push_back(sum / static_cast<double>(counts_[c]));
      }
      weights_ = dafaWeights(similarity, options_.lambda);
      double raised = 0;
      for (double& weight : weights_)
        if (weight <= kLeastWeight) {
          weight = kLeastWeight;
          ++raised;
        }
      record.extra["class_weights_raised"] = raised;
      weighted_ = true;
    }
    note(record, "class_weight", weights_);
    return true;
  }

  Json state() const override {
    return {{"weighted", weighted_},
            {"weights", weights_},
            {"probabilities", probabilities_},
            {"counts", counts_}};
  }
  void setState(const Json& json) override {
    weighted_ = json.at("weighted").get<bool>();
    weights_ = json.at("weights").get<std::vector<double>>();
    probabilities_ = json.at("probabilities").get<std::vector<std::vector<double>>>();
    counts_ = json.at("counts").get<std::vector<std::int64_t>>();
  }

 private:
  int warmUp() const {
    return options_.warmUpEpochs.value_or(
        std::max(1, scaledEpoch(kWarmUpEpochs, DafaOptions::preset().epochs, setup().epochs)));
  }

  void collect(const std::vector<double>& values, const std::vector<std::int64_t>& labels) {
    const auto width = static_cast<std::size_t>(classes());
    for (std::size_t i = 0; i < labels.size(); ++i) {
      const auto c = static_cast<std::size_t>(labels[i]);
      for (std::size_t k = 0; k < width; ++k) probabilities_[c][k] += values[i * width + k];
      ++counts_[c];
    }
  }

  DafaOptions options_;
  bool weighted_ = false;
  std::vector<double> weights_;
  std::vector<std::vector<double>> probabilities_;  // sums over the warm-up's last epoch
  std::vector<std::int64_t> counts_;
};

}  // namespace

MethodPreset DafaOptions::preset() {
  return {.epochs = 110,
          .learningRate = 0.1,
          .milestones = {99, 104},
          .weightDecay = 5e-4,
          .nesterov = true,
          .select = SelectionCriterion::RobustAndWorstClass};
}

std::vector<OptionIssue> DafaOptions::validate() const {
  std::vector<OptionIssue> issues = attack.validate();
  if (!(beta >= 0 && beta <= 1e6)) issues.push_back({"method.beta", "must be 0 or more"});
  if (!(lambda >= 0 && lambda <= 100)) issues.push_back({"method.lambda", "must lie in 0..100"});
  if (warmUpEpochs && *warmUpEpochs < 1) issues.push_back({"method.warm_up_epochs", "must be 1 or more"});
  return issues;
}

std::unique_ptr<TrainingMethod> DafaOptions::make() const {
  return std::make_unique<DafaMethod>(*this);
}

}  // namespace medlocker::training
