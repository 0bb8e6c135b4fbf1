// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/cw_l2.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/common/error.h"

namespace medlocker::attacks {
namespace {

constexpr double kBeta1 = 0.9;  // of Adam
constexpr double kBeta2 = 0.999;
constexpr double kAdamEpsilon = 1e-8;

/// State of one round's samples that are still optimised.
struct RoundState {
  at::Tensor rows, origin, w, weight, labels, first, second, lossAtCheck;

  void keep(const at::Tensor& positions) {
    for (at::Tensor* part : {&rows, &origin, &w, &weight, &labels, &first, &second, &lossAtCheck})
      *part = part->index_select(0, positions);
  }
};

/// Misclassified with a lead of kappa: the label's logit is raised by kappa first.
at::Tensor fooledBy(const at::Tensor& logits, const at::Tensor& labels, double kappa) {
  at::Tensor raised = logits.detach().clone();
  raised.scatter_add_(1, labels.unsqueeze(1), torch::full({labels.size(0), 1}, kappa, raised.options()));
  return topClass(raised).ne(labels);
}

}  // namespace

at::Tensor tanhVariable(const at::Tensor& x, double shrink) {
  return torch::atanh((2 * x.to(torch::kFloat64) - 1) * shrink).to(x.scalar_type());
}

at::Tensor fromTanhVariable(const at::Tensor& w) {
  return (torch::tanh(w) + 1) / 2;
}

void WeightSearch::update(bool success) {
  if (success) {
    upper_ = std::min(upper_, weight_);
    weight_ = (lower_ + upper_) / 2;
    return;
  }
  lower_ = std::max(lower_, weight_);
  weight_ = upper_ < 1e9 ? (lower_ + upper_) / 2 : 10 * weight_;
}

CwL2Attack::CwL2Attack(CwL2Options options) : options_(std::move(options)) {
  std::vector<OptionIssue> issues;
  if (options_.threat.norm != Norm::L2) issues.push_back({"norm", "of the attack cw-l2 can only be l2"});
  if (std::isnan(options_.threat.epsilon) || options_.threat.epsilon < 0)
    issues.push_back({"epsilon", "must be a number that is not negative"});
  if (options_.rounds < 1) issues.push_back({"rounds", "must be at least 1"});
  if (options_.iterations < 1) issues.push_back({"iterations", "must be at least 1"});
  if (!(options_.learningRate > 0)) issues.push_back({"learning rate", "must be positive"});
  if (!(options_.initialWeight > 0)) issues.push_back({"initial weight", "must be positive"});
  throwIfInvalid(issues);
}

Json CwL2Attack::parameters() const {
  return {{"norm", "l2"},
          {"epsilon", std::isfinite(options_.threat.epsilon) ? Json(options_.threat.epsilon) : Json()},
          {"kappa", options_.kappa},
          {"initial_weight", options_.initialWeight},
          {"rounds", options_.rounds},
          {"iterations", options_.iterations},
          {"learning_rate", options_.learningRate},
          {"abort_early", options_.abortEarly}};
}

at::Tensor CwL2Attack::reportedLoss(const at::Tensor& logits, const at::Tensor& labels) const {
  return marginLoss(logits, labels);
}

Perturbation CwL2Attack::perturb(Target& target, const AttackInput& input) const {
  const AttackBatch& batch = input.batch;
  const std::int64_t count = batch.size();
  const Confirm confirm = exactConfirm(target, batch);
  Perturbation answer;
  answer.images = batch.images.clone();
  answer.minimalDistance = torch::full({count}, std::numeric_limits<double>::infinity(),
                                       torch::TensorOptions(torch::kFloat64).device(batch.images.device()));
  std::vector<WeightSearch> searches(static_cast<std::size_t>(count), WeightSearch(options_.initialWeight));
  const at::Tensor start = tanhVariable(batch.images);
  const at::Tensor origin = fromTanhVariable(start);

  for (int round = 0; round < options_.rounds; ++round) {
    const bool lastOfMany = options_.rounds >= 10 && round + 1 == options_.rounds;
    std::vector<double> weights;
    for (const WeightSearch& search : searches)
      weights.push_back(lastOfMany ? search.upper() : search.weight());
    RoundState state;
    state.rows = torch::arange(count, torch::TensorOptions(torch::kInt64).device(batch.images.device()));
    state.origin = origin;
    state.w = start;
    state.weight = torch::tensor(weights, torch::kFloat64).to(batch.images.device());
    state.labels = batch.labels;
    state.first = torch::zeros_like(start);
    state.second = torch::zeros_like(start);
    state.lossAtCheck =
        torch::full({count}, std::numeric_limits<double>::infinity(), answer.minimalDistance.options());
    at::Tensor succeeded =
        torch::zeros({count}, torch::TensorOptions(torch::kBool).device(batch.images.device()));
    const int checkEvery = std::max(options_.iterations / 10, 1);

    for (int i = 0; i < options_.iterations && state.rows.numel() > 0; ++i) {
      at::Tensor images, squared;
      const Objective objective = [&](const at::Tensor& w, const at::Tensor& rows, std::uint64_t draw) {
        images = fromTanhVariable(w);
        squared = (images - state.origin).flatten(1).square().sum(1, false, torch::kFloat64);
        const at::Tensor logits = target.logits(images, {batch.select(rows).samples, draw});
        return ObjectiveValue{
            squared + state.weight * hingeLoss(logits, state.labels, options_.kappa).to(torch::kFloat64),
            logits};
      };
      // Ascent's gradient is used for descent here: the objective is minimised.
      const InputGradient at =
          inputGradient(objective, state.w, state.rows,
                        static_cast<std::uint64_t>(round) * options_.iterations + i, target.counts());
      at::Tensor wrong = fooledBy(at.logits, state.labels, options_.kappa);
      const at::Tensor current = images.detach().clamp(0, 1);
      if (confirm && wrong.any().item<bool>()) {
        const at::Tensor asked = wrong.nonzero().squeeze(1);
        wrong.index_put_({asked}, confirm(current.index_select(0, asked), state.rows.index_select(0, asked)));
      }
      const at::Tensor reach = distance(Norm::L2, current, batch.images.index_select(0, state.rows));
      const at::Tensor closer = wrong & reach.lt(answer.minimalDistance.index_select(0, state.rows));
      const at::Tensor positions = closer.nonzero().squeeze(1);
      if (positions.numel() > 0) {
        const at::Tensor rows = state.rows.index_select(0, positions);
        answer.images.index_copy_(0, rows, current.index_select(0, positions));
        answer.minimalDistance.index_copy_(0, rows, reach.index_select(0, positions));
      }
      succeeded.index_copy_(0, state.rows, succeeded.index_select(0, state.rows) | wrong);

      state.first = kBeta1 * state.first + (1 - kBeta1) * at.gradient;
      state.second = kBeta2 * state.second + (1 - kBeta2) * at.gradient.square();
      const double correction1 = 1 - std::pow(kBeta1, i + 1);
      const double correction2 = 1 - std::pow(kBeta2, i + 1);
      state.w = state.w - options_.learningRate * (state.first / correction1) /
                              ((state.second / correction2).sqrt() + kAdamEpsilon);

      if (options_.abortEarly && i % checkEvery == 0) {
        const at::Tensor going = at.loss.le(0.9999 * state.lossAtCheck);
        state.lossAtCheck = at.loss;
        state.keep(going.nonzero().squeeze(1));
      }
    }
    const at::Tensor host = succeeded.cpu();
    for (std::int64_t i = 0; i < count; ++i)
      searches[static_cast<std::size_t>(i)].update(host[i].item<bool>());
  }
  return answer;
}

}  // namespace medlocker::attacks
