// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/methods/adversarial_method.h"

#include <torch/torch.h>

#include "core/attacks/loss.h"
#include "core/training/losses/divergences.h"

namespace medlocker::training {

void AdversarialMethod::stepDone(bool taken) {
  if (taken && change_) change_();
  change_ = nullptr;
  nonFiniteGradients_ += counts_.nonFiniteGradients;
  counts_ = {};
}

bool AdversarialMethod::endEpoch(Student& student, EpochRecord& record) {
  if (!updateEpoch(student, record)) return false;
  counts_ = {};
  if (nonFiniteGradients_ > 0)
    record.extra["non_finite_input_gradients"] = static_cast<double>(nonFiniteGradients_);
  nonFiniteGradients_ = 0;
  return true;
}

void AdversarialMethod::saveState(models::TensorMap& /*tensors*/, Json& json) const {
  json = {{"state", state()}, {"non_finite_gradients", nonFiniteGradients_}};
}

void AdversarialMethod::loadState(const models::TensorMap& /*tensors*/, const Json& json) {
  setState(json.at("state"));
  nonFiniteGradients_ = json.at("non_finite_gradients").get<std::int64_t>();
}

at::Tensor AdversarialMethod::teacherLogits(const at::Tensor& images) const {
  const torch::NoGradGuard noGrad;
  return setup_.teacher->logits(images).to(torch::kFloat);
}

at::Tensor AdversarialMethod::cleanTeacherLogits(const at::Tensor& images) const {
  const torch::NoGradGuard noGrad;
  return setup_.cleanTeacher->logits(images).to(torch::kFloat);
}

at::Tensor AdversarialMethod::attack(Student& student, const InnerAttackOptions& options,
                                     const StepInput& input, InnerObjective objective, AttackExtras extras) {
  const InnerProblem problem{input.images,
                             std::move(objective),
                             input.random.child("start"),
                             std::move(extras.epsilon),
                             std::move(extras.step),
                             std::move(extras.observer),
                             extras.evaluateLast};
  return maximiseInner(student, options, problem, counts_);
}

at::Tensor AdversarialMethod::attackLabels(Student& student, const InnerAttackOptions& options,
                                           const StepInput& input, AttackExtras extras) {
  return attack(
      student, options, input,
      [&](const at::Tensor& logits, const at::Tensor&) {
        return attacks::crossEntropyLoss(logits, input.labels);
      },
      std::move(extras));
}

at::Tensor AdversarialMethod::attackTarget(Student& student, const InnerAttackOptions& options,
                                           const StepInput& input, const at::Tensor& target,
                                           AttackExtras extras) {
  return attack(
      student, options, input,
      [&](const at::Tensor& logits, const at::Tensor&) { return attacks::klLoss(logits, target); },
      std::move(extras));
}

at::Tensor AdversarialMethod::attackOwnPrediction(Student& student, const InnerAttackOptions& options,
                                                  const StepInput& input, AttackExtras extras) {
  const at::Tensor target = temperatureSoftmax(innerCleanLogits(student, options, input.images));
  return attackTarget(student, options, input, target, std::move(extras));
}

at::Tensor AdversarialMethod::classTensor(const std::vector<double>& values) const {
  const at::Tensor tensor = torch::tensor(values, torch::kDouble).to(torch::kFloat);
  return setup_.device == DeviceKind::Cuda ? tensor.to(torch::kCUDA) : tensor;
}

at::Tensor AdversarialMethod::ofLabels(const std::vector<double>& values, const at::Tensor& labels) const {
  return classTensor(values).index_select(0, labels);
}

void AdversarialMethod::note(EpochRecord& record, const std::string& prefix,
                             const std::vector<double>& values) const {
  for (std::size_t c = 0; c < values.size(); ++c)
    record.extra[prefix + "_" + setup_.classNames.at(c)] = values[c];
}

void AdversarialMethod::note(EpochRecord& record, const std::string& prefix,
                             const ClassValues& values) const {
  for (std::size_t c = 0; c < values.size(); ++c)
    if (values[c]) record.extra[prefix + "_" + setup_.classNames.at(c)] = *values[c];
}

std::vector<double> hostValues(const at::Tensor& values) {
  const at::Tensor host = values.detach().to(torch::kCPU, torch::kDouble).contiguous();
  return {host.const_data_ptr<double>(), host.const_data_ptr<double>() + host.numel()};
}

std::vector<std::int64_t> hostLabels(const at::Tensor& labels) {
  const at::Tensor host = labels.detach().cpu().contiguous();
  return {host.const_data_ptr<std::int64_t>(), host.const_data_ptr<std::int64_t>() + host.numel()};
}

}  // namespace medlocker::training
