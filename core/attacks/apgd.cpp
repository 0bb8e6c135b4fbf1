// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/apgd.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/common/error.h"

namespace medlocker::attacks {
namespace {

constexpr double kInitialStepRatio = 2.0;  // eta_0 / epsilon

at::Tensor perSampleView(const at::Tensor& values, const at::Tensor& images) {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(images.dim()), 1);
  shape[0] = images.size(0);
  return values.view(shape);
}

/// State of all samples that are still iterated; one row each.
struct RunState {
  at::Tensor rows;  // of the batch
  at::Tensor clean, current, previous, gradient;
  at::Tensor bestImages, bestGradient;
  at::Tensor loss;  // at `current`
  at::Tensor bestLoss;
  at::Tensor bestAtLastCheck;
  at::Tensor step;         // eta
  at::Tensor increases;    // inside the present window, int64
  at::Tensor reducedLast;  // bool

  void keep(const at::Tensor& positions) {
    for (at::Tensor* part : {&rows, &clean, &current, &previous, &gradient, &bestImages, &bestGradient, &loss,
                             &bestLoss, &bestAtLastCheck, &step, &increases, &reducedLast})
      *part = part->index_select(0, positions);
  }
};

/// One run (specification, 3.2) on a batch whose samples are all classified correctly.
class ApgdRun {
 public:
  ApgdRun(const ApgdOptions& options, const AttackBatch& batch, Objective objective, Confirm confirm,
          PassCounts& counts)
      : options_(options),
        batch_(batch),
        objective_(std::move(objective)),
        confirm_(std::move(confirm)),
        counts_(counts) {}

  AscentResult operator()(Streams& streams) {
    answer_ = batch_.images.clone();
    loss_ = torch::full({batch_.size()}, -std::numeric_limits<double>::infinity(),
                        torch::TensorOptions(torch::kFloat32).device(answer_.device()));
    fooled_ = torch::zeros({batch_.size()}, torch::TensorOptions(torch::kBool).device(answer_.device()));
    begin(streams);
    const std::vector<int> checkpoints = apgdCheckpoints(options_.iterations, options_.schedule);
    std::size_t check = 0;
    int windowBegin = 0;
    for (int i = 0; i < options_.iterations && state_.rows.numel() > 0; ++i) {
      advance(i);
      if (check < checkpoints.size() && i + 1 == checkpoints[check]) {
        if (state_.rows.numel() > 0) reconsider(checkpoints[check] - windowBegin);
        windowBegin = checkpoints[check++];
      }
    }
    if (options_.bestLoss && state_.rows.numel() > 0) answer_.index_copy_(0, state_.rows, state_.bestImages);
    if (state_.rows.numel() > 0) loss_.index_copy_(0, state_.rows, state_.bestLoss);
    return {answer_, loss_, fooled_};
  }

 private:
  void begin(Streams& streams) {
    const Norm norm = options_.threat.norm;
    const at::Tensor& clean = batch_.images;
    at::Tensor direction;
    if (norm == Norm::Linf) {
      direction = uniformNoise(streams, clean, -1.0, 1.0);
      direction = direction / perSampleView(direction.flatten(1).abs().amax(1).clamp_min(1e-12), direction);
    } else {
      direction = normalNoise(streams, clean);
      direction = direction / normL2(direction).clamp_min(1e-12);
    }
    state_.rows = torch::arange(clean.size(0), torch::TensorOptions(torch::kInt64).device(clean.device()));
    state_.clean = clean;
    state_.current =
        project(norm, clean, clean + options_.threat.epsilon * direction, options_.threat.epsilon);
    state_.previous = state_.current;
    state_.step = torch::full({clean.size(0)}, kInitialStepRatio * options_.threat.epsilon, clean.options());
    const InputGradient at = inputGradient(objective_, state_.current, state_.rows, 0, counts_);
    state_.gradient = state_.bestGradient = at.gradient;
    state_.bestImages = state_.current;
    state_.loss = state_.bestLoss = state_.bestAtLastCheck = at.loss.to(torch::kFloat32);
    state_.increases = torch::zeros_like(state_.rows);
    state_.reducedLast = torch::ones_like(state_.rows, torch::kBool);
    collect(at.logits);
  }

  void advance(int i) {
    const ApgdStep step = apgdStep(options_.threat.norm, state_.clean, state_.current, state_.previous,
                                   state_.gradient, PerSample(state_.step), options_.threat.epsilon, i == 0);
    state_.previous = state_.current;
    state_.current = step.next;
    const InputGradient at =
        inputGradient(objective_, state_.current, state_.rows, static_cast<std::uint64_t>(i) + 1, counts_);
    state_.gradient = at.gradient;
    const at::Tensor loss = at.loss.to(torch::kFloat32);
    state_.increases = state_.increases + loss.gt(state_.loss).to(torch::kInt64);
    state_.loss = loss;
    const at::Tensor better = loss.gt(state_.bestLoss);
    state_.bestLoss = torch::where(better, loss, state_.bestLoss);
    const at::Tensor wide = perSampleView(better, state_.current);
    state_.bestImages = torch::where(wide, state_.current, state_.bestImages);
    state_.bestGradient = torch::where(wide, state_.gradient, state_.bestGradient);
    collect(at.logits);
  }

  /// Takes in misclassified iterates and drops their samples.
  void collect(const at::Tensor& logits) {
    if (!logits.defined()) return;
    at::Tensor wrong = topClass(logits).ne(batch_.labels.index_select(0, state_.rows));
    if (!wrong.any().item<bool>()) return;
    if (confirm_) {
      const at::Tensor asked = wrong.nonzero().squeeze(1);
      wrong = wrong.clone();
      wrong.index_put_({asked},
                       confirm_(state_.current.index_select(0, asked), state_.rows.index_select(0, asked)));
    }
    const at::Tensor positions = wrong.nonzero().squeeze(1);
    if (positions.numel() == 0) return;
    const at::Tensor rows = state_.rows.index_select(0, positions);
    fooled_.index_fill_(0, rows, true);
    if (options_.bestLoss) return;
    answer_.index_copy_(0, rows, state_.current.index_select(0, positions));
    loss_.index_copy_(0, rows, state_.loss.index_select(0, positions));
    if (options_.stopAtSuccess) state_.keep(wrong.logical_not().nonzero().squeeze(1));
  }

  /// A checkpoint; the vectorised form of apgdCheck().
  void reconsider(int window) {
    const at::Tensor limit = torch::full({}, options_.rho * window, torch::kFloat64);
    const at::Tensor increases = state_.increases.to(torch::kFloat64);
    const at::Tensor tooFew = options_.strictRho ? increases.lt(limit.to(increases.device()))
                                                 : increases.le(limit.to(increases.device()));
    const at::Tensor stalled = state_.reducedLast.logical_not() & state_.bestLoss.le(state_.bestAtLastCheck);
    const at::Tensor halve = tooFew | stalled;
    state_.step = torch::where(halve, state_.step / 2, state_.step);
    const at::Tensor wide = perSampleView(halve, state_.current);
    state_.current = torch::where(wide, state_.bestImages, state_.current);
    state_.gradient = torch::where(wide, state_.bestGradient, state_.gradient);
    state_.reducedLast = halve;
    state_.bestAtLastCheck = state_.bestLoss;
    state_.increases = torch::zeros_like(state_.increases);
  }

  const ApgdOptions& options_;
  const AttackBatch& batch_;
  Objective objective_;
  Confirm confirm_;
  PassCounts& counts_;
  RunState state_;
  at::Tensor answer_, loss_, fooled_;
};

std::string lossName(ApgdLoss loss) {
  switch (loss) {
    case ApgdLoss::CrossEntropy:
      return "ce";
    case ApgdLoss::Dlr:
      return "dlr";
    case ApgdLoss::TargetedDlr:
      return "dlr-targeted";
  }
  return "ce";
}

}  // namespace

std::vector<int> apgdCheckpoints(int iterations, ApgdSchedule schedule) {
  std::vector<int> checkpoints;
  if (schedule == ApgdSchedule::Reference) {
    int window = std::max(22 * iterations / 100, 1);
    const int smallest = std::max(6 * iterations / 100, 1);
    const int shrink = std::max(3 * iterations / 100, 1);
    for (int at = window; at <= iterations; at += window) {
      checkpoints.push_back(at);
      window = std::max(window - shrink, smallest);
    }
    return checkpoints;
  }
  // In whole hundredths: binary fractions would round some of the products up.
  int before = 0;
  int now = 22;
  while (now <= 100) {
    checkpoints.push_back((now * iterations + 99) / 100);
    const int next = now + std::max(now - before - 3, 6);
    before = now;
    now = next;
  }
  // Few iterations make neighbours fall together.
  checkpoints.erase(std::unique(checkpoints.begin(), checkpoints.end()), checkpoints.end());
  return checkpoints;
}

ApgdCheck apgdCheck(double lossBefore, const std::vector<double>& losses, double rho, bool reducedLast,
                    double bestAtLastCheck, double bestNow, bool strictRho) {
  ApgdCheck check;
  double before = lossBefore;
  for (const double loss : losses) {
    if (loss > before) ++check.increases;
    before = loss;
  }
  const double limit = rho * static_cast<double>(losses.size());
  check.tooFewIncreases = strictRho ? check.increases < limit : check.increases <= limit;
  check.stalled = !reducedLast && bestNow <= bestAtLastCheck;
  check.halve = check.tooFewIncreases || check.stalled;
  return check;
}

ApgdStep apgdStep(Norm norm, const at::Tensor& clean, const at::Tensor& current, const at::Tensor& previous,
                  const at::Tensor& gradient, const PerSample& step, const PerSample& epsilon, bool first,
                  double momentum) {
  ApgdStep result;
  result.ascended = ascentStep(norm, clean, current, gradient, step, epsilon);
  const double a = first ? 1.0 : momentum;
  result.next = project(norm, clean,
                        current + a * (result.ascended - current) + (1 - a) * (current - previous), epsilon);
  return result;
}

at::Tensor targetClasses(const at::Tensor& logits, int count) {
  const std::int64_t available = std::min<std::int64_t>(count, logits.size(1) - 1);
  return classOrder(logits).narrow(1, 1, available);
}

ApgdAttack::ApgdAttack(ApgdOptions options) : options_(std::move(options)) {
  std::vector<OptionIssue> issues;
  const auto atLeastOne = [&issues](const char* field, int value) {
    if (value < 1) issues.push_back({field, "must be at least 1"});
  };
  atLeastOne("iterations", options_.iterations);
  atLeastOne("restarts", options_.restarts);
  atLeastOne("targets", options_.targets);
  atLeastOne("draws", options_.draws);
  if (!(options_.rho > 0) || options_.rho > 1) issues.push_back({"rho", "must lie in (0,1]"});
  if (!std::isfinite(options_.threat.epsilon) || options_.threat.epsilon < 0)
    issues.push_back({"epsilon", "must be a number that is not negative"});
  throwIfInvalid(issues);
}

Json ApgdAttack::parameters() const {
  Json json = {{"norm", std::string(toString(options_.threat.norm))},
               {"epsilon", options_.threat.epsilon},
               {"loss", lossName(options_.loss)},
               {"iterations", options_.iterations},
               {"rho", options_.rho},
               {"schedule", options_.schedule == ApgdSchedule::Reference ? "reference" : "paper"},
               {"strict_rho", options_.strictRho},
               {"draws", options_.draws}};
  if (options_.loss == ApgdLoss::TargetedDlr)
    json["targets"] = options_.targets;
  else
    json["restarts"] = options_.restarts;
  return json;
}

at::Tensor ApgdAttack::reportedLoss(const at::Tensor& logits, const at::Tensor& labels) const {
  return options_.loss == ApgdLoss::CrossEntropy ? crossEntropyLoss(logits, labels) : dlrLoss(logits, labels);
}

Perturbation ApgdAttack::perturb(Target& target, const AttackInput& input) const {
  Perturbation answer;
  const int classes = target.classes();
  const bool targeted = options_.loss == ApgdLoss::TargetedDlr;
  if (options_.loss == ApgdLoss::Dlr && classes < kDlrNeedsClasses)
    addWarning(answer.warnings, "two classes have no logit ratio; the plain margin was used instead");
  if (targeted && classes < kTargetedDlrNeedsClasses)
    addWarning(answer.warnings,
               "up to three classes have no targeted logit ratio; the plain difference was used instead");
  if (targeted && options_.targets > classes - 1)
    addWarning(answer.warnings, std::to_string(options_.targets) +
                                    " target classes were asked for, but only " +
                                    std::to_string(classes - 1) + " exist");

  answer.images = input.batch.images.clone();
  at::Tensor bestLoss = torch::full({input.batch.size()}, -std::numeric_limits<double>::infinity(),
                                    torch::TensorOptions(torch::kFloat32).device(answer.images.device()));
  at::Tensor rows =
      torch::arange(input.batch.size(), torch::TensorOptions(torch::kInt64).device(answer.images.device()));
  const at::Tensor targets = targeted ? targetClasses(input.cleanLogits, options_.targets) : at::Tensor();
  const auto runs = targeted ? static_cast<int>(targets.size(1)) : options_.restarts;
  for (int run = 0; run < runs && rows.numel() > 0; ++run) {
    const AttackBatch active = input.batch.select(rows);
    Objective objective;
    if (targeted) {
      const at::Tensor goal = targets.select(1, run).index_select(0, rows);
      objective = targetRowObjective(
          target,
          [labels = active.labels, goal](const at::Tensor& logits, const at::Tensor& at) {
            return targetedDlrLoss(logits, labels.index_select(0, at), goal.index_select(0, at));
          },
          active.samples);
    } else {
      objective = targetObjective(
          target, options_.loss == ApgdLoss::Dlr ? LossFunction(dlrLoss) : LossFunction(crossEntropyLoss),
          active.labels, active.samples);
    }
    Streams streams = sampleStreams(input.seed, options_.id, run, active.samples);
    ApgdRun attempt(options_, active, averaged(std::move(objective), options_.draws),
                    exactConfirm(target, active), target.counts());
    const AscentResult result = attempt(streams);
    const at::Tensor better =
        options_.bestLoss ? result.loss.gt(bestLoss.index_select(0, rows)) : result.misclassified;
    const at::Tensor positions = better.nonzero().squeeze(1);
    const at::Tensor betterRows = rows.index_select(0, positions);
    answer.images.index_copy_(0, betterRows, result.images.index_select(0, positions));
    bestLoss.index_copy_(0, betterRows, result.loss.index_select(0, positions));
    if (!options_.bestLoss)
      rows = rows.index_select(0, result.misclassified.logical_not().nonzero().squeeze(1));
  }
  return answer;
}

}  // namespace medlocker::attacks
