// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/methods/aw_net.h"

#include <torch/torch.h>

#include <cmath>

#include "core/attacks/loss.h"
#include "core/models/aw_net.h"
#include "core/training/losses.h"
#include "core/training/losses/aw_net_losses.h"
#include "core/training/losses/distillation_losses.h"
#include "core/training/losses/divergences.h"
#include "core/training/methods/adversarial_method.h"
#include "core/training/state/milestone_rate.h"
#include "core/training/state/teacher_balance.h"

namespace medlocker::training {
namespace {

constexpr int kCalibrationSteps = 20;
constexpr double kAcceptedLoss = 0.002;  // 0.2 points of (clean + robust)/2
constexpr double kLeastBranchWeight = 0.05;
constexpr double kHighestTemperature = 10;

models::AwNet& awNetOf(models::Network& network) {
  auto* net = dynamic_cast<models::AwNet*>(&network);
  if (net == nullptr)
    throw Error(ErrorCode::InvalidArgument,
                "the method aw-net trains aw_resnet8, aw_resnet18_small or aw_wrn_34_10, not '" +
                    network.arch() + "'",
                "arch");
  return *net;
}

class AwNetMethod : public AdversarialMethod {
 public:
  explicit AwNetMethod(const AwNetOptions& options) : options_(options) {
    // The inner maximisation attacks the network as it will be used: evaluation mode, soft routing (10.5).
    options_.attack.batchNorm = AttackNormMode::Eval;
  }

  void begin(const MethodSetup& setup) override {
    AdversarialMethod::begin(setup);
    models::AwNet& net = awNetOf(*setup.network);
    models::AwSettings settings = net.settings();
    settings.signals = options_.signals;
    settings.mixedNorm = options_.mixedNorm;
    settings.teachers = Json::object();
    if (options_.objective == AwObjective::Teachers)
      settings.teachers = {{"robust", setup.teacher->info().sha256},
                           {"clean", setup.cleanTeacher->info().sha256}};
    net.setSettings(settings);
    weightRate_ = {options_.weightRate, setup.milestones};
    temperatureRate_ = {options_.temperatureRate, setup.milestones};
  }

  StepOutput computeLoss(Student& student, const StepInput& input) override {
    models::AwNet& net = awNetOf(student.network());
    const at::Tensor attacked =
        attack(student, options_.attack, input, [&](const at::Tensor& logits, const at::Tensor& images) {
          const at::Tensor detector = options_.evasionWeight > 0 ? net.detect(images) : at::Tensor();
          return evasiveObjective(logits, input.labels, detector, options_.evasionWeight);
        });
    net.setDomain(models::AwDomain::Clean);
    const at::Tensor clean = student.forward(input.images);
    const at::Tensor cleanDetector = student.wholeBatch(net.lastDetector());
    net.setDomain(models::AwDomain::Adversarial);
    StepOutput output;
    output.logits = student.forward(attacked);
    const at::Tensor attackedDetector = student.wholeBatch(net.lastDetector());
    output.lossTerms = "clean branch + adversarial branch + router";

    at::Tensor cleanTerm, adversarialTerm;
    double cleanEntropy = 0, adversarialEntropy = 0;
    if (options_.objective == AwObjective::Teachers) {
      const double scale = options_.elementMean ? 1.0 / classes() : 1.0;
      const TwoTeacherBranches branches =
          twoTeacherBranches(output.logits, clean, teacherLogits(attacked), cleanTeacherLogits(input.images),
                             temperatures_.adversarial, temperatures_.clean, scale, /*guard=*/0);
      adversarialTerm = branches.adversarial;
      cleanTerm = branches.clean;
      adversarialEntropy = branches.adversarialEntropy;
      cleanEntropy = branches.cleanEntropy;
    } else {
      adversarialTerm = crossEntropyPerSample(output.logits, input.labels).mean();
      cleanTerm = crossEntropyPerSample(clean, input.labels).mean();
    }
    const at::Tensor router = routerLoss(cleanDetector, attackedDetector);
    const double cleanLoss = cleanTerm.item<double>(), adversarialLoss = adversarialTerm.item<double>();
    if (!std::isfinite(cleanLoss) || !std::isfinite(adversarialLoss)) {
      output.loss = cleanTerm + adversarialTerm;  // not finite: the step is skipped
      return output;
    }
    LossBalance next = balance_.after(adversarialLoss, cleanLoss, weightRate_.during(input.epoch), 1);
    next.cleanWeight = std::clamp(next.cleanWeight, kLeastBranchWeight, 1 - kLeastBranchWeight);
    next.adversarialWeight = 1 - next.cleanWeight;
    TeacherTemperatures temperatures = temperatures_;
    if (options_.objective == AwObjective::Teachers)
      temperatures = temperatures_.after(adversarialEntropy, cleanEntropy,
                                         temperatureRate_.during(input.epoch), 1, kHighestTemperature);
    output.loss = next.cleanWeight * cleanTerm + next.adversarialWeight * adversarialTerm +
                  options_.routerWeight * router;
    const std::array<double, 6> figures{next.cleanWeight,
                                        cleanLoss,
                                        adversarialLoss,
                                        router.item<double>(),
                                        torch::sigmoid(cleanDetector.detach()).mean().item<double>(),
                                        torch::sigmoid(attackedDetector.detach()).mean().item<double>()};
    onTaken([this, next, temperatures, figures] {
      balance_ = next;
      temperatures_ = temperatures;
      for (std::size_t i = 0; i < figures.size(); ++i) sums_[i] += figures[i];
      ++steps_;
    });
    return output;
  }

  void adjustGradients(models::Network& network) override {
    if (options_.routerClip <= 0) return;
    std::vector<at::Tensor> gradients;
    for (const auto& item : network.named_parameters())
      if (item.key().starts_with("router.") && item.value().grad().defined())
        gradients.push_back(item.value().grad());
    if (gradients.empty()) return;
    const double norm = torch::stack(at::_foreach_norm(gradients)).norm().item<double>();
    // A norm that is not finite is left for the loop to see.
    if (std::isfinite(norm) && norm > options_.routerClip)
      at::_foreach_mul_(gradients, options_.routerClip / norm);
  }

  /// Stage 2: one temperature of the detector, kept only where it does not cost accuracy (10.6).
  bool finish(models::Network& network) override {
    models::AwNet& net = awNetOf(network);
    if (!options_.calibrate || !options_.mixedNorm || setup().validationSamples == 0) return true;
    const ModeScope evaluation(network, false);
    Student student(setup().network, false);
    std::vector<double> clean, attackedDetector;
    InnerAttackOptions pgd = uniformAttack(AttackNormMode::Eval);
    pgd.steps = kCalibrationSteps;
    const RandomStream stream = RandomStream::fromSeed(setup().seed, "training/aw-calibration");
    const bool whole =
        setup().visitValidation([&](const at::Tensor& images, const at::Tensor& labels, std::int64_t batch) {
          const StepInput input{images, labels, {},
                                0,      batch,  stream.child("batch", static_cast<std::uint64_t>(batch))};
          const at::Tensor attacked = attackLabels(student, pgd, input);
          const torch::NoGradGuard noGrad;
          for (const double d : hostValues(net.detect(images))) clean.push_back(d);
          for (const double d : hostValues(net.detect(attacked))) attackedDetector.push_back(d);
        });
    if (!whole) return false;
    const auto before = setup().evaluateStudent(kCalibrationSteps);
    if (!before) return false;
    const models::AwSettings plain = net.settings();
    models::AwSettings calibrated = plain;
    calibrated.detectorTemperature = calibratedTemperature(clean, attackedDetector);
    net.setSettings(calibrated);
    const auto after = setup().evaluateStudent(kCalibrationSteps);
    if (!after) {
      net.setSettings(plain);
      return false;
    }
    const auto mean = [](const RobustFigures& figures) {
      return 0.5 * (figures.clean.accuracy + figures.robust.accuracy);
    };
    if (mean(*after) < mean(*before) - kAcceptedLoss) net.setSettings(plain);
    return true;
  }

 protected:
  bool updateEpoch(Student&, EpochRecord& record) override {
    static constexpr std::array<const char*, 6> kNames{"clean_weight",      "clean_loss",
                                                       "adversarial_loss",  "router_loss",
                                                       "detector_on_clean", "detector_on_attacked"};
    if (steps_ > 0)
      for (std::size_t i = 0; i < kNames.size(); ++i)
        record.extra[kNames[i]] = sums_[i] / static_cast<double>(steps_);
    if (options_.objective == AwObjective::Teachers) {
      record.extra["temperature_robust_teacher"] = temperatures_.adversarial;
      record.extra["temperature_natural_teacher"] = temperatures_.clean;
    }
    sums_ = {};
    steps_ = 0;
    return true;
  }

  Json state() const override {
    return {{"balance", balance_.toJson()},
            {"temperatures", temperatures_.toJson()},
            {"sums", sums_},
            {"steps", steps_}};
  }

  void setState(const Json& json) override {
    balance_ = LossBalance::fromJson(json.at("balance"));
    temperatures_ = TeacherTemperatures::fromJson(json.at("temperatures"));
    sums_ = json.at("sums").get<std::array<double, 6>>();
    steps_ = json.at("steps").get<std::int64_t>();
  }

 private:
  AwNetOptions options_;
  LossBalance balance_;
  TeacherTemperatures temperatures_;
  MilestoneRate weightRate_, temperatureRate_;
  std::array<double, 6> sums_{};  // of this epoch
  std::int64_t steps_ = 0;
};

}  // namespace

std::string_view toString(AwObjective objective) {
  return objective == AwObjective::Teachers ? "teachers" : "labels";
}

AwObjective parseAwObjective(std::string_view name) {
  if (name == "teachers") return AwObjective::Teachers;
  if (name == "labels") return AwObjective::Labels;
  throw Error(ErrorCode::InvalidArgument,
              "the objective is one of teachers, labels; not '" + std::string(name) + "'");
}

MethodPreset AwNetOptions::preset() {
  return {.epochs = 300,
          .learningRate = 0.1,
          .milestones = {215, 260, 285},
          .weightDecay = 2e-4,
          .decayAll = false,
          .select = SelectionCriterion::CleanAndRobust,
          .validationSteps = 20};
}

MethodTeachers AwNetOptions::teachers() const {
  const bool both = objective == AwObjective::Teachers;
  return {both, both};
}

std::vector<OptionIssue> AwNetOptions::validate() const {
  std::vector<OptionIssue> issues = attack.validate();
  const auto require = [&issues](bool holds, const char* field, const char* message) {
    if (!holds) issues.push_back({std::string("method.") + field, message});
  };
  require(evasionWeight >= 0 && evasionWeight <= 1000, "evasion_weight", "must lie in 0..1000");
  require(routerWeight >= 0 && routerWeight <= 1000, "router_weight", "must lie in 0..1000");
  require(weightRate >= 0 && weightRate <= 1, "weight_rate", "must lie in 0..1");
  require(temperatureRate >= 0 && temperatureRate <= 1, "temperature_rate", "must lie in 0..1");
  require(routerClip >= 0 && std::isfinite(routerClip), "router_clip", "must be 0 or more");
  return issues;
}

std::unique_ptr<TrainingMethod> AwNetOptions::make() const {
  return std::make_unique<AwNetMethod>(*this);
}

}  // namespace medlocker::training
