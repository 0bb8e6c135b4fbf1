// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/protect/feasible.h"

namespace medlocker::protect {

/// How much of a logo lies on protected pixels or outside the field of view, as a smooth function of a real
/// position (spec 7.5): mean under the logo's box of the blurred blocked map plus the unlit share. 0 where
/// both are far away, about 1 on a protected box. Immutable; thread-safe.
class SoftPenalty {
 public:
  struct Value {
    double amount = 0;
    double dx = 0;  ///< per working pixel
    double dy = 0;
  };

  /// `sigma`: standard deviation of the blur in pixels; 0: none.
  SoftPenalty(const FeasibleMap& map, double sigma);

  /// At the corner (x, y), in 0..columns−1 and 0..rows−1.
  Value at(double x, double y) const;

 private:
  /// Integral over [0, x) × [0, y) and its derivatives.
  Value integral(double x, double y) const;

  int width_;
  int height_;
  int logoWidth_;
  int logoHeight_;
  std::vector<double> table_;
};

}  // namespace medlocker::protect
