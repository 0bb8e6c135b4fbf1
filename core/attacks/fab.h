// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/attacks/attack.h"

/// FAB, the minimum-distance boundary attack (Croce & Hein 2020; specification, 4).
namespace medlocker::attacks {

/// The point of {z in [0,1]^d : w·z = b} closest to t in a norm (equations 6 to 8), in closed form.
struct PlaneProjection {
  at::Tensor point;      ///< [n,d]; where the plane misses the box, the corner closest to it
  at::Tensor reachable;  ///< [n] bool
};
/// t, w: [n,d] with t in [0,1]; b: [n]. Sums in float64.
PlaneProjection projectOnPlane(Norm norm, const at::Tensor& t, const at::Tensor& w, const at::Tensor& b);

/// One iteration's new point for given hyperplanes.
struct FabStep {
  at::Tensor fromCurrent;   ///< d1 [n,d]
  at::Tensor fromOriginal;  ///< d2 [n,d]
  at::Tensor weight;        ///< a [n], of the original
  at::Tensor next;          ///< [n,d] in [0,1]
};
/// `original`, `current`, w: [n,d]; b: [n].
FabStep fabStep(Norm norm, const at::Tensor& original, const at::Tensor& current, const at::Tensor& w,
                const at::Tensor& b, double maxWeight = 0.1, double overshoot = 1.05);

struct FabOptions {
  std::string id = "fab";
  Threat threat;          ///< success is a distance up to epsilon; the smallest distance is reported as well
  bool targeted = false;  ///< one run for each of the `targets` most likely other classes
  int iterations = 100;
  double maxWeight = 0.1;   ///< alpha_max
  double overshoot = 1.05;  ///< eta
  double backward = 0.9;    ///< beta
  int restarts = 1;
  int targets = 9;
  /// Stop a sample once it is misclassified within epsilon: enough for an audit, but the reported distance is
  /// then no longer the smallest one.
  bool stopWithinEpsilon = false;
};

class FabAttack : public Attack {
 public:
  explicit FabAttack(FabOptions options);
  std::string id() const override { return options_.id; }
  const Threat& threat() const override { return options_.threat; }
  Json parameters() const override;
  Perturbation perturb(Target& target, const AttackInput& input) const override;

 protected:
  at::Tensor reportedLoss(const at::Tensor& logits, const at::Tensor& labels) const override;

 private:
  FabOptions options_;
};

}  // namespace medlocker::attacks
