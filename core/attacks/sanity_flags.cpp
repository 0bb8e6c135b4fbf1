// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/sanity_flags.h"

#include <torch/torch.h>

#include <cmath>
#include <optional>

#include "core/attacks/pgd.h"

namespace medlocker::attacks {
namespace {

constexpr int kRepeats = 5;
constexpr double kLogitTolerance = 1e-4;
constexpr double kProbabilityTolerance = 1e-5;
constexpr double kFlatShare = 0.2;
constexpr double kBlackBoxShare = 0.002;
constexpr double kAboveChance = 0.01;

std::optional<SanityFlag> randomised(Target& target, const AttackBatch& batch) {
  at::Tensor first, firstRight;
  for (int i = 0; i < kRepeats; ++i) {
    const at::Tensor logits =
        target.exactLogits(batch.images, {batch.samples, static_cast<std::uint64_t>(i)});
    const at::Tensor unit = logits / logits.norm(2, {1}, true).clamp_min(1e-12);
    const at::Tensor right = topClass(logits).eq(batch.labels).sum();
    if (i == 0) {
      first = unit;
      firstRight = right;
    } else if (!torch::equal(right, firstRight) ||
               (unit - first).norm(2, {1}).max().item<double>() > kLogitTolerance) {
      return SanityFlag{
          "randomised",
          "the same image gave different answers; use autoattack-rand, which averages over draws"};
    }
  }
  return std::nullopt;
}

std::optional<SanityFlag> probabilities(Target& target, const AttackBatch& batch) {
  const at::Tensor logits = target.exactLogits(batch.images, {batch.samples, 0});
  const bool inRange = logits.min().item<double>() >= -kProbabilityTolerance &&
                       logits.max().item<double>() <= 1 + kProbabilityTolerance;
  const bool sumsToOne = (logits.sum(1) - 1).abs().max().item<double>() <= kProbabilityTolerance;
  if (!inRange || !sumsToOne) return std::nullopt;
  return SanityFlag{"probabilities",
                    "the model answers with probabilities instead of logits, which weakens gradient attacks"};
}

/// Looks at images that are right when clean alone: where the label is third already, the ratio is constant
/// for every model.
std::optional<SanityFlag> zeroGradient(Target& target, const AttackBatch& all) {
  PassCounts counts;
  const at::Tensor right = topClass(target.exactLogits(all.images, {all.samples, 0})).eq(all.labels);
  const AttackBatch batch = all.select(right.nonzero().squeeze(1));
  if (batch.size() == 0) return std::nullopt;
  const at::Tensor rows = torch::arange(batch.size(), batch.labels.options());
  inputGradient(targetObjective(target, dlrLoss, batch.labels, batch.samples), batch.images, rows, 0, counts);
  const std::int64_t zero = counts.zeroGradients + counts.nonFiniteGradients;
  if (zero == 0) return std::nullopt;
  return SanityFlag{"zero_gradient", "the gradient is zero or not finite for " + std::to_string(zero) +
                                         " of " + std::to_string(batch.size()) +
                                         " images, so gradient attacks see nothing there"};
}

void classFlags(int classes, const PreflightOptions& options, std::vector<SanityFlag>& flags) {
  if (options.usesRatio && classes <= 2)
    flags.push_back({"classes", "two classes have no logit ratio; the plain margin is used instead"});
  else if (options.targets > 0 && classes == 3)
    flags.push_back(
        {"classes", "three classes have no targeted logit ratio; the plain difference is used instead"});
  if (options.targets > 0 && options.targets + 1 > classes)
    flags.push_back({"classes", std::to_string(options.targets) + " target classes were asked for; only " +
                                    std::to_string(classes - 1) + " exist and are used"});
}

std::optional<SanityFlag> unbounded(Target& target, const AttackBatch& batch, Norm norm, std::uint64_t seed) {
  PgdOptions options;
  options.id = "unbounded";
  // Every image is within 1 of every other in L-infinity; in L2 only within the diagonal of the box.
  const double dimension = static_cast<double>(batch.images[0].numel());
  options.threat = {norm, norm == Norm::Linf ? 1.0 : std::sqrt(dimension)};
  options.steps = 40;
  options.step = options.threat.epsilon / 10;
  const AttackResult result = PgdAttack(options).run(target, batch, seed);
  const double accuracy = 1 - result.success.to(torch::kFloat64).mean().item<double>();
  if (accuracy < 1.0 / target.classes() + kAboveChance) return std::nullopt;
  return SanityFlag{
      "unbounded_fails",
      "even an attack that may change the image completely left " +
          std::to_string(static_cast<int>(std::lround(100 * accuracy))) +
          " % classified correctly, so the model's gradients are of no use to attacks and the robust "
          "accuracy is not to be trusted"};
}

}  // namespace

std::vector<SanityFlag> preflightFlags(Target& target, const AttackBatch& batch,
                                       const PreflightOptions& options, std::uint64_t seed) {
  std::vector<SanityFlag> flags;
  if (batch.size() == 0) return flags;
  const torch::NoGradGuard noGrad;
  const auto add = [&flags](std::optional<SanityFlag> flag) {
    if (flag) flags.push_back(std::move(*flag));
  };
  add(randomised(target, batch));
  add(probabilities(target, batch));
  add(zeroGradient(target, batch));
  classFlags(target.classes(), options, flags);
  add(unbounded(target, batch, options.norm, seed));
  return flags;
}

std::vector<SanityFlag> flatLossFlag(Target& target, const AttackBatch& batch, const Threat& threat,
                                     double step, std::uint64_t seed) {
  if (batch.size() == 0 || threat.epsilon == 0) return {};
  const torch::NoGradGuard noGrad;
  Streams streams = sampleStreams(seed, "loss-flat", 0, batch.samples);
  AscentOptions options;
  options.norm = threat.norm;
  options.epsilon = threat.epsilon;
  options.step = step;
  options.steps = 100;
  options.evaluateLast = true;
  at::Tensor early, late;
  ascend(batch.images, startPoint(Start::Uniform, threat.norm, batch.images, threat.epsilon, streams),
         batch.labels, targetObjective(target, crossEntropyLoss, batch.labels, batch.samples), options,
         target.counts(), [&](const AscentIterate& at) {
           if (at.index == 10) early = at.loss.clone();
           if (at.index == 100) late = at.loss.clone();
         });
  const double flat = late.le(early).to(torch::kFloat64).mean().item<double>();
  if (flat <= kFlatShare) return {};
  return {{"loss_flat",
           "for " + std::to_string(static_cast<int>(std::lround(100 * flat))) +
               " % of the robust images 100 attack steps reached no higher loss than 10; the loss may be "
               "too flat for gradient attacks"}};
}

std::vector<SanityFlag> blackBoxFlag(std::int64_t total, std::int64_t robustBefore,
                                     std::int64_t robustAfter) {
  if (total == 0 ||
      static_cast<double>(robustBefore - robustAfter) <= kBlackBoxShare * static_cast<double>(total))
    return {};
  return {{"black_box_wins",
           "the square attack, which uses no gradients, broke " + std::to_string(robustBefore - robustAfter) +
               " images that every gradient attack before it left; the model may hide its gradients"}};
}

}  // namespace medlocker::attacks
