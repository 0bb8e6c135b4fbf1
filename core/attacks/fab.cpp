// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/fab.h"

#include <torch/torch.h>

#include <cmath>
#include <limits>

#include "core/attacks/apgd.h"
#include "core/common/error.h"

namespace medlocker::attacks {
namespace {

constexpr double kNegligibleWeight = 1e-8;  // of the L2 projection
constexpr double kSmallestNorm = 1e-8;

at::Tensor rowNorm(Norm norm, const at::Tensor& v) {
  const at::Tensor wide = v.to(torch::kFloat64);
  return norm == Norm::Linf ? wide.abs().amax(1) : wide.square().sum(1).sqrt();
}

/// First column of each row at which the ascending `reached` is at least `gap`, clamped to the last one.
at::Tensor firstReaching(const at::Tensor& reached, const at::Tensor& gap) {
  return torch::searchsorted(reached.contiguous(), gap.unsqueeze(1).contiguous())
      .clamp_max(reached.size(1) - 1);
}

/// The multiplier lambda: `order` holds at which lambda each coordinate meets the box, ascending after
/// sorting; `spent` what a coordinate contributes once it has, `rate` per unit of lambda before that.
at::Tensor multiplier(const at::Tensor& order, const at::Tensor& spent, const at::Tensor& rate,
                      const at::Tensor& gap) {
  const auto [sorted, index] = order.sort(true, 1, false);
  const at::Tensor sortedSpent = spent.gather(1, index).to(torch::kFloat64);
  const at::Tensor sortedRate = rate.gather(1, index).to(torch::kFloat64);
  const at::Tensor before = sortedSpent.cumsum(1) - sortedSpent;                               // S
  const at::Tensor remaining = sortedRate.sum(1, true) - (sortedRate.cumsum(1) - sortedRate);  // Q
  const at::Tensor reached = before + remaining * sorted.to(torch::kFloat64);
  const at::Tensor column = firstReaching(reached, gap);
  const at::Tensor s = before.gather(1, column).squeeze(1);
  const at::Tensor q = remaining.gather(1, column).squeeze(1);
  return ((gap - s) / q.clamp_min(1e-300)).clamp_min(0);
}

}  // namespace

PlaneProjection projectOnPlane(Norm norm, const at::Tensor& t, const at::Tensor& w, const at::Tensor& b) {
  const torch::NoGradGuard noGrad;
  const at::Tensor offset = (w.to(torch::kFloat64) * t.to(torch::kFloat64)).sum(1) - b.to(torch::kFloat64);
  const at::Tensor flip = torch::where(offset < 0, -torch::ones_like(offset), torch::ones_like(offset));
  const at::Tensor gap = offset.abs();
  at::Tensor normal = w * flip.to(w.scalar_type()).unsqueeze(1);
  if (norm == Norm::L2)
    normal = torch::where(normal.abs() > kNegligibleWeight, normal, torch::zeros_like(normal));
  const at::Tensor direction = normal.sign();
  const at::Tensor room =
      torch::where(direction > 0, t, torch::where(direction < 0, 1 - t, torch::zeros_like(t)));
  const at::Tensor weight = normal.abs();
  const at::Tensor spent = weight * room;
  PlaneProjection result;
  result.reachable = spent.sum(1, false, torch::kFloat64) > gap;
  const at::Tensor corner = t - direction * room;
  at::Tensor point;
  if (norm == Norm::Linf) {
    const at::Tensor lambda = multiplier(room, spent, weight, gap).to(t.scalar_type()).unsqueeze(1);
    point = t - direction * torch::minimum(lambda, room);
  } else {
    const at::Tensor order = torch::where(weight > 0, room / weight, torch::zeros_like(room));
    const at::Tensor lambda = multiplier(order, spent, weight.square(), gap).to(t.scalar_type()).unsqueeze(1);
    point = (t - lambda * normal).clamp(0, 1);
  }
  // A point that is on the plane already stays where it is, even if the plane only touches the box there.
  const at::Tensor touching = gap.eq(0);
  result.point = torch::where((result.reachable | touching).unsqueeze(1), point, corner);
  result.reachable = result.reachable | touching;
  return result;
}

FabStep fabStep(Norm norm, const at::Tensor& original, const at::Tensor& current, const at::Tensor& w,
                const at::Tensor& b, double maxWeight, double overshoot) {
  const torch::NoGradGuard noGrad;
  FabStep step;
  step.fromCurrent = projectOnPlane(norm, current, w, b).point - current;
  step.fromOriginal = projectOnPlane(norm, original, w, b).point - original;
  const at::Tensor n1 = rowNorm(norm, step.fromCurrent).clamp_min(kSmallestNorm);
  const at::Tensor n2 = rowNorm(norm, step.fromOriginal).clamp_min(kSmallestNorm);
  step.weight = (n1 / (n1 + n2)).clamp_max(maxWeight).to(current.scalar_type());
  const at::Tensor a = step.weight.unsqueeze(1);
  step.next =
      ((1 - a) * (current + overshoot * step.fromCurrent) + a * (original + overshoot * step.fromOriginal))
          .clamp(0, 1);
  return step;
}

namespace {

/// Hyperplanes w·x = b on which a class draws level with the label, linearised at the current points.
struct Planes {
  at::Tensor w, b;
  at::Tensor logits;
};

/// One FAB run over a batch of correctly classified samples.
class FabRun {
 public:
  /// `goal`: [N] target classes, or undefined for the untargeted attack.
  FabRun(const FabOptions& options, Target& target, const AttackBatch& batch, at::Tensor goal)
      : options_(options),
        target_(target),
        batch_(batch),
        goal_(std::move(goal)),
        confirm_(exactConfirm(target, batch)),
        original_(batch.images.flatten(1)) {}

  /// Updates `best` [N,d] and `distance` [N] (float64) with what is found.
  void operator()(int run, int restart, std::uint64_t seed, at::Tensor& best, at::Tensor& distances) {
    rows_ = torch::arange(batch_.size(), torch::TensorOptions(torch::kInt64).device(original_.device()));
    at::Tensor current = start(run, restart, seed);
    for (int i = 0; i < options_.iterations && rows_.numel() > 0; ++i) {
      const at::Tensor original = original_.index_select(0, rows_);
      const Planes planes = linearise(current, static_cast<std::uint64_t>(i));
      // A flat model has no boundary to go to; such a sample stays where it is.
      const at::Tensor next = fabStep(options_.threat.norm, original, current, planes.w, planes.b,
                                      options_.maxWeight, options_.overshoot)
                                  .next;
      current = torch::where(planes.w.ne(0).any(1, true), next, current);
      at::Tensor wrong = misclassified(current, static_cast<std::uint64_t>(i));
      const at::Tensor reach = rowNorm(options_.threat.norm, current - original);
      const at::Tensor closer = wrong & reach.lt(distances.index_select(0, rows_));
      const at::Tensor positions = closer.nonzero().squeeze(1);
      if (positions.numel() > 0) {
        const at::Tensor at = rows_.index_select(0, positions);
        best.index_copy_(0, at, current.index_select(0, positions));
        distances.index_copy_(0, at, reach.index_select(0, positions));
      }
      current =
          torch::where(wrong.unsqueeze(1), original + options_.backward * (current - original), current);
      if (options_.stopWithinEpsilon) {
        const at::Tensor left =
            distances.index_select(0, rows_).gt(options_.threat.epsilon).nonzero().squeeze(1);
        rows_ = rows_.index_select(0, left);
        current = current.index_select(0, left);
      }
    }
  }

 private:
  at::Tensor start(int run, int restart, std::uint64_t seed) {
    if (restart == 0) return original_;
    Streams streams = sampleStreams(seed, options_.id, run * options_.restarts + restart, batch_.samples);
    at::Tensor direction = options_.threat.norm == Norm::Linf ? uniformNoise(streams, original_, -1, 1)
                                                              : normalNoise(streams, original_);
    const at::Tensor length =
        rowNorm(options_.threat.norm, direction).clamp_min(1e-12).to(direction.scalar_type()).unsqueeze(1);
    return (original_ + 0.5 * options_.threat.epsilon * direction / length).clamp(0, 1);
  }

  at::Tensor shaped(const at::Tensor& flat) const {
    std::vector<std::int64_t> shape = batch_.images.sizes().vec();
    shape[0] = flat.size(0);
    return flat.view(shape);
  }

  Pass pass(std::uint64_t draw) const {
    const at::Tensor host = rows_.cpu().contiguous();
    Pass result{{}, draw};
    for (std::int64_t i = 0; i < host.numel(); ++i)
      result.samples.push_back(batch_.samples[static_cast<std::size_t>(host.data_ptr<std::int64_t>()[i])]);
    return result;
  }

  Planes linearise(const at::Tensor& current, std::uint64_t draw) {
    const torch::AutoGradMode withGradient(true);
    const at::Tensor leaf = shaped(current).detach().requires_grad_(true);
    const at::Tensor logits = target_.logits(leaf, pass(draw)).to(torch::kFloat32);
    const at::Tensor labels = batch_.labels.index_select(0, rows_);
    const at::Tensor own = logits.gather(1, labels.unsqueeze(1));
    const at::Tensor differences = logits - own;  // [n,K], 0 at the label
    const std::int64_t n = current.size(0);
    Planes planes;
    planes.logits = logits.detach();
    const auto gradientOf = [&](const at::Tensor& values, bool keepGraph) {
      target_.counts().backwards += n;
      if (!values.requires_grad()) return torch::zeros_like(current);
      at::Tensor gradient =
          torch::autograd::grad({values.sum()}, {leaf}, {}, keepGraph, false, /*allow_unused=*/true)[0];
      if (!gradient.defined()) return torch::zeros_like(current);
      return gradient.detach().flatten(1);
    };
    at::Tensor w;
    at::Tensor df;
    if (goal_.defined()) {
      const at::Tensor goal = goal_.index_select(0, rows_).unsqueeze(1);
      const at::Tensor chosen = differences.gather(1, goal).squeeze(1);
      w = gradientOf(chosen, false);
      df = chosen.detach();
    } else {
      // The class whose linearised boundary is closest; ties go to the lowest class.
      const bool dualIsL1 = options_.threat.norm == Norm::Linf;
      at::Tensor closest = torch::full({n}, std::numeric_limits<double>::infinity(),
                                       torch::TensorOptions(torch::kFloat64).device(current.device()));
      w = torch::zeros_like(current);
      df = torch::zeros({n}, current.options());
      for (std::int64_t k = 0; k < logits.size(1); ++k) {
        const at::Tensor difference = differences.select(1, k);
        const at::Tensor gradient = gradientOf(difference, k + 1 < logits.size(1));
        const torch::NoGradGuard noGrad;
        const at::Tensor wide = gradient.to(torch::kFloat64);
        const at::Tensor length = dualIsL1 ? wide.abs().sum(1) : wide.square().sum(1).sqrt();
        const at::Tensor reach = difference.detach().abs().to(torch::kFloat64) / (length + 1e-12);
        const at::Tensor closer = labels.ne(k) & torch::isfinite(reach) & reach.lt(closest);
        closest = torch::where(closer, reach, closest);
        w = torch::where(closer.unsqueeze(1), gradient, w);
        df = torch::where(closer, difference.detach(), df);
      }
    }
    const torch::NoGradGuard noGrad;
    const at::Tensor finite = torch::isfinite(w).all(1) & torch::isfinite(df);
    target_.counts().nonFiniteGradients += n - finite.sum().item<std::int64_t>();
    w = torch::where(finite.unsqueeze(1), w, torch::zeros_like(w));
    target_.counts().zeroGradients += (finite & w.eq(0).all(1)).sum().item<std::int64_t>();
    planes.w = w;
    planes.b = (w.to(torch::kFloat64) * current.to(torch::kFloat64)).sum(1) - df.to(torch::kFloat64);
    return planes;
  }

  at::Tensor misclassified(const at::Tensor& current, std::uint64_t draw) {
    const torch::NoGradGuard noGrad;
    at::Tensor wrong =
        topClass(target_.logits(shaped(current), pass(draw))).ne(batch_.labels.index_select(0, rows_));
    if (confirm_ && wrong.any().item<bool>()) {
      const at::Tensor asked = wrong.nonzero().squeeze(1);
      wrong = wrong.clone();
      wrong.index_put_({asked},
                       confirm_(shaped(current.index_select(0, asked)), rows_.index_select(0, asked)));
    }
    return wrong;
  }

  const FabOptions& options_;
  Target& target_;
  const AttackBatch& batch_;
  at::Tensor goal_;
  Confirm confirm_;
  at::Tensor original_;  // [N,d]
  at::Tensor rows_;
};

}  // namespace

FabAttack::FabAttack(FabOptions options) : options_(std::move(options)) {
  std::vector<OptionIssue> issues;
  const auto atLeastOne = [&issues](const char* field, int value) {
    if (value < 1) issues.push_back({field, "must be at least 1"});
  };
  atLeastOne("iterations", options_.iterations);
  atLeastOne("restarts", options_.restarts);
  atLeastOne("targets", options_.targets);
  if (std::isnan(options_.threat.epsilon) || options_.threat.epsilon < 0)
    issues.push_back({"epsilon", "must be a number that is not negative"});
  throwIfInvalid(issues);
}

Json FabAttack::parameters() const {
  Json json = {{"norm", std::string(toString(options_.threat.norm))},
               {"epsilon", options_.threat.epsilon},
               {"iterations", options_.iterations},
               {"alpha_max", options_.maxWeight},
               {"eta", options_.overshoot},
               {"beta", options_.backward},
               {"restarts", options_.restarts}};
  if (options_.targeted) json["targets"] = options_.targets;
  return json;
}

at::Tensor FabAttack::reportedLoss(const at::Tensor& logits, const at::Tensor& labels) const {
  return marginLoss(logits, labels);
}

Perturbation FabAttack::perturb(Target& target, const AttackInput& input) const {
  Perturbation answer;
  if (options_.targeted && options_.targets > target.classes() - 1)
    addWarning(answer.warnings, std::to_string(options_.targets) +
                                    " target classes were asked for, but only " +
                                    std::to_string(target.classes() - 1) + " exist");
  const std::int64_t count = input.batch.size();
  at::Tensor best = input.batch.images.flatten(1).clone();
  answer.minimalDistance = torch::full({count}, std::numeric_limits<double>::infinity(),
                                       torch::TensorOptions(torch::kFloat64).device(best.device()));
  const at::Tensor goals =
      options_.targeted ? targetClasses(input.cleanLogits, options_.targets) : at::Tensor();
  const auto runs = options_.targeted ? static_cast<int>(goals.size(1)) : 1;
  for (int run = 0; run < runs; ++run) {
    for (int restart = 0; restart < options_.restarts; ++restart) {
      // Samples broken within the budget need no further run in an audit.
      const at::Tensor rows =
          (options_.stopWithinEpsilon ? answer.minimalDistance.gt(options_.threat.epsilon)
                                      : torch::ones_like(answer.minimalDistance, torch::kBool))
              .nonzero()
              .squeeze(1);
      if (rows.numel() == 0) break;
      const AttackBatch active = input.batch.select(rows);
      at::Tensor activeBest = best.index_select(0, rows);
      at::Tensor activeDistance = answer.minimalDistance.index_select(0, rows);
      FabRun attempt(options_, target, active,
                     options_.targeted ? goals.select(1, run).index_select(0, rows) : at::Tensor());
      attempt(run, restart, input.seed, activeBest, activeDistance);
      best.index_copy_(0, rows, activeBest);
      answer.minimalDistance.index_copy_(0, rows, activeDistance);
    }
  }
  answer.images = best.view(input.batch.images.sizes());
  return answer;
}

}  // namespace medlocker::attacks
