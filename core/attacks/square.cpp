// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/square.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "core/common/error.h"

namespace medlocker::attacks {
namespace {

at::Tensor window(const at::Tensor& image, int row, int column, int side) {
  return image.narrow(1, row, side).narrow(2, column, side);
}

at::Tensor signs(RandomStream& stream, int count) {
  std::vector<float> values;
  for (int i = 0; i < count; ++i) values.push_back(stream.chance(0.5) ? 1.F : -1.F);
  return torch::tensor(values);
}

/// Bumps of height 1/(k+1)^2 on growing squares around the middle of a rows×columns frame, unit L2 norm.
at::Tensor bump(int rows, int columns) {
  at::Tensor pattern = torch::zeros({rows, columns}, torch::kFloat64);
  const int centreRow = rows / 2;
  const int centreColumn = columns / 2;
  for (int k = 0; k <= std::max(rows / 2, columns / 2); ++k) {
    const int top = std::max(centreRow - k, 0);
    const int left = std::max(centreColumn - k, 0);
    const int bottom = std::min(centreRow + k + 1, rows);
    const int right = std::min(centreColumn + k + 1, columns);
    pattern.slice(0, top, bottom).slice(1, left, right) += 1.0 / ((k + 1.0) * (k + 1.0));
  }
  return pattern / pattern.norm();
}

at::Tensor channelNorm(const at::Tensor& v) {
  return v.to(torch::kFloat64).square().sum({1, 2}, true).sqrt();
}

/// Random search on a batch of correctly classified samples: everything is done on the CPU, images go to the
/// target's device for scoring.
class SquareRun {
 public:
  SquareRun(const SquareOptions& options, Target& target, const AttackBatch& batch)
      : options_(options),
        target_(target),
        batch_(batch),
        clean_(batch.images.cpu().contiguous()),
        height_(static_cast<int>(clean_.size(2))),
        width_(static_cast<int>(clean_.size(3))),
        channels_(static_cast<int>(clean_.size(1))) {}

  /// Best images found and which of them are misclassified.
  std::pair<at::Tensor, at::Tensor> operator()(Streams streams) {
    const bool linf = options_.threat.norm == Norm::Linf;
    at::Tensor best = clean_.clone();
    at::Tensor fooled = torch::zeros({clean_.size(0)}, torch::kBool);
    std::vector<std::int64_t> active(static_cast<std::size_t>(clean_.size(0)));
    for (std::size_t i = 0; i < active.size(); ++i) {
      active[i] = static_cast<std::int64_t>(i);
      best[active[i]] = linf ? stripes(clean_[active[i]], streams[i]) : tiles(clean_[active[i]], streams[i]);
    }
    std::vector<double> score(active.size());
    std::uint64_t draw = 0;
    const auto judge = [&](const at::Tensor& candidates, bool always) {
      const auto [scores, wrong] = evaluate(candidates, active, draw++);
      std::vector<std::int64_t> left;
      for (std::size_t a = 0; a < active.size(); ++a) {
        const auto row = static_cast<std::size_t>(active[a]);
        if (always || scores[a] < score[row] || scores[a] <= 0) {
          score[row] = scores[a];
          best[active[a]].copy_(candidates[static_cast<std::int64_t>(a)]);
        }
        if (wrong[a])
          fooled[active[a]] = true;
        else
          left.push_back(active[a]);
      }
      active = std::move(left);
    };
    if (!active.empty()) judge(best.clone(), true);
    for (int query = 0; query < options_.queries && !active.empty(); ++query) {
      const double share = squareShare(query, options_.queries, options_.initialShare, options_.rescale);
      const int side = squareSide(share, height_, width_);
      std::vector<at::Tensor> candidates;
      for (const std::int64_t row : active) {
        RandomStream& stream = streams[static_cast<std::size_t>(row)];
        candidates.push_back(linf ? moveLinf(clean_[row], best[row], side, stream)
                                  : moveL2(clean_[row], best[row], side, stream));
      }
      judge(torch::stack(candidates), false);
    }
    return {best, fooled};
  }

 private:
  /// Scores z_y - max other, and which images are misclassified by the exact form.
  std::pair<std::vector<double>, std::vector<bool>> evaluate(const at::Tensor& candidates,
                                                             const std::vector<std::int64_t>& active,
                                                             std::uint64_t draw) {
    Pass pass{{}, draw};
    for (const std::int64_t row : active)
      pass.samples.push_back(batch_.samples[static_cast<std::size_t>(row)]);
    const at::Tensor rows = torch::tensor(active).to(batch_.labels.device());
    const at::Tensor labels = batch_.labels.index_select(0, rows);
    const at::Tensor images = candidates.to(batch_.images.device());
    const at::Tensor logits = target_.logits(images, pass);
    at::Tensor wrong = topClass(logits).ne(labels);
    if (!target_.attackedExactly() && wrong.any().item<bool>())
      wrong = wrong & topClass(target_.exactLogits(images, pass)).ne(labels);
    const at::Tensor score = (-marginLoss(logits, labels)).to(torch::kFloat64).cpu();
    const at::Tensor wrongHost = wrong.cpu();
    std::vector<double> scores;
    std::vector<bool> fooled;
    for (std::size_t i = 0; i < active.size(); ++i) {
      scores.push_back(score[static_cast<std::int64_t>(i)].item<double>());
      fooled.push_back(wrongHost[static_cast<std::int64_t>(i)].item<bool>());
    }
    return {scores, fooled};
  }

  at::Tensor stripes(const at::Tensor& clean, RandomStream& stream) const {
    const at::Tensor sign = signs(stream, channels_ * width_).view({channels_, 1, width_});
    const double epsilon = options_.threat.epsilon;
    return project(Norm::Linf, clean.unsqueeze(0), (clean + epsilon * sign).unsqueeze(0), epsilon)[0];
  }

  at::Tensor moveLinf(const at::Tensor& clean, const at::Tensor& best, int side, RandomStream& stream) const {
    const int row = origin(stream, height_, side);
    const int column = origin(stream, width_, side);
    return squareLinfStep(clean, best, options_.threat.epsilon, row, column, side, signs(stream, channels_));
  }

  /// clip(x + epsilon·delta/||delta||), through the one projection.
  at::Tensor onSphere(const at::Tensor& clean, const at::Tensor& delta) const {
    const double length = delta.to(torch::kFloat64).norm().item<double>();
    const double epsilon = options_.threat.epsilon;
    const at::Tensor moved = clean + delta * (length > 0 ? epsilon / length : 0.0);
    return project(Norm::L2, clean.unsqueeze(0), moved.unsqueeze(0), epsilon)[0];
  }

  at::Tensor tiles(const at::Tensor& clean, RandomStream& stream) const {
    const int shortSide = std::min(height_, width_);
    const int side = std::max(1, shortSide / 5);
    at::Tensor delta = torch::zeros_like(clean);
    const int rows = height_ / side;
    const int columns = width_ / side;
    const int top = (height_ - rows * side) / 2;
    const int left = (width_ - columns * side) / 2;
    for (int r = 0; r < rows; ++r)
      for (int c = 0; c < columns; ++c) {
        const at::Tensor pattern = squareL2Pattern(side, stream.chance(0.5)).to(torch::kFloat32);
        const at::Tensor sign = signs(stream, channels_).view({channels_, 1, 1});
        window(delta, top + r * side, left + c * side, side).copy_(pattern * sign);
      }
    return onSphere(clean, delta);
  }

  at::Tensor moveL2(const at::Tensor& clean, const at::Tensor& best, int side, RandomStream& stream) const {
    side = std::max(3, side % 2 == 0 ? side + 1 : side);
    side = std::min(side, std::min(height_, width_));
    const int row = origin(stream, height_, side);
    const int column = origin(stream, width_, side);
    const int otherRow = origin(stream, height_, side);
    const int otherColumn = origin(stream, width_, side);
    const at::Tensor pattern = squareL2Pattern(side, stream.chance(0.5));
    const at::Tensor sign = signs(stream, channels_).view({channels_, 1, 1}).to(torch::kFloat64);
    at::Tensor delta = (best - clean).to(torch::kFloat64);
    const double epsilon = options_.threat.epsilon;
    const double free = std::max(epsilon * epsilon - delta.square().sum().item<double>(), 0.0) / channels_;
    at::Tensor joint = delta.clone();
    at::Tensor outside = torch::ones({1, height_, width_}, torch::kFloat64);
    window(outside, row, column, side).zero_();
    window(outside, otherRow, otherColumn, side).zero_();
    joint = joint * (1 - outside);
    const at::Tensor energy = joint.square().sum({1, 2}, true);
    const at::Tensor old = window(delta, row, column, side);
    at::Tensor fresh = pattern * sign + old / (channelNorm(old) + 1e-12);
    fresh = fresh / (channelNorm(fresh) + 1e-12) * (energy + free).sqrt();
    window(delta, otherRow, otherColumn, side).zero_();
    window(delta, row, column, side).copy_(fresh);
    return onSphere(clean, delta.to(torch::kFloat32));
  }

  static int origin(RandomStream& stream, int length, int side) {
    return static_cast<int>(stream.below(static_cast<std::uint64_t>(length - side) + 1));
  }

  const SquareOptions& options_;
  Target& target_;
  const AttackBatch& batch_;
  at::Tensor clean_;
  int height_, width_, channels_;
};

}  // namespace

double squareShare(std::int64_t query, std::int64_t queries, double initialShare, bool rescale) {
  if (rescale) query = 10000 * query / std::max<std::int64_t>(queries, 1);
  double share = initialShare;
  for (const std::int64_t limit : {10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000})
    if (query > limit) share /= 2;
  return share;
}

int squareSide(double share, int height, int width) {
  // The default rounding mode rounds halves to even, as the schedule asks.
  const int side = static_cast<int>(std::nearbyint(std::sqrt(share * height * width)));
  return std::min(std::max(side, 1), std::min(height, width));
}

at::Tensor squareLinfStep(const at::Tensor& clean, const at::Tensor& best, double epsilon, int row,
                          int column, int side, const at::Tensor& sign) {
  at::Tensor moved = best.clone();
  window(moved, row, column, side) += 2 * epsilon * sign.view({-1, 1, 1}).to(best.scalar_type());
  return project(Norm::Linf, clean.unsqueeze(0), moved.unsqueeze(0), epsilon)[0];
}

at::Tensor squareL2Pattern(int side, bool transposed) {
  at::Tensor pattern;
  if (side < 2) {
    pattern = torch::ones({1, 1}, torch::kFloat64);
  } else {
    pattern = torch::cat({bump(side / 2, side), -bump(side - side / 2, side)}, 0);
    pattern = pattern / pattern.norm();
  }
  return transposed ? pattern.t().contiguous() : pattern;
}

SquareAttack::SquareAttack(SquareOptions options) : options_(std::move(options)) {
  std::vector<OptionIssue> issues;
  if (options_.queries < 1) issues.push_back({"queries", "must be at least 1"});
  if (options_.restarts < 1) issues.push_back({"restarts", "must be at least 1"});
  if (!(options_.initialShare > 0) || options_.initialShare > 1)
    issues.push_back({"initial share", "must lie in (0,1]"});
  if (!std::isfinite(options_.threat.epsilon) || options_.threat.epsilon < 0)
    issues.push_back({"epsilon", "must be a number that is not negative"});
  throwIfInvalid(issues);
}

Json SquareAttack::parameters() const {
  return {{"norm", std::string(toString(options_.threat.norm))},
          {"epsilon", options_.threat.epsilon},
          {"queries", options_.queries},
          {"p_init", options_.initialShare},
          {"restarts", options_.restarts},
          {"rescale", options_.rescale}};
}

at::Tensor SquareAttack::reportedLoss(const at::Tensor& logits, const at::Tensor& labels) const {
  return marginLoss(logits, labels);
}

Perturbation SquareAttack::perturb(Target& target, const AttackInput& input) const {
  if (input.batch.images.dim() != 4)
    throw Error(ErrorCode::InvalidArgument, "the square attack takes images with channels, rows and columns");
  const torch::NoGradGuard noGrad;
  Perturbation answer;
  answer.images = input.batch.images.clone();
  at::Tensor rows =
      torch::arange(input.batch.size(), torch::TensorOptions(torch::kInt64).device(answer.images.device()));
  for (int restart = 0; restart < options_.restarts && rows.numel() > 0; ++restart) {
    const AttackBatch active = input.batch.select(rows);
    SquareRun attempt(options_, target, active);
    const auto [images, fooled] = attempt(sampleStreams(input.seed, options_.id, restart, active.samples));
    answer.images.index_copy_(0, rows, images.to(answer.images.device()));
    rows = rows.index_select(0, fooled.logical_not().nonzero().squeeze(1).to(rows.device()));
  }
  return answer;
}

}  // namespace medlocker::attacks
