// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/ascent.h"

#include <torch/torch.h>

namespace medlocker::attacks {
namespace {

/// The samples that are still attacked.
struct ActiveSet {
  at::Tensor rows;
  at::Tensor clean;
  at::Tensor current;
  PerSample step;
  PerSample epsilon;

  void keep(const at::Tensor& positions) {
    rows = rows.index_select(0, positions);
    clean = clean.index_select(0, positions);
    current = current.index_select(0, positions);
    step = step.select(positions);
    epsilon = epsilon.select(positions);
  }
};

/// Collects the answers of Keep::Best.
class BestIterates {
 public:
  BestIterates(const at::Tensor& start, at::Tensor labels)
      : images_(start.clone()),
        loss_(torch::full({start.size(0)}, -std::numeric_limits<double>::infinity(),
                          start.options().requires_grad(false))),
        misclassified_(torch::zeros({start.size(0)}, start.options().dtype(torch::kBool))),
        labels_(std::move(labels)) {}

  /// Takes in evaluated iterates; returns which of them are misclassified, [n] bool.
  at::Tensor consider(const ActiveSet& active, const InputGradient& at, const Confirm& confirm) {
    at::Tensor wrong = torch::zeros_like(active.rows, torch::kBool);
    if (labels_.defined() && at.logits.defined()) {
      wrong = topClass(at.logits).ne(labels_.index_select(0, active.rows));
      if (confirm && wrong.any().item<bool>()) {
        const at::Tensor asked = wrong.nonzero().squeeze(1);
        wrong.index_put_({asked},
                         confirm(active.current.index_select(0, asked), active.rows.index_select(0, asked)));
      }
    }
    const at::Tensor better = wrong | at.loss.gt(loss_.index_select(0, active.rows));
    const at::Tensor positions = better.nonzero().squeeze(1);
    if (positions.numel() > 0) {
      const at::Tensor rows = active.rows.index_select(0, positions);
      images_.index_copy_(0, rows, active.current.index_select(0, positions));
      loss_.index_copy_(0, rows, at.loss.index_select(0, positions).to(loss_.scalar_type()));
    }
    misclassified_.index_copy_(0, active.rows, wrong);
    return wrong;
  }

  AscentResult result() const { return {images_, loss_, labels_.defined() ? misclassified_ : at::Tensor()}; }

 private:
  at::Tensor images_;
  at::Tensor loss_;
  at::Tensor misclassified_;
  at::Tensor labels_;
};

}  // namespace

AscentResult ascend(const at::Tensor& clean, const at::Tensor& start, const at::Tensor& labels,
                    const Objective& objective, const AscentOptions& options, PassCounts& counts,
                    const AscentObserver& observer) {
  const torch::NoGradGuard noGrad;
  ActiveSet active{torch::arange(clean.size(0), torch::TensorOptions(torch::kInt64).device(clean.device())),
                   clean.detach(), start.detach(), options.step, options.epsilon};
  const bool best = options.keep == Keep::Best;
  // The start may become the answer, so it must be a legal one.
  if (best) active.current = project(options.norm, active.clean, active.current, options.epsilon);
  BestIterates answers(best ? active.current : active.current.narrow(0, 0, 0), labels);
  InputGradient at;
  for (int t = 0; t <= options.steps && active.rows.size(0) > 0; ++t) {
    const bool last = t == options.steps;
    if (last && !best && !options.evaluateLast) break;
    at = last ? evaluateObjective(objective, active.current, active.rows, static_cast<std::uint64_t>(t))
              : inputGradient(objective, active.current, active.rows, static_cast<std::uint64_t>(t), counts);
    if (observer) observer({t, active.rows, active.current, at.loss, at.logits});
    at::Tensor gradient = at.gradient;
    if (best) {
      const at::Tensor wrong = answers.consider(active, at, options.confirm);
      if (wrong.any().item<bool>()) {
        const at::Tensor left = wrong.logical_not().nonzero().squeeze(1);
        active.keep(left);
        if (!last) gradient = gradient.index_select(0, left);
      }
    }
    if (!last)
      active.current =
          ascentStep(options.norm, active.clean, active.current, gradient, active.step, active.epsilon);
  }
  if (best) return answers.result();
  AscentResult result;
  result.images = active.current;
  if (options.evaluateLast && clean.size(0) > 0) {
    result.loss = at.loss;
    if (labels.defined() && at.logits.defined()) result.misclassified = topClass(at.logits).ne(labels);
  }
  return result;
}

}  // namespace medlocker::attacks
