// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/losses/aw_net_losses.h"

#include <torch/torch.h>

#include <cmath>

#include "core/attacks/loss.h"
#include "core/training/losses/divergences.h"

namespace medlocker::training {

at::Tensor detectorLoss(const at::Tensor& detector, double target) {
  const at::Tensor d = inLossPrecision(detector);
  return d.clamp_min(0) - d * target + torch::log1p(torch::exp(-d.abs()));
}

at::Tensor routerLoss(const at::Tensor& cleanDetector, const at::Tensor& adversarialDetector) {
  return 0.5 * (detectorLoss(cleanDetector, 0).mean() + detectorLoss(adversarialDetector, 1).mean());
}

at::Tensor evasiveObjective(const at::Tensor& logits, const at::Tensor& labels, const at::Tensor& detector,
                            double lambda) {
  const at::Tensor loss = attacks::crossEntropyLoss(logits, labels);
  return lambda == 0 ? loss : loss + lambda * detectorLoss(detector, 1);
}

double calibratedTemperature(const std::vector<double>& cleanDetector,
                             const std::vector<double>& adversarialDetector) {
  const auto loss = [](double d, double target) {
    return std::max(d, 0.0) - d * target + std::log1p(std::exp(-std::abs(d)));
  };
  const auto cost = [&](double logTemperature) {
    const double scale = std::exp(-logTemperature);
    double clean = 0, adversarial = 0;
    for (const double d : cleanDetector) clean += loss(d * scale, 0);
    for (const double d : adversarialDetector) adversarial += loss(d * scale, 1);
    return clean / std::max<double>(1, static_cast<double>(cleanDetector.size())) +
           adversarial / std::max<double>(1, static_cast<double>(adversarialDetector.size()));
  };
  const double ratio = (std::sqrt(5.0) - 1) / 2;
  double low = std::log(0.05), high = std::log(20.0);
  double a = high - ratio * (high - low), b = low + ratio * (high - low);
  double costA = cost(a), costB = cost(b);
  for (int i = 0; i < 60; ++i) {
    if (costA <= costB) {
      high = b;
      b = a;
      costB = costA;
      a = high - ratio * (high - low);
      costA = cost(a);
    } else {
      low = a;
      a = b;
      costA = costB;
      b = low + ratio * (high - low);
      costB = cost(b);
    }
  }
  return std::exp((low + high) / 2);
}

}  // namespace medlocker::training
