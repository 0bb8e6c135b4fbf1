// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/optimiser.h"

#include <torch/torch.h>

#include <cmath>

#include "core/common/error.h"

namespace medlocker::training {

std::string_view toString(OptimiserKind kind) {
  return kind == OptimiserKind::AdamW ? "adamw" : "sgd";
}

OptimiserKind parseOptimiserKind(std::string_view name) {
  if (name == "adamw") return OptimiserKind::AdamW;
  if (name == "sgd") return OptimiserKind::Sgd;
  throw Error(ErrorCode::InvalidArgument,
              "the optimiser is one of adamw, sgd; not '" + std::string(name) + "'");
}

std::vector<OptionIssue> OptimiserOptions::validate() const {
  std::vector<OptionIssue> issues;
  const auto require = [&issues](bool holds, const char* field, const char* message) {
    if (!holds) issues.push_back({std::string("optimiser.") + field, message});
  };
  require(learningRate > 0 && std::isfinite(learningRate), "learning_rate", "must be above 0");
  require(weightDecay >= 0 && std::isfinite(weightDecay), "weight_decay", "must be 0 or more");
  require(momentum >= 0 && momentum < 1, "momentum", "must lie in [0, 1)");
  require(kind != OptimiserKind::Sgd || !nesterov || momentum > 0, "nesterov", "needs a momentum above 0");
  require(beta1 >= 0 && beta1 < 1, "beta1", "must lie in [0, 1)");
  require(beta2 >= 0 && beta2 < 1, "beta2", "must lie in [0, 1)");
  require(epsilon > 0, "epsilon", "must be above 0");
  require(clipNorm >= 0, "clip_norm", "must be 0 or more");
  return issues;
}

Optimiser::Optimiser(std::vector<NamedParameter> parameters, const OptimiserOptions& options)
    : options_(options) {
  groups_.resize(2);
  groups_[0].weightDecay = options.weightDecay;
  groups_[1].weightDecay = options.decayAll ? options.weightDecay : 0;
  for (NamedParameter& parameter : parameters) {
    // Vectors are biases and normalisation weights: decay would only fight their scale.
    Group& group = groups_[parameter.tensor.dim() <= 1 ? 1 : 0];
    group.first.push_back(torch::zeros_like(parameter.tensor.detach()));
    if (options.kind == OptimiserKind::AdamW)
      group.second.push_back(torch::zeros_like(parameter.tensor.detach()));
    group.steps.push_back(
        torch::zeros({}, parameter.tensor.options().dtype(torch::kFloat).requires_grad(false)));
    group.parameters.push_back(std::move(parameter));
  }
}

void Optimiser::zeroGradients() {
  for (Group& group : groups_)
    for (NamedParameter& parameter : group.parameters) parameter.tensor.mutable_grad().reset();
}

std::vector<at::Tensor> Optimiser::gradients() const {
  std::vector<at::Tensor> gradients;
  for (const Group& group : groups_)
    for (const NamedParameter& parameter : group.parameters)
      if (parameter.tensor.grad().defined()) gradients.push_back(parameter.tensor.grad());
  return gradients;
}

double Optimiser::gradientNorm() const {
  const std::vector<at::Tensor> all = gradients();
  if (all.empty()) return 0;
  const torch::NoGradGuard noGrad;
  const auto norms = torch::stack(at::_foreach_norm(all)).to(torch::kDouble);
  return norms.norm().item<double>();
}

void Optimiser::step(double learningRate, double gradientScale) {
  const torch::NoGradGuard noGrad;
  for (Group& group : groups_) {
    std::vector<at::Tensor> values, gradients, first, second, steps;
    for (std::size_t i = 0; i < group.parameters.size(); ++i) {
      const at::Tensor& parameter = group.parameters[i].tensor;
      if (!parameter.grad().defined()) continue;
      values.push_back(parameter.detach());
      // The kernels walk raw memory: parameter and gradient must share one layout.
      gradients.push_back(parameter.grad().strides() == parameter.strides()
                              ? parameter.grad()
                              : torch::empty_like(values.back()).copy_(parameter.grad()));
      first.push_back(group.first[i]);
      if (!group.second.empty()) second.push_back(group.second[i]);
      steps.push_back(group.steps[i]);
    }
    if (values.empty()) continue;
    if (gradientScale != 1.0) at::_foreach_mul_(gradients, gradientScale);
    at::_foreach_add_(steps, 1);
    if (options_.kind == OptimiserKind::AdamW) {
      at::_fused_adamw_(values, gradients, first, second, {}, steps, learningRate, options_.beta1,
                        options_.beta2, group.weightDecay, options_.epsilon, /*amsgrad=*/false,
                        /*maximize=*/false);
    } else {
      // With zero dampening a momentum buffer of zeros gives the same first step as a fresh one.
      at::_fused_sgd_(values, gradients, options_.momentum > 0 ? at::TensorList(first) : at::TensorList(),
                      group.weightDecay, options_.momentum, learningRate, /*dampening=*/0.0,
                      options_.nesterov,
                      /*maximize=*/false, /*is_first_step=*/false);
    }
  }
}

void Optimiser::saveState(TensorMap& tensors, const std::string& prefix) const {
  for (const Group& group : groups_)
    for (std::size_t i = 0; i < group.parameters.size(); ++i) {
      const std::string base = prefix + group.parameters[i].name;
      tensors[base + ".first"] = group.first[i];
      if (!group.second.empty()) tensors[base + ".second"] = group.second[i];
      tensors[base + ".steps"] = group.steps[i];
    }
}

void Optimiser::loadState(const TensorMap& tensors, const std::string& prefix) {
  const torch::NoGradGuard noGrad;
  const auto load = [&](const std::string& name, at::Tensor& target) {
    const auto found = tensors.find(name);
    if (found == tensors.end())
      throw Error(ErrorCode::InputRejected, "the checkpoint lacks the optimiser state '" + name + "'");
    if (found->second.sizes() != target.sizes())
      throw Error(ErrorCode::InputRejected,
                  "the checkpoint's optimiser state '" + name + "' has another shape");
    target.copy_(found->second);
  };
  for (Group& group : groups_)
    for (std::size_t i = 0; i < group.parameters.size(); ++i) {
      const std::string base = prefix + group.parameters[i].name;
      load(base + ".first", group.first[i]);
      if (!group.second.empty()) load(base + ".second", group.second[i]);
      load(base + ".steps", group.steps[i]);
    }
}

}  // namespace medlocker::training
