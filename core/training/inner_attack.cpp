// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/inner_attack.h"

#include <torch/torch.h>

#include "core/attacks/noise.h"

namespace medlocker::training {
namespace {

attacks::Start startKind(AttackStart start) {
  switch (start) {
    case AttackStart::None:
      return attacks::Start::None;
    case AttackStart::Uniform:
      return attacks::Start::Uniform;
    case AttackStart::Gauss:
      return attacks::Start::Gaussian;
  }
  return attacks::Start::None;
}

}  // namespace

at::Tensor maximiseInner(Student& student, const InnerAttackOptions& options, const InnerProblem& problem,
                         attacks::PassCounts& counts) {
  const attacks::PerSample epsilon = problem.epsilon.value_or(options.epsilon);
  if (epsilon.max() <= 0) return problem.images;
  const ModeScope mode(student.network(), options.batchNorm == AttackNormMode::Train);
  attacks::Streams streams;
  if (options.start != AttackStart::None)
    for (std::int64_t i = 0; i < problem.images.size(0); ++i)
      streams.push_back(problem.random.child("row", static_cast<std::uint64_t>(i)));
  const at::Tensor start =
      attacks::startPoint(startKind(options.start), attacks::Norm::Linf, problem.images, epsilon, streams)
          .contiguous(problem.images.suggest_memory_format());
  attacks::AscentOptions ascent;
  ascent.epsilon = epsilon;
  ascent.step = problem.step.value_or(options.stepSize());
  ascent.steps = options.steps;
  ascent.keep = attacks::Keep::Last;
  ascent.evaluateLast = problem.evaluateLast;
  const attacks::Objective objective = [&](const at::Tensor& images, const at::Tensor&, std::uint64_t) {
    attacks::ObjectiveValue value;
    value.logits = student.forward(images);
    value.loss = problem.objective(value.logits, images);
    return value;
  };
  return attacks::ascend(problem.images, start, {}, objective, ascent, counts, problem.observer).images;
}

at::Tensor innerCleanLogits(Student& student, const InnerAttackOptions& options, const at::Tensor& images) {
  const torch::NoGradGuard noGrad;
  const ModeScope mode(student.network(), options.batchNorm == AttackNormMode::Train);
  return student.forward(images);
}

std::string_view toString(AttackStart start) {
  return start == AttackStart::None ? "none" : start == AttackStart::Uniform ? "uniform" : "gauss";
}

AttackStart parseAttackStart(std::string_view name) {
  for (const AttackStart start : {AttackStart::None, AttackStart::Uniform, AttackStart::Gauss})
    if (toString(start) == name) return start;
  throw Error(ErrorCode::InvalidArgument,
              "the start is one of none, uniform, gauss; not '" + std::string(name) + "'");
}

std::string_view toString(AttackNormMode mode) {
  return mode == AttackNormMode::Eval ? "eval" : "train";
}

AttackNormMode parseAttackNormMode(std::string_view name) {
  if (name == "eval") return AttackNormMode::Eval;
  if (name == "train") return AttackNormMode::Train;
  throw Error(ErrorCode::InvalidArgument,
              "batch normalisation under attack is eval or train; not '" + std::string(name) + "'");
}

double InnerAttackOptions::stepSize() const {
  if (step) return *step;
  return epsilon == publishedEpsilon ? publishedStep : epsilon / 4;
}

std::vector<OptionIssue> InnerAttackOptions::validate(const std::string& field) const {
  std::vector<OptionIssue> issues;
  if (!(epsilon >= 0 && epsilon <= 1)) issues.push_back({field + ".epsilon", "must lie in 0..1"});
  if (step && !(*step > 0 && *step <= 1)) issues.push_back({field + ".step", "must lie in (0, 1]"});
  if (steps < 1 || steps > 10'000) issues.push_back({field + ".steps", "must lie in 1..10000"});
  return issues;
}

InnerAttackOptions uniformAttack(AttackNormMode batchNorm) {
  InnerAttackOptions options;
  options.batchNorm = batchNorm;
  return options;
}

InnerAttackOptions gaussAttack(double epsilon, double step) {
  InnerAttackOptions options;
  options.epsilon = options.publishedEpsilon = epsilon;
  options.publishedStep = step;
  options.start = AttackStart::Gauss;
  return options;
}

}  // namespace medlocker::training
