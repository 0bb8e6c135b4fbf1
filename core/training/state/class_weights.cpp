// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/state/class_weights.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace medlocker::training {
namespace {

double sumOf(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

/// Negative parts to 0; scaled down where the sum exceeds the limit.
void project(std::vector<double>& multipliers, double limit) {
  for (double& value : multipliers) value = std::max(value, 0.0);
  const double sum = sumOf(multipliers);
  if (sum > limit)
    for (double& value : multipliers) value *= limit / sum;
}

std::vector<double> centredWeights(const std::vector<double>& multipliers) {
  const auto count = static_cast<double>(multipliers.size());
  const double mean = sumOf(multipliers) / count;
  std::vector<double> weights;
  for (const double value : multipliers) weights.push_back(1 / count + value - mean);
  return weights;
}

}  // namespace

FrlMultipliers::Gaps FrlMultipliers::gaps(const ClassValues& naturalError, const ClassValues& boundaryError,
                                          double naturalTotal, double boundaryTotal, const FrlRule& options) {
  Gaps gaps;
  for (std::size_t c = 0; c < naturalError.size(); ++c) {
    gaps.natural.push_back(naturalError[c] ? *naturalError[c] - naturalTotal - options.naturalTolerance : 0);
    gaps.boundary.push_back(boundaryError[c] ? *boundaryError[c] - boundaryTotal - options.boundaryTolerance
                                             : 0);
  }
  return gaps;
}

void FrlMultipliers::update(const Gaps& gaps, const FrlRule& options, double weightRate) {
  for (std::size_t c = 0; c < natural.size(); ++c) {
    natural[c] += weightRate * gaps.natural[c];
    boundary[c] += 2 * weightRate * gaps.boundary[c];
    margin[c] += options.marginRate * gaps.boundary[c];
  }
  project(natural, options.limit);
  project(boundary, options.limit);
}

std::vector<double> FrlMultipliers::naturalWeights() const {
  return centredWeights(natural);
}

std::vector<double> FrlMultipliers::boundaryWeights() const {
  return centredWeights(boundary);
}

std::vector<double> FrlMultipliers::marginScale(const FrlRule& options) const {
  std::vector<double> scale;
  for (const double value : margin)
    scale.push_back(options.marginRate > 0
                        ? std::clamp(std::exp(2 * value), options.smallestMargin, options.largestMargin)
                        : 1.0);
  return scale;
}

Json FrlMultipliers::toJson() const {
  return {{"natural", natural}, {"boundary", boundary}, {"margin", margin}};
}

FrlMultipliers FrlMultipliers::fromJson(const Json& json) {
  FrlMultipliers result;
  result.natural = json.at("natural").get<std::vector<double>>();
  result.boundary = json.at("boundary").get<std::vector<double>>();
  result.margin = json.at("margin").get<std::vector<double>>();
  return result;
}

std::vector<double> cfaRadii(const std::vector<double>& robustAccuracy, double epsilon, double lambda) {
  std::vector<double> radii;
  for (const double t : robustAccuracy) radii.push_back((lambda + t) * epsilon);
  return radii;
}

std::vector<double> cfaBetas(const std::vector<double>& robustAccuracy, double beta, double lambda) {
  std::vector<double> betas;
  for (const double t : robustAccuracy) {
    const double scaled = (lambda + t) * beta;
    betas.push_back(scaled / (1 + scaled));
  }
  return betas;
}

std::vector<double> watWeights(const std::vector<double>& cumulativeCosts, double eta) {
  const double largest = *std::max_element(cumulativeCosts.begin(), cumulativeCosts.end());
  std::vector<double> weights;
  for (const double cost : cumulativeCosts) weights.push_back(std::exp(eta * (cost - largest)));
  const double scale = static_cast<double>(cumulativeCosts.size() - 1) / sumOf(weights);
  for (double& weight : weights) weight *= scale;
  return weights;
}

FairWeights fairWeights(const std::vector<double>& survivedSteps, double power, double lowest, double highest,
                        double guard) {
  FairWeights weights;
  for (const double steps : survivedSteps) weights.unclamped.push_back(std::pow(steps + guard, -power));
  const double scale = static_cast<double>(survivedSteps.size()) / sumOf(weights.unclamped);
  for (double& value : weights.unclamped) {
    value *= scale;
    weights.clamped.push_back(std::clamp(value, lowest, highest));
  }
  return weights;
}

std::vector<double> dafaWeights(const std::vector<std::vector<double>>& similarity, double lambda) {
  const std::size_t classes = similarity.size();
  std::vector<double> weights(classes, 1.0);
  for (std::size_t i = 0; i < classes; ++i)
    for (std::size_t j = i + 1; j < classes; ++j) {
      if (similarity[i].empty() || similarity[j].empty() || similarity[i][i] == similarity[j][j]) continue;
      const std::size_t hard = similarity[i][i] < similarity[j][j] ? i : j;
      const std::size_t easy = hard == i ? j : i;
      const double moved = lambda * similarity[hard][easy] * similarity[easy][easy];
      weights[hard] += moved;
      weights[easy] -= moved;
    }
  return weights;
}

}  // namespace medlocker::training
