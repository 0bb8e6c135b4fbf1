// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "core/common/json.h"

namespace medlocker::training {

/// Weights of two branches that hold their relative losses together (robust training specification, 7.3; also
/// AW-Net, attacks specification, 10.5).
struct LossBalance {
  double adversarialWeight = 0.5;
  double cleanWeight = 0.5;
  std::optional<double> adversarialReference;  ///< losses of the run's first step
  std::optional<double> cleanReference;

  /// What the balance is after a step with these branch losses; rate 0 freezes the weights. References are
  /// set on the first step and raised to 1e-8; weights stay where both relative losses are 0.
  LossBalance after(double adversarialLoss, double cleanLoss, double rate, double power) const;

  Json toJson() const;
  static LossBalance fromJson(const Json& json);
};

/// Temperatures of two teachers that hold their confidence together (7.4).
struct TeacherTemperatures {
  double adversarial = 1;
  double clean = 1;

  /// One step of size rate towards equal entropies: the more confident teacher is softened.
  TeacherTemperatures after(double adversarialEntropy, double cleanEntropy, double rate, double lowest,
                            double highest) const;

  Json toJson() const;
  static TeacherTemperatures fromJson(const Json& json);
};

}  // namespace medlocker::training
