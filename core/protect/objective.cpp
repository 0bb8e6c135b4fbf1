// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/objective.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/common/error.h"

namespace medlocker::protect {
namespace {

/// Which classes defend (their best logit is the minuend) and which compete.
struct Sides {
  std::vector<std::int64_t> own;
  std::vector<std::int64_t> others;
};

Sides sidesOf(const MarginRule& rule) {
  Sides sides;
  for (std::int64_t j = 0; j < rule.classes; ++j) {
    bool own = false;
    switch (rule.goal.kind) {
      case GoalKind::Untargeted:
        own = j == rule.label;
        break;
      case GoalKind::Referral:
        own = (j >= rule.referableFrom) == (rule.label >= rule.referableFrom);
        break;
      case GoalKind::Target:
        own = j != rule.goal.target;
        break;
    }
    (own ? sides.own : sides.others).push_back(j);
  }
  if (sides.own.empty() || sides.others.empty())
    throw Error(ErrorCode::InvalidArgument, "the goal cannot be reached with these classes");
  return sides;
}

at::Tensor select(const at::Tensor& logits, const std::vector<std::int64_t>& columns) {
  return logits.index_select(1, torch::tensor(columns, torch::kLong).to(logits.device()));
}

/// |score − grade|, where scores beyond the first and the last grade count as these, as in the prediction;
/// one-sided instead of clamped there, so that the gradient does not vanish.
at::Tensor distanceTo(const at::Tensor& score, int grade, int classes) {
  const at::Tensor difference = score - grade;
  if (grade <= 0) return difference;
  if (grade >= classes - 1) return -difference;
  return difference.abs();
}

/// Margin of a head whose prediction is one number on the grade axis.
at::Tensor scoreMargins(const at::Tensor& score, const MarginRule& rule) {
  switch (rule.goal.kind) {
    case GoalKind::Untargeted:
      return 0.5 - distanceTo(score, rule.label, rule.classes);
    case GoalKind::Referral: {
      const double threshold = rule.referableFrom - 0.5;
      return rule.label >= rule.referableFrom ? score - threshold : threshold - score;
    }
    case GoalKind::Target:
      return distanceTo(score, rule.goal.target, rule.classes) - 0.5;
  }
  return score;
}

at::Tensor margins(const at::Tensor& logits, const MarginRule& rule, bool smooth) {
  const at::Tensor z = logits.to(torch::kDouble);
  switch (rule.head) {
    case models::HeadType::Ordinal:
      return scoreMargins(z.sigmoid().sum(1), rule);
    case models::HeadType::Regression:
      return scoreMargins(z.select(1, 0), rule);
    case models::HeadType::Softmax:
      break;
  }
  const Sides sides = sidesOf(rule);
  const at::Tensor own = select(z, sides.own).amax(1);
  const at::Tensor others = select(z, sides.others);
  return own - (smooth ? others.logsumexp(1) : others.amax(1));
}

}  // namespace

std::string_view toString(GoalKind kind) {
  switch (kind) {
    case GoalKind::Untargeted:
      return "untargeted";
    case GoalKind::Referral:
      return "referral";
    case GoalKind::Target:
      return "target";
  }
  return "untargeted";
}

void requireReachable(const models::ModelInfo& info, const Goal& goal) {
  const int classes = static_cast<int>(info.classes.size());
  if (goal.kind == GoalKind::Target && (goal.target < 0 || goal.target >= classes))
    throw Error(ErrorCode::InvalidArgument,
                "the target grade " + std::to_string(goal.target) + " is not a class of the model",
                info.name);
  if (goal.kind == GoalKind::Referral && (info.referableFrom < 1 || info.referableFrom >= classes))
    throw Error(ErrorCode::InvalidArgument,
                "the model's classes all lie on one side of the referable threshold", info.name);
}

MarginRule MarginRule::of(const models::ModelInfo& info, int label, const Goal& goal) {
  return {info.head, static_cast<int>(info.classes.size()), label, info.referableFrom, goal};
}

at::Tensor hardMargins(const at::Tensor& logits, const MarginRule& rule) {
  return margins(logits, rule, false);
}

at::Tensor smoothMargins(const at::Tensor& logits, const MarginRule& rule) {
  return margins(logits, rule, true);
}

double marginScale(std::span<const double> cleanMargins) {
  std::vector<double> correct;
  for (const double margin : cleanMargins)
    if (margin > 0 && std::isfinite(margin) && correct.size() < kMostCleanMargins) correct.push_back(margin);
  if (correct.size() < kLeastCleanMargins) return 1;
  std::sort(correct.begin(), correct.end());
  const std::size_t middle = correct.size() / 2;
  return correct.size() % 2 == 1 ? correct[middle] : 0.5 * (correct[middle - 1] + correct[middle]);
}

int MarginTable::fooledModels() const {
  int fooled = 0;
  for (std::size_t k = 0; k < models; ++k) fooled += at(k, 0) < 0 ? 1 : 0;
  return fooled;
}

bool MarginTable::holds(double threshold, double share) const {
  for (std::size_t k = 0; k < models; ++k) {
    const auto row = values.begin() + static_cast<std::ptrdiff_t>(k * transforms);
    const auto good = std::count_if(row, row + static_cast<std::ptrdiff_t>(transforms),
                                    [&](double margin) { return margin <= threshold; });
    if (static_cast<double>(good) < share * static_cast<double>(transforms) - 1e-9) return false;
  }
  return models > 0;
}

bool MarginTable::finite() const {
  return std::all_of(values.begin(), values.end(), [](double margin) { return std::isfinite(margin); });
}

double objective(const MarginTable& margins, double meanOpacity, double coverage,
                 const ObjectiveOptions& options) {
  const bool equal = options.modelWeights.empty();
  if (!equal && options.modelWeights.size() != margins.models)
    throw Error(ErrorCode::InvalidArgument, "one weight is needed for each source model");
  const double total = equal ? static_cast<double>(margins.models)
                             : std::accumulate(options.modelWeights.begin(), options.modelWeights.end(), 0.0);
  double sum = 0;
  for (std::size_t k = 0; k < margins.models; ++k) {
    double mean = 0;
    for (std::size_t t = 0; t < margins.transforms; ++t) mean += std::max(margins.at(k, t), -options.kappa);
    sum += (equal ? 1.0 : options.modelWeights[k]) / total * mean / static_cast<double>(margins.transforms);
  }
  return sum + options.lambdaOpacity * meanOpacity + options.lambdaCoverage * coverage;
}

}  // namespace medlocker::protect
