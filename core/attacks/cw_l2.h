// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/attacks/attack.h"

/// Carlini & Wagner's L2 attack (2017; specification, 2.5): smallest L2 distance by Adam on a tanh variable,
/// with a binary search for the weight of the hinge.
namespace medlocker::attacks {

/// w = atanh((2x - 1)·shrink), computed in float64, so that 0 and 1 stay finite; and back.
inline constexpr double kTanhShrink = 0.999999;
at::Tensor tanhVariable(const at::Tensor& x, double shrink = kTanhShrink);
at::Tensor fromTanhVariable(const at::Tensor& w);

/// The search for the hinge's weight c of one sample.
class WeightSearch {
 public:
  explicit WeightSearch(double initial = 1e-3) : weight_(initial) {}
  double weight() const { return weight_; }
  /// Takes in whether the round with weight() succeeded and moves on.
  void update(bool success);
  /// Largest weight that still is an upper bound; what a final round of a long search uses.
  double upper() const { return upper_; }

 private:
  double weight_;
  double lower_ = 0;
  double upper_ = 1e10;
};

struct CwL2Options {
  std::string id = "cw-l2";
  /// L2. Success is a distance up to epsilon; infinity: any distance.
  Threat threat{Norm::L2, 3.0};
  double kappa = 0;
  double initialWeight = 1e-3;
  int rounds = 9;
  int iterations = 1000;
  double learningRate = 0.01;
  bool abortEarly = true;
};

class CwL2Attack : public Attack {
 public:
  explicit CwL2Attack(CwL2Options options);
  std::string id() const override { return options_.id; }
  const Threat& threat() const override { return options_.threat; }
  Json parameters() const override;
  Perturbation perturb(Target& target, const AttackInput& input) const override;

 protected:
  at::Tensor reportedLoss(const at::Tensor& logits, const at::Tensor& labels) const override;

 private:
  CwL2Options options_;
};

}  // namespace medlocker::attacks
