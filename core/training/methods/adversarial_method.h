// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/training/inner_attack.h"
#include "core/training/method.h"
#include "core/training/state/class_statistics.h"

namespace medlocker::training {

/// What an inner maximisation may have besides its objective.
struct AttackExtras {
  std::optional<attacks::PerSample> epsilon;  ///< instead of the options' radius
  std::optional<attacks::PerSample> step;
  attacks::AscentObserver observer;
  bool evaluateLast = false;  ///< the observer sees the last iterate too
};

/// What the adversarial methods share: the set-up, teacher passes, inner maximisations of the usual
/// objectives, and the rule that the state of a step counts only if the step was taken. Not thread-safe.
class AdversarialMethod : public TrainingMethod {
 public:
  void begin(const MethodSetup& setup) override { setup_ = setup; }
  void stepDone(bool taken) override;
  bool endEpoch(Student& student, EpochRecord& record) override;
  void saveState(models::TensorMap& tensors, Json& json) const override;
  void loadState(const models::TensorMap& tensors, const Json& json) override;

 protected:
  /// Method state besides tensors; never contains numbers that are not finite.
  virtual Json state() const { return Json::object(); }
  virtual void setState(const Json& /*json*/) {}
  /// At the end of an epoch, before base bookkeeping.
  virtual bool updateEpoch(Student& /*student*/, EpochRecord& /*record*/) { return true; }

  const MethodSetup& setup() const { return setup_; }
  int classes() const { return setup_.classes; }
  /// Runs after the optimiser's step, unless the step is skipped.
  void onTaken(std::function<void()> change) { change_ = std::move(change); }

  at::Tensor teacherLogits(const at::Tensor& images) const;       ///< [B,C] float32, constant
  at::Tensor cleanTeacherLogits(const at::Tensor& images) const;  ///< [B,C] float32, constant

  at::Tensor attack(Student& student, const InnerAttackOptions& options, const StepInput& input,
                    InnerObjective objective, AttackExtras extras = {});
  /// Maximises cross-entropy.
  at::Tensor attackLabels(Student& student, const InnerAttackOptions& options, const StepInput& input,
                          AttackExtras extras = {});
  /// Maximises the divergence from constant probabilities [B,C].
  at::Tensor attackTarget(Student& student, const InnerAttackOptions& options, const StepInput& input,
                          const at::Tensor& target, AttackExtras extras = {});
  /// Maximises the divergence from the student's own clean prediction.
  at::Tensor attackOwnPrediction(Student& student, const InnerAttackOptions& options, const StepInput& input,
                                 AttackExtras extras = {});

  /// float32 [C] on the device.
  at::Tensor classTensor(const std::vector<double>& values) const;
  /// float32 [B]: the value of each sample's class.
  at::Tensor ofLabels(const std::vector<double>& values, const at::Tensor& labels) const;
  /// Adds "<prefix>_<class>" to the record for every class that has a value.
  void note(EpochRecord& record, const std::string& prefix, const std::vector<double>& values) const;
  void note(EpochRecord& record, const std::string& prefix, const ClassValues& values) const;

 private:
  MethodSetup setup_;
  std::function<void()> change_;
  attacks::PassCounts counts_;           // since the last step
  std::int64_t nonFiniteGradients_ = 0;  // in this epoch
};

/// A tensor's values on the host.
std::vector<double> hostValues(const at::Tensor& values);
std::vector<std::int64_t> hostLabels(const at::Tensor& labels);

}  // namespace medlocker::training
